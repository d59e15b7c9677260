"""Training jobs: what callers ask for and see. `job_engine` runs them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError, not_implemented
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.state import TRAINING_JOB, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler
    from localaws.sagemaker.images import Images
    from localaws.sagemaker.job_engine import JobEngine

# What has no effect on one machine is kept and shown: instance types, sizes, keys, networks, spot.
SERVED: Served = {
    "TrainingJobName": None,
    "HyperParameters": None,
    "AlgorithmSpecification": {
        "TrainingImage": None,
        "TrainingInputMode": None,
        "MetricDefinitions": None,
        "EnableSageMakerMetricsTimeSeries": None,
        "ContainerEntrypoint": None,
        "ContainerArguments": None,
    },
    "RoleArn": None,
    "InputDataConfig": {
        "ChannelName": None,
        "DataSource": {
            "S3DataSource": {"S3DataType": None, "S3Uri": None, "S3DataDistributionType": None}
        },
        "ContentType": None,
        "CompressionType": None,
        "RecordWrapperType": None,
        "InputMode": None,
    },
    "OutputDataConfig": {"S3OutputPath": None, "KmsKeyId": None, "CompressionType": None},
    "ResourceConfig": {
        "InstanceType": None,
        "InstanceCount": None,
        "VolumeSizeInGB": None,
        "VolumeKmsKeyId": None,
    },
    "VpcConfig": None,
    "StoppingCondition": {"MaxRuntimeInSeconds": None, "MaxWaitTimeInSeconds": None},
    "Tags": None,
    "EnableNetworkIsolation": None,
    "EnableInterContainerTrafficEncryption": None,
    "EnableManagedSpotTraining": None,
    "Environment": None,
    "ExperimentConfig": None,
}
DEFAULT_MAX_RUNTIME_SECONDS = 86_400
_LISTING = Listing(
    answer="TrainingJobSummaries",
    shown=(
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "LastModifiedTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    ),
    name="TrainingJobName",
    status="TrainingJobStatus",
    default_order="Ascending",
)


class TrainingJobs:
    """The operations on training jobs."""

    def __init__(self, store: SageMakerStore, engine: JobEngine, images: Images) -> None:
        self._store = store
        self._engine = engine
        self._images = images

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateTrainingJob": self.create,
            "DescribeTrainingJob": self.describe,
            "ListTrainingJobs": self.list,
            "StopTrainingJob": self.stop,
        }

    def create(self, request: Document, call: Call) -> Document:
        """Everything that can be known to be wrong is said now, not by a failed job."""
        only("CreateTrainingJob", request, SERVED)
        _check(request)
        self._images.check(request["AlgorithmSpecification"]["TrainingImage"])
        scope, name = Scope.of(call), str(request["TrainingJobName"])
        job = _new_job(request, scope)
        if not self._store.add(TRAINING_JOB, scope, name, job, tags_of(request)):
            raise AwsError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this "
                f"name already exists ({job['TrainingJobArn']})",
            )
        self._engine.start(scope, name)
        return {"TrainingJobArn": job["TrainingJobArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        job = self._existing(request, call)
        return {key: value for key, value in job.items() if key != "JobName"}

    def list(self, request: Document, call: Call) -> Document:
        only("ListTrainingJobs", request, dict.fromkeys(LIST_FILTERS))
        return _LISTING.of(self._store.list(TRAINING_JOB, Scope.of(call)), request)

    def stop(self, request: Document, call: Call) -> Document:
        """AWS: the program gets SIGTERM and two minutes; what it wrote by then is the model."""
        scope, job = Scope.of(call), self._existing(request, call)

        def stopping(found: Document) -> Document:
            if found["TrainingJobStatus"] == "InProgress":
                return enter(found, "Stopping") | {"TrainingJobStatus": "Stopping"}
            return {}

        found = self._store.change(TRAINING_JOB, scope, job["JobName"], stopping)
        if found is None or found["TrainingJobStatus"] != "Stopping":
            raise AwsError(
                "ValidationException",
                f"The request was rejected because the training job is in status "
                f"{job['TrainingJobStatus']}.",
            )
        self._engine.stop(scope, job["JobName"])
        return {}

    def _existing(self, request: Document, call: Call) -> Document:
        job = self._store.get(TRAINING_JOB, Scope.of(call), request["TrainingJobName"])
        if job is None:
            raise AwsError("ValidationException", "Requested resource not found.")
        return job


LIST_FILTERS = (
    "NextToken",
    "MaxResults",
    "CreationTimeAfter",
    "CreationTimeBefore",
    "LastModifiedTimeAfter",
    "LastModifiedTimeBefore",
    "NameContains",
    "StatusEquals",
    "SortBy",
    "SortOrder",
)
_SAYS = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


def enter(job: Document, secondary: str, at: float | None = None) -> Document:
    """The change that a new secondary status is: the last transition ends when this begins."""
    now = time.time() if at is None else at
    transitions = [dict(one) for one in job["SecondaryStatusTransitions"]]
    if transitions:
        transitions[-1].setdefault("EndTime", now)
    entered: dict[str, Any] = {"Status": secondary, "StartTime": now}
    if secondary in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded"):
        entered["EndTime"] = now
    transitions.append(entered | {"StatusMessage": _SAYS[secondary]})
    return {
        "SecondaryStatus": secondary,
        "SecondaryStatusTransitions": transitions,
        "LastModifiedTime": now,
    }


def _check(request: Document) -> None:
    if not request["AlgorithmSpecification"].get("TrainingImage"):
        raise AwsError("ValidationException", "You must specify a training image.")
    if not request.get("ResourceConfig"):
        raise AwsError("ValidationException", "ResourceConfig is required.")
    if request["ResourceConfig"].get("InstanceCount", 1) > 1:
        raise not_implemented("sagemaker", "CreateTrainingJob on more than one instance")
    if not request["OutputDataConfig"]["S3OutputPath"].startswith("s3://"):
        raise AwsError("ValidationException", "S3OutputPath must be an s3:// address.")
    channels = [one["ChannelName"] for one in request.get("InputDataConfig", ())]
    if len(set(channels)) < len(channels):
        raise AwsError("ValidationException", f"Channel names must be unique: {channels}")
    default_mode = request["AlgorithmSpecification"]["TrainingInputMode"]
    for channel in request.get("InputDataConfig", ()):
        if channel.get("InputMode", default_mode) == "Pipe":
            raise not_implemented("sagemaker", "CreateTrainingJob with InputMode Pipe")
        if channel.get("CompressionType", "None") != "None":
            raise AwsError("ValidationException", "CompressionType is for InputMode Pipe only.")
        if channel.get("RecordWrapperType", "None") != "None":
            raise not_implemented("sagemaker", "CreateTrainingJob with RecordWrapperType RecordIO")
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise AwsError("ValidationException", "DataSource needs S3DataSource.")
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise not_implemented("sagemaker", f"CreateTrainingJob with {source['S3DataType']}")


def _new_job(request: Document, scope: Scope) -> Document:
    now = time.time()
    name = str(request["TrainingJobName"])
    job = {key: value for key, value in request.items() if key != "Tags"}
    stopping = {"MaxRuntimeInSeconds": DEFAULT_MAX_RUNTIME_SECONDS}
    job |= {
        "JobName": name,
        "TrainingJobArn": arn(TRAINING_JOB, scope, name),
        "TrainingJobStatus": "InProgress",
        "StoppingCondition": stopping | (request.get("StoppingCondition") or {}),
        "CreationTime": now,
        "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
        "EnableInterContainerTrafficEncryption": bool(
            request.get("EnableInterContainerTrafficEncryption")
        ),
        "EnableManagedSpotTraining": bool(request.get("EnableManagedSpotTraining")),
        "ProfilingStatus": "Disabled",
        "SecondaryStatusTransitions": [],
    }
    return job | enter(job, "Starting", now)
