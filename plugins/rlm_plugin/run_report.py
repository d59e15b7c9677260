"""Holds the report of `clean_sources` to account, and says which silver tables it loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from rlm.monitoring.metrics import PIPELINE_NAMESPACE
from rlm.monitoring.pipeline_values import accounted_rows, source_values
from rlm.monitoring.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

STATUSES = ("loaded", "no_new_deliveries", "stopped")
RUNBOOK = "docs/runbooks/ingest_sources.md"


def find_imbalances(report: Mapping[str, Any]) -> list[str]:
    """One sentence for each source whose rows do not add up; none when every row is accounted for.

    Released rows stand apart: they came in, and were counted, with an earlier run.
    """
    sentences = []
    for source, counts in report["sources"].items():
        out = accounted_rows(counts)
        if counts["rows_in"] != out:
            sentences.append(
                f"{source}: {counts['rows_in']} rows in, but {counts['rows_loaded']} loaded"
                f" + {counts['rows_quarantined']} quarantined"
                f" + {counts['rows_duplicate']} duplicate = {out}"
            )
    return sentences


def loaded_tables(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The silver tables that have new rows: how many in all, and how many of them are new."""
    return {
        source: {"rows": report["tables"][source], "rows_loaded": counts["rows_loaded"]}
        for source, counts in report["sources"].items()
        if counts["status"] == "loaded"
    }


def read_report(bucket: str, key: str, aws_conn_id: str | None) -> dict[str, Any]:
    """The report that a job's run left in the lake; its absence is worth a retry."""
    hook = S3Hook(aws_conn_id=aws_conn_id)
    if not hook.check_for_key(key, bucket):
        # A stopped Glue run counts as a success for the operator: its report tells.
        raise AirflowException(
            f"s3://{bucket}/{key} is missing: did the job end before it was done?"
        )
    report: dict[str, Any] = json.loads(hook.read_key(key, bucket))
    return report


class ReconcileRunOperator(BaseOperator):
    """Returns the report of a `clean_sources` run, once every row in it is accounted for.

    Fails without retry when rows are missing or too many: the report would say so again.
    What it says of rows is told to CloudWatch first; a run does not fail for want of that.
    """

    template_fields = ("report_key", "expected_sources")

    def __init__(
        self,
        *,
        env: str,
        bucket: str,
        report_key: str,
        expected_sources: Any,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.bucket = bucket
        self.report_key = report_key
        self.expected_sources = expected_sources
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read the report from the lake and check it."""
        address = f"s3://{self.bucket}/{self.report_key}"
        report = read_report(self.bucket, self.report_key, self.aws_conn_id)
        hook = AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type="cloudwatch")
        values = source_values(self.env, report)
        Publisher(hook.get_session).publish(PIPELINE_NAMESPACE, values, waits=(1.0,))
        forgotten = sorted(set(self.expected_sources) - set(report["sources"]))
        if forgotten:
            raise AirflowFailException(
                f"{address} says nothing of {', '.join(forgotten)}, which have new deliveries;"
                f" {RUNBOOK}"
            )
        imbalances = find_imbalances(report)
        if imbalances:
            raise AirflowFailException(f"{'; '.join(imbalances)}; {RUNBOOK}")
        for source, counts in sorted(report["sources"].items()):
            self.log.info(
                "%s: %s, %d rows in, %d loaded, %d quarantined, %d duplicate",
                source,
                counts["status"],
                counts["rows_in"],
                counts["rows_loaded"],
                counts["rows_quarantined"],
                counts["rows_duplicate"],
            )
        return report


class SourceVerdictOperator(BaseOperator):
    """Fails, for this source alone, when the job stopped it; skipped when it had nothing new."""

    template_fields = ("report",)

    def __init__(self, *, source: str, report: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.report = report

    def execute(self, context: Context) -> None:
        """Say what became of the source."""
        counts = self.report["sources"].get(self.source)
        status = counts["status"] if counts else "no_new_deliveries"
        if status == "no_new_deliveries":
            raise AirflowSkipException(f"{self.source}: no new deliveries in this run")
        if status == "stopped":
            raise AirflowFailException(
                f"{self.source} was stopped: {counts['reason']}."
                f" Its {counts['rows_held']} new rows stay in landing; other sources are loaded."
                f" In this DAG that is the parameter accept_broken; {RUNBOOK}"
            )
        if status != "loaded":
            raise AirflowFailException(
                f"{self.source} has the status {status!r}, expected one of {', '.join(STATUSES)}"
            )
        self.log.info("%s: %d new rows in silver", self.source, counts["rows_loaded"])
