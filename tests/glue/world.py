"""A small world with a known answer: deliver files, run the job, look at what came out."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

from rlm.aws.storage import FileStorage, Storage
from rlm.jobs.clean_sources.job import CleanSources, RunReport, clean_sources
from rlm.jobs.contract_files import load_contracts
from rlm.names import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pyspark.sql import SparkSession

Row = dict[str, Any]
DAY = "2026-06-01"
EARLY = "2026-01-01T00:00:00Z"
COLUMNS = {s: [c.name for c in contract.landing] for s, contract in load_contracts().items()}
_worlds = itertools.count()
_runs = itertools.count()

GOOD: dict[str, Row] = {
    "artists": {
        "artist_id": "a1", "name": 'The "Quiet", Ones', "genres": "rock|post-rock", "tags": "",
        "country": "DE", "formed_year": "1999", "updated_at": EARLY,
    },
    "venues": {
        "venue_id": "v1", "name": "Halle", "city": "Köln", "region": "NRW", "country": "DE",
        "latitude": "50.94", "longitude": "6.96", "timezone": "Europe/Berlin", "capacity": "500",
        "updated_at": EARLY,
    },
    "events": {
        "event_id": "e1", "name": "Night", "headliner_id": "a1", "support_ids": ["a2"],
        "venue_id": "v1", "category": "concert", "starts_at_local": "2026-07-01T20:00:00",
        "timezone": "Europe/Berlin", "status": "scheduled", "capacity": 500, "currency": "EUR",
        "price_tiers": [{"tier": "floor", "price": "49.50"}], "on_sale_on": "2026-01-01",
        "updated_at": EARLY,
    },
    "ticket_sales": {
        "sale_id": "s1", "order_id": "o1", "event_id": "e1", "fan_id": "f1", "kind": "sale",
        "refund_of": "", "quantity": "2", "unit_price": "49.50", "currency": "EUR",
        "channel": "web", "tier": "floor", "sold_at": "2026-05-01T10:00:00Z",
        "is_simulated": "true", "updated_at": "2026-05-01T10:00:00Z",
    },
    "listens": {
        "fan_id": "f1", "artist_id": "a1", "listened_on": "2026-05-01", "plays": "3",
        "updated_at": EARLY,
    },
    "artist_popularity": {
        "artist_id": "a1", "measured_on": "2026-05-01", "streams": "1000", "followers": "10",
        "updated_at": EARLY,
    },
}  # fmt: skip


def row(source: str, **changes: object) -> Row:
    """The source's good row with `changes`."""
    return {**GOOD[source], **changes}


def text(source: str, rows: Iterable[Row]) -> str:
    """`rows` in the format of the source's contract."""
    if source == "events":
        return "".join(json.dumps(r) + "\n" for r in rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS[source], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class World:
    def __init__(self, spark: SparkSession, folder: Path, database: str | None = None) -> None:
        self.spark = spark
        self.folder = folder
        self.said: list[str] = []
        """What runs have reported."""
        self.database = database or f"silver_{next(_worlds)}"
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS glue_catalog.{self.database}")

    def deliver(
        self,
        source: str,
        content: Sequence[Row] | str | bytes,
        *,
        day: str = DAY,
        name: str | None = None,
    ) -> str:
        """Puts a file into landing; answers its URI."""
        extension = "jsonl" if source == "events" else "csv"
        file = self.folder / "landing" / source / f"delivery_date={day}"
        file.mkdir(parents=True, exist_ok=True)
        file = file / (name or f"{source}-{len(list(file.iterdir()))}.{extension}")
        if not isinstance(content, (str, bytes)):
            content = text(source, content)
        if isinstance(content, str):
            content = content.encode()
        file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
        return f"file://{file}"

    def deliver_references(self) -> None:
        """One artist, one venue and one event of theirs."""
        for source in ("artists", "venues", "events"):
            self.deliver(source, [row(source)], day="2026-01-01")

    def run(
        self,
        *sources: str,
        until: str = "2026-12-31",
        accept_broken: Sequence[str] = (),
        storage: Storage | None = None,
        run_id: str | None = None,
    ) -> RunReport:
        """A run of its own; a retry of an earlier one where `run_id` names it."""
        run = CleanSources(
            run_id=run_id or f"run-{next(_runs)}",
            business_date=dt.date.fromisoformat(until),
            sources=sources or SOURCES,
            landing=f"file://{self.folder}/landing",
            lake=f"file://{self.folder}/lake",
            database=self.database,
            accept_broken=accept_broken,
        )
        report = clean_sources(
            self.spark, run, load_contracts(), storage or FileStorage(), self.said.append
        )
        for source, result in report.sources.items():
            result.counts.check(source)
        return report

    def silver(self, source: str) -> list[Row]:
        """The rows of a silver table, in order of their content."""
        table = self.spark.table(f"glue_catalog.{self.database}.{source}")
        return sorted((r.asDict(recursive=True) for r in table.collect()), key=repr)

    def quarantined(self, source: str) -> list[Row]:
        """Quarantined rows, in order of file and line."""
        rows = [
            json.loads(line)
            for file in (self.folder / "lake/quarantine" / source).rglob("*.json")
            for line in file.read_text().splitlines()
        ]
        return sorted(rows, key=lambda r: (r["file"], r.get("line") or 0))
