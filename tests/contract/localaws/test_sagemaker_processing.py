"""Processing jobs through the API: a program of the image over files of S3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

PROGRAM = """
import os, pathlib, sys

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
source, target = map(pathlib.Path, sys.argv[1:3])
text = (source / "words.txt").read_text()
(target / "counted.txt").write_text(str(len(text.split())))
print("counted", os.environ["UNIT"])
(base / "output/message").write_text("all counted")
if text.startswith("bad"):
    sys.exit(4)
"""


def run(sagemaker: Any, name: str, words: str, **job: Any) -> dict[str, Any]:
    """A job that counts words, ended."""
    sagemaker.put(f"{name}/code/count.py", PROGRAM)
    sagemaker.put(f"{name}/in/words.txt", words)
    inputs = [
        {"InputName": part, "S3Input": {
            "S3Uri": f"s3://models/{name}/{part}", "LocalPath": f"/opt/ml/processing/{part}",
            "S3DataType": "S3Prefix", "S3InputMode": "File",
        }}
        for part in ("code", "in")
    ]  # fmt: skip
    output = {
        "S3Uri": f"s3://models/{name}/out",
        "LocalPath": "/opt/ml/processing/out",
        "S3UploadMode": "EndOfJob",
    }
    given = {
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5
            }
        },
        "AppSpecification": {
            "ImageUri": sagemaker.image,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/count.py"],
            "ContainerArguments": ["/opt/ml/processing/in", "/opt/ml/processing/out"],
        },
        "Environment": {"UNIT": "words"},
        "RoleArn": "arn:aws:iam::000000000000:role/sagemaker",
    }  # fmt: skip
    sagemaker.api.create_processing_job(ProcessingJobName=name, **(given | job))
    ended: dict[str, Any] = sagemaker.wait(
        lambda: sagemaker.api.describe_processing_job(ProcessingJobName=name),
        lambda found: found["ProcessingJobStatus"] not in ("InProgress", "Stopping"),
    )
    return ended


def test_a_program_reads_and_writes_its_folders(sagemaker: Any) -> None:
    job = run(sagemaker, "counts", "anna bert carl")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == "all counted"
    written = sagemaker.s3.get_object(Bucket="models", Key="counts/out/counted.txt")
    assert written["Body"].read() == b"3"
    lines = sagemaker.log_lines("/aws/sagemaker/ProcessingJobs", "counts/algo-1-")
    assert lines == ["counted words"]
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]


def test_a_failed_job_still_stores_what_it_wrote(sagemaker: Any) -> None:
    """AWS: outputs are uploaded whatever the exit code is."""
    job = run(sagemaker, "breaks", "bad words")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith("exit code: 4")
    written = sagemaker.s3.get_object(Bucket="models", Key="breaks/out/counted.txt")
    assert written["Body"].read() == b"2"
    listed = sagemaker.api.list_processing_jobs(StatusEquals="Failed", NameContains="breaks")
    assert [one["ProcessingJobName"] for one in listed["ProcessingJobSummaries"]] == ["breaks"]


def test_what_is_wrong_with_a_request_is_said_at_once(sagemaker: Any) -> None:
    specification = {"ImageUri": sagemaker.image}
    with pytest.raises(ClientError, match="CreateProcessingJob without ContainerEntrypoint"):
        run(sagemaker, "nothing", "x", AppSpecification=specification)
    with pytest.raises(ClientError, match="Could not find requested job with name: nothing"):
        sagemaker.api.describe_processing_job(ProcessingJobName="nothing")
