"""Broadway's grosses, through clean_sources, are in ticket_sales_daily to the cent."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gold.marts import Marts, gold_tables, offending
from world import World, text

from rlm.generate.delivery_files import DeliveryFolder
from rlm.generate.generation import Progress
from rlm.importers.broadway import import_broadway

if TYPE_CHECKING:
    from gold.cases import Row
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
SOURCES = ("artists", "venues", "events", "ticket_sales")


@dataclass(frozen=True)
class Broadway:
    file: list[Row]
    """The lines of the file that others made."""
    delivered: list[Row]
    """The lines of ticket_sales, broken ones among them."""
    quarantined: list[Row]
    days: list[Row]
    marts: Marts


@pytest.fixture(scope="module")
def broadway(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Broadway:
    folder = Path(os.environ.get("DATA_DIR", ROOT / ".." / "shared" / "data"))
    file = folder / "broadway/broadway_corgis.csv"
    if not file.is_file():
        pytest.skip(f"{file} is missing; DATA_DIR says where the sets that others made are")
    world = World(spark, tmp_path_factory.mktemp("broadway"))
    landing = world.folder / "landing"
    import_broadway(folder, DeliveryFolder(landing), Progress(io.StringIO()))
    sales = [row for path in landing.glob("ticket_sales/*/*") for row in _csv(path)]
    # Two that no till ever rang: of a show that nobody knows, and of no tickets at all.
    broken = [
        {**sales[0], "sale_id": "broken-1", "event_id": "nobody-knows"},
        {**sales[1], "sale_id": "broken-2", "quantity": "0"},
    ]
    day = next(landing.glob("ticket_sales/*")).name.removeprefix("delivery_date=")
    world.deliver("ticket_sales", text("ticket_sales", broken), day=day, name="broken.csv")
    world.run(*SOURCES)
    marts = Marts(spark)
    for source in SOURCES:
        marts.put(f"silver.{source}", spark.table(f"glue_catalog.{world.database}.{source}"))
    marts.build("ticket_sales_daily")
    return Broadway(
        file=_csv(file),
        delivered=sales + broken,
        quarantined=world.quarantined("ticket_sales"),
        days=marts.rows("gold.ticket_sales_daily"),
        marts=marts,
    )


def test_days_hold_every_delivered_cent_but_the_quarantined_ones(broadway: Broadway) -> None:
    listed = {json.loads(row["record"])["sale_id"]: row["rule"] for row in broadway.quarantined}
    assert listed == {"broken-1": "reference", "broken-2": "range"}
    kept = [row for row in broadway.delivered if row["sale_id"] not in listed]
    assert len(kept) == len(broadway.delivered) - 2 > 30_000
    gross = sum(int(row["quantity"]) * Decimal(row["unit_price"]) * 100 for row in kept)
    assert sum(row["gross_cents"] for row in broadway.days) == gross
    assert sum(row["net_cents"] for row in broadway.days) == gross
    assert sum(row["tickets_sold"] for row in broadway.days) == sum(
        int(r["quantity"]) for r in kept
    )


def test_days_hold_the_gross_of_the_file_to_the_cent(broadway: Broadway) -> None:
    dollars = sum(int(row["Statistics.Gross"]) for row in broadway.file)
    assert sum(row["gross_cents"] for row in broadway.days) == dollars * 100


def test_each_day_is_a_sunday_in_new_york_with_the_shows_of_that_week(broadway: Broadway) -> None:
    expected = Counter(
        f"{int(r['Date.Year'])}-{int(r['Date.Month']):02d}-{int(r['Date.Day']):02d}"
        for r in broadway.file
        if int(r["Statistics.Attendance"]) > 0
    )
    assert Counter(row["sale_date"].isoformat() for row in broadway.days) == expected
    assert {row["sale_date"].isoweekday() for row in broadway.days} == {7}
    assert {(row["currency"], row["is_simulated"]) for row in broadway.days} == {("USD", False)}


def test_no_check_complains(broadway: Broadway) -> None:
    checks = gold_tables()["ticket_sales_daily"].checks
    assert checks
    assert offending([(check, broadway.marts) for check in checks]) == [[] for _ in checks]


def _csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
