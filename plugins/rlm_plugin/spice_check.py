"""Holds what SPICE holds against what Athena counts, and copies in full where they differ."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.triggers.athena import AthenaTrigger
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from rlm import names
from rlm_plugin.quicksight_ingestion import (
    ENDED,
    RUNBOOK,
    QuickSightIngestionTrigger,
    ingestion_name,
    look_for,
    quicksight_hook,
    require_completed,
    start_ingestion,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class VerifySpiceOperator(BaseOperator):
    """Counts a data set's rows in Athena; they must be as many as in SPICE, and none dropped.

    Where they are not, the data set is copied in full and counted once more: an incremental copy
    misses what changed before its window, and tables change while they are copied.
    Returns `name`, `rows` in SPICE, `counted` (None where Athena cannot count) and `copied_again`.
    """

    template_fields: Sequence[str] = ("copied", "run_name")

    def __init__(
        self,
        *,
        env: str,
        copied: Any,
        run_name: str,
        workgroup: str,
        deferrable: bool = True,
        # Most counts are there sooner than a wait could be handed over.
        patience_seconds: float = 3.0,
        poll_seconds: int = 3,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.copied = copied
        self.run_name = run_name
        self.workgroup = workgroup
        self.deferrable = deferrable
        self.patience_seconds = patience_seconds
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Have Athena count."""
        self._require_no_drops(self.copied)
        if self.copied["count_sql"] is None:
            self.log.info("%s: Athena cannot count its source", self.copied["name"])
            return self._verdict(self.copied["total_rows"], None, copied_again=False)
        return self._count(context, self.copied["total_rows"], copied_again=False)

    def counted(
        self, context: Context, event: Mapping[str, Any], rows: int, copied_again: bool
    ) -> dict[str, Any]:
        """Compare; copy in full the first time that they differ."""
        hook = AthenaHook(aws_conn_id=self.aws_conn_id)
        query_id = str(event.get("value") or "")
        status = hook.get_query_info(query_id)["QueryExecution"]["Status"]
        if status["State"] not in AthenaHook.SUCCESS_STATES:
            raise AirflowException(
                f"{self.copied['name']}: Athena's query {query_id} is {status['State']}:"
                f" {status.get('StateChangeReason', 'no reason given')}; {RUNBOOK}"
            )
        found = hook.get_query_results(query_id)
        if found is None:
            raise AirflowException(f"Athena gave no result of query {query_id}; {RUNBOOK}")
        count = int(found["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"])
        if count == rows:
            self.log.info("%s: %d rows in SPICE and in Athena", self.copied["name"], rows)
            return self._verdict(rows, count, copied_again=copied_again)
        if copied_again:
            raise AirflowException(
                f"{self.copied['name']}: SPICE holds {rows} rows after a full copy, Athena counts"
                f" {count}; {RUNBOOK}"
            )
        self.log.warning(
            "%s: SPICE holds %d rows, Athena counts %d: copying in full",
            self.copied["name"],
            rows,
            count,
        )
        return self._copy_in_full(context)

    def copied_in_full(
        self, context: Context, event: Mapping[str, Any], ingestion_id: str
    ) -> dict[str, Any]:
        """Count what is there now."""
        require_completed(event, self.copied["data_set_id"], ingestion_id)
        self._require_no_drops(event)
        return self._count(context, event["total_rows"], copied_again=True)

    def _count(self, context: Context, rows: int, *, copied_again: bool) -> dict[str, Any]:
        hook = AthenaHook(aws_conn_id=self.aws_conn_id)
        query_id = hook.run_query(
            self.copied["count_sql"],
            {"Database": names.database(self.env, "gold"), "Catalog": "AwsDataCatalog"},
            {},
            workgroup=self.workgroup,
        )
        give_up_at = time.monotonic() + self.patience_seconds
        while time.monotonic() < give_up_at:
            if hook.check_query_status(query_id) in AthenaHook.TERMINAL_STATES:
                return self.counted(context, {"value": query_id}, rows, copied_again)
            time.sleep(0.25)
        self.defer(
            trigger=AthenaTrigger(
                query_execution_id=query_id,
                waiter_delay=self.poll_seconds,
                waiter_max_attempts=1200,
                aws_conn_id=self.aws_conn_id,
            ),
            method_name="counted",
            kwargs={"rows": rows, "copied_again": copied_again},
        )
        raise AssertionError("deferring raises")

    def _copy_in_full(self, context: Context) -> dict[str, Any]:
        hook = quicksight_hook(self.aws_conn_id)
        name = f"{self.copied['name']}-full"
        ingestion_id = ingestion_name(self.run_name, name, context["ti"].try_number)
        start_ingestion(hook, {**self.copied, "ingestion_type": "FULL_REFRESH"}, ingestion_id)
        started = self.copied["data_set_id"], ingestion_id
        event = look_for(hook, *started, self.patience_seconds)
        if event["status"] in ENDED:
            return self.copied_in_full(context, event, ingestion_id)
        self.defer(
            trigger=QuickSightIngestionTrigger(
                hook.account_id,
                self.copied["data_set_id"],
                ingestion_id,
                self.poll_seconds,
                self.aws_conn_id,
            ),
            method_name="copied_in_full",
            kwargs={"ingestion_id": ingestion_id},
        )
        raise AssertionError("deferring raises")

    def _require_no_drops(self, event: Mapping[str, Any]) -> None:
        if event["rows_dropped"]:
            raise AirflowException(
                f"{self.copied['name']}: SPICE dropped {event['rows_dropped']} rows whose values"
                f" do not fit their columns' types; {RUNBOOK}"
            )

    def _verdict(self, rows: int, count: int | None, *, copied_again: bool) -> dict[str, Any]:
        return {
            "name": self.copied["name"],
            "rows": rows,
            "counted": count,
            "copied_again": copied_again,
        }
