"""How a job's process is known to live, across the death and restart of the gateway.

A job has a folder and an agent, a process of its own. The agent holds a lock on a file in the
folder from before its first instruction, and the kernel takes the lock back however it dies;
what it has to say stands in `status.json`. Process ids are not trusted: they come back.
Only the standard library is used: agents run under other interpreters than the gateway's.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONTACT_SECONDS = 2.0
POLL_SECONDS = 0.1


def launch_agent(
    command: Sequence[str], run_dir: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start an agent in its own session, holding its folder's lock from its first moment.

    The descriptor of the lock is added to `command`; the agent must keep it open.
    """
    with (run_dir / "lock").open("wb") as lock, (run_dir / "agent.log").open("wb") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.Popen(  # noqa: S603 - the program is our own
            [*command, str(lock.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(environment),
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )


def is_held(run_dir: Path) -> bool:
    """Whether the folder's agent lives."""
    try:
        with (run_dir / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def read_status(run_dir: Path) -> dict[str, Any] | None:
    """The agent's last word, or None when it never said one."""
    try:
        status: dict[str, Any] = json.loads((run_dir / "status.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    return status


def write_status(run_dir: Path, status: Mapping[str, Any]) -> None:
    """Replace status.json in one step: a reader finds the old or the new one, whole."""
    partial = run_dir / "status.json.partial"
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(status, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(run_dir / "status.json")


def end_leftovers(run_dir: Path, variable: str) -> None:
    """End what is left of a folder's processes: a program may hide some, an agent may be killed.

    A process belongs to the folder that `variable` names in its environment. Where there is no
    /proc, the agent's own care has to do: it ends its program's process group.
    """
    _end_marked(f"{variable}={run_dir.resolve()}\0")


def end_all_below(folder: Path, variable: str) -> None:
    """End the processes of every run whose own folder is inside of this one."""
    _end_marked(f"{variable}={folder.resolve()}/")


def _end_marked(mark: str) -> None:
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environment.read_bytes():
                os.kill(int(environment.parent.name), signal.SIGKILL)


def end_group(leader: subprocess.Popen[bytes], grace_seconds: float) -> None:
    """End a process group: politely first, if there is grace, then for certain."""
    with contextlib.suppress(ProcessLookupError):
        if grace_seconds:
            os.killpg(leader.pid, signal.SIGTERM)
        give_up = time.monotonic() + grace_seconds
        while time.monotonic() < give_up:
            leader.poll()
            os.killpg(leader.pid, 0)
            time.sleep(POLL_SECONDS)
        os.killpg(leader.pid, signal.SIGKILL)


class Contact:
    """Whether the gateway still answers: no job outlives what it talks to for long."""

    def __init__(self, endpoint: str, lost_after_seconds: float) -> None:
        parts = urlsplit(endpoint)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._lost_after_seconds = lost_after_seconds
        self._last = self._next = time.monotonic()

    def is_there(self) -> bool:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + CONTACT_SECONDS
            with contextlib.suppress(OSError):
                socket.create_connection(self._address, timeout=1.0).close()
                self._last = now
        return now - self._last <= self._lost_after_seconds
