"""A refused table is red for itself alone; what was built is published, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from rlm_plugin import marts_report
from rlm_plugin.marts_report import (
    GoldTableVerdictOperator,
    ReadMartsReportOperator,
    built_tables,
)


def result(status: str, *checks: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "mode": "incremental",
        "partitions": 2,
        "rows": 9,
        "reason": reason,
        "checks": list(checks),
        "seconds": 1.0,
    }


def check(name: str, severity: str, rows: int) -> dict[str, Any]:
    sample = [f'{{"event_id": "e{nth}"}}' for nth in range(rows)]
    return {"name": name, "severity": severity, "rows": rows, "sample": sample, "message": "why"}


def report(**tables: dict[str, Any]) -> dict[str, Any]:
    return {"run_id": "manual__1", "business_date": "2026-06-01", "tables": tables}


def judge(table: dict[str, Any] | None) -> None:
    tables = {} if table is None else {"event_performance": table}
    operator = GoldTableVerdictOperator(
        task_id="verdict_event_performance", table="event_performance", report=report(**tables)
    )
    operator.execute({})


def test_built_table_is_fine() -> None:
    judge(result("built", check("odd", "warn", 2)))


@pytest.mark.parametrize("table", [None, result("unchanged")])
def test_table_with_nothing_new_or_not_asked_for_is_skipped(table: dict[str, Any] | None) -> None:
    with pytest.raises(AirflowSkipException):
        judge(table)


def test_refused_table_fails_with_its_check_and_rows() -> None:
    refused = result("failed", check("key_is_unique", "fail", 2), check("odd", "warn", 1))
    expected = r"was refused: key_is_unique: 2 rows, why \{\"event_id\": \"e0\"\}, .*e1.*stays"
    with pytest.raises(AirflowFailException, match=expected) as raised:
        judge(refused)
    assert "odd" not in str(raised.value)


def test_blocked_table_fails_and_says_by_what() -> None:
    blocked = result("blocked", reason="ticket_sales_daily was refused")
    with pytest.raises(AirflowFailException, match="is blocked: ticket_sales_daily was refused"):
        judge(blocked)


def test_unknown_status_fails() -> None:
    with pytest.raises(AirflowFailException, match="'perhaps'"):
        judge(result("perhaps"))


def read(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], tables: str) -> Any:
    def found_report(bucket: str, key: str, aws_conn_id: str | None) -> dict[str, Any]:
        assert (bucket, key) == ("rlm-dev-lake", "runs/build_marts/manual__1.json")
        return found

    monkeypatch.setattr(marts_report, "read_report", found_report)
    operator = ReadMartsReportOperator(
        task_id="read_report",
        bucket="rlm-dev-lake",
        report_key="runs/build_marts/manual__1.json",
        tables=tables,
    )
    return operator.execute({})


def test_report_of_every_table_asked_for_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = report(event_performance=result("built"))
    assert read(monkeypatch, found, "event_performance") == found


def test_table_that_the_report_forgot_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    found = report(event_performance=result("built"))
    with pytest.raises(AirflowFailException, match="says nothing of venue_utilisation"):
        read(monkeypatch, found, "event_performance,venue_utilisation")


def test_built_tables_alone_have_news() -> None:
    found = report(one=result("built"), other=result("failed"), third=result("unchanged"))
    assert built_tables(found) == {"one": {"rows": 9}}
