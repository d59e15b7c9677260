"""Says what a run of `maintain_lake` did to each table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from rlm_plugin.run_report import read_report

if TYPE_CHECKING:
    from airflow.sdk import Context

RUNBOOK = "docs/runbooks/maintain_lake.md"


class CheckUpkeepOperator(BaseOperator):
    """Returns the bytes that each table takes after the run, and before.

    A table that others kept writing is only told of: what was not done waits for the next run.
    Fails when the job found no table at all.
    """

    template_fields = ("report_key",)

    def __init__(
        self,
        *,
        bucket: str,
        report_key: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.report_key = report_key
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, dict[str, int]]:
        """Read the report from the lake and sum it up."""
        tables = read_report(self.bucket, self.report_key, self.aws_conn_id)["tables"]
        if not tables:
            raise AirflowFailException(
                f"s3://{self.bucket}/{self.report_key} speaks of no table: is the lake empty,"
                f" or its catalog? {RUNBOOK}"
            )
        stored: dict[str, dict[str, int]] = {}
        for name, table in sorted(tables.items()):
            before, after = table["before"]["stored_bytes"], table["after"]["stored_bytes"]
            stored[name] = {"before": before, "after": after}
            done = ", ".join(f"{count} {step}" for step, count in table["steps"].items() if count)
            self.log.info("%s: %d bytes, were %d; %s", name, after, before, done or "nothing to do")
            if table["status"] == "busy":
                self.log.warning("%s: others kept writing it; the next run goes on", name)
        return stored
