"""A run as a document: how it begins, how it is retried, what a caller sees of it."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.glue_jobs import arguments
from localaws.glue_jobs.state import ACTIVE_STATES

if TYPE_CHECKING:
    from localaws.operations import Document

LOG_GROUPS = {"glueetl": "/aws-glue/jobs", "pythonshell": "/aws-glue/python-jobs"}


def new_run(job: Document, request: Document) -> Document:
    """A run in STARTING. `EffectiveArguments` and `Command` are for the engine alone."""
    now = time.time()
    minutes = request.get("Timeout") or job["Timeout"]
    if minutes < 1:
        raise AwsError("InvalidInputException", f"Timeout {minutes}: expected at least 1 minute.")
    run: Document = {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "JobName": job["Name"],
        "JobMode": job["JobMode"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": minutes,
        "GlueVersion": job["GlueVersion"],
        "ExecutionClass": request.get("ExecutionClass") or job["ExecutionClass"],
        "Arguments": request.get("Arguments") or {},
        "EffectiveArguments": arguments.merge(
            job["DefaultArguments"],
            request.get("Arguments") or {},
            job.get("NonOverridableArguments", {}),
        ),
        "Command": job["Command"],
        "RetriesLeft": job["MaxRetries"],
    }
    # Below it are two groups, output and error; the stream's name is the run's id.
    run["LogGroupName"] = run["EffectiveArguments"].get(
        "--custom-logGroup-prefix", LOG_GROUPS.get(job["Command"]["Name"], "/aws-glue/jobs")
    )
    for key in ("WorkerType", "NumberOfWorkers", "MaxCapacity", "SecurityConfiguration"):
        value = request.get(key) or job.get(key)
        if value is not None:
            run[key] = value
    run.setdefault("MaxCapacity", float(run.get("NumberOfWorkers", 1)))
    return run


def retry_of(run: Document) -> Document:
    """The run that Glue starts by itself when one failed and has retries left."""
    attempt = run["Attempt"] + 1
    first_id = run["Id"].split("_attempt_")[0]
    now = time.time()
    ended = ("CompletedOn", "ErrorMessage")
    return {key: value for key, value in run.items() if key not in ended} | {
        "Id": f"{first_id}_attempt_{attempt}",
        "PreviousRunId": run["Id"],
        "Attempt": attempt,
        "RetriesLeft": run["RetriesLeft"] - 1,
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "ExecutionTime": 0,
    }


def answer(run: Document) -> Document:
    """A run as GetJobRun shows it: running time so far, nothing of the engine's own."""
    shown = {
        key: value
        for key, value in run.items()
        if key not in ("EffectiveArguments", "Command", "RetriesLeft")
    }
    if run["JobRunState"] in ACTIVE_STATES:
        shown["ExecutionTime"] = int(time.time() - run["StartedOn"])
    return shown
