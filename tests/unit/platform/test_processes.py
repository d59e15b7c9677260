"""Real processes: what we started is found, ended and missed; what we did not is left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bringup.failures import PlatformError
from bringup.processes import (
    Process,
    condition,
    members,
    pid_of,
    start,
    started_at,
    stop,
    wait_until_healthy,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLEEP = "import time; time.sleep(60)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""

FORGETFUL = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={})
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    made: list[Process] = []

    def process(code: str) -> Process:
        command = (sys.executable, "-c", code)
        made.append(
            Process(f"p{len(made)}", command, dict(os.environ), tmp_path, tmp_path, tmp_path)
        )
        return made[-1]

    yield process
    for each in made:
        stop(each.pid_file, patience_seconds=0.2)


def wait_for(process: Process, text: str) -> None:
    deadline = time.monotonic() + 10
    while not process.log.exists() or text not in process.log.read_text():
        assert time.monotonic() < deadline, f"{process.name} never said {text}"
        time.sleep(0.02)


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while started_at(pid) is not None:
        assert time.monotonic() < deadline, f"process {pid} stays"
        time.sleep(0.02)


def test_process_of_which_no_record_can_be_kept_does_not_live(
    make: Callable[[str], Process],
) -> None:
    process = make(SLEEP)
    # As on a full disk: the record cannot be written.
    process.pid_file.with_suffix(".partial").mkdir()
    with pytest.raises(OSError, match="partial"):
        start(process)
    assert members(process.pid_file) == []
    assert condition(process.pid_file) == "stopped"


def test_started_process_runs_and_is_stopped(make: Callable[[str], Process]) -> None:
    process = make(SLEEP)
    pid = start(process)
    assert pid_of(process.pid_file) == pid
    assert condition(process.pid_file) == "running"
    assert stop(process.pid_file)
    assert started_at(pid) is None
    assert condition(process.pid_file) == "stopped"


def test_starting_twice_keeps_the_first(make: Callable[[str], Process]) -> None:
    process = make(SLEEP)
    assert start(process) == start(process)


def test_killed_process_is_noticed(make: Callable[[str], Process]) -> None:
    process = make(SLEEP)
    pid = start(process)
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    assert condition(process.pid_file) == "died"
    assert start(process) != pid
    assert condition(process.pid_file) == "running"


def test_process_that_ignores_a_polite_request_is_killed(make: Callable[[str], Process]) -> None:
    process = make(STUBBORN)
    pid = start(process)
    wait_for(process, "deaf")
    assert stop(process.pid_file, patience_seconds=0.2)
    assert started_at(pid) is None


def test_stop_ends_children_in_sessions_of_their_own(make: Callable[[str], Process]) -> None:
    process = make(PARENT)
    start(process)
    wait_for(process, "ready")
    family = members(process.pid_file)
    assert len(family) == 2
    stop(process.pid_file)
    assert [pid for pid in family if started_at(pid)] == []


def test_survivors_of_a_killed_process_end_before_the_next_starts(
    make: Callable[[str], Process],
) -> None:
    process = make(PARENT)
    pid = start(process)
    wait_for(process, "ready")
    orphan = next(member for member in members(process.pid_file) if member != pid)
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    assert started_at(orphan) is not None
    start(process)
    assert started_at(orphan) is None


def test_survivor_that_wrote_over_its_variables_is_found_by_its_session(
    make: Callable[[str], Process],
) -> None:
    process = make(FORGETFUL)
    pid = start(process)
    wait_for(process, "ready")
    orphan = next(member for member in members(process.pid_file) if member != pid)
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
    assert members(process.pid_file) == [orphan]
    start(process)
    assert started_at(orphan) is None


def test_pid_that_now_belongs_to_a_stranger_is_left_alone(
    make: Callable[[str], Process], tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger:
        pid_file = tmp_path / "stale.json"
        record = {"pid": stranger.pid, "started": "another boot:1", "command": ["airflow"]}
        pid_file.write_text(json.dumps(record))
        assert pid_of(pid_file) is None
        assert condition(pid_file) == "died"
        assert not stop(pid_file)
        assert not pid_file.exists()
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}'])
def test_unreadable_pid_file_is_no_process(text: str, tmp_path: Path) -> None:
    pid_file = tmp_path / "broken.json"
    pid_file.write_text(text)
    assert pid_of(pid_file) is None


def test_process_that_ends_while_starting_shows_its_log(make: Callable[[str], Process]) -> None:
    process = make("raise SystemExit('no such setting: colour')")
    start(process)
    with pytest.raises(PlatformError, match="ended while starting") as failure:
        wait_until_healthy(process, lambda: False, 10)
    assert "no such setting: colour" in str(failure.value)


def test_process_that_never_answers_is_named_with_its_log(make: Callable[[str], Process]) -> None:
    process = make("import time; print('still thinking', flush=True); time.sleep(60)")
    start(process)
    wait_for(process, "still thinking")
    with pytest.raises(PlatformError, match="not healthy after 0 s") as failure:
        wait_until_healthy(process, lambda: False, 0.3)
    assert "still thinking" in str(failure.value)
