"""Starts, watches and stops the platform's processes; a pid file alone never gets anyone killed.

A pid file holds the pid and when that process started.
A process is ours only if both still fit, so a pid that the system gave to a stranger is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .failures import PlatformError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Condition = Literal["running", "died", "stopped"]
POLL_SECONDS = 0.1
MARK_VARIABLE = "RLM_PROCESS"


@dataclass(frozen=True)
class Process:
    """One process of the platform: how it is started, and where its pid and output go."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    cwd: Path
    run_folder: Path
    log_folder: Path
    # Whether what a killed predecessor left behind is ended before a new one starts.
    ends_survivors: bool = True

    @property
    def mark(self) -> str:
        """In the environment of the process and of all that it starts: proof that it is ours."""
        return _mark(self.pid_file)

    @property
    def pid_file(self) -> Path:
        return self.run_folder / f"{self.name}.json"

    @property
    def log(self) -> Path:
        return self.log_folder / f"{self.name}.log"


def start(process: Process) -> int:
    """Start the process in a session of its own, its output appended to its log; returns the pid.

    One that already runs is left alone; one of which no record can be kept is ended again.
    """
    running = pid_of(process.pid_file)
    if running is not None:
        return running
    if process.ends_survivors:
        _end(_with_start_times(members(process.pid_file)), patience_seconds=5.0)
    process.run_folder.mkdir(parents=True, exist_ok=True)
    process.log_folder.mkdir(parents=True, exist_ok=True)
    with process.log.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - the platform's own commands
            list(process.command),
            cwd=process.cwd,
            env={**process.environ, MARK_VARIABLE: process.mark},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    record = {
        "pid": child.pid,
        "started": started_at(child.pid),
        "cwd": str(process.cwd.resolve()),
        "command": list(process.command),
    }
    try:
        partial = process.pid_file.with_suffix(".partial")
        partial.write_text(json.dumps(record))
        partial.replace(process.pid_file)
    except OSError:
        # On a full disk, say. Nobody would ever find it again, and it holds its port.
        child.kill()
        child.wait()
        raise
    return child.pid


def pid_of(pid_file: Path) -> int | None:
    """The pid of the live process that this file is about; None for a stale file or none."""
    record = _record(pid_file)
    pid, started = record.get("pid"), record.get("started")
    if not isinstance(pid, int) or started is None:
        return None
    return pid if started_at(pid) == started else None


def condition(pid_file: Path) -> Condition:
    """`died` when a pid file is left of a process that is gone: nobody stopped it."""
    if pid_of(pid_file) is not None:
        return "running"
    return "died" if pid_file.exists() else "stopped"


def stop(pid_file: Path, patience_seconds: float = 20.0) -> bool:
    """End the process and all that it started: politely, then firmly; True if there was any."""
    pid = pid_of(pid_file)
    family = members(pid_file)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        leader = _with_start_times([pid])
        _wait_until(lambda: not _alive(leader), patience_seconds)
    left = _end(_with_start_times(family), patience_seconds=5.0)
    if left:
        raise PlatformError(f"{pid_file.stem}: processes {left} do not end, not even when killed")
    pid_file.unlink(missing_ok=True)
    return bool(family)


def members(pid_file: Path) -> list[int]:
    """Every live process that belongs to this file's process, whoever its parent is by now.

    Its descendants, what carries its mark, and what is left of its session: Airflow's workers
    write their title over the variables that they were started with, and lose the mark.
    """
    pid = pid_of(pid_file)
    found = [] if pid is None else [pid, *descendants(pid)]
    found += [*_marked(_mark(pid_file)), *_left_of_session(pid_file)]
    return [member for member in dict.fromkeys(found) if member != os.getpid()]


def _marked(mark: str) -> list[int]:
    wanted = f"{MARK_VARIABLE}={mark}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        # Not ours to read, or gone meanwhile: not ours to end either.
        with contextlib.suppress(OSError):
            if wanted in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
    return found


def _left_of_session(pid_file: Path) -> list[int]:
    """Members of the session whose leader was our process, working where it did.

    The system gives a session's number to nobody else while the session has members.
    """
    record = _record(pid_file)
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            session = int(stat.read_text().rpartition(")")[2].split()[3])
            if session == record.get("pid") and (stat.parent / "cwd").readlink() == Path(
                record.get("cwd", "")
            ):
                found.append(int(stat.parent.name))
    # A stranger that leads the session now has our number: then ours has no members.
    leader = record.get("pid")
    return [] if leader in found and pid_of(pid_file) is None else found


def _record(pid_file: Path) -> dict[str, Any]:
    """What the pid file says; nothing if there is none or it cannot be read."""
    try:
        record = json.loads(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def wait_until_healthy(
    process: Process, is_healthy: Callable[[], bool], timeout_seconds: float
) -> None:
    """Wait until the process answers.

    Raises PlatformError with the end of its log when it ends, or takes too long.
    """
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if pid_of(process.pid_file) is None:
            raise PlatformError(f"{process.name} ended while starting:\n{tail(process.log)}")
        if is_healthy():
            return
        time.sleep(POLL_SECONDS)
    raise PlatformError(
        f"{process.name} was not healthy after {timeout_seconds:.0f} s;"
        f" the end of {process.log}:\n{tail(process.log)}"
    )


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented; says so when there is none."""
    if not log.exists():
        return f"  (no log at {log})"
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 64 * 1024))
        text = file.read().decode(errors="replace")
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  (the log is empty)"


def started_at(pid: int) -> str | None:
    """When the process started, as the system tells it; None when it is gone or a zombie."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The command, in parentheses, may hold spaces: the fields after it are counted.
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"
    answer = subprocess.run(  # noqa: S603 - asks for one start time
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def descendants(pid: int) -> list[int]:
    """Every process below this one, children before grandchildren."""
    children: dict[int, list[int]] = {}
    answer = _parents()
    for child, parent in answer:
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += below
    return found


def _parents() -> list[tuple[int, int]]:
    """Process and parent, of every process."""
    if not Path("/proc/self/stat").exists():
        answer = subprocess.run(
            ["/bin/ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False
        )
        pairs = [line.split() for line in answer.stdout.splitlines()]
        return [(int(child), int(parent)) for child, parent in pairs]
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            found.append((int(stat.parent.name), parent))
    return found


def _boot() -> str:
    """Tells one boot from the next: start times count from it."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "boot"


def _mark(pid_file: Path) -> str:
    return str(pid_file.resolve())


def _with_start_times(pids: Sequence[int]) -> list[tuple[int, str | None]]:
    return [(pid, started_at(pid)) for pid in pids]


def _end(family: Sequence[tuple[int, str | None]], patience_seconds: float) -> list[int]:
    """Give processes a moment to end by themselves, then kill them; returns those that stay."""
    if not _alive(family):
        return []
    for number, seconds in ((signal.SIGTERM, patience_seconds), (signal.SIGKILL, 5.0)):
        for pid, _started in _alive(family):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if _wait_until(lambda: not _alive(family), seconds):
            return []
    return [pid for pid, _started in _alive(family)]


def _alive(family: Sequence[tuple[int, str | None]]) -> list[tuple[int, str | None]]:
    return [(pid, started) for pid, started in family if started and started_at(pid) == started]


def _wait_until(is_true: Callable[[], bool], timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(POLL_SECONDS)
    return is_true()
