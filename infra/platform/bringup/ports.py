"""The ports that the platform listens on, one variable each, all on loopback."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK = "127.0.0.1"
TCP_LISTEN = "0A"


@dataclass(frozen=True)
class Port:
    """One port: who listens on it, its default, and the variable that changes it."""

    owner: str
    variable: str
    default: int

    def number(self, environ: Mapping[str, str]) -> int:
        """The port to use; raises PlatformError when the variable does not hold a port."""
        text = environ.get(self.variable) or str(self.default)
        if not text.isdecimal() or not 1024 <= int(text) <= 65535:
            raise PlatformError(f"{self.variable} is {text!r}, expected a port from 1024 to 65535")
        return int(text)


AWS = Port("the local AWS", "RLM_AWS_PORT", 4566)
AIRFLOW = Port("Airflow's UI", "RLM_AIRFLOW_PORT", 8080)
DASHBOARDS = Port("the dashboards page", "RLM_DASHBOARDS_PORT", 8090)
PORTS = (AWS, AIRFLOW, DASHBOARDS)


def require_free(port: Port, environ: Mapping[str, str]) -> None:
    """See that nothing listens on the port; the error names who does and what to change."""
    number = port.number(environ)
    if not is_taken(number):
        return
    pid = listener(number)
    who = f"process {pid} ({_command(pid)})" if pid else "another process"
    raise PlatformError(
        f"port {number} for {port.owner} is taken by {who}."
        f" Stop it, or choose another port: make run {port.variable}={number + 1}"
    )


def is_taken(number: int) -> bool:
    """Whether loopback's port cannot be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections only linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, number))
        except OSError:
            return True
    return False


def listener(number: int) -> int | None:
    """The process that listens on the port; None when this system or user may not know."""
    inodes = {inode for port, inode, _address in _listening_sockets() if port == number}
    return next((pid for pid, held in _sockets_by_process() if inodes & held), None)


def listening_addresses(pids: set[int]) -> set[tuple[str, int]]:
    """Address (hexadecimal, as the kernel writes it) and port of what these processes listen on."""
    held = {inode for pid, inodes in _sockets_by_process() if pid in pids for inode in inodes}
    return {(address, port) for port, inode, address in _listening_sockets() if inode in held}


def _listening_sockets() -> list[tuple[int, str, str]]:
    """Port, inode and address of every listening TCP socket, from /proc."""
    sockets = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == TCP_LISTEN:
                address, port = fields[1].rsplit(":", 1)
                sockets.append((int(port, 16), fields[9], address))
    return sockets


def _sockets_by_process() -> list[tuple[int, set[str]]]:
    """The socket inodes that each process holds, of the processes that we may look into."""
    held = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        inodes = set()
        # Processes and descriptors end while we look; others' may not be looked into.
        with contextlib.suppress(OSError):
            for descriptor in folder.iterdir():
                with contextlib.suppress(OSError):
                    target = str(descriptor.readlink())
                    if target.startswith("socket:["):
                        inodes.add(target[8:-1])
        held.append((int(folder.parent.name), inodes))
    return held


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "unknown"
    return " ".join(word.decode(errors="replace") for word in words[:3] if word) or "unknown"
