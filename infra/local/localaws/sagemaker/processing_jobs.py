"""Processing jobs: what callers ask for and see, and how the job engine runs them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError, not_implemented
from localaws.sagemaker import programs
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.state import PROCESSING_JOB, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Call, Document, Handler
    from localaws.sagemaker.images import Image, Images
    from localaws.sagemaker.job_engine import JobEngine

SERVED: Served = {
    "ProcessingJobName": None,
    "ProcessingInputs": {
        "InputName": None,
        "AppManaged": None,
        "S3Input": {
            "S3Uri": None,
            "LocalPath": None,
            "S3DataType": None,
            "S3InputMode": None,
            "S3DataDistributionType": None,
            "S3CompressionType": None,
        },
    },
    "ProcessingOutputConfig": {
        "Outputs": {
            "OutputName": None,
            "AppManaged": None,
            "S3Output": {"S3Uri": None, "LocalPath": None, "S3UploadMode": None},
        },
        "KmsKeyId": None,
    },
    "ProcessingResources": {
        "ClusterConfig": {
            "InstanceCount": None,
            "InstanceType": None,
            "VolumeSizeInGB": None,
            "VolumeKmsKeyId": None,
        }
    },
    "StoppingCondition": None,
    "AppSpecification": None,
    "Environment": None,
    "NetworkConfig": None,
    "RoleArn": None,
    "Tags": None,
    "ExperimentConfig": None,
}
DEFAULT_MAX_RUNTIME_SECONDS = 86_400
_LISTING = Listing(
    answer="ProcessingJobSummaries",
    shown=(
        "ProcessingJobName",
        "ProcessingJobArn",
        "CreationTime",
        "ProcessingEndTime",
        "LastModifiedTime",
        "ProcessingJobStatus",
        "FailureReason",
        "ExitMessage",
    ),
    name="ProcessingJobName",
    status="ProcessingJobStatus",
    default_order="Ascending",
)


class ProcessingJobs:
    """The operations on processing jobs."""

    def __init__(self, store: SageMakerStore, engine: JobEngine, images: Images) -> None:
        self._store = store
        self._engine = engine
        self._images = images

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateProcessingJob": self.create,
            "DescribeProcessingJob": self.describe,
            "ListProcessingJobs": self.list,
            "StopProcessingJob": self.stop,
        }

    def create(self, request: Document, call: Call) -> Document:
        only("CreateProcessingJob", request, SERVED)
        _check(request)
        self._images.check(request["AppSpecification"]["ImageUri"])
        scope, name = Scope.of(call), str(request["ProcessingJobName"])
        now = time.time()
        stopping = {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME_SECONDS}
        job = {key: value for key, value in request.items() if key != "Tags"} | {
            "JobName": name,
            "ProcessingJobArn": arn(PROCESSING_JOB, scope, name),
            "ProcessingJobStatus": "InProgress",
            "StoppingCondition": stopping | (request.get("StoppingCondition") or {}),
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        if not self._store.add(PROCESSING_JOB, scope, name, job, tags_of(request)):
            raise AwsError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this "
                f"name already exists ({job['ProcessingJobArn']})",
            )
        self._engine.start(scope, name)
        return {"ProcessingJobArn": job["ProcessingJobArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        job = self._existing(request, call)
        return {key: value for key, value in job.items() if key != "JobName"}

    def list(self, request: Document, call: Call) -> Document:
        return _LISTING.of(self._store.list(PROCESSING_JOB, Scope.of(call)), request)

    def stop(self, request: Document, call: Call) -> Document:
        scope, job = Scope.of(call), self._existing(request, call)

        def stopping(found: Document) -> Document:
            if found["ProcessingJobStatus"] == "InProgress":
                return {"ProcessingJobStatus": "Stopping", "LastModifiedTime": time.time()}
            return {}

        found = self._store.change(PROCESSING_JOB, scope, job["JobName"], stopping)
        if found is None or found["ProcessingJobStatus"] != "Stopping":
            raise AwsError(
                "ValidationException",
                "The request was rejected because the processing job is in status "
                f"{job['ProcessingJobStatus']}.",
            )
        self._engine.stop(scope, job["JobName"])
        return {}

    def _existing(self, request: Document, call: Call) -> Document:
        name = request["ProcessingJobName"]
        job = self._store.get(PROCESSING_JOB, Scope.of(call), name)
        if job is None:
            raise AwsError("ValidationException", f"Could not find requested job with name: {name}")
        return job


class ProcessingKind:
    """What a processing job is to the job engine."""

    kind = PROCESSING_JOB
    status = "ProcessingJobStatus"

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    def image(self, job: Document) -> str:
        return str(job["AppSpecification"]["ImageUri"])

    def specification(
        self, job: Document, scope: Scope, image: Image, job_dir: Path
    ) -> dict[str, Any]:
        name, application = job["JobName"], job["AppSpecification"]
        config = programs.base_dir(job_dir) / "config"
        config.mkdir(parents=True)
        shown = {key: value for key, value in job.items() if key != "JobName"}
        resources = {"current_host": "algo-1", "hosts": ["algo-1"]}
        for file, content in (
            ("processingjobconfig.json", shown),
            ("resourceconfig.json", resources),
        ):
            (config / file).write_text(json.dumps(content), encoding="utf-8")
        (programs.base_dir(job_dir) / "output").mkdir()
        outputs = (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []
        for one in outputs:
            # A program writes there without asking whether the folder exists.
            folder = programs.local_path(one["S3Output"]["LocalPath"], job_dir)
            programs.make_folder(folder)
        command = image.command(application["ContainerEntrypoint"])
        command += application.get("ContainerArguments") or []
        credentials = programs.Credentials(self._endpoint_url, scope.account, scope.region)
        variables = {"PROCESSING_JOB_NAME": name, "PROCESSING_JOB_ARN": job["ProcessingJobArn"]}
        variables |= job.get("Environment") or {}
        return {
            "command": [programs.local_path(word, job_dir) for word in command],
            "environment": programs.environment(job_dir, credentials, image.environment, variables),
            "inputs": [
                {
                    "uri": one["S3Input"]["S3Uri"],
                    "manifest": one["S3Input"]["S3DataType"] == "ManifestFile",
                    "folder": programs.local_path(one["S3Input"]["LocalPath"], job_dir),
                }
                for one in job.get("ProcessingInputs") or []
            ],
            "outputs": [
                {
                    "folder": programs.local_path(one["S3Output"]["LocalPath"], job_dir),
                    "uri": one["S3Output"]["S3Uri"],
                    "packed": False,
                    "on_success_only": False,
                    "skip_empty": True,
                }
                for one in outputs
            ],
            "log": {
                "group": "/aws/sagemaker/ProcessingJobs",
                "stream": f"{name}/algo-1-{int(job['CreationTime'])}",
            },
            "metrics": {
                "namespace": "/aws/sagemaker/ProcessingJobs",
                "dimensions": [],
                "definitions": [],
            },
            "max_runtime_seconds": job["StoppingCondition"]["MaxRuntimeInSeconds"],
            "at_max_runtime": "Stopped",
        }

    def progress(self, job: Document, phases: list[dict[str, Any]]) -> Document:
        started = [one["at"] for one in phases if one["phase"] == "Running"]
        return {"ProcessingStartTime": started[0]} if started else {}

    def ended(self, job: Document, end: dict[str, Any]) -> Document:
        changed: Document = {
            "ProcessingJobStatus": end["state"],
            "ProcessingEndTime": end["at"],
            "LastModifiedTime": end["at"],
        }
        if end["message"]:
            changed["ExitMessage"] = end["message"]
        if end["state"] == "Failed":
            changed["FailureReason"] = end["reason"]
        return changed


def _check(request: Document) -> None:
    if request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] > 1:
        raise not_implemented("sagemaker", "CreateProcessingJob on more than one instance")
    if not request["AppSpecification"].get("ContainerEntrypoint"):
        # The image's own ENTRYPOINT is in its Dockerfile, which nothing here reads.
        raise not_implemented("sagemaker", "CreateProcessingJob without ContainerEntrypoint")
    paths = []
    for one in request.get("ProcessingInputs") or []:
        given = one.get("S3Input")
        if one.get("AppManaged") or given is None:
            raise not_implemented("sagemaker", "CreateProcessingJob with AppManaged inputs")
        if given.get("S3InputMode", "File") != "File":
            raise not_implemented("sagemaker", "CreateProcessingJob with S3InputMode Pipe")
        if given.get("S3CompressionType", "None") != "None":
            raise not_implemented("sagemaker", "CreateProcessingJob with S3CompressionType Gzip")
        paths.append(given.get("LocalPath"))
    for one in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        if one.get("AppManaged") or not one.get("S3Output"):
            raise not_implemented("sagemaker", "CreateProcessingJob with AppManaged outputs")
        if one["S3Output"].get("S3UploadMode", "EndOfJob") != "EndOfJob":
            raise not_implemented("sagemaker", "CreateProcessingJob with S3UploadMode Continuous")
        paths.append(one["S3Output"].get("LocalPath"))
    for path in paths:
        if not str(path).startswith("/opt/ml/processing/"):
            raise AwsError(
                "ValidationException",
                f"LocalPath {path} is not valid: it must be below /opt/ml/processing.",
            )
