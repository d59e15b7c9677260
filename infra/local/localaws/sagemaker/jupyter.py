"""The Jupyter server of each notebook instance, started when somebody asks for its address.

An instance's folder stands for its volume: it stays when the instance stops, and goes with it.
Its lifecycle scripts run in it, with the notebook's own Python first on their path.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import secrets
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.sagemaker import programs
from localaws.sagemaker.lifecycle_configs import existing_lifecycle, scripts
from localaws.sagemaker.servers import free_port
from localaws.sagemaker.state import NOTEBOOK_INSTANCE, SageMakerStore
from localaws.supervision import end_all_below, end_leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.scope import Scope

_log = logging.getLogger("localaws.sagemaker")

# Where notebooks are on AWS's instances; scripts may name it.
HOME_ON_AWS = "/home/ec2-user/SageMaker"
# AWS's limit for all scripts of one start.
SCRIPT_SECONDS = 300.0
START_SECONDS = 60.0
REASON_CHARACTERS = 1024


@dataclass
class _Running:
    program: programs.Program
    port: int
    token: str


class ScriptFailedError(Exception):
    """A lifecycle script did not do its work; the message ends with its last words."""


class Jupyter:
    """The servers of every account and region."""

    def __init__(
        self, store: SageMakerStore, python: Path | None, work_dir: Path, endpoint_url: str
    ) -> None:
        self._store = store
        self._python = python
        self._work_dir = work_dir
        self._endpoint_url = endpoint_url
        self._running: dict[tuple[Scope, str], _Running] = {}
        self._lock = threading.Lock()

    def check(self) -> None:
        """Refuse an instance that could never be opened."""
        if self._python is None:
            raise AwsError(
                "NotImplementedException",
                "The local AWS has no Jupyter for sagemaker:CreateNotebookInstance: "
                "start it with --notebook-python.",
                status=501,
            )

    def begin(self, scope: Scope, name: str, *, is_new: bool) -> None:
        """Run an instance's scripts, then let it be InService; returns at once."""
        thread = threading.Thread(target=self._begin, args=(scope, name, is_new), daemon=True)
        thread.start()

    def resume(self) -> None:
        """After a restart: end what the last process left; an interrupted start begins anew."""
        end_all_below(self._work_dir, programs.CONTAINER_VARIABLE)
        for scope, instance in self._store.everywhere(NOTEBOOK_INSTANCE):
            name, status = instance["NotebookInstanceName"], instance["NotebookInstanceStatus"]
            if status == "Pending":
                self.begin(scope, name, is_new=True)
            elif status == "Stopping":
                self._change(scope, name, "Stopped")

    def shut_down(self) -> None:
        for scope, name in list(self._running):
            self.end(scope, name)

    def address(self, scope: Scope, name: str) -> str:
        """The server's address, with the token that opens it; starts it when it does not run."""
        with self._lock:
            running = self._running.get((scope, name))
            if running is None or running.program.process.poll() is not None:
                self.check()
                running = self._start(scope, name)
                self._running[scope, name] = running
        return f"http://127.0.0.1:{running.port}/lab?token={running.token}"

    def end(self, scope: Scope, name: str) -> None:
        """Stop the server with all its kernels, if it runs."""
        with self._lock:
            running = self._running.pop((scope, name), None)
        if running is not None:
            running.program.kill()
        # Kernels have sessions of their own.
        end_leftovers(self._folder(scope, name), programs.CONTAINER_VARIABLE)

    def forget(self, scope: Scope, name: str) -> None:
        """Delete what the instance kept."""
        self.end(scope, name)
        shutil.rmtree(self._folder(scope, name), ignore_errors=True)

    def _begin(self, scope: Scope, name: str, is_new: bool) -> None:
        try:
            instance = self._store.get(NOTEBOOK_INSTANCE, scope, name) or {}
            self._home(scope, name).mkdir(parents=True, exist_ok=True)
            lifecycle = instance.get("NotebookInstanceLifecycleConfigName")
            if lifecycle:
                config = existing_lifecycle(self._store, scope, lifecycle)
                for hook in ("OnCreate", "OnStart") if is_new else ("OnStart",):
                    for script in scripts(config, hook):
                        self._run_script(scope, name, hook, script)
        except (ScriptFailedError, AwsError, OSError) as error:
            self._change(scope, name, "Failed", str(error))
        except Exception as error:  # noqa: BLE001 - an instance must not be Pending for ever
            _log.exception("sagemaker: notebook instance %s", name)
            self._change(scope, name, "Failed", repr(error))
        else:
            self._change(scope, name, "InService")

    def _run_script(self, scope: Scope, name: str, hook: str, script: str) -> None:
        home = self._home(scope, name)
        try:
            ended = subprocess.run(  # noqa: S603 - running the deployed script is the purpose
                ["/bin/bash", "-c", script.replace(HOME_ON_AWS, str(home))],
                cwd=home,
                env=self._variables(scope, name),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SCRIPT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ScriptFailedError(f"{hook} took longer than 5 minutes.") from error
        if ended.returncode != 0:
            said = ended.stdout.decode("utf-8", errors="replace").strip()[-400:]
            raise ScriptFailedError(f"{hook} ended with {ended.returncode}: {said}")

    def _start(self, scope: Scope, name: str) -> _Running:
        home, folder = self._home(scope, name), self._folder(scope, name)
        home.mkdir(parents=True, exist_ok=True)
        port, token = free_port(), secrets.token_hex(24)
        command = [
            *(str(self._python), "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
            *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={home}"),
            # Nothing here asks the network for extensions or news.
            *("--LabApp.extension_manager=readonly", "--LabApp.news_url=''"),
        ]
        # By the environment: a command line is there for everybody to read.
        variables = self._variables(scope, name) | {"JUPYTER_TOKEN": token}
        with (folder / "jupyter.log").open("ab") as output:
            program = programs.start(command, folder, variables, output)
        give_up = time.monotonic() + START_SECONDS
        while not _answers(port, token):
            if program.process.poll() is not None or time.monotonic() > give_up:
                program.kill()
                said = (folder / "jupyter.log").read_text(errors="replace")[-600:]
                raise AwsError("InternalFailure", f"Jupyter did not start: {said}", 500)
            time.sleep(0.1)
        return _Running(program, port, token)

    def _variables(self, scope: Scope, name: str) -> dict[str, str]:
        folder, home = self._folder(scope, name), self._home(scope, name)
        credentials = programs.Credentials(self._endpoint_url, scope.account, scope.region)
        variables = programs.environment(folder, credentials, {}, {"HOME": str(home)})
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        if self._python is not None:
            own = str(self._python.parent)
            variables["PATH"] = os.pathsep.join((own, variables.get("PATH", "/usr/bin:/bin")))
        return variables

    def _change(self, scope: Scope, name: str, status: str, reason: str = "") -> None:
        changed = {"NotebookInstanceStatus": status, "LastModifiedTime": time.time()}
        changed["FailureReason"] = reason[:REASON_CHARACTERS]
        self._store.change(NOTEBOOK_INSTANCE, scope, name, lambda _: changed)

    def _home(self, scope: Scope, name: str) -> Path:
        return self._folder(scope, name) / "SageMaker"

    def _folder(self, scope: Scope, name: str) -> Path:
        digest = hashlib.sha256(scope.key(name).encode()).hexdigest()[:12]
        return self._work_dir.absolute() / f"{name}-{digest}"


def _answers(port: int, token: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
