"""Commands run next to each other, keep their outputs apart, and end together."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from bringup.side_by_side import Command, Ended, run_side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], Command]:
    def make(name: str, code: str) -> Command:
        arguments = [sys.executable, "-c", f"import os, sys, time\n{code}"]
        return Command(name, arguments, dict(os.environ), tmp_path / f"{name}.log")

    return make


def see_nothing(_command: Command, _line: str) -> None:
    """For tests of what ends, not of what is printed."""


def tell_nothing(_command: Command, _ended: Ended) -> None:
    """For tests of what `run_side_by_side` answers."""


def test_commands_run_at_the_same_time(program: Callable[..., Command], tmp_path: Path) -> None:
    # Each waits for what the other one leaves: one after the other, neither would end.
    def meeting(mine: str, other: str) -> str:
        wait = f"while not os.path.exists({str(tmp_path / other)!r}): time.sleep(0.01)"
        return f"open({str(tmp_path / mine)!r}, 'w').close()\n{wait}\nprint({mine!r})"

    commands = [program("a", meeting("a", "b")), program("b", meeting("b", "a"))]
    ended = run_side_by_side(commands, see_nothing, tell_nothing, most=2)
    assert [(e.name, e.exit_code, e.output()) for e in ended] == [("a", 0, "a\n"), ("b", 0, "b\n")]


def test_no_more_run_at_once_than_asked(program: Callable[..., Command], tmp_path: Path) -> None:
    alone = f"""
fd = os.open({str(tmp_path / "busy")!r}, os.O_CREAT | os.O_EXCL)
time.sleep(0.1)
os.unlink({str(tmp_path / "busy")!r})
"""
    ended = run_side_by_side(
        [program(str(n), alone) for n in range(3)], see_nothing, tell_nothing, most=1
    )
    assert [e.exit_code for e in ended] == [0, 0, 0]


def test_lines_are_seen_with_their_command_and_both_streams_are_kept(
    program: Callable[..., Command],
) -> None:
    seen: list[tuple[str, str]] = []
    told: list[tuple[str, int]] = []
    code = "print('out'); print('error', file=sys.stderr); sys.exit(3)"
    (ended,) = run_side_by_side(
        [program("talks", code)],
        lambda command, line: seen.append((command.name, line)),
        lambda command, ended: told.append((command.name, ended.exit_code)),
    )
    assert sorted(seen) == [("talks", "error"), ("talks", "out")]
    assert sorted(ended.output().split()) == ["error", "out"]
    assert told == [("talks", 3)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_lets_programs_clean_up_and_begins_no_other(
    program: Callable[..., Command], tmp_path: Path, number: signal.Signals
) -> None:
    cleaned = tmp_path / "cleaned"
    tidy = f"""
try:
    print('up')
    time.sleep(60)
finally:
    open({str(cleaned)!r}, 'w').close()
"""
    is_up = threading.Event()

    def interrupt() -> None:
        assert is_up.wait(30)
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=interrupt)
    sender.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_side_by_side(
            [program("tidy", tidy), program("later", "print('begun')")],
            lambda _command, _line: is_up.set(),
            tell_nothing,
            most=1,
        )
    sender.join()
    assert cleaned.exists()
    assert not (tmp_path / "later.log").exists()
    assert time.monotonic() - began < 30


def test_program_that_cannot_be_started_ends_the_others(
    program: Callable[..., Command], tmp_path: Path
) -> None:
    missing = Command("missing", [str(tmp_path / "no-such")], dict(os.environ), tmp_path / "log")
    began = time.monotonic()
    with pytest.raises(FileNotFoundError):
        run_side_by_side(
            [program("long", "time.sleep(60)"), missing], see_nothing, tell_nothing, most=2
        )
    assert time.monotonic() - began < 30
