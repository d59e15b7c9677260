"""Somebody compacts a table while it is published: nobody loses anything."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from branches import first_branch_dropped
from pyspark.sql import SparkSession
from world import World, row

from rlm.jobs.clean_sources import silver
from rlm.jobs.clean_sources.silver import SilverTable
from rlm.jobs.iceberg import IcebergTable

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

MERGE = SilverTable._merge


def deliver(world: World, day: int, *names: str) -> None:
    rows = [
        row("artists", artist_id=f"a{nth}", name=name, updated_at=f"2026-01-0{day}T00:00:00Z")
        for nth, name in enumerate(names)
    ]
    world.deliver("artists", rows, day=f"2026-06-0{day}")


def compact(table: SilverTable) -> None:
    found = table.spark.sql(
        f"CALL {table.catalog}.system.rewrite_data_files(table => '{table.name}',"
        " options => map('rewrite-all', 'true'))"
    ).collect()
    assert found[0].rewritten_data_files_count > 0


@contextmanager
def compacted_while_published(times: int) -> Iterator[list[float]]:
    """Compacts the table between the first `times` merges and what readers see of them.

    Yields the pauses that were made.
    """
    left = [times]
    pauses: list[float] = []

    def merge(table: SilverTable, *args: Any) -> None:
        MERGE(table, *args)
        if left[0]:
            left[0] -= 1
            compact(table)

    with (
        mock.patch.object(SilverTable, "_merge", merge),
        mock.patch.object(silver, "sleep", pauses.append),
    ):
        yield pauses


def names(world: World) -> list[tuple[str, str]]:
    return [(r["artist_id"], r["name"]) for r in world.silver("artists")]


def test_publication_begins_again_after_a_compaction(world: World) -> None:
    deliver(world, 1, "one", "two")
    world.run("artists")
    deliver(world, 2, "ONE", "TWO", "three")
    with compacted_while_published(times=1) as pauses:
        report = world.run("artists")
    counts = report.sources["artists"].counts
    assert report.tables["artists"] == 3
    assert names(world) == [("a0", "ONE"), ("a1", "TWO"), ("a2", "three")]
    assert (counts.rows_loaded, counts.rows_superseded) == (3, 2)
    (pause,) = pauses
    assert 1 <= pause <= 2
    assert len([line for line in world.said if "was changed by somebody else" in line]) == 1
    assert IcebergTable(world.spark, f"glue_catalog.{world.database}.artists").branches() == []


def test_publication_gives_up_without_a_trace(world: World) -> None:
    deliver(world, 1, "one", "two")
    world.run("artists")
    deliver(world, 2, "ONE", "three")
    with (
        mock.patch.object(silver, "_ATTEMPTS", 2),
        compacted_while_published(times=2) as pauses,
        pytest.raises(RuntimeError, match="nothing was published"),
    ):
        world.run("artists")
    assert len(pauses) == 1
    assert names(world) == [("a0", "one"), ("a1", "two")]
    world.run("artists")
    assert names(world) == [("a0", "ONE"), ("a1", "three")]


def test_publication_begins_again_when_its_branch_was_taken_for_an_old_one(world: World) -> None:
    deliver(world, 1, "one")
    world.run("artists")
    deliver(world, 2, "ONE")
    with first_branch_dropped(), mock.patch.object(silver, "sleep"):
        world.run("artists")
    assert names(world) == [("a0", "ONE")]


def test_what_is_wrong_with_the_statement_itself_is_raised_at_once(world: World) -> None:
    deliver(world, 1, "one")
    world.run("artists")
    deliver(world, 2, "ONE")
    really = SparkSession.sql

    def sql(session: SparkSession, query: str, *args: Any, **kwargs: Any) -> Any:
        return really(session, query.replace("MERGE INTO", "MERGE INTOO"), *args, **kwargs)

    with (
        mock.patch.object(SparkSession, "sql", sql),
        mock.patch.object(silver, "sleep") as slept,
        pytest.raises(Exception, match="INTOO"),
    ):
        world.run("artists")
    assert not slept.called
    world.run("artists")
    assert names(world) == [("a0", "ONE")]
