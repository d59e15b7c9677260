"""Waits, without holding a worker, for deliveries in landing that no run has loaded yet."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from rlm.domain.delivery import DeliveredFile, delivered_file, new_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from airflow.sdk import Context


class NewDeliveriesTrigger(BaseTrigger):
    """Fires with the new deliveries as soon as there are any.

    New are the files delivered up to the business date whose content is not in the ledger.
    """

    def __init__(
        self,
        *,
        landing: str,
        lake: str,
        ledger_prefix: str,
        sources: Sequence[str],
        business_date: str,
        poll_seconds: float,
        aws_conn_id: str | None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's base has no types
        self.landing = landing
        self.lake = lake
        self.ledger_prefix = ledger_prefix
        self.sources = list(sources)
        self.business_date = business_date
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id
        # Ledger objects never change: each is read once, however long the wait.
        self._ledger: dict[str, list[tuple[str, str]]] = {}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Everything that the triggerer needs to make this trigger again."""
        return (
            "rlm_plugin.new_deliveries.NewDeliveriesTrigger",
            {
                "landing": self.landing,
                "lake": self.lake,
                "ledger_prefix": self.ledger_prefix,
                "sources": self.sources,
                "business_date": self.business_date,
                "poll_seconds": self.poll_seconds,
                "aws_conn_id": self.aws_conn_id,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look every `poll_seconds` until there is something new."""
        while not (found := await self.look()):
            self.log.info("Nothing new up to %s yet", self.business_date)
            await asyncio.sleep(self.poll_seconds)
        yield TriggerEvent(found)  # type: ignore[no-untyped-call]

    async def look(self) -> dict[str, list[str]]:
        """The delivery dates of the new files by source, one entry a file."""
        connecting = S3Hook(aws_conn_id=self.aws_conn_id).get_async_conn()  # type: ignore[no-untyped-call]
        async with await connecting as client:
            return _by_source(await self._new_files(client))

    async def _new_files(self, client: Any) -> list[DeliveredFile]:
        """The files that landed, less those that the ledger names."""
        landed: list[DeliveredFile] = []
        loaded: list[tuple[str, str]] = []
        for source in self.sources:
            async for item in _objects(client, self.landing, f"{source}/"):
                uri = f"s3://{self.landing}/{item['Key']}"
                file = delivered_file(uri, item["ETag"].strip('"'), item["Size"])
                if file is not None:
                    landed.append(file)
            async for item in _objects(client, self.lake, f"{self.ledger_prefix}/{source}/"):
                loaded += await self._files_of_batch(client, item["Key"])
        return new_files(landed, loaded, dt.date.fromisoformat(self.business_date))

    async def _files_of_batch(self, client: Any, key: str) -> list[tuple[str, str]]:
        """Which files (address and ETag) one batch of the ledger took."""
        if key not in self._ledger:
            answer = await client.get_object(Bucket=self.lake, Key=key)
            async with answer["Body"] as body:
                batch = json.loads(await body.read())
            self._ledger[key] = [(file["uri"], file["etag"]) for file in batch["files"]]
        return self._ledger[key]


class NewDeliveriesSensor(BaseSensorOperator):
    """Succeeds with the new deliveries' dates by source.

    `sources` are names with commas between.
    Runs of `waiting_run_types` wait; another run that finds nothing is skipped, with everything
    after it: there is nothing to do, and that is no failure.
    """

    template_fields = ("business_date", "sources")

    def __init__(
        self,
        *,
        landing: str,
        lake: str,
        ledger_prefix: str,
        sources: str,
        business_date: str,
        waiting_run_types: Collection[str],
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.landing = landing
        self.lake = lake
        self.ledger_prefix = ledger_prefix
        self.sources = sources
        self.business_date = business_date
        self.waiting_run_types = sorted(waiting_run_types)
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, list[str]]:
        """Look once; with nothing there, hand the wait over to the triggerer, or skip."""
        try:
            dt.date.fromisoformat(self.business_date)
        except ValueError as problem:
            raise AirflowFailException(
                f"business_date is {self.business_date!r}, expected YYYY-MM-DD"
            ) from problem
        trigger = NewDeliveriesTrigger(
            landing=self.landing,
            lake=self.lake,
            ledger_prefix=self.ledger_prefix,
            sources=self.sources.split(","),
            business_date=self.business_date,
            poll_seconds=self.poke_interval,
            aws_conn_id=self.aws_conn_id,
        )
        found = asyncio.run(trigger.look())
        if not found and str(context["dag_run"].run_type) in self.waiting_run_types:
            self.defer(
                trigger=trigger,
                method_name="resume",
                timeout=dt.timedelta(seconds=self.timeout),
            )
        return self.resume(context, found)

    def resume(self, context: Context, event: Mapping[str, Any]) -> dict[str, list[str]]:
        """Report what was found; skip what follows where there is nothing."""
        found: dict[str, list[str]] = dict(event)
        if not found:
            raise AirflowSkipException(
                f"No new delivery of {self.sources} up to {self.business_date}"
            )
        for source, dates in found.items():
            self.log.info("%s: %d new file(s), delivered %s", source, len(dates), _span(dates))
        return found


async def _objects(client: Any, bucket: str, prefix: str) -> AsyncIterator[dict[str, Any]]:
    """Every object below the prefix."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    async for page in pages:
        for item in page.get("Contents", []):
            yield item


def _by_source(files: Sequence[DeliveredFile]) -> dict[str, list[str]]:
    """The delivery dates of the files by source, one entry a file."""
    dates: dict[str, list[str]] = {}
    for file in files:
        dates.setdefault(file.source, []).append(file.delivery_date.isoformat())
    return dates


def _span(dates: Sequence[str]) -> str:
    first, last = min(dates), max(dates)
    return first if first == last else f"{first} to {last}"
