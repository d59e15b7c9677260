"""What is known of jobs and their runs; every write is on disk when it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document
    from localaws.state import Store

ACTIVE_STATES = frozenset({"STARTING", "RUNNING", "STOPPING"})
FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"})


class JobStore:
    """Job definitions by name, runs by job name and run id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs = store.table("glue_jobs")
        self._runs = store.table("glue_job_runs")

    def job(self, scope: Scope, name: str) -> Document | None:
        return self._jobs.get(scope.key(name))

    def jobs(self, scope: Scope) -> list[Document]:
        return self._jobs.list(scope.key(""))

    def put_job(self, scope: Scope, job: Document) -> None:
        self._jobs.put(scope.key(job["Name"]), job)

    def delete_job(self, scope: Scope, name: str) -> bool:
        return self._jobs.delete(scope.key(name))

    def run(self, scope: Scope, job_name: str, run_id: str) -> Document | None:
        return self._runs.get(scope.key(job_name, run_id))

    def runs(self, scope: Scope, job_name: str) -> list[Document]:
        """The runs of one job, the latest first."""
        found = self._runs.list(scope.key(job_name, ""))
        return sorted(found, key=lambda run: (run["StartedOn"], run["Attempt"]), reverse=True)

    def active_runs(self) -> list[tuple[Scope, Document]]:
        """Every run, of any account and region, that has not ended."""
        return [
            (Scope.of_key(key), run)
            for key, run in self._runs.items()
            if run["JobRunState"] in ACTIVE_STATES
        ]

    def add_run(self, scope: Scope, run: Document, max_concurrent_runs: int) -> bool:
        """Keep a new run unless as many are active already; atomic against other starts."""
        with self._store.transaction():
            active = [
                other
                for other in self.runs(scope, run["JobName"])
                if other["JobRunState"] in ACTIVE_STATES
            ]
            if len(active) >= max_concurrent_runs:
                return False
            self._runs.put(scope.key(run["JobName"], run["Id"]), run)
            return True

    def change_run(
        self, scope: Scope, job_name: str, run_id: str, change: Callable[[Document], Document]
    ) -> Document | None:
        """Apply `change` to a run that has not ended; what is kept then. An end is final."""
        with self._store.transaction():
            run = self.run(scope, job_name, run_id)
            if run is None or run["JobRunState"] in FINAL_STATES:
                return run
            run = run | change(run)
            self._runs.put(scope.key(job_name, run_id), run)
            return run

    def finish_run(self, scope: Scope, run: Document, retry: Document | None) -> None:
        """Keep a run's end and, in the same step, the run that follows it."""
        with self._store.transaction():
            self._runs.put(scope.key(run["JobName"], run["Id"]), run)
            if retry is not None:
                self._runs.put(scope.key(retry["JobName"], retry["Id"]), retry)
