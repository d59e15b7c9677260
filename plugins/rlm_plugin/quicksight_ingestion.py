"""Copies data sets into SPICE and waits without a worker; the provider's own operator holds one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException
from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from airflow.sdk import Context

RUNBOOK = "docs/runbooks/refresh_dashboards.md"
ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
# A look that fails is no ingestion that failed: the service may be throttling.
_FAILED_LOOKS = 5
_GLANCE_SECONDS = 0.25


class QuickSightIngestionTrigger(BaseTrigger):
    """Fires with status, rows and error once an ingestion ended; `lost` where it cannot tell."""

    def __init__(
        self,
        account: str,
        data_set_id: str,
        ingestion_id: str,
        poll_seconds: float = 5.0,
        aws_conn_id: str | None = "aws_default",
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.account = account
        self.data_set_id = data_set_id
        self.ingestion_id = ingestion_id
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class and arguments, as the triggerer makes it anew."""
        return (
            "rlm_plugin.quicksight_ingestion.QuickSightIngestionTrigger",
            {
                "account": self.account,
                "data_set_id": self.data_set_id,
                "ingestion_id": self.ingestion_id,
                "poll_seconds": self.poll_seconds,
                "aws_conn_id": self.aws_conn_id,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it ended."""
        hook = quicksight_hook(self.aws_conn_id)
        failed = 0
        connection = hook.get_async_conn()  # type: ignore[no-untyped-call]
        async with await connection as client:
            while True:
                try:
                    found = await client.describe_ingestion(
                        AwsAccountId=self.account,
                        DataSetId=self.data_set_id,
                        IngestionId=self.ingestion_id,
                    )
                except client.exceptions.ClientError as error:
                    failed += 1
                    if failed >= _FAILED_LOOKS:
                        yield trigger_event({"status": "lost", "error": str(error)})
                        return
                else:
                    failed = 0
                    event = ingestion_event(found["Ingestion"])
                    if event["status"] in ENDED:
                        yield trigger_event(event)
                        return
                await asyncio.sleep(self.poll_seconds)


class QuickSightIngestionOperator(BaseOperator):
    """Copies one data set into SPICE; fails with the ingestion's own error.

    `refresh` is one of `DeployDashboardsOperator`'s. An ingestion that the deployment started is
    waited for; else one is started whose id is this try's: a task that comes back to a run finds
    the ingestion that it started. Returns the refresh with `ingestion_id`, `rows` and `total_rows`.
    """

    template_fields: Sequence[str] = ("refresh", "run_name")

    def __init__(
        self,
        *,
        refresh: Any,
        run_name: str,
        deferrable: bool = True,
        # Most copies are there sooner than a wait could be handed over.
        patience_seconds: float = 3.0,
        poll_seconds: float = 5.0,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.refresh = refresh
        self.run_name = run_name
        self.deferrable = deferrable
        self.patience_seconds = patience_seconds
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id
        self._started: tuple[str, str] | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Start it where nobody did, then wait."""
        hook = quicksight_hook(self.aws_conn_id)
        try_number = context["ti"].try_number
        # The ingestion of the deployment may be the one that failed: a retry starts its own.
        ingestion_id = self.refresh["ingestion_id"] if try_number <= 1 else None
        if ingestion_id is None:
            ingestion_id = ingestion_name(self.run_name, self.refresh["name"], try_number)
            start_ingestion(hook, self.refresh, ingestion_id)
            self.log.info("%s: %s started", self.refresh["name"], ingestion_id)
        self._started = (self.refresh["data_set_id"], ingestion_id)
        event = look_for(hook, *self._started, self.patience_seconds)
        if event["status"] not in ENDED:
            self.defer(
                trigger=QuickSightIngestionTrigger(
                    hook.account_id, *self._started, self.poll_seconds, self.aws_conn_id
                ),
                method_name="resume",
                kwargs={"ingestion_id": ingestion_id},
            )
        return self.resume(context, event, ingestion_id)

    def resume(
        self, context: Context, event: Mapping[str, Any], ingestion_id: str
    ) -> dict[str, Any]:
        """What it came to."""
        require_completed(event, self.refresh["data_set_id"], ingestion_id)
        self.log.info("%s: %d rows copied", self.refresh["name"], event["rows"])
        return {**self.refresh, **event, "ingestion_id": ingestion_id}

    def on_kill(self) -> None:
        """Nobody waits for the copy any more."""
        if self._started:
            hook = quicksight_hook(self.aws_conn_id)
            data_set_id, ingestion_id = self._started
            hook.conn.cancel_ingestion(
                AwsAccountId=hook.account_id, DataSetId=data_set_id, IngestionId=ingestion_id
            )


def quicksight_hook(aws_conn_id: str | None) -> AwsBaseHook:
    """QuickSight by a connection."""
    return AwsBaseHook(aws_conn_id=aws_conn_id, client_type="quicksight")


def trigger_event(payload: dict[str, Any]) -> TriggerEvent:
    """Airflow's event, which has no types of its own."""
    return TriggerEvent(payload)  # type: ignore[no-untyped-call]


def ingestion_name(run_name: str, name: str, try_number: int) -> str:
    """The id of a try's ingestion: letters, digits, hyphens and underscores, at most 128."""
    clean = "".join(c if c.isalnum() or c in "-_" else "-" for c in f"{run_name}-{name}")
    return f"{clean[-120:].lstrip('-_')}-{try_number}"


def start_ingestion(hook: AwsBaseHook, refresh: Mapping[str, Any], ingestion_id: str) -> None:
    """Start it, unless this very one was started before."""
    with contextlib.suppress(hook.conn.exceptions.ResourceExistsException):
        hook.conn.create_ingestion(
            AwsAccountId=hook.account_id,
            DataSetId=refresh["data_set_id"],
            IngestionId=ingestion_id,
            IngestionType=refresh["ingestion_type"],
        )


def look(hook: AwsBaseHook, data_set_id: str, ingestion_id: str) -> dict[str, Any]:
    """The ingestion as it is now."""
    found = hook.conn.describe_ingestion(
        AwsAccountId=hook.account_id, DataSetId=data_set_id, IngestionId=ingestion_id
    )
    return ingestion_event(found["Ingestion"])


def look_for(
    hook: AwsBaseHook, data_set_id: str, ingestion_id: str, patience_seconds: float
) -> dict[str, Any]:
    """The ingestion when it ended, or as it is when patience does."""
    give_up_at = time.monotonic() + patience_seconds
    event = look(hook, data_set_id, ingestion_id)
    while event["status"] not in ENDED and time.monotonic() < give_up_at:
        time.sleep(_GLANCE_SECONDS)
        event = look(hook, data_set_id, ingestion_id)
    return event


def ingestion_event(ingestion: Mapping[str, Any]) -> dict[str, Any]:
    """What matters of `DescribeIngestion`'s answer, as plain values."""
    rows, error = ingestion.get("RowInfo") or {}, ingestion.get("ErrorInfo") or {}
    copied = int(rows.get("RowsIngested") or 0)
    return {
        "status": ingestion["IngestionStatus"],
        "rows": copied,
        "rows_dropped": int(rows.get("RowsDropped") or 0),
        "total_rows": int(rows.get("TotalRowsInDataset") or copied),
        "error": ": ".join(error[key] for key in ("Type", "Message") if error.get(key)),
    }


def require_completed(event: Mapping[str, Any], data_set_id: str, ingestion_id: str) -> None:
    """Raises with the ingestion's own error unless it completed."""
    if event["status"] != "COMPLETED":
        raise AirflowException(
            f"ingestion {ingestion_id} of {data_set_id} is {event['status']}:"
            f" {event.get('error') or 'no reason given'}; {RUNBOOK}"
        )
