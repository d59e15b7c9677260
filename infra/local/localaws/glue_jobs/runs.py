"""Start, stop and read runs of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.glue_jobs import arguments
from localaws.glue_jobs.job_run import answer, new_run
from localaws.glue_jobs.state import ACTIVE_STATES, JobStore
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.glue_jobs.engine import Engine
    from localaws.operations import Call, Document, Handler


class Runs:
    """The operations on job runs."""

    def __init__(self, store: JobStore, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    def handlers(self) -> dict[str, Handler]:
        return {
            "StartJobRun": self.start,
            "GetJobRun": self.get,
            "GetJobRuns": self.get_all,
            "BatchStopJobRun": self.batch_stop,
            "GetJobBookmark": self.get_bookmark,
            "ResetJobBookmark": self.get_bookmark,
        }

    def start(self, request: Document, call: Call) -> Document:
        """Everything that can be known to be wrong is said now, not by a failed run."""
        scope = Scope.of(call)
        job = self._job(scope, request.get("JobName", ""))
        if request.get("JobRunId"):
            raise not_implemented("glue", "StartJobRun with JobRunId (rerun of a workflow's run)")
        if request.get("JobRunQueuingEnabled", job.get("JobRunQueuingEnabled")):
            raise not_implemented("glue", "StartJobRun with JobRunQueuingEnabled")
        run = new_run(job, request)
        try:
            arguments.read(run["EffectiveArguments"])
        except arguments.ArgumentError as error:
            raise AwsError("InvalidInputException", str(error)) from error
        self._engine.check_can_run(job["Command"]["Name"], run["GlueVersion"])
        limit = job["ExecutionProperty"].get("MaxConcurrentRuns", 1)
        if not self._store.add_run(scope, run, limit):
            raise AwsError(
                "ConcurrentRunsExceededException",
                f"Concurrent runs exceeded for {job['Name']} (max concurrent runs: {limit})",
            )
        self._engine.start(scope, run)
        return {"JobRunId": run["Id"]}

    def get(self, request: Document, call: Call) -> Document:
        name, run_id = request.get("JobName", ""), request.get("RunId", "")
        run = self._store.run(Scope.of(call), name, run_id)
        if run is None:
            raise AwsError("EntityNotFoundException", f"Job run {run_id} of {name} not found.")
        return {"JobRun": answer(run)}

    def get_all(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        job = self._job(scope, request.get("JobName", ""))
        runs, token = page(self._store.runs(scope, job["Name"]), request, default_limit=200)
        return {"JobRuns": [answer(run) for run in runs], **token}

    def batch_stop(self, request: Document, call: Call) -> Document:
        """A run that is stopping reports STOPPING until its process is gone, then STOPPED."""
        scope = Scope.of(call)
        name = request.get("JobName", "")
        submitted, errors = [], []
        for run_id in request.get("JobRunIds", []):
            run = self._store.run(scope, name, run_id)
            if run is None:
                error = ("EntityNotFoundException", f"Job run {run_id} of {name} not found.")
            elif run["JobRunState"] not in ACTIVE_STATES:
                error = (
                    "InvalidInputException",
                    f"Job run {run_id} has ended: it is {run['JobRunState']}.",
                )
            else:
                self._engine.stop(scope, run)
                submitted.append({"JobName": name, "JobRunId": run_id})
                continue
            detail = {"ErrorCode": error[0], "ErrorMessage": error[1]}
            errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
        return {"SuccessfulSubmissions": submitted, "Errors": errors}

    def get_bookmark(self, request: Document, call: Call) -> Document:
        """Bookmarks are written by awsglue's GlueContext, which plain Spark jobs do not use."""
        self._job(Scope.of(call), request.get("JobName", ""))
        raise AwsError(
            "EntityNotFoundException", f"Job bookmark of {request['JobName']} not found."
        )

    def _job(self, scope: Scope, name: str) -> Document:
        job = self._store.job(scope, name)
        if job is None:
            raise AwsError("EntityNotFoundException", f"Job {name} not found.")
        return job
