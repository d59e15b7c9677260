"""Every row is accounted for, or the run is red; one stopped source is red for itself alone."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from rlm_plugin import run_report
from rlm_plugin.run_report import (
    ReconcileRunOperator,
    SourceVerdictOperator,
    find_imbalances,
    loaded_tables,
)
from rlm_plugin.silver_assets import silver_asset


def counts(status: str = "loaded", reason: str | None = None, **rows: int) -> dict[str, Any]:
    none = dict.fromkeys(
        ("rows_in", "rows_loaded", "rows_quarantined", "rows_duplicate", "rows_released"), 0
    )
    return {"status": status, "reason": reason, "rows_held": 0, **none, **rows}


def report(**sources: dict[str, Any]) -> dict[str, Any]:
    return {
        "run_id": "manual__1",
        "business_date": "2026-06-01",
        "sources": sources,
        "tables": dict.fromkeys(sources, 7),
    }


BALANCED = counts(rows_in=10, rows_loaded=6, rows_quarantined=3, rows_duplicate=1)


def test_balanced_books_are_fine() -> None:
    assert find_imbalances(report(artists=BALANCED, venues=counts("no_new_deliveries"))) == []


def test_rows_released_from_quarantine_do_not_count_twice() -> None:
    assert find_imbalances(report(artists={**BALANCED, "rows_released": 2})) == []


@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize("column", ["rows_in", "rows_loaded", "rows_quarantined", "rows_duplicate"])
def test_one_row_too_many_or_too_few_is_named(column: str, change: int) -> None:
    wrong = {**BALANCED, column: BALANCED[column] + change}
    (sentence,) = find_imbalances(report(artists=wrong, venues=BALANCED))
    assert sentence.startswith(f"artists: {wrong['rows_in']} rows in, but {wrong['rows_loaded']} ")


class Hook:
    """A lake that holds one report, or none."""

    text: str | None = None

    def __init__(self, aws_conn_id: str | None) -> None:
        assert aws_conn_id == "aws_default"

    def check_for_key(self, key: str, bucket: str) -> bool:
        assert (key, bucket) == ("runs/clean_sources/manual__1.json", "rlm-dev-lake")
        return self.text is not None

    def read_key(self, key: str, bucket: str) -> str:
        assert self.text is not None
        return self.text


def reconcile(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any] | None, expected: list[str]
) -> Any:
    monkeypatch.setattr(Hook, "text", None if found is None else json.dumps(found))
    monkeypatch.setattr(run_report, "S3Hook", Hook)
    monkeypatch.setattr(run_report, "Publisher", Told)
    Told.values.clear()
    operator = ReconcileRunOperator(
        task_id="reconcile",
        env="dev",
        bucket="rlm-dev-lake",
        report_key="runs/clean_sources/manual__1.json",
        expected_sources={source: ["2026-06-01"] for source in expected},
    )
    return operator.execute({})


class Told:
    """In the place of the publisher: what CloudWatch would have been told."""

    values: ClassVar[list[tuple[str, str, float]]] = []

    def __init__(self, open_session: Any) -> None:
        pass

    def publish(self, namespace: str, data: Any, waits: Any = ()) -> bool:
        assert namespace == "RLM/Pipeline"
        for one in data:
            by = {each["Name"]: each["Value"] for each in one["Dimensions"]}
            self.values.append((by["source"], one["MetricName"], one["Value"]))
        return False


def test_rows_are_told_to_cloudwatch_before_the_run_fails_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = report(artists=counts(rows_in=10, rows_loaded=6, rows_quarantined=1))
    with pytest.raises(AirflowFailException):
        reconcile(monkeypatch, lost, ["artists"])
    assert ("artists", "RowsUnaccounted", 3.0) in Told.values
    assert ("artists", "QuarantinedShare", 10.0) in Told.values


def test_reconciled_report_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = report(artists=BALANCED)
    assert reconcile(monkeypatch, found, ["artists"]) == found


def test_missing_report_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowException, match="is missing"):
        reconcile(monkeypatch, None, ["artists"])


def test_source_that_the_report_forgot_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowFailException, match="says nothing of venues"):
        reconcile(monkeypatch, report(artists=BALANCED), ["artists", "venues"])


def test_missing_rows_fail_with_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**BALANCED, "rows_loaded": 5}
    with pytest.raises(AirflowFailException, match=r"artists: 10 rows in, but 5 loaded.* = 9"):
        reconcile(monkeypatch, report(artists=wrong), ["artists"])


def judge(source_counts: dict[str, Any] | None) -> None:
    sources = {} if source_counts is None else {"artists": source_counts}
    operator = SourceVerdictOperator(
        task_id="verdict_artists", source="artists", report=report(**sources)
    )
    operator.execute({})


def test_loaded_source_is_fine() -> None:
    judge(BALANCED)


@pytest.mark.parametrize("source_counts", [None, counts("no_new_deliveries")])
def test_source_without_deliveries_is_skipped(source_counts: dict[str, Any] | None) -> None:
    with pytest.raises(AirflowSkipException):
        judge(source_counts)


def test_stopped_source_fails_with_its_reason() -> None:
    stopped = counts("stopped", "40 of 50 rows broken", rows_held=50)
    with pytest.raises(AirflowFailException, match="artists was stopped: 40 of 50 rows broken"):
        judge(stopped)


def test_unknown_status_fails() -> None:
    with pytest.raises(AirflowFailException, match="'perhaps'"):
        judge(counts("perhaps"))


def test_loaded_tables_alone_have_news_with_their_rows() -> None:
    found = report(
        artists=BALANCED, venues=counts("stopped", "all broken"), events=counts("no_new_deliveries")
    )
    assert loaded_tables(found) == {"artists": {"rows": 7, "rows_loaded": 6}}


def test_asset_is_the_table_in_the_lake() -> None:
    asset = silver_asset("prod", "events")
    assert (asset.name, asset.uri) == ("rlm_prod_silver.events", "s3://rlm-prod-lake/silver/events")
