"""Commands that run next to each other: each writes to a file of its own, none waits for another's.

Most of our suites wait half of their time, for a server to start or a Spark plan that one core
makes; two of them fill two cores.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .layout import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

# More would each hold a JVM of some gigabytes.
MOST_LANES = 3
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Command:
    """A program, its whole environment, and the file that takes what it prints."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    log: Path


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    name: str
    exit_code: int
    seconds: float
    log: Path

    def output(self) -> str:
        """All that it printed."""
        return self.log.read_text(errors="replace")


def lanes() -> int:
    """How many commands run at once: one a core."""
    return min(len(os.sched_getaffinity(0)), MOST_LANES)


def run_side_by_side(
    commands: Sequence[Command],
    see: Callable[[Command, str], None],
    tell: Callable[[Command, Ended], None],
    most: int | None = None,
) -> list[Ended]:
    """Start `commands` in their order, `most` (a lane a core) at once; results have that order too.

    `see` gets each line as it is printed, `tell` each end as it comes; both from several threads.
    On an exception, an interruption too, what runs is ended and the rest is not begun.
    """
    running = _Running()
    pool = ThreadPoolExecutor(max(most or lanes(), 1))
    with _terminated_as_interrupted():
        try:
            futures = [pool.submit(running.run, command, see, tell) for command in commands]
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            running.end()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


class _Running:
    """The programs that run now."""

    def __init__(self) -> None:
        self._processes: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._is_ending = False

    def run(
        self,
        command: Command,
        see: Callable[[Command, str], None],
        tell: Callable[[Command, Ended], None],
    ) -> Ended:
        command.log.parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with command.log.open("w", buffering=1) as log, self._start(command) as process:
            for line in process.stdout or ():
                log.write(line)
                see(command, line.rstrip("\n"))
            exit_code = process.wait()
        with self._lock:
            self._processes.discard(process)
        ended = Ended(command.name, exit_code, time.monotonic() - began, command.log)
        tell(command, ended)
        return ended

    def end(self) -> None:
        """As Ctrl-C does, so that fixtures stop their servers; what stays after that is killed."""
        with self._lock:
            self._is_ending = True
        for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGKILL, 0.0)):
            left = [process for process in self._processes if process.poll() is None]
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(p.poll() is None for p in left):
                time.sleep(0.05)

    def _start(self, command: Command) -> subprocess.Popen[str]:
        with self._lock:
            if self._is_ending:
                raise KeyboardInterrupt
            process = subprocess.Popen(  # noqa: S603 - our own tools and tests
                list(command.arguments),
                cwd=ROOT,
                env={**command.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Its own session: Ctrl-C reaches it once, from here, and not from the terminal too.
                start_new_session=True,
            )
            self._processes.add(process)
            return process


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends what runs too, as it does in one session: a build server sends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
