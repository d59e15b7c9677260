"""Holds the report of `build_marts` to account, and says which gold tables it built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from rlm_plugin.run_report import read_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

STATUSES = ("built", "unchanged", "failed", "blocked")
RUNBOOK = "docs/runbooks/build_marts.md"
SAMPLE_ROWS = 5


class ReadMartsReportOperator(BaseOperator):
    """Returns the report of a `build_marts` run, once it speaks of every table asked for."""

    template_fields = ("report_key", "tables")

    def __init__(
        self,
        *,
        bucket: str,
        report_key: str,
        tables: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.report_key = report_key
        self.tables = tables
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read the report from the lake and say what it says of each table."""
        report = read_report(self.bucket, self.report_key, self.aws_conn_id)
        forgotten = sorted(set(self.tables.split(",")) - set(report["tables"]))
        if forgotten:
            raise AirflowFailException(
                f"s3://{self.bucket}/{self.report_key} says nothing of {', '.join(forgotten)};"
                f" {RUNBOOK}"
            )
        for table, result in sorted(report["tables"].items()):
            self.log.info(
                "%s: %s, %d partitions computed, %d rows",
                table,
                result["status"],
                result["partitions"],
                result["rows"],
            )
            for check in _offended(result, "warn"):
                self.log.warning("%s: %s", table, _sentence(check))
        return report


class GoldTableVerdictOperator(BaseOperator):
    """Fails, for this table alone, when a check refused it or a table that it reads.

    Skipped when nothing that the table is made of has changed, or when it was not asked for.
    """

    template_fields = ("report",)

    def __init__(self, *, table: str, report: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.report = report

    def execute(self, context: Context) -> None:
        """Say what became of the table, with the rows that offended."""
        result = self.report["tables"].get(self.table)
        if result is None:
            raise AirflowSkipException(f"{self.table} was not asked for in this run")
        status = result["status"]
        if status == "unchanged":
            raise AirflowSkipException(f"{self.table}: nothing that it is made of has changed")
        if status in ("failed", "blocked"):
            said = [_sentence(check) for check in _offended(result, "fail")]
            why = "; ".join(said) or result.get("reason") or "the report gives no reason"
            raise AirflowFailException(
                f"{self.table} {'was refused' if status == 'failed' else 'is blocked'}: {why}."
                f" The table that is published stays as it was; {RUNBOOK}"
            )
        if status != "built":
            raise AirflowFailException(
                f"{self.table} has the status {status!r}, expected one of {', '.join(STATUSES)}"
            )
        self.log.info("%s: %d rows", self.table, result["rows"])


def built_tables(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The gold tables that were published anew, with their rows."""
    return {
        table: {"rows": result["rows"]}
        for table, result in report["tables"].items()
        if result["status"] == "built"
    }


def _offended(result: Mapping[str, Any], severity: str) -> list[Mapping[str, Any]]:
    return [c for c in result.get("checks", ()) if c["rows"] and c["severity"] == severity]


def _sentence(check: Mapping[str, Any]) -> str:
    sample = ", ".join(str(row) for row in check["sample"][:SAMPLE_ROWS])
    return f"{check['name']}: {check['rows']} rows, {check.get('message') or ''} {sample}".strip()
