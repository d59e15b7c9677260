"""Start a process for each run, watch it to its end, take it up again after a restart."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import threading
import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.glue_jobs.job_run import retry_of
from localaws.glue_jobs.specification import RUN_DIR_VARIABLE, prepare
from localaws.glue_jobs.state import FINAL_STATES, JobStore
from localaws.spark_runtime import SparkRuntime, SparkRuntimeError
from localaws.supervision import end_leftovers, is_held, launch_agent, read_status

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from localaws.operations import Document
    from localaws.scope import Scope

_log = logging.getLogger("localaws.glue_jobs")

GLUE_VERSION = "5.1"
COMMANDS = ("glueetl", "pythonshell")
POLL_SECONDS = 0.2
SHUT_DOWN_SECONDS = 15.0


class Engine:
    """Runs, as processes. Each has a folder below `work_dir` for as long as it lives."""

    def __init__(
        self,
        store: JobStore,
        runtime: SparkRuntime | None,
        work_dir: Path,
        seconds_per_minute: float = 60.0,
    ) -> None:
        self._store = store
        self._runtime = runtime
        self._work_dir = work_dir
        self._seconds_per_minute = seconds_per_minute
        self._stop_requested: set[str] = set()
        self._watchers: dict[str, threading.Thread] = {}
        self._shutting_down = False

    def check_can_run(self, command: str, glue_version: str) -> None:
        """Refuse a run that would not be what its job says."""
        if command not in COMMANDS:
            raise not_implemented("glue", f"StartJobRun of a {command} job")
        if command == "glueetl" and glue_version != GLUE_VERSION:
            raise not_implemented(
                "glue", f"StartJobRun with GlueVersion {glue_version} (here is {GLUE_VERSION})"
            )
        if self._runtime is None:
            raise AwsError(
                "NotImplementedException",
                "Glue jobs need Glue's runtime: start the local AWS with --glue-python and --jars.",
                status=501,
            )

    def start(self, scope: Scope, run: Document) -> None:
        """Let a run that is kept as STARTING begin; returns at once."""
        watcher = threading.Thread(
            target=self._carry, args=(scope, run), name=f"glue-{run['Id'][:12]}", daemon=True
        )
        self._watchers[run["Id"]] = watcher
        watcher.start()

    def stop(self, scope: Scope, run: Document) -> None:
        """Ask a run to end; it is STOPPING until its processes are gone."""
        self._change(scope, run, {"JobRunState": "STOPPING"})
        self._stop_requested.add(run["Id"])

    def resume(self) -> None:
        """After a restart: watch the runs that live, end those that died, start the rest."""
        active = self._store.active_runs()
        known = {run["Id"] for _, run in active}
        for run_dir in self._work_dir.glob("jr_*"):
            if run_dir.name not in known:
                # Its end was kept, and then there was no time to clear up.
                end_leftovers(run_dir, RUN_DIR_VARIABLE)
                shutil.rmtree(run_dir, ignore_errors=True)
        for scope, run in active:
            if run["JobRunState"] == "STOPPING":
                self._stop_requested.add(run["Id"])
            self.start(scope, run)

    def shut_down(self) -> None:
        """Stop every run, and wait until their ends are kept: nothing is left on the machine."""
        self._shutting_down = True
        for scope, run in self._store.active_runs():
            self.stop(scope, run)
        give_up = time.monotonic() + SHUT_DOWN_SECONDS
        for watcher in list(self._watchers.values()):
            watcher.join(max(0.0, give_up - time.monotonic()))

    def _carry(self, scope: Scope, run: Document) -> None:
        run_dir = self._work_dir / run["Id"]
        process = None
        try:
            if not is_held(run_dir) and read_status(run_dir) is None:
                if self._runtime is None:
                    raise SparkRuntimeError(
                        "The local AWS was restarted without --glue-python and --jars."
                    )
                minute = self._seconds_per_minute
                prepare(run_dir, run, scope, self._runtime, run["Timeout"] * minute)
                process = launch(run_dir, self._runtime)
            state, message = self._watch(scope, run, run_dir)
        except (SparkRuntimeError, OSError) as error:
            state, message = "FAILED", str(error)
        except Exception as error:  # noqa: BLE001 - a run must not stay RUNNING for ever
            # Nobody else sees this thread die; Glue's word for its own faults is ERROR.
            _log.exception("glue: job run %s", run["Id"])
            state, message = "ERROR", f"{type(error).__name__}: {error}"
        try:
            end_leftovers(run_dir, RUN_DIR_VARIABLE)
            if process is not None:
                process.wait()
            self._finish(scope, run, state, message)
        finally:
            shutil.rmtree(run_dir, ignore_errors=True)
            self._stop_requested.discard(run["Id"])
            self._watchers.pop(run["Id"], None)

    def _watch(self, scope: Scope, run: Document, run_dir: Path) -> tuple[str, str]:
        """Pass on what happens until the run ends; its final state and error message."""
        is_running = run["JobRunState"] == "RUNNING"
        while True:
            # In this order: who holds the lock may still write the last status.
            alive = is_held(run_dir)
            status = read_status(run_dir) or {}
            state = status.get("state", "STARTING")
            if state in FINAL_STATES:
                return state, status["error_message"]
            if not alive:
                return "FAILED", "The process of this job run was killed."
            if state == "RUNNING" and not is_running:
                self._change(scope, run, {"JobRunState": "RUNNING"})
                is_running = True
            if run["Id"] in self._stop_requested and "agent_pid" in status:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(status["agent_pid"], signal.SIGTERM)
            time.sleep(POLL_SECONDS)

    def _change(self, scope: Scope, run: Document, change: Document) -> None:
        def apply(current: Document) -> Document:
            if current["JobRunState"] == "STOPPING":
                return {}
            return change | {"LastModifiedOn": time.time()}

        self._store.change_run(scope, run["JobName"], run["Id"], apply)

    def _finish(self, scope: Scope, run: Document, state: str, message: str) -> None:
        now = time.time()
        if self._shutting_down and state == "STOPPED":
            message = "The local AWS was shut down."
        ended: Document = {
            "JobRunState": state,
            "CompletedOn": now,
            "LastModifiedOn": now,
            "ExecutionTime": int(now - run["StartedOn"]),
        }
        if message:
            ended["ErrorMessage"] = message
        retry = retry_of(run) if state == "FAILED" and run["RetriesLeft"] > 0 else None
        self._store.finish_run(scope, run | ended, retry)
        if retry is not None and not self._shutting_down:
            self.start(scope, retry)


def launch(run_dir: Path, runtime: SparkRuntime) -> subprocess.Popen[bytes]:
    """Start a run's agent."""
    spec = json.loads((run_dir / "spec.json").read_text("utf-8"))
    command = [str(runtime.python), "-m", "localaws.glue_jobs.agent", str(run_dir)]
    return launch_agent(command, run_dir, spec["environment"])
