"""The ledger: what was loaded, what is under way, and what still waits."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rlm.aws.storage import FileStorage
from rlm.domain.delivery import Batch, DeliveredFile, FileCounts, SourceCounts
from rlm.jobs.clean_sources.ledger import Ledger


@pytest.fixture
def lake(tmp_path: Path) -> str:
    return f"file://{tmp_path}/lake"


def open_ledger(lake: str, source: str = "artists") -> Ledger:
    return Ledger(FileStorage(), lake, source)


def batch(name: str, waiting: int = 0, released: int = 0) -> Batch:
    file = DeliveredFile(f"s3://landing/{name}.csv", "etag", 9, "artists", dt.date(2026, 6, 1))
    counts = SourceCounts(rows_in=3, rows_loaded=3, rows_waiting=waiting, rows_released=released)
    return Batch("artists", name, (file,)).counted(counts, [FileCounts(file.uri, "etag", 3)])


def test_new_ledger_knows_nothing(lake: str) -> None:
    ledger = open_ledger(lake)
    assert (ledger.batches, ledger.last_batch_id, ledger.pending()) == ((), "", None)
    assert ledger.loaded_files() == set()
    assert ledger.rows_waiting() == 0


def test_batch_comes_back_as_it_was_written(lake: str) -> None:
    begun = Batch("artists", "b1", batch("b1").files)
    open_ledger(lake).begin(begun)
    assert open_ledger(lake).pending() == begun
    open_ledger(lake).begin(batch("b1"))
    assert open_ledger(lake).pending() == batch("b1")
    assert open_ledger(lake).batches == ()
    open_ledger(lake).complete(batch("b1"))
    assert open_ledger(lake).batches == (batch("b1"),)


def test_completed_batch_is_no_longer_pending(lake: str) -> None:
    ledger = open_ledger(lake)
    for name in ("b9", "b1", "b5"):
        ledger.begin(batch(name))
        ledger.complete(batch(name))
        assert ledger.pending() is None
        assert ledger.last_batch_id == name
    assert [b.batch_id for b in open_ledger(lake).batches] == ["b9", "b1", "b5"]
    assert ledger.loaded_files() == {(f"s3://landing/{n}.csv", "etag") for n in ("b1", "b5", "b9")}


def test_batch_is_completed_once(lake: str) -> None:
    open_ledger(lake).complete(batch("b1"))
    # A run killed after the ledger was written, before the pending batch was forgotten.
    open_ledger(lake).begin(batch("b1"))
    open_ledger(lake).complete(batch("b1"))
    assert open_ledger(lake).batches == (batch("b1"),)
    assert open_ledger(lake).pending() is None


def test_run_tells_of_its_own_batches(lake: str) -> None:
    ledger = open_ledger(lake)
    for name, run_id in (("b1", "monday"), ("b2", "tuesday"), ("b3", "tuesday")):
        ledger.complete(replace(batch(name), run_id=run_id))
    told = [b.batch_id for b in open_ledger(lake).loaded_by("tuesday")]
    assert told == ["b2", "b3"]
    assert ledger.loaded_by("wednesday") == ()


def test_batch_that_another_run_completes_is_told_by_that_run(lake: str) -> None:
    ledger = open_ledger(lake)
    ledger.complete(replace(batch("b1"), run_id="monday"))
    ledger.complete(replace(batch("b2"), run_id="killed"))
    ledger.complete(replace(batch("b2"), run_id="next"))
    found = [(b.batch_id, b.run_id) for b in open_ledger(lake).batches]
    assert found == [("b1", "monday"), ("b2", "next")]


def test_batch_of_before_runs_were_kept_is_nobodys(lake: str) -> None:
    ledger = open_ledger(lake)
    ledger.complete(batch("b1"))
    (file,) = Path(lake.removeprefix("file://")).rglob("*-b1.json")
    written = json.loads(file.read_text())
    del written["run_id"]
    file.write_text(json.dumps(written))
    assert open_ledger(lake).batches == (batch("b1"),)
    assert open_ledger(lake).loaded_by("monday") == ()


def test_abandoned_batch_leaves_nothing(lake: str) -> None:
    ledger = open_ledger(lake)
    ledger.begin(batch("b1"))
    ledger.abandon()
    ledger.abandon()
    assert (ledger.pending(), ledger.batches) == (None, ())


def test_released_rows_wait_no_longer(lake: str) -> None:
    ledger = open_ledger(lake)
    ledger.complete(batch("b1", waiting=2))
    assert ledger.rows_waiting() == 2
    ledger.complete(batch("b2", waiting=-2, released=2))
    assert ledger.rows_waiting() == 0
    # What is broken later waits as the first did: it was once counted as released already.
    ledger.complete(batch("b3", waiting=2))
    assert ledger.rows_waiting() == 2


def test_sources_have_ledgers_of_their_own(lake: str) -> None:
    open_ledger(lake).complete(batch("b1"))
    open_ledger(lake).begin(batch("b2"))
    other = open_ledger(lake, "artist")
    assert (other.batches, other.pending()) == ((), None)
