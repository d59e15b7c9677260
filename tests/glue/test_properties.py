"""Whatever is delivered, in whichever order: silver is the greatest version of each key."""

from __future__ import annotations

import itertools
from pathlib import Path  # noqa: TC003 - hypothesis reads the signature
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import World, row

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

# (artist, day of updated_at, formed year): few enough that copies, corrections and ties are common.
Version = tuple[str, int, int]
Delivery = list[Version]
# Keys are independent: twelve in one run find what three runs over four of them would.
versions = st.tuples(st.sampled_from("abcdefghijkl"), st.integers(1, 3), st.integers(2000, 2001))
# Two rows of each come twice; unique otherwise, or the first example would be one row alone.
deliveries = st.lists(versions, min_size=8, max_size=30, unique=True).map(lambda d: [*d, *d[:2]])
_examples = itertools.count()


def deliver(world: World, day: int, delivery: Delivery, nth: int = 0) -> None:
    rows = [
        row("artists", artist_id=key, formed_year=year, updated_at=f"2026-01-0{updated}T00:00:00Z")
        for key, updated, year in delivery
    ]
    world.deliver("artists", rows, day=f"2026-06-{day:02d}", name=f"{nth}.csv")


def silver(world: World) -> dict[str, tuple[int, int]]:
    found = world.silver("artists")
    rows = {r["artist_id"]: (r["updated_at"].day, r["formed_year"]) for r in found}
    assert len(rows) == len(found)
    return rows


@given(
    delivered=st.lists(deliveries, min_size=2, max_size=3),
    again=st.integers(0, 2),
    data=st.data(),
)
@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_silver_is_the_greatest_version_of_each_key(
    spark: SparkSession,
    tmp_path: Path,
    delivered: list[Delivery],
    again: int,
    data: st.DataObject,
) -> None:
    # One delivery comes twice, at the end of a random order.
    order = data.draw(st.permutations(delivered), label="order")
    order = [*order, delivered[again % len(delivered)]]
    run_after = data.draw(
        st.sets(st.integers(1, len(order) - 1), min_size=1, max_size=2), label="run after"
    )

    world = World(spark, tmp_path / str(next(_examples)))
    loaded = superseded = duplicate = 0
    for day, delivery in enumerate(order, start=1):
        deliver(world, day, delivery)
        if day in run_after or day == len(order):
            # World.run checks rows in = loaded + quarantined + duplicate.
            report = world.run("artists")
            counts = report.sources["artists"].counts
            assert report.tables["artists"] == len(world.silver("artists"))
            loaded += counts.rows_loaded
            superseded += counts.rows_superseded
            duplicate += counts.rows_duplicate

    every = [version for delivery in order for version in delivery]
    assert loaded + duplicate == len(every)
    found = silver(world)
    assert loaded - superseded == len(found)
    newest: dict[str, int] = {}
    for key, updated, _ in every:
        newest[key] = max(updated, newest.get(key, 0))
    assert {key: updated for key, (updated, _) in found.items()} == newest
    for key, (updated, year) in found.items():
        assert (key, updated, year) in every

    # Of versions of the same time, any order of delivery takes the same one.
    other = World(spark, tmp_path / str(next(_examples)))
    for nth, delivery in enumerate(delivered):
        deliver(other, 1, delivery[::-1], nth=9 - nth)
    counts = other.run("artists").sources["artists"].counts
    assert silver(other) == found
    distinct = {version for delivery in delivered for version in delivery}
    assert (counts.rows_loaded, counts.rows_superseded) == (
        len(distinct),
        len(distinct) - len(found),
    )
