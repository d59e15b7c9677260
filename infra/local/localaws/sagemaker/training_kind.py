"""A training job as its agent sees it: files below /opt/ml, the program, what becomes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localaws.sagemaker import programs
from localaws.sagemaker.state import TRAINING_JOB
from localaws.sagemaker.training_jobs import enter

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document
    from localaws.sagemaker.images import Image
    from localaws.scope import Scope

_SECONDARY = {"Downloading": "Downloading", "Running": "Training", "Uploading": "Uploading"}


class TrainingKind:
    """What a training job is to the job engine."""

    kind = TRAINING_JOB
    status = "TrainingJobStatus"

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    def image(self, job: Document) -> str:
        return str(job["AlgorithmSpecification"]["TrainingImage"])

    def specification(
        self, job: Document, scope: Scope, image: Image, job_dir: Path
    ) -> dict[str, Any]:
        name, algorithm = job["JobName"], job["AlgorithmSpecification"]
        opt_ml = programs.base_dir(job_dir)
        _write_config(job, opt_ml / "input" / "config")
        for folder in ("model", "output/data"):
            (opt_ml / folder).mkdir(parents=True)
        entry = algorithm.get("ContainerEntrypoint")
        command = image.command(entry) if entry else image.program("train")
        command += algorithm.get("ContainerArguments") or []
        credentials = programs.Credentials(self._endpoint_url, scope.account, scope.region)
        variables = {"TRAINING_JOB_NAME": name, "TRAINING_JOB_ARN": job["TrainingJobArn"]}
        variables |= job.get("Environment") or {}
        is_packed = job["OutputDataConfig"].get("CompressionType", "GZIP") == "GZIP"
        return {
            "command": [programs.local_path(word, job_dir) for word in command],
            "environment": programs.environment(job_dir, credentials, image.environment, variables),
            "inputs": [
                {
                    "uri": channel["DataSource"]["S3DataSource"]["S3Uri"],
                    "manifest": channel["DataSource"]["S3DataSource"]["S3DataType"]
                    == "ManifestFile",
                    "folder": str(opt_ml / "input" / "data" / channel["ChannelName"]),
                }
                for channel in job.get("InputDataConfig") or []
            ],
            "outputs": [
                {
                    "folder": str(opt_ml / "model"),
                    "uri": artifacts(job),
                    "packed": is_packed,
                    "on_success_only": True,
                    "skip_empty": False,
                },
                {
                    "folder": str(opt_ml / "output" / "data"),
                    "uri": f"{_output(job)}/output.tar.gz" if is_packed else f"{_output(job)}/data",
                    "packed": is_packed,
                    "on_success_only": False,
                    "skip_empty": True,
                },
            ],
            "log": {
                "group": "/aws/sagemaker/TrainingJobs",
                "stream": f"{name}/algo-1-{int(job['CreationTime'])}",
            },
            "metrics": {
                "namespace": "/aws/sagemaker/TrainingJobs",
                "dimensions": [{"Name": "TrainingJobName", "Value": name}],
                "definitions": algorithm.get("MetricDefinitions") or [],
            },
            "max_runtime_seconds": job["StoppingCondition"]["MaxRuntimeInSeconds"],
            "at_max_runtime": "Stopped",
        }

    def progress(self, job: Document, phases: list[dict[str, Any]]) -> Document:
        """AWS: a job that is stopping stays so, whatever its program still does."""
        changed = dict(job)
        for phase in phases:
            secondary = _SECONDARY[phase["phase"]]
            known = {one["Status"] for one in changed["SecondaryStatusTransitions"]}
            if secondary in known or changed["TrainingJobStatus"] == "Stopping":
                continue
            changed |= enter(changed, secondary, phase["at"])
            if secondary == "Training":
                changed["TrainingStartTime"] = phase["at"]
        return changed

    def ended(self, job: Document, end: dict[str, Any]) -> Document:
        state, at = end["state"], end["at"]
        started = job.get("TrainingStartTime")
        seconds = max(1, round(at - started)) if started else 0
        changed = enter(job, "MaxRuntimeExceeded" if end.get("timed_out") else state, at)
        changed |= {
            "TrainingJobStatus": state,
            "TrainingEndTime": at,
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": seconds,
            "FinalMetricDataList": end["final_metrics"],
        }
        if state == "Failed":
            changed["FailureReason"] = end["reason"]
        else:
            changed["ModelArtifacts"] = {"S3ModelArtifacts": artifacts(job)}
        return changed


def artifacts(job: Document) -> str:
    """Where the model goes."""
    is_packed = job["OutputDataConfig"].get("CompressionType", "GZIP") == "GZIP"
    return f"{_output(job)}/{'model.tar.gz' if is_packed else 'model'}"


def _output(job: Document) -> str:
    return f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job['JobName']}/output"


def _write_config(job: Document, folder: Path) -> None:
    """The files below /opt/ml/input/config; every hyperparameter is a string, as on AWS."""
    folder.mkdir(parents=True)
    mode = job["AlgorithmSpecification"]["TrainingInputMode"]
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode", mode),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": "None",
        }
        | ({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {})
        for channel in job.get("InputDataConfig") or []
    }
    resources = {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
        "network_interface_name": "lo",
        "current_instance_type": job["ResourceConfig"].get("InstanceType", ""),
        "current_group_name": "homogeneousCluster",
        "instance_groups": [],
    }
    for name, content in (
        ("hyperparameters.json", job.get("HyperParameters") or {}),
        ("inputdataconfig.json", channels),
        ("resourceconfig.json", resources),
    ):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
