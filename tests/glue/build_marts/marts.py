"""A small business with three gold tables of its own: change silver, build, look at gold."""

# ruff: noqa: S608 - the statements name tables of this world
from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from typing import TYPE_CHECKING, Any

from rlm.aws.storage import FileStorage, Storage
from rlm.jobs.build_marts.job import BuildMarts, build_marts
from rlm.jobs.clean_sources.silver import SilverTable
from rlm.jobs.contract_files import load_contracts
from rlm.jobs.sql_files import parse_gold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import SparkSession

    from rlm.domain.gold import GoldTable, TableResult

_worlds = itertools.count()
SOURCES = ("events", "ticket_sales", "listens")

DAILY = """\
-- table: tickets by local day
-- key: event_id, sale_date
-- partition: sale_month
-- touched: SELECT trunc(to_date(from_utc_timestamp(s.sold_at, e.timezone)), 'MM')
--   FROM changed.ticket_sales s JOIN silver.events e USING (event_id)
-- touched: SELECT trunc(to_date(from_utc_timestamp(s.sold_at, e.timezone)), 'MM')
--   FROM silver.ticket_sales s JOIN changed.events e USING (event_id)
-- reads: silver.ticket_sales WHERE sold_at >= <partition> - INTERVAL 1 DAY
--   AND sold_at < add_months(<partition>, 1) + INTERVAL 1 DAY
WITH local AS (
  SELECT event_id, to_date(from_utc_timestamp(sold_at, timezone)) AS sale_date, quantity
  FROM silver.ticket_sales JOIN silver.events USING (event_id)
)
SELECT event_id, sale_date, sum(quantity) AS tickets, trunc(sale_date, 'MM') AS sale_month
FROM local GROUP BY event_id, sale_date, trunc(sale_date, 'MM')
"""
MONTHLY = """\
-- key: event_id, sale_month
-- partition: sale_month
-- touched: SELECT sale_month FROM changed.daily
SELECT event_id, sale_month, sum(tickets) AS tickets FROM gold.daily GROUP BY ALL
"""
TOTALS = """\
-- key: event_id
-- partition: none
SELECT event_id, sum(tickets) AS tickets FROM gold.monthly GROUP BY event_id
"""
LISTENS = """\
-- key: fan_id
-- partition: none
SELECT fan_id, sum(plays) AS plays FROM silver.listens GROUP BY fan_id
"""
CHECKS = """\
-- check: tickets_are_positive
-- severity: fail
-- scope: partition
-- message: nobody sells less than nothing
SELECT event_id, sale_date, tickets FROM gold.daily WHERE tickets <= 0;

-- check: few_tickets
-- severity: warn
-- message: more than a stadium holds
SELECT * FROM gold.daily WHERE tickets > 100000
"""
GOLD = {
    "daily": parse_gold("daily", DAILY, CHECKS),
    "monthly": parse_gold("monthly", MONTHLY),
    "totals": parse_gold("totals", TOTALS),
    "fans": parse_gold("fans", LISTENS),
}


def literal(value: str | int | dt.datetime) -> str:
    return f"TIMESTAMP '{value}'" if isinstance(value, dt.datetime) else repr(value)


class Marts:
    def __init__(
        self, spark: SparkSession, folder: Path, env: tuple[str, str] | None = None
    ) -> None:
        nth = next(_worlds)
        self.spark = spark
        self.folder = folder
        self.silver, self.gold = env or (f"marts_silver_{nth}", f"marts_gold_{nth}")
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS glue_catalog.{self.silver}")
        for source in SOURCES:
            SilverTable(
                spark, load_contracts()[source], "glue_catalog", self.silver, print
            ).create()

    def name(self, table: str) -> str:
        return f"glue_catalog.{self.silver if table in SOURCES else self.gold}.{table}"

    def put(self, source: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts `rows`, or updates those whose key is there, as clean_sources does."""
        if not rows:
            return
        names = list(rows[0])
        values = ", ".join(f"({', '.join(literal(r[n]) for n in names)})" for r in rows)
        self.spark.sql(
            f"MERGE INTO {self.name(source)} AS t"
            f" USING (SELECT * FROM VALUES {values} AS v({', '.join(names)})) AS put"
            f" ON t.{key} = put.{key}"
            f" WHEN MATCHED THEN UPDATE SET {', '.join(f't.{n} = put.{n}' for n in names)}"
            f" WHEN NOT MATCHED THEN INSERT ({', '.join(names)})"
            f" VALUES ({', '.join(f'put.{n}' for n in names)})"
        )

    def events(self, **timezones: str) -> None:
        self.put(
            "events", "event_id", [{"event_id": e, "timezone": z} for e, z in timezones.items()]
        )

    def sales(self, *sales: tuple[str, str, str, int]) -> None:
        """(sale_id, event_id, sold_at, quantity) each."""
        self.put("ticket_sales", "sale_id", [
            {"sale_id": s, "event_id": e, "sold_at": dt.datetime.fromisoformat(at), "quantity": n}
            for s, e, at, n in sales
        ])  # fmt: skip

    def delete_sale(self, sale_id: str) -> None:
        self.spark.sql(f"DELETE FROM {self.name('ticket_sales')} WHERE sale_id = '{sale_id}'")

    def compact(self, table: str) -> None:
        database, _, name = self.name(table).removeprefix("glue_catalog.").partition(".")
        self.spark.sql(
            f"CALL glue_catalog.system.rewrite_data_files(table => '{database}.{name}',"
            " options => map('rewrite-all', 'true'))"
        )

    def build(
        self,
        *tables: str,
        gold: Mapping[str, GoldTable] = GOLD,
        storage: Storage | None = None,
        run_id: str | None = None,
        **options: Any,
    ) -> dict[str, TableResult]:
        self.said: list[str] = []
        self.run_id = run_id or f"run-{uuid.uuid4().hex[:8]}"
        run = BuildMarts(
            run_id=self.run_id,
            business_date=dt.date(2026, 6, 1),
            lake=f"file://{self.folder}/lake",
            silver=self.silver,
            gold=self.gold,
            tables=tables or None,
            **options,
        )
        storage = storage or FileStorage()
        return build_marts(self.spark, run, gold, storage, self.said.append).tables

    def reported(self) -> dict[str, Any]:
        """The run report as a program reads it."""
        report = json.loads((self.folder / f"lake/runs/build_marts/{self.run_id}.json").read_text())
        tables: dict[str, Any] = report["tables"]
        return tables

    def rows(self, table: str, version: str = "") -> list[tuple[Any, ...]]:
        found = self.spark.sql(f"SELECT * FROM {self.name(table)} {version}").collect()
        return sorted((tuple(r) for r in found), key=repr)

    def statuses(self, results: Mapping[str, TableResult]) -> dict[str, str]:
        return {name: r.status for name, r in results.items()}
