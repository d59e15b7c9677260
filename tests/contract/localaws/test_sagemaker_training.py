"""Training jobs through the API: each is the image's `train`, with a real end."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

GROUP = "/aws/sagemaker/TrainingJobs"


def channel(name: str, uri: str, kind: str = "S3Prefix") -> dict[str, Any]:
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def test_a_job_reads_its_channels_and_leaves_a_model(sagemaker: Any) -> None:
    sagemaker.put("in/train/a.txt", "anna bert")
    sagemaker.put("in/train/deep/b.txt", " carl")
    manifest = json.dumps([{"prefix": "s3://models/in/"}, "train/a.txt"])
    sagemaker.put("in/list.json", manifest)
    channels = [
        channel("prefix", "s3://models/in/train"),
        channel("listed", "s3://models/in/list.json", "ManifestFile"),
    ]
    sagemaker.train("reads", {"k": "20"}, InputDataConfig=channels, Tags=[
        {"Key": "team", "Value": "music"}
    ])  # fmt: skip

    job = sagemaker.trained("reads")

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    model = sagemaker.archive(job["ModelArtifacts"]["S3ModelArtifacts"])
    assert json.loads(model["model.json"]) == {
        "words": ["anna", "bertanna", "bert", "carl"],
        "parameters": {"k": "20"},
    }
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://models/out/reads/output/model.tar.gz"
    assert sagemaker.archive("s3://models/out/reads/output/output.tar.gz") == {"notes.txt": b"seen"}
    assert sagemaker.log_lines(GROUP, "reads/algo-1-") == [
        "files ['listed/train/a.txt', 'prefix/a.txt', 'prefix/deep/b.txt']",
        "epoch=0 loss=0.5",
        "epoch=1 loss=0.25",
    ]
    tags = sagemaker.api.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "music"}]


def test_numbers_in_the_log_are_metrics(sagemaker: Any) -> None:
    """AWS: FinalMetricDataList holds the last value, CloudWatch every one."""
    sagemaker.train("counts")
    job = sagemaker.trained("counts")
    assert [(one["MetricName"], one["Value"]) for one in job["FinalMetricDataList"]] == [
        ("loss", 0.25)
    ]
    told = sagemaker.cloudwatch.get_metric_statistics(
        Namespace=GROUP,
        MetricName="loss",
        Dimensions=[{"Name": "TrainingJobName", "Value": "counts"}],
        StartTime=job["CreationTime"],
        EndTime=job["TrainingEndTime"].replace(year=job["TrainingEndTime"].year + 1),
        Period=86_400 * 400,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert [(one["Sum"], one["SampleCount"]) for one in told] == [(0.75, 2.0)]


def test_a_job_tells_every_step_that_it_took(sagemaker: Any) -> None:
    sagemaker.train("steps")
    job = sagemaker.trained("steps")
    steps = job["SecondaryStatusTransitions"]
    names = [one["Status"] for one in steps]
    assert names == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert job["SecondaryStatus"] == "Completed"
    for step, following in itertools.pairwise(steps):
        assert step["EndTime"] == following["StartTime"]
    assert job["TrainingStartTime"] == steps[2]["StartTime"]
    assert job["BillableTimeInSeconds"] >= 1


def test_a_failed_job_says_what_the_program_said(sagemaker: Any) -> None:
    sagemaker.train("fails", {"fail": "no listens before 2026-01-01"})
    job = sagemaker.trained("fails")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: no listens before 2026-01-01, exit code: 3"
    assert "ModelArtifacts" not in job
    with pytest.raises(ClientError, match="NoSuchKey"):
        sagemaker.archive("s3://models/out/fails/output/model.tar.gz")


def test_a_channel_without_objects_fails_the_job(sagemaker: Any) -> None:
    sagemaker.train("empty", InputDataConfig=[channel("train", "s3://models/nothing/here")])
    job = sagemaker.trained("empty")
    assert job["TrainingJobStatus"] == "Failed"
    assert 'No S3 objects found under S3 URL "s3://models/nothing/here"' in job["FailureReason"]


def test_a_stopped_job_keeps_what_it_had_learnt(sagemaker: Any) -> None:
    """AWS: SIGTERM, two minutes of grace, then the model is stored."""
    sagemaker.train("stops", {"sleep": "600"})
    sagemaker.wait(
        lambda: sagemaker.api.describe_training_job(TrainingJobName="stops")["SecondaryStatus"],
        lambda status: status == "Training",
    )
    sagemaker.wait(
        lambda: sagemaker.logs.describe_log_streams(logGroupName=GROUP)["logStreams"],
        lambda streams: any(one["logStreamName"].startswith("stops/") for one in streams),
    )
    sagemaker.wait(
        lambda: sagemaker.log_lines(GROUP, "stops/"), lambda lines: lines[-1:] == ["sleeping"]
    )
    sagemaker.api.stop_training_job(TrainingJobName="stops")
    job = sagemaker.trained("stops")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert "stopped" in sagemaker.archive(job["ModelArtifacts"]["S3ModelArtifacts"])
    with pytest.raises(ClientError, match="in status Stopped"):
        sagemaker.api.stop_training_job(TrainingJobName="stops")


def test_a_job_that_takes_too_long_is_stopped(sagemaker: Any) -> None:
    sagemaker.train("late", {"sleep": "600"}, StoppingCondition={"MaxRuntimeInSeconds": 2})
    job = sagemaker.trained("late")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_what_is_wrong_with_a_request_is_said_at_once(sagemaker: Any) -> None:
    with pytest.raises(ClientError, match=r"Cannot find image .*/other:1: .* names tiny"):
        sagemaker.train("other", AlgorithmSpecification={
            "TrainingImage": "000000000000.dkr.ecr.us-east-1.amazonaws.com/other:1",
            "TrainingInputMode": "File",
        })  # fmt: skip
    with pytest.raises(ClientError, match="at 'trainingJobName' failed to satisfy constraint"):
        sagemaker.train("-no name-")
    with pytest.raises(ClientError, match=r"at 'roleArn' failed .* regular expression pattern"):
        sagemaker.train("never", RoleArn="a-role-without-account")
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.api.describe_training_job(TrainingJobName="never")


def test_what_would_be_dropped_is_refused_by_name(sagemaker: Any) -> None:
    with pytest.raises(ClientError) as refused:
        sagemaker.train("drops", RetryStrategy={"MaximumRetryAttempts": 3})
    assert refused.value.response["Error"]["Code"] == "NotImplementedException"
    message = refused.value.response["Error"]["Message"]
    assert "sagemaker:CreateTrainingJob with RetryStrategy" in message
    with pytest.raises(ClientError, match="sagemaker:CreateTransformJob"):
        sagemaker.api.create_transform_job(
            TransformJobName="x",
            ModelName="x",
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://x/y"}}
            },
            TransformOutput={"S3OutputPath": "s3://x/z"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )


def test_jobs_are_listed_in_pages_and_by_filter(sagemaker: Any) -> None:
    names = [f"listed-{number}" for number in range(3)]
    for name in names:
        sagemaker.train(name)
    for name in names:
        sagemaker.trained(name)
    pages = sagemaker.api.get_paginator("list_training_jobs").paginate(
        NameContains="LISTED-",
        SortBy="Name",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": 2},
    )
    found = [[one["TrainingJobName"] for one in page["TrainingJobSummaries"]] for page in pages]
    assert found == [names[:2], names[2:]]
    failed = sagemaker.api.list_training_jobs(NameContains="listed-", StatusEquals="Failed")
    assert failed["TrainingJobSummaries"] == []
    with pytest.raises(ClientError) as taken:
        sagemaker.train(names[0])
    assert taken.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_job_outlives_its_killed_gateway(new_sagemaker: Any) -> None:
    world = new_sagemaker
    world.train("survives", {"sleep": "4"})
    world.wait(
        lambda: world.api.describe_training_job(TrainingJobName="survives")["SecondaryStatus"],
        lambda status: status == "Training",
    )
    world.gateway.kill()
    world.gateway.start()
    job = world.trained("survives")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert world.archive(job["ModelArtifacts"]["S3ModelArtifacts"])
