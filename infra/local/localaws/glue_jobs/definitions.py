"""Create, change, read and delete job definitions.

CloudFormation's AWS::Glue::Job uses these same operations.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.glue_jobs.state import JobStore
    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler

# What Glue sets for a job that does not say.
DEFAULT_GLUE_VERSION = "5.1"
DEFAULT_TIMEOUT_MINUTES = 480
COMMANDS = ("glueetl", "pythonshell", "gluestreaming", "glueray")
# Everything that JobUpdate can set; the rest of a job is its name and its dates.
SETTINGS = (
    "AllocatedCapacity",
    "CodeGenConfigurationNodes",
    "Command",
    "Connections",
    "DefaultArguments",
    "Description",
    "ExecutionClass",
    "ExecutionProperty",
    "GlueVersion",
    "JobMode",
    "JobRunQueuingEnabled",
    "LogUri",
    "MaintenanceWindow",
    "MaxCapacity",
    "MaxRetries",
    "NonOverridableArguments",
    "NotificationProperty",
    "NumberOfWorkers",
    "Role",
    "SecurityConfiguration",
    "SourceControlDetails",
    "Timeout",
    "WorkerType",
)


class Definitions:
    """The operations on jobs themselves."""

    def __init__(self, store: JobStore, call: InProcessCall) -> None:
        self._store = store
        self._call = call

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateJob": self.create,
            "UpdateJob": self.update,
            "GetJob": self.get,
            "GetJobs": self.get_all,
            "BatchGetJobs": self.batch_get,
            "ListJobs": self.list_names,
            "DeleteJob": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        name = request.get("Name")
        if not name or "\n" in name:
            raise AwsError("InvalidInputException", "Job name is required, without line breaks.")
        scope = Scope.of(call)
        if self._store.job(scope, name) is not None:
            raise AwsError("AlreadyExistsException", f"Job already exists: {name}")
        now = time.time()
        job = {"Name": name, "CreatedOn": now, "LastModifiedOn": now, **_settings(request)}
        self._store.put_job(scope, job)
        if request.get("Tags"):
            arn = f"arn:aws:glue:{call.region}:{call.account}:job/{name}"
            self._call(
                "glue",
                "TagResource",
                {"ResourceArn": arn, "TagsToAdd": request["Tags"]},
                region=call.region,
                account=call.account,
            )
        return {"Name": name}

    def update(self, request: Document, call: Call) -> Document:
        """Glue's rule: what JobUpdate leaves out goes back to its default."""
        scope = Scope.of(call)
        job = self._existing(scope, request.get("JobName", ""))
        kept = {key: job[key] for key in ("Name", "CreatedOn")}
        changed = kept | {"LastModifiedOn": time.time()} | _settings(request.get("JobUpdate", {}))
        self._store.put_job(scope, changed)
        return {"JobName": job["Name"]}

    def get(self, request: Document, call: Call) -> Document:
        return {"Job": self._existing(Scope.of(call), request.get("JobName", ""))}

    def get_all(self, request: Document, call: Call) -> Document:
        jobs, token = page(self._store.jobs(Scope.of(call)), request, default_limit=100)
        return {"Jobs": jobs, **token}

    def batch_get(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = {name: self._store.job(scope, name) for name in request.get("JobNames", [])}
        return {
            "Jobs": [job for job in found.values() if job is not None],
            "JobsNotFound": [name for name, job in found.items() if job is None],
        }

    def list_names(self, request: Document, call: Call) -> Document:
        if request.get("Tags"):
            raise AwsError("InvalidInputException", "ListJobs: filtering by tag is not served here")
        names = [job["Name"] for job in self._store.jobs(Scope.of(call))]
        names, token = page(names, request, default_limit=100)
        return {"JobNames": names, **token}

    def delete(self, request: Document, call: Call) -> Document:
        """Glue's rule: no error when there is no such job. Its runs stay in the history."""
        name = request.get("JobName", "")
        self._store.delete_job(Scope.of(call), name)
        return {"JobName": name}

    def _existing(self, scope: Scope, name: str) -> Document:
        job = self._store.job(scope, name)
        if job is None:
            raise AwsError("EntityNotFoundException", f"Job {name} not found.")
        return job


def _settings(request: Document) -> Document:
    """The settings in a request, checked, with Glue's defaults for those it leaves out."""
    settings = {key: request[key] for key in SETTINGS if request.get(key) is not None}
    if not settings.get("Role"):
        raise AwsError("InvalidInputException", "Job role is required.")
    command = settings.get("Command", {})
    if command.get("Name") not in COMMANDS:
        raise AwsError(
            "InvalidInputException",
            f"Command name {command.get('Name')!r}: expected one of {', '.join(COMMANDS)}.",
        )
    if not str(command.get("ScriptLocation", "")).startswith("s3://"):
        raise AwsError("InvalidInputException", "Command.ScriptLocation must be an s3:// address.")
    if "MaxCapacity" in settings and ("WorkerType" in settings or "NumberOfWorkers" in settings):
        raise AwsError(
            "InvalidInputException",
            "Please do not set MaxCapacity if using WorkerType and NumberOfWorkers.",
        )
    defaults: Document = {
        "DefaultArguments": {},
        "ExecutionClass": "STANDARD",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "GlueVersion": DEFAULT_GLUE_VERSION,
        "JobMode": "SCRIPT",
        "MaxRetries": 0,
        "Timeout": DEFAULT_TIMEOUT_MINUTES,
    }
    if "MaxCapacity" not in settings:
        defaults |= {"WorkerType": "G.1X", "NumberOfWorkers": 10}
    return defaults | settings
