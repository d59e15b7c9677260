"""The process that carries one PostgreSQL server: make its data folder, run it, stop it in order.

`python -m localaws.rds.server_agent FOLDER LOCK_FD`, in a session of its own. It reads
FOLDER/plan.json and says how the server is in FOLDER/status.json. It stops the server on SIGTERM,
when FOLDER/stop is there, and when the gateway has been gone for long; a server that dies is
started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from localaws.rds import programs
from localaws.supervision import Contact, write_status

POLL_SECONDS = 0.05
RESTART_SECONDS = 1.0
# A fast shutdown rolls back what is open and writes all pages; after that it is not in order.
STOP_SECONDS = 20.0
# Small: a table of a thousand rows, read a few times a day.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_connections": "50",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class Agent:
    """One server from its first start to the order to stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan: dict[str, Any] = json.loads((folder / "plan.json").read_text("utf-8"))
        self._programs = Path(self.plan["programs"])
        self._data = folder / "data"
        self._contact = Contact(self.plan["endpoint"], self.plan["contact_lost_seconds"])
        self._is_to_stop = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._on_stop)
        try:
            self._make_data_folder()
            while not self._shall_stop():
                self._serve()
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", "") or error)
            write_status(self.folder, {"state": "failed", "reason": said[-1000:]})
            return
        write_status(self.folder, {"state": "stopped"})

    def _on_stop(self, *_: object) -> None:
        self._is_to_stop = True

    def _shall_stop(self) -> bool:
        return self._is_to_stop or (self.folder / "stop").exists() or not self._contact.is_there()

    def _make_data_folder(self) -> None:
        """Whole or not at all: a folder that a kill left half made is made again."""
        if self._data.exists():
            return
        unfinished, password = self.folder / "data.unfinished", self.folder / "password"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password.touch(mode=0o600)
        password.write_text(self.plan["superuser_password"])
        if ids := programs.owner():
            os.chown(unfinished, *ids)
            os.chown(password, *ids)
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            subprocess.run(  # noqa: S603 - a program of our own environment
                programs.command(
                    self._programs / "initdb",
                    *("-D", str(unfinished), "-U", self.plan["superuser"]),
                    *("--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"),
                    *("--encoding=UTF8", "--locale=C"),
                    *(provider if int(self.plan["major"]) >= 17 else ()),
                ),
                check=True,
                capture_output=True,
                text=True,
                **programs.identity(),  # type: ignore[call-overload]
            )
        finally:
            password.unlink()
        unfinished.rename(self._data)

    def _serve(self) -> None:
        """One run of the server, until it ends or shall end."""
        write_status(self.folder, {"state": "starting"})
        settings = [part for item in self._settings().items() for part in ("-c", "=".join(item))]
        server = subprocess.Popen(  # noqa: S603 - a program of our own environment
            programs.command(self._programs / "postgres", "-D", str(self._data), *settings),
            stdin=subprocess.DEVNULL,
            **programs.identity(),  # type: ignore[call-overload]
        )
        is_ready = False
        while server.poll() is None and not self._shall_stop():
            if not is_ready and self._says_ready(server.pid):
                is_ready = True
                write_status(self.folder, {"state": "running", "pid": server.pid})
            time.sleep(POLL_SECONDS)
        if server.poll() is None:
            _stop(server)
            return
        write_status(self.folder, {"state": "starting", "exit_code": server.returncode})
        time.sleep(RESTART_SECONDS)

    def _settings(self) -> dict[str, str]:
        return _SETTINGS | {"port": str(self.plan["port"]), "cluster_name": self.plan["name"]}

    def _says_ready(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
            return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
        return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
        server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            return
    server.kill()


def main() -> int:
    # The second argument is the lock's descriptor, open as long as this process lives.
    Agent(Path(sys.argv[1])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
