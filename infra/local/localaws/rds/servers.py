"""The gateway's side of the PostgreSQL servers: started, watched, started again, stopped.

A server belongs to a folder, and its agent holds that folder's lock. An agent outlives a killed
gateway for some seconds; the next gateway takes it over, or starts another when it is gone.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import socket
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.supervision import end_leftovers, is_held, launch_agent, read_status

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from localaws.rds.programs import Version

_log = logging.getLogger("localaws.rds")

SUPERUSER = "rdsadmin"
# Every process of a server has it: it tells whose process it is.
FOLDER_VARIABLE = "LOCALAWS_RDS_FOLDER"
# So long a server runs on without a gateway.
CONTACT_LOST_SECONDS = 10.0
START_SECONDS = 60.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5
# Beside PostgreSQL's own port, and below those that the kernel gives to whoever connects.
_PORTS = range(15432, 16432)


class ServerError(Exception):
    """A server that could not be started; the message is PostgreSQL's."""


@dataclass(frozen=True)
class Plan:
    """What a server needs to be started, and started again."""

    name: str
    port: int
    version: Version


class Servers:
    """The servers of every account and region, by the name of their folder."""

    def __init__(self, work_dir: Path, endpoint: str) -> None:
        self._work_dir = work_dir.absolute()
        self._endpoint = endpoint
        self._plans: dict[str, Plan] = {}
        self._agents: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self._is_watching = False
        self._stopping = threading.Event()

    def start(self, folder: str, plan: Plan) -> None:
        """Let a server run, and wait until it answers; one that runs already is taken over."""
        with self._lock:
            self._plans[folder] = plan
            self._ensure(folder)
            self._watch()
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            status = read_status(self._work_dir / folder) or {}
            if status.get("state") == "running" and is_held(self._work_dir / folder):
                return
            if status.get("state") == "failed":
                raise ServerError(str(status["reason"]))
            if folder not in self._plans:
                raise ServerError("it was stopped while it started")
            time.sleep(POLL_SECONDS)
        raise ServerError(f"no answer in {START_SECONDS:.0f} s; see {self.log(folder)}")

    def stop(self, folder: str) -> None:
        """End a server in order; one that does not run stays so."""
        with self._lock:
            self._plans.pop(folder, None)
        self._end(folder)

    def remove(self, folder: str) -> None:
        """End a server and delete its data."""
        self.stop(folder)
        shutil.rmtree(self._work_dir / folder, ignore_errors=True)

    def shut_down(self) -> None:
        """The gateway ends, and its servers with it."""
        self._stopping.set()
        with self._lock:
            running = list(self._plans)
            self._plans.clear()
        for folder in running:
            (self._work_dir / folder / "stop").touch()
        for folder in running:
            self._end(folder)

    def superuser_password(self, folder: str) -> str:
        """The password of the user that RDS keeps for itself."""
        path = self._work_dir / folder / "superuser"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), encoding="ascii")
        return path.read_text(encoding="ascii")

    def log(self, folder: str) -> Path:
        """What the server has said since it was last started."""
        return self._work_dir / folder / "agent.log"

    def is_there(self, folder: str) -> bool:
        """Whether a server's agent lives, of this gateway or of the one before."""
        return is_held(self._work_dir / folder)

    def _ensure(self, folder: str) -> None:
        path = self._work_dir / folder
        if is_held(path) and not (path / "stop").exists():
            return
        self._end(folder)
        path.mkdir(parents=True, exist_ok=True)
        (path / "stop").unlink(missing_ok=True)
        (path / "status.json").unlink(missing_ok=True)
        self._write_plan(path, folder)
        self._agents[folder] = launch_agent(
            [sys.executable, "-m", "localaws.rds.server_agent", str(path)],
            path,
            {**os.environ, FOLDER_VARIABLE: str(path.resolve()), "PYTHONUNBUFFERED": "1"},
        )

    def _write_plan(self, path: Path, folder: str) -> None:
        plan = self._plans[folder]
        document: dict[str, Any] = {
            "name": plan.name,
            "port": plan.port,
            "programs": str(plan.version.folder),
            "major": plan.version.major,
            "endpoint": self._endpoint,
            "contact_lost_seconds": CONTACT_LOST_SECONDS,
            "superuser": SUPERUSER,
            "superuser_password": self.superuser_password(folder),
        }
        target = path / "plan.json"
        target.touch(mode=0o600)
        target.write_text(json.dumps(document), encoding="utf-8")

    def _end(self, folder: str) -> None:
        path = self._work_dir / folder
        if is_held(path):
            (path / "stop").touch()
            give_up = time.monotonic() + STOP_SECONDS
            while is_held(path) and time.monotonic() < give_up:
                time.sleep(POLL_SECONDS)
        # Whoever kills the agent alone leaves its server behind.
        end_leftovers(path, FOLDER_VARIABLE)
        if agent := self._agents.pop(folder, None):
            agent.wait()

    def _watch(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            threading.Thread(target=self._keep_alive, name="rds-watch", daemon=True).start()

    def _keep_alive(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            with self._lock:
                for folder, plan in self._plans.items():
                    if is_held(self._work_dir / folder):
                        continue
                    _log.warning("rds: the server of %s is gone; starting it again", plan.name)
                    try:
                        self._ensure(folder)
                    except OSError:
                        _log.exception("rds: the server of %s cannot be started", plan.name)


def free_port(taken: set[int]) -> int:
    """A port of loopback that nobody listens on and none of `taken`."""
    for port in _PORTS:
        if port not in taken and is_free(port):
            return port
    raise ServerError(f"no free port from {_PORTS.start} to {_PORTS.stop - 1}")


def is_free(port: int) -> bool:
    """Whether nobody listens on the port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
