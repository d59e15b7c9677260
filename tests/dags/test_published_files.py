"""process_artist_images and publish_event_reports: what starts them, and whether books balance."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from rlm_plugin import job_report
from rlm_plugin.gold_assets import gold_asset
from rlm_plugin.job_report import BalanceReportOperator

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

RUN_ID = "manual__2026-06-02T07:00:00+00:00_x1"


def rendered_arguments(dag: Any, **params: Any) -> dict[str, str]:
    run = SimpleNamespace(logical_date=None, run_after=datetime(2026, 6, 2, 7, tzinfo=UTC))
    task = dag.get_task(dag.dag_id)
    arguments: dict[str, str] = task.render_template(
        task.script_args,
        {
            "params": {**dag.params.dump(), **params},
            "dag_run": run,
            "run_id": RUN_ID,
            "triggering_asset_events": {},
        },
    )
    return arguments


def test_pictures_are_taken_after_their_artists_and_every_day(dag_bag: DagBag) -> None:
    timetable = dag_bag.dags["process_artist_images"].timetable
    (asset,) = timetable.asset_condition.objects
    assert asset.name == "rlm_dev_silver.artists"
    assert timetable.timetable.expression == "0 8 * * *"


def test_images_job_is_told_its_day_and_its_buckets(dag_bag: DagBag) -> None:
    dag = dag_bag.dags["process_artist_images"]
    assert rendered_arguments(dag, business_date="2026-06-01") == {
        "--env": "dev",
        "--run_id": "manual__2026-06-02T07-00-00-00-00_x1",
        "--business_date": "2026-06-01",
        "--landing": "s3://rlm-dev-landing",
        "--lake": "s3://rlm-dev-lake",
        "--artist_data": "s3://rlm-dev-artist-data",
    }


def test_reports_follow_the_tables_that_they_are_made_of(dag_bag: DagBag) -> None:
    condition = dag_bag.dags["publish_event_reports"].timetable.asset_condition
    assert type(condition).__name__ == "AssetAny"
    assert {asset.name for asset in condition.objects} == {
        "rlm_dev_gold.event_performance",
        "rlm_dev_gold.ticket_sales_daily",
    }


def test_reports_job_is_told_its_buckets(dag_bag: DagBag) -> None:
    assert rendered_arguments(dag_bag.dags["publish_event_reports"]) == {
        "--env": "dev",
        "--run_id": "manual__2026-06-02T07-00-00-00-00_x1",
        "--lake": "s3://rlm-dev-lake",
        "--event_reports": "s3://rlm-dev-event-reports",
    }


@pytest.mark.parametrize("dag_id", ["process_artist_images", "publish_event_reports"])
def test_the_books_of_this_very_run_are_balanced(dag_bag: DagBag, dag_id: str) -> None:
    task = dag_bag.dags[dag_id].get_task("reconcile")
    assert task.upstream_task_ids == {dag_id}
    key = task.render_template(task.report_key, {"run_id": RUN_ID})
    assert key == f"runs/{dag_id}/manual__2026-06-02T07-00-00-00-00_x1.json"


def balance(monkeypatch: pytest.MonkeyPatch, **counts: int) -> dict[str, Any]:
    report = {"run_id": "manual__1", "business_date": "2026-06-01", **counts}
    monkeypatch.setattr(job_report, "read_report", lambda *_: report)
    operator = BalanceReportOperator(
        task_id="reconcile",
        bucket="rlm-dev-lake",
        report_key="runs/some_job/manual__1.json",
        comes_in=("came", "released"),
        goes_out=("stored", "refused"),
        runbook="docs/runbooks/some_job.md",
        asset=gold_asset("dev", "artist_profiles"),
        alias="rlm_dev_gold",
        changed="written",
    )
    added: dict[str, Any] = {}
    events = SimpleNamespace(add=lambda asset, extra: added.update({asset.name: extra}))
    operator.execute({"outlet_events": {operator.alias: events}})  # type: ignore[typeddict-item]
    return added


@pytest.mark.parametrize("written", [3, 0])
def test_balanced_books_are_told_of_whatever_this_try_found_to_do(
    monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    """A try before, that was killed, may have written the table and told nobody."""
    added = balance(monkeypatch, came=5, released=1, stored=4, refused=2, written=written)
    assert added == {
        "rlm_dev_gold.artist_profiles": {
            "rows": written,
            "run_id": "manual__1",
            "business_date": "2026-06-01",
        }
    }


@pytest.mark.parametrize("refused", [1, 3])
def test_one_too_many_or_too_few_fails_with_the_numbers(
    monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    expected = rf"5 came \+ 1 released = 6, but 4 stored \+ {refused} refused = {4 + refused}; docs"
    with pytest.raises(AirflowFailException, match=expected):
        balance(monkeypatch, came=5, released=1, stored=4, refused=refused, written=3)
