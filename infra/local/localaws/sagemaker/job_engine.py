"""Start an agent for each job, watch it to its end, take it up again after a restart."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from localaws.sagemaker.images import ImageError
from localaws.sagemaker.programs import CONTAINER_VARIABLE, PASSED_ON, Credentials
from localaws.supervision import end_leftovers, is_held, launch_agent, read_status

if TYPE_CHECKING:
    from localaws.operations import Document
    from localaws.sagemaker.images import Image, Images
    from localaws.sagemaker.state import SageMakerStore
    from localaws.scope import Scope

_log = logging.getLogger("localaws.sagemaker")

POLL_SECONDS = 0.2
SHUT_DOWN_SECONDS = 6.0
HURRY_SECONDS = 4.0
# A restart of the gateway takes seconds; a job that finds nobody for a minute is an orphan.
CONTACT_LOST_SECONDS = 60


class JobKind(Protocol):
    """What sets training jobs and processing jobs apart."""

    kind: str
    status: str  # the member that holds a job's status

    def image(self, job: Document) -> str: ...

    def specification(
        self, job: Document, scope: Scope, image: Image, job_dir: Path
    ) -> dict[str, Any]:
        """What the agent needs, beside where the gateway is; writes the job's own files."""
        ...

    def progress(self, job: Document, phases: list[dict[str, Any]]) -> Document:
        """What changes in the job when its agent has come this far."""
        ...

    def ended(self, job: Document, end: dict[str, Any]) -> Document:
        """What changes in the job with its end."""
        ...


class JobEngine:
    """Jobs of one kind, as processes. Each has a folder below `work_dir` while it lives."""

    def __init__(
        self,
        kind: JobKind,
        store: SageMakerStore,
        images: Images,
        work_dir: Path,
        endpoint_url: str,
    ) -> None:
        self._kind = kind
        self._store = store
        self._images = images
        self._work_dir = work_dir
        self._endpoint_url = endpoint_url
        self._stop_requested: set[tuple[Scope, str]] = set()
        self._watchers: dict[tuple[Scope, str], threading.Thread] = {}

    def start(self, scope: Scope, name: str) -> None:
        """Let a job that is kept as InProgress begin; returns at once."""
        watcher = threading.Thread(
            target=self._carry, args=(scope, name), name=f"sagemaker-{name[:20]}", daemon=True
        )
        self._watchers[scope, name] = watcher
        watcher.start()

    def stop(self, scope: Scope, name: str) -> None:
        """Ask a job to end; it is Stopping until its processes are gone."""
        self._stop_requested.add((scope, name))

    def resume(self) -> None:
        """After a restart: watch the jobs that live, end those that died, start the rest."""
        active = [
            (scope, job)
            for scope, job in self._store.everywhere(self._kind.kind)
            if job[self._kind.status] in ("InProgress", "Stopping")
        ]
        known = {self._folder(scope, self._name(job)).name for scope, job in active}
        for job_dir in self._work_dir.glob("*"):
            if job_dir.name not in known:
                # Its end was kept, and then there was no time to clear up.
                self._clear(job_dir)
        for scope, job in active:
            if job[self._kind.status] == "Stopping":
                self._stop_requested.add((scope, self._name(job)))
            self.start(scope, self._name(job))

    def shut_down(self) -> None:
        """Stop every job, and wait until the ends are kept: nothing is left on the machine."""
        for scope, name in list(self._watchers):
            self.stop(scope, name)
        for patience in (SHUT_DOWN_SECONDS, HURRY_SECONDS):
            give_up = time.monotonic() + patience
            for watcher in list(self._watchers.values()):
                watcher.join(max(0.0, give_up - time.monotonic()))
            for scope, name in list(self._watchers):
                # A program that takes its time to end is killed at the second request.
                self._signal_agent(self._folder(scope, name))

    def _carry(self, scope: Scope, name: str) -> None:
        job_dir = self._folder(scope, name)
        process = None
        try:
            if not is_held(job_dir) and read_status(job_dir) is None:
                process = self._launch(scope, name, job_dir)
            end = self._watch(scope, name, job_dir)
        except (ImageError, OSError) as error:
            end = {"state": "Failed", "reason": f"InternalServerError: {error}"}
        except Exception as error:  # noqa: BLE001 - a job must not stay InProgress for ever
            _log.exception("sagemaker: %s %s", self._kind.kind, name)
            end = {"state": "Failed", "reason": f"InternalServerError: {error!r}"}
        try:
            # What the job left is gone before anybody can read that it has ended.
            end_leftovers(job_dir, CONTAINER_VARIABLE)
            if process is not None:
                process.wait()
            end = {"at": time.time(), "final_metrics": [], "reason": "", "message": ""} | end
            self._change(scope, name, lambda job: self._kind.ended(job, end))
        finally:
            self._clear(job_dir)
            self._stop_requested.discard((scope, name))
            self._watchers.pop((scope, name), None)

    def _launch(self, scope: Scope, name: str, job_dir: Path) -> Any:
        job = self._store.get(self._kind.kind, scope, name)
        assert job is not None  # noqa: S101 - an active job is never deleted
        shutil.rmtree(job_dir, ignore_errors=True)
        job_dir.mkdir(parents=True)
        image = self._images.resolve(self._kind.image(job))
        spec = {
            "endpoint": self._endpoint_url,
            "contact_lost_seconds": CONTACT_LOST_SECONDS,
            "stop_grace_seconds": 120.0,
        }
        spec |= self._kind.specification(job, scope, image, job_dir)
        (job_dir / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        credentials = Credentials(self._endpoint_url, scope.account, scope.region)
        variables = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
        variables |= credentials.environment() | {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            CONTAINER_VARIABLE: str(job_dir),
        }
        command = [sys.executable, "-m", "localaws.sagemaker.job_agent", str(job_dir)]
        return launch_agent(command, job_dir, variables)

    def _watch(self, scope: Scope, name: str, job_dir: Path) -> dict[str, Any]:
        """Pass on what happens until the job ends; its end."""
        phases_seen = 0
        is_told = False
        while True:
            # In this order: who holds the lock may still write the last status.
            alive = is_held(job_dir)
            status = read_status(job_dir) or {"phases": [], "end": None}
            phases = status["phases"]
            if len(phases) > phases_seen:
                phases_seen = len(phases)
                self._change(scope, name, lambda job: self._kind.progress(job, phases))  # noqa: B023
            if status["end"] is not None:
                ended: dict[str, Any] = status["end"]
                return ended
            if not alive:
                return {
                    "state": "Failed",
                    "reason": "InternalServerError: The process of this job was killed.",
                }
            if (scope, name) in self._stop_requested and "agent_pid" in status and not is_told:
                self._signal_agent(job_dir)
                is_told = True
            time.sleep(POLL_SECONDS)

    def _signal_agent(self, job_dir: Path) -> None:
        status = read_status(job_dir)
        if status is not None and is_held(job_dir):
            with contextlib.suppress(ProcessLookupError):
                os.kill(status["agent_pid"], signal.SIGTERM)

    def _change(self, scope: Scope, name: str, change: Any) -> None:
        self._store.change(self._kind.kind, scope, name, change)

    def _folder(self, scope: Scope, name: str) -> Path:
        digest = hashlib.sha256(scope.key(name).encode()).hexdigest()[:12]
        return self._work_dir.absolute() / f"{name}-{digest}"

    def _clear(self, job_dir: Path) -> None:
        end_leftovers(job_dir, CONTAINER_VARIABLE)
        shutil.rmtree(job_dir, ignore_errors=True)

    def _name(self, job: Document) -> str:
        return str(job["JobName"])
