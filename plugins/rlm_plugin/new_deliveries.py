"""Finds deliveries in landing that no run has loaded yet, and waits for those of the day."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from rlm.domain.delivery import DeliveredFile, delivered_file, new_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from airflow.sdk import Context


RUNBOOK = "docs/runbooks/ingest_sources.md"
# The trigger itself ends the wait in time; this is for a triggerer that is gone.
_GRACE = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Landed:
    """What a look at landing found."""

    new: dict[str, list[str]]
    """The delivery dates of the files that no run has loaded, by source, one entry a file."""
    missing: list[str]
    """The sources that have delivered nothing on the business date: not a file, loaded or not."""


class NewDeliveriesTrigger(BaseTrigger):
    """Fires when every source has delivered on the business date, or at `until`, with what landed.

    New are the files delivered up to the business date whose content is not in the ledger.
    What is new says nothing of who is missing: the files of a stopped source are new every day.
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
        until: str,
        aws_conn_id: str | None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's base has no types
        self.landing = landing
        self.lake = lake
        self.ledger_prefix = ledger_prefix
        self.sources = list(sources)
        self.business_date = business_date
        self.poll_seconds = poll_seconds
        self.until = dt.datetime.fromisoformat(until)
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
                "until": self.until.isoformat(),
                "aws_conn_id": self.aws_conn_id,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look every `poll_seconds` until nobody is missing, or it is too late to wait."""
        while (landed := await self.look()).missing and dt.datetime.now(dt.UTC) < self.until:
            self.log.info(
                "Nothing of %s delivered on %s yet", ", ".join(landed.missing), self.business_date
            )
            await asyncio.sleep(self.poll_seconds)
        yield TriggerEvent(asdict(landed))  # type: ignore[no-untyped-call]

    async def look(self) -> Landed:
        """Compare landing with the ledger."""
        connecting = S3Hook(aws_conn_id=self.aws_conn_id).get_async_conn()  # type: ignore[no-untyped-call]
        async with await connecting as client:
            landed = await self._landed(client)
            loaded = await self._loaded(client)
        day = dt.date.fromisoformat(self.business_date)
        there = {file.source for file in landed if file.delivery_date == day}
        return Landed(
            _by_source(new_files(landed, loaded, day)),
            [source for source in self.sources if source not in there],
        )

    async def _landed(self, client: Any) -> list[DeliveredFile]:
        """The files that the sources delivered, whatever became of them."""
        landed: list[DeliveredFile] = []
        for source in self.sources:
            async for item in _objects(client, self.landing, f"{source}/"):
                uri = f"s3://{self.landing}/{item['Key']}"
                file = delivered_file(uri, item["ETag"].strip('"'), item["Size"])
                if file is not None:
                    landed.append(file)
        return landed

    async def _loaded(self, client: Any) -> list[tuple[str, str]]:
        """The files (address and ETag) that the ledger names."""
        loaded: list[tuple[str, str]] = []
        for source in self.sources:
            async for item in _objects(client, self.lake, f"{self.ledger_prefix}/{source}/"):
                loaded += await self._files_of_batch(client, item["Key"])
        return loaded

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
    Runs of `waiting_run_types` wait until each of them has delivered on the business date, at most
    `timeout` after the time that the run was for; then they go on with what is there, and fail if
    nobody delivered and nothing is new. A run that is cleared later does not wait again.
    Another run takes what is there. One that finds nothing new is skipped, with everything after
    it: there is nothing to do, and that is no failure.
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
        """Look once; where a source is missing, hand the wait over to the triggerer."""
        try:
            dt.date.fromisoformat(self.business_date)
        except ValueError as problem:
            raise AirflowFailException(
                f"business_date is {self.business_date!r}, expected YYYY-MM-DD"
            ) from problem
        run: Any = context["dag_run"]
        until = run.run_after + dt.timedelta(seconds=self.timeout)
        trigger = NewDeliveriesTrigger(
            landing=self.landing,
            lake=self.lake,
            ledger_prefix=self.ledger_prefix,
            sources=self.sources.split(","),
            business_date=self.business_date,
            poll_seconds=self.poke_interval,
            until=until.isoformat(),
            aws_conn_id=self.aws_conn_id,
        )
        landed = asyncio.run(trigger.look())
        if str(run.run_type) not in self.waiting_run_types:
            # Nobody was to deliver just now.
            return self.resume(context, asdict(Landed(landed.new, [])))
        left = until - dt.datetime.now(dt.UTC)
        if landed.missing and left > dt.timedelta(0):
            self.defer(trigger=trigger, method_name="resume", timeout=left + _GRACE)
        return self.resume(context, asdict(landed))

    def resume(self, context: Context, event: Mapping[str, Any]) -> dict[str, list[str]]:
        """Report what was found; skip what follows where there is nothing."""
        landed = Landed(**event)
        if not landed.new and landed.missing == self.sources.split(","):
            raise AirflowFailException(
                f"no delivery of {self.business_date} from {self.sources}; {RUNBOOK}"
            )
        if landed.missing:
            self.log.warning(
                "Going on without %s, which delivered nothing on %s; %s",
                ", ".join(landed.missing), self.business_date, RUNBOOK,
            )  # fmt: skip
        if not landed.new:
            raise AirflowSkipException(
                f"No new delivery of {self.sources} up to {self.business_date}"
            )
        for source, dates in landed.new.items():
            self.log.info("%s: %d new file(s), delivered %s", source, len(dates), _span(dates))
        return landed.new


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
