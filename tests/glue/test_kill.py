"""A run may be killed anywhere: the rerun ends as if there had been no kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from pyspark.sql import SparkSession
from world import DAY, World, row

from rlm.aws.storage import FileStorage
from rlm.jobs.clean_sources.job import RunReport
from rlm.jobs.clean_sources.silver import SilverTable
from rlm.jobs.iceberg import IcebergTable
from rlm.names import database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

ENTRY = Path(__file__).parents[2] / "include/glue/clean_sources.py"


class Killed(BaseException):
    """Nothing that a program could catch and go on after."""


class MortalStorage(FileStorage):
    """Dies instead of making its `dies_at`-th change."""

    def __init__(self, dies_at: int) -> None:
        self._left = dies_at

    def write(self, uri: str, content: bytes) -> None:
        self._live()
        super().write(uri, content)

    def delete(self, uri: str) -> None:
        self._live()
        super().delete(uri)

    def _live(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed


@contextmanager
def dying_in_sql(statement: str) -> Iterator[None]:
    """Kills the run instead of its first statement that starts so."""
    really: Callable[..., Any] = SparkSession.sql

    def sql(session: SparkSession, query: str, *args: Any, **kwargs: Any) -> Any:
        if query.startswith(statement):
            raise Killed
        return really(session, query, *args, **kwargs)

    with mock.patch.object(SparkSession, "sql", sql):
        yield


@contextmanager
def dying_before_the_branch_has_inserts() -> Iterator[None]:
    merge = SilverTable._merge

    def merged(table: SilverTable, *args: Any) -> None:
        merge(table, *args)
        raise Killed

    with mock.patch.object(SilverTable, "_merge", merged):
        yield


@contextmanager
def dying_before_readers_see_the_branch() -> Iterator[None]:
    with mock.patch.object(IcebergTable, "publish", side_effect=Killed):
        yield


@contextmanager
def dying_before_publication() -> Iterator[None]:
    with mock.patch.object(SilverTable, "publish", side_effect=Killed):
        yield


@contextmanager
def dying_in_the_report() -> Iterator[None]:
    with mock.patch.object(RunReport, "to_json", side_effect=Killed):
        yield


@contextmanager
def dying_after_publication() -> Iterator[None]:
    publish = SilverTable.publish

    def published(table: SilverTable, *args: Any) -> None:
        publish(table, *args)
        raise Killed

    with mock.patch.object(SilverTable, "publish", published):
        yield


def deliver_batch(world: World, nth: int) -> None:
    """A new version of one artist, a new artist, a copy of it, and a broken row."""
    hour = f"2026-03-01T{nth:02d}:00:00Z"
    fresh = row("artists", artist_id=f"new{nth:02d}", name="New")
    changed = row("artists", artist_id="changing", name=f"Version {nth}", updated_at=hour)
    broken = row("artists", artist_id=f"broken{nth}", country="?")
    world.deliver("artists", [fresh, changed, broken, fresh], day=f"2026-06-{nth + 1:02d}")


def ledger(world: World, source: str) -> list[dict[str, Any]]:
    files = sorted((world.folder / "lake/ledger" / source).iterdir())
    return [json.loads(file.read_text()) for file in files]


def assert_whole(world: World, batches: int) -> None:
    """Silver, quarantine and ledger after `batches` deliveries, however often a run was killed."""
    found = [(r["artist_id"], r["name"]) for r in world.silver("artists")]
    assert found == [
        ("changing", f"Version {batches - 1}"),
        *((f"new{nth:02d}", "New") for nth in range(batches)),
    ]
    broken = [(r["delivery_date"], r["line"], r["rule"]) for r in world.quarantined("artists")]
    assert broken == [(f"2026-06-{nth + 1:02d}", 4, "pattern") for nth in range(batches)]
    booked = [
        {name: n for name, n in batch["counts"].items() if n} for batch in ledger(world, "artists")
    ]
    every = {"rows_in": 4, "rows_loaded": 2, "rows_quarantined": 1, "rows_duplicate": 1}
    assert booked == [every, *[every | {"rows_superseded": 1}] * (batches - 1)]
    assert [len(batch["files"]) for batch in ledger(world, "artists")] == [1] * batches
    assert not list((world.folder / "lake/ledger/pending").iterdir())


def test_killed_runs_leave_no_trace_after_their_rerun(world: World) -> None:
    deliver_batch(world, 0)
    world.run("artists")
    deliver_batch(world, 1)
    # Each rerun lives a little longer than the run before it, until one comes through.
    kills = 0
    while was_killed(world, MortalStorage(kills + 1)):
        kills += 1
    assert kills > 4
    assert_whole(world, 2)


def test_kill_in_the_publication_shows_readers_all_or_nothing(world: World) -> None:
    deliver_batch(world, 0)
    world.run("artists")
    before = world.silver("artists")
    deliver_batch(world, 1)
    for dying in (
        dying_in_sql("MERGE INTO"),
        dying_before_the_branch_has_inserts(),
        dying_before_readers_see_the_branch(),
    ):
        with dying:
            assert was_killed(world)
        assert world.silver("artists") == before
    with dying_after_publication():
        assert was_killed(world)
    after = world.silver("artists")
    assert len(after) == len(before) + 1
    # Published: what is left to do is to complete the ledger, to forget the batch, to report.
    # The second run has completed it, so that the third comes to its report one step earlier.
    for dies_at in (1, 2, 2):
        assert was_killed(world, MortalStorage(dies_at))
        assert world.silver("artists") == after
    world.run("artists")
    assert_whole(world, 2)


def was_killed(world: World, storage: FileStorage | None = None) -> bool:
    try:
        world.run("artists", storage=storage)
    except Killed:
        return True
    return False


def test_retry_tells_of_what_the_killed_try_has_loaded(world: World) -> None:
    """Only who writes the run report is heard: marts would not be built otherwise."""
    deliver_batch(world, 0)
    world.run("artists", run_id="first")
    deliver_batch(world, 1)
    with dying_after_publication(), pytest.raises(Killed):
        world.run("artists", run_id="second")
    deliver_batch(world, 2)
    # The ledger is complete, but the report is never written.
    with dying_in_the_report(), pytest.raises(Killed):
        world.run("artists", run_id="second")
    told = world.run("artists", run_id="second").sources["artists"]
    assert (told.status, told.files) == ("loaded", 2)
    assert (told.counts.rows_in, told.counts.rows_loaded, told.counts.rows_duplicate) == (8, 4, 2)
    assert_whole(world, 3)
    assert world.run("artists", run_id="third").sources["artists"].status == "no_new_deliveries"


def test_another_run_tells_of_what_it_completes(world: World) -> None:
    deliver_batch(world, 0)
    with dying_after_publication(), pytest.raises(Killed):
        world.run("artists", run_id="killed")
    told = world.run("artists", run_id="next").sources["artists"]
    assert (told.status, told.files, told.counts.rows_loaded) == ("loaded", 1, 2)
    assert [batch["run_id"] for batch in ledger(world, "artists")] == ["next"]
    # The snapshot says who wrote it.
    snapshots = world.spark.table(f"glue_catalog.{world.database}.artists.snapshots")
    assert [s.summary["rlm.run_id"] for s in snapshots.collect()] == ["killed"]


def test_rows_released_by_a_killed_run_are_released_by_its_rerun(world: World) -> None:
    world.deliver("listens", [row("listens"), row("listens", plays="0")])
    world.run("listens")
    world.deliver("artists", [row("artists")])
    world.run("artists")
    with dying_before_publication(), pytest.raises(Killed):
        world.run("listens")
    assert world.silver("listens") == []
    with dying_after_publication(), pytest.raises(Killed):
        world.run("listens")
    world.run("listens")
    assert [r["plays"] for r in world.silver("listens")] == [3]
    assert [(r["line"], r["rule"]) for r in world.quarantined("listens")] == [
        (2, "reference"),
        (3, "range"),
    ]
    first, second = (batch["counts"] for batch in ledger(world, "listens"))
    assert (first["rows_quarantined"], first["rows_waiting"]) == (2, 1)
    assert (second["rows_in"], second["rows_released"], second["rows_waiting"]) == (0, 1, -1)


def test_kill_after_the_ledger_keeps_the_quarantine_of_a_batch_without_good_rows(
    world: World,
) -> None:
    world.deliver("artists", [row("artists", country="?")])
    with pytest.raises(Killed):
        world.run("artists", storage=MortalStorage(4))
    assert len(ledger(world, "artists")) == 1
    told = world.run("artists").sources["artists"]
    assert (told.status, told.counts.rows_quarantined) == ("loaded", 1)
    assert len(ledger(world, "artists")) == 1
    assert world.run("artists").sources["artists"].status == "no_new_deliveries"
    assert [r["rule"] for r in world.quarantined("artists")] == ["pattern"]


def test_killed_process_is_made_good_by_the_next_run(spark: SparkSession, tmp_path: Path) -> None:
    world = World(spark, tmp_path, database("dev", "silver"))
    deliver_batch(world, 0)
    arguments = {
        "env": "dev", "run_id": "killed", "business_date": DAY, "sources": "artists",
        "landing": f"file://{tmp_path}/landing", "lake": f"file://{tmp_path}/lake",
    }  # fmt: skip
    command = [sys.executable, str(ENTRY)]
    command += [word for name, value in arguments.items() for word in (f"--{name}", value)]
    log = tmp_path / "log"
    with log.open("wb") as out:
        job = subprocess.Popen(command, start_new_session=True, stdout=out, stderr=out)
    try:
        begun = tmp_path / "lake/ledger/pending/artists.json"
        deadline = time.monotonic() + 120
        while not (begun.exists() and json.loads(begun.read_text())["counts"]):
            assert job.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.002)
    finally:
        # With its JVM: both are in the session that was started for it.
        os.killpg(job.pid, signal.SIGKILL)
    assert job.wait() == -signal.SIGKILL
    assert begun.exists()
    world.run("artists")
    assert_whole(world, 1)
