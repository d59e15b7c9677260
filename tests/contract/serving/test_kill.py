"""Loaders that are killed, stopped or raced: the table ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("loader_program.py")
ITEMS = 1500
# Of a load: later it may have ended, on a quick machine as on a slow one.
WRITING_SHARE = 0.3


def rows_of(version: int) -> list[dict[str, str]]:
    """Each version changes most items, takes some, and brings some: first, for a kill to meet."""
    return [
        {"artist_id": f"A{n}", "name": f"Artist {n}", "country": f"{'ABCDE'[version % 5]}A"}
        for n in reversed(range(version * 20, version * 20 + ITEMS))
    ]


def contents(world: World) -> dict[tuple[str, ...], dict[str, Any]]:
    """What the items say, whichever load wrote them."""
    items = world.items()
    for item in items.values():
        item.pop("version")
    return items


@pytest.fixture
def start() -> Any:
    """Start a loader; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(world: World, version: int, rows: list[dict[str, str]]) -> subprocess.Popen[str]:
        arguments = {
            "feed": world.feed.name,
            "table": world.table,
            "folder": world.folder,
            "result": world.put_rows(rows),
            "version": str(version),
        }
        command = [sys.executable, str(PROGRAM)]
        for name, value in arguments.items():
            command += [f"--{name}", value]
        environment = os.environ | {
            "AWS_ENDPOINT_URL": world.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until_it_writes(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "loading":
            return
    pytest.fail("the loader ended before it wrote")


def expected(world: World, version: int, rows: list[dict[str, str]]) -> dict[Any, Any]:
    """What an undisturbed load of these rows leaves."""
    other = type(world)(world.endpoint_url, world.feed).create()
    other.load(rows, version)
    return contents(other)


def test_killed_loads_leave_nothing_that_a_rerun_does_not_put_right(
    artists: World, start: Any
) -> None:
    moments = random.Random(20261122)
    were_partial = 0
    usual_seconds = artists.load(rows_of(0), version=1).seconds
    for version in (2, 3, 4):
        process = start(artists, version, rows_of(version))
        wait_until_it_writes(process)
        time.sleep(moments.uniform(0, WRITING_SHARE * usual_seconds))
        process.send_signal(signal.SIGKILL)
        process.wait()
        written = sum(int(item["version"]) == version for item in artists.items().values())
        were_partial += 0 < written < ITEMS
    assert were_partial, "no kill met a load that was writing"
    assert len(artists.books().journals) >= were_partial
    result = artists.load(rows_of(1), version=5)
    assert result.status == "loaded"
    assert contents(artists) == expected(artists, 5, rows_of(1))
    # Whoever was killed may still be asleep, for all that anybody knows: it costs reads, no writes.
    again = artists.load(rows_of(1), version=6)
    assert (again.written, again.deleted) == (0, 0)


def test_loads_whose_aws_was_killed_are_put_right_by_a_rerun(
    artists_to_kill: tuple[World, Any], start: Any
) -> None:
    artists, gateway = artists_to_kill
    moments = random.Random(20261123)
    were_partial = 0
    usual_seconds = artists.load(rows_of(0), version=1).seconds
    for version in (2, 3, 4):
        process = start(artists, version, rows_of(version))
        wait_until_it_writes(process)
        time.sleep(moments.uniform(0, WRITING_SHARE * usual_seconds))
        gateway.kill()
        output, _ = process.communicate(timeout=60)
        # Done in time, or failed loudly: a load never takes a dead connection for an answer.
        assert (process.returncode == 0) == ('"status": "loaded"' in output), output
        gateway.start()
        written = sum(int(item["version"]) == version for item in artists.items().values())
        were_partial += process.returncode != 0 and 0 < written < ITEMS
        books = artists.books()
        is_entered = books.loaded is not None and books.loaded.version == version
        assert is_entered or process.returncode != 0
        # The same load again, as Airflow's next try would have it. Whoever was killed before may
        # still be asleep, for all that anybody knows: then it looks, and has nothing to write.
        result = artists.load(rows_of(version), version=version)
        assert result.status == ("unchanged" if is_entered and not books.journals else "loaded")
        assert not is_entered or (result.written, result.deleted) == (0, 0)
        assert contents(artists) == expected(artists, version, rows_of(version))
        again = artists.load(rows_of(version), version=version, query="another")
        assert (again.written, again.deleted) == (0, 0)
    assert were_partial, "no kill met a load that was writing"


def test_of_two_racing_loaders_the_newer_wins(artists: World, start: Any) -> None:
    moments = random.Random(7)
    artists.load(rows_of(0), version=1)
    for version in (2, 4):
        older, newer = (version, rows_of(version)), (version + 1, rows_of(version + 1))
        order = [older, newer]
        moments.shuffle(order)
        racing = []
        for number, rows in order:
            racing.append(start(artists, number, rows))
            time.sleep(moments.uniform(0, 0.3))
        outputs = [process.communicate(timeout=60)[0] for process in racing]
        assert [process.returncode for process in racing] == [0, 0], outputs
        assert contents(artists) == expected(artists, version + 1, rows_of(version + 1))
        assert artists.books().loaded is not None
        assert artists.books().loaded.version == version + 1


def test_loader_that_slept_through_its_lease_stops_and_is_put_right(
    artists: World, start: Any
) -> None:
    artists.load(rows_of(0), version=1)
    sleeper = start(artists, 2, rows_of(2))
    wait_until_it_writes(sleeper)
    sleeper.send_signal(signal.SIGSTOP)
    result = artists.load(rows_of(3), version=3)
    assert result.status == "loaded"
    sleeper.send_signal(signal.SIGCONT)
    output, _ = sleeper.communicate(timeout=30)
    assert sleeper.returncode != 0
    assert "LeaseLostError" in output
    # What it may have sent on waking is in its journal, at which every load of a day looks.
    assert artists.books().journals
    artists.load(rows_of(3), version=4)
    assert contents(artists) == expected(artists, 3, rows_of(3))
