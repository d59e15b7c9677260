"""The generated world with every fault planted, against what its truth file says of it."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql.functions import count, xxhash64
from pyspark.sql.functions import sum as total
from world import World

from rlm.generate.delivery_files import GENERATED, DeliveryFolder
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import size_for

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from rlm.jobs.clean_sources.job import RunReport

pytestmark = pytest.mark.slow

FIRST_DELIVERY = dt.date(2026, 6, 1)
# From the late venue to the sales: the others have nothing that is delivered late.
CHAIN = ("venues", "events", "ticket_sales")
COUNTS = ("rows_in", "rows_quarantined", "rows_duplicate", "rows_superseded", "rows_loaded")


class GeneratedWorld(World):
    truth: dict[str, Any]
    report: RunReport


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> GeneratedWorld:
    """The world, loaded in one run."""
    world = GeneratedWorld(spark, tmp_path_factory.mktemp("generated"))
    landing = world.folder / "landing"
    # The smallest world that has all faults: sales for a gzip that can be cut, days for copies.
    request = Request(size_for(12_000), FIRST_DELIVERY, 4, seed=5, with_broken_rows=True)
    generate(request, DeliveryFolder(landing), Progress(io.StringIO()))
    world.truth = json.loads((landing / "_truth/truth.json").read_text())
    world.report = world.run()
    return world


def test_one_run_counts_what_the_truth_says(loaded: GeneratedWorld) -> None:
    truth = loaded.truth["sources"]
    assert set(truth) == set(GENERATED)
    for source, expected in truth.items():
        result = loaded.report.sources[source]
        found = {name: getattr(result.counts, name) for name in COUNTS}
        assert found == {name: expected[name] for name in COUNTS}, source
        assert result.files == expected["files"]
        assert result.counts.files_rejected == expected["files_rejected"]
        assert loaded.report.tables[source] == expected["silver_rows"]
        assert expected["rows_quarantined"] > 0


def test_quarantine_holds_every_planted_fault_and_no_other(loaded: GeneratedWorld) -> None:
    landing = f"file://{loaded.folder}/landing/"
    planted = Counter(
        (b["source"], b["file"], b["line"], b["rule"], b["column"]) for b in loaded.truth["broken"]
    )
    found = Counter(
        (source, r["file"].removeprefix(landing), r.get("line"), r["rule"], r.get("column"))
        for source in GENERATED
        for r in loaded.quarantined(source)
    )
    assert found == planted
    assert len({rule for _, _, _, rule, _ in planted}) == 17


def test_two_runs_release_the_late_row_and_end_with_the_same_tables(
    loaded: GeneratedWorld,
) -> None:
    (late,) = loaded.truth["late_parents"]
    before_parent = dt.date.fromisoformat(late["parent_delivered_on"]) - dt.timedelta(days=1)
    daily = World(loaded.spark, loaded.folder.parent / "generated-daily")
    shutil.copytree(loaded.folder / "landing", daily.folder / "landing")
    daily.run("artists")
    runs = [daily.run(*CHAIN, until=before_parent.isoformat()), daily.run(*CHAIN)]
    for source in CHAIN:
        expected = loaded.truth["sources"][source]
        counts = [run.sources[source].counts for run in runs]
        waited = int(source == late["source"])
        assert [c.rows_released for c in counts] == [0, waited]
        for name, more in (
            ("rows_in", 0),
            ("rows_quarantined", waited),
            ("rows_duplicate", 0),
            ("rows_superseded", 0),
            ("rows_loaded", -waited),
        ):
            found = sum(getattr(c, name) for c in counts)
            assert found == expected[name] + more, f"{source}.{name}"
        assert fingerprint(daily, source) == fingerprint(loaded, source), source


def fingerprint(world: World, source: str) -> tuple[Any, ...]:
    """Rows, and a sum over the content of all of them."""
    table = world.spark.table(f"glue_catalog.{world.database}.{source}")
    content = total(xxhash64(*table.columns).cast("decimal(38,0)"))
    found = table.agg(count("*"), content).first()
    assert found is not None
    return tuple(found)
