"""The process that carries one job run: fetch, start, watch, report.

`python -m localaws.glue_jobs.agent RUN_DIR LOCK_FD`, under Glue's Python, in a session of its own.
It reads RUN_DIR/spec.json, writes RUN_DIR/status.json (the last one is final), and holds the
lock for as long as it lives: the gateway knows from it, also after its own death and restart,
whether the run is in good hands. It ends the run when the timeout passes, on SIGTERM, and when
the gateway has been gone for too long: no run outlives what it talks to.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.config
import botocore.exceptions
from packaging.requirements import InvalidRequirement, Requirement

from localaws.log_shipping import CLIENT_CONFIG, LogShipper
from localaws.supervision import Contact, end_group, write_status

POLL_SECONDS = 0.1
SHIP_SECONDS = 0.5
TERMINATE_SECONDS = 5.0


class RunFailedError(Exception):
    """The run cannot start; the message becomes its ErrorMessage."""


class Agent:
    """One run from its specification to its final state."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.spec: dict[str, Any] = json.loads((run_dir / "spec.json").read_text("utf-8"))
        self.stop_requested = False
        self._contact = Contact(self.spec["endpoint"], self.spec["contact_lost_seconds"])

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._on_stop)
        self.report("STARTING")
        try:
            self._prepare()
            state, message = self._execute()
        except RunFailedError as error:
            state, message = "FAILED", str(error)
        self.report(state, message)

    def report(self, state: str, message: str = "") -> None:
        status = {
            "state": state,
            "error_message": message,
            "at": time.time(),
            "agent_pid": os.getpid(),
        }
        write_status(self.run_dir, status)

    def _on_stop(self, *_: object) -> None:
        self.stop_requested = True

    def _prepare(self) -> None:
        check_modules(self.spec["python_modules"])
        config = botocore.config.Config(
            s3={"addressing_style": "path"}, retries={"total_max_attempts": 5}, connect_timeout=5
        )
        s3 = boto3.client("s3", config=config)
        for download in self.spec["downloads"]:
            fetch(s3, download["uri"], Path(download["path"]))

    def _execute(self) -> tuple[str, str]:
        paths = {name: self.run_dir / name for name in ("stdout", "stderr")}
        error_file = self.run_dir / "error.txt"
        work = self.run_dir / "work"
        work.mkdir(exist_ok=True)
        command = [sys.executable, str(Path(__file__).with_name("driver.py")), str(error_file)]
        command += [str(os.getpid()), self.spec["script"], *self.spec["arguments"]]
        with paths["stdout"].open("wb") as out, paths["stderr"].open("wb") as err:
            driver = subprocess.Popen(  # noqa: S603 - running the deployed script is the purpose
                command,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=os.environ | {"PYTHONPATH": self.spec["python_path"], "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        (self.run_dir / "driver.pid").write_text(str(driver.pid), encoding="utf-8")
        self.report("RUNNING")
        logs = boto3.client("logs", config=CLIENT_CONFIG)
        shippers = [
            LogShipper(logs, path, self.spec["log_groups"][name], self.spec["log_stream"])
            for name, path in paths.items()
        ]
        ending = self._watch(driver, shippers)
        # A script may leave processes behind; nothing of a run outlives it.
        end_group(driver, grace_seconds=TERMINATE_SECONDS if ending else 0.0)
        driver.wait()
        self._ship_rest(shippers)
        if ending:
            return ending
        if driver.returncode == 0:
            return "SUCCEEDED", ""
        if error_file.exists():
            return "FAILED", error_file.read_text("utf-8")
        return "FAILED", f"Command failed with exit code {driver.returncode}"

    def _watch(
        self, driver: subprocess.Popen[bytes], shippers: list[LogShipper]
    ) -> tuple[str, str] | None:
        """Until the script ends (None) or has to be ended (state and message)."""
        deadline = self.spec["started_on"] + self.spec["timeout_seconds"]
        next_shipping = 0.0
        while driver.poll() is None:
            if self.stop_requested:
                return "STOPPED", ""
            if time.time() > deadline:
                minutes = self.spec["timeout_minutes"]
                return "TIMEOUT", f"Job run exceeded its timeout of {minutes} minutes."
            if not self._contact.is_there():
                seconds = self.spec["contact_lost_seconds"]
                return "FAILED", f"No contact with {self.spec['endpoint']} for {seconds} seconds."
            if time.monotonic() >= next_shipping:
                for shipper in shippers:
                    shipper.ship()
                next_shipping = time.monotonic() + SHIP_SECONDS
            time.sleep(POLL_SECONDS)
        return None

    def _ship_rest(self, shippers: list[LogShipper]) -> None:
        """The end of the logs, before the end of the run is told: who sees that finds these."""
        seconds = 5.0 if self.stop_requested else self.spec["contact_lost_seconds"]
        give_up = time.monotonic() + seconds
        while not all(shipper.ship(to_the_end=True) for shipper in shippers):
            if time.monotonic() > give_up:
                return
            time.sleep(SHIP_SECONDS)


def fetch(s3: Any, uri: str, path: Path) -> None:
    """Copy one object; the error names it and what S3 answered."""
    parts = urlsplit(uri)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as stream:
            s3.download_fileobj(parts.netloc, parts.path.lstrip("/"), stream)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise RunFailedError(f"{uri} could not be fetched: {error}") from error


def check_modules(modules: list[str]) -> None:
    """Modules are not installed for a run: the locked runtime must hold what the job asks for."""
    missing = []
    for module in modules:
        try:
            requirement = Requirement(module)
            version = metadata.version(requirement.name)
        except InvalidRequirement as error:
            raise RunFailedError(f"--additional-python-modules {module}: {error}") from error
        except metadata.PackageNotFoundError:
            missing.append(f"{module} (not installed)")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            missing.append(f"{module} (installed: {version})")
    if missing:
        raise RunFailedError(
            f"--additional-python-modules: the Glue runtime lacks {', '.join(missing)}; "
            "add them to its requirements and lock file"
        )


if __name__ == "__main__":
    # Inherited from the gateway; only this process may keep it open.
    os.set_inheritable(int(sys.argv[2]), False)
    Agent(Path(sys.argv[1])).run()
