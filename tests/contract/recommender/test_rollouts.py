"""Rollouts that go wrong, with the image's own programs and people asking the API all the time."""

from __future__ import annotations

import io
import json
import os
import signal
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from rlm import names

from .conftest import ENV, FAULTY_IMAGE, IMAGE

if TYPE_CHECKING:
    from .conftest import Callers, World

pytestmark = pytest.mark.slow
LIVE = ("model", "first")


def live_model(world: World) -> str:
    job = world.sagemaker.describe_training_job(TrainingJobName="first")
    return str(job["ModelArtifacts"]["S3ModelArtifacts"])


def file_of(world: World, job: dict[str, Any], name: str) -> bytes:
    """One file of what a training job told."""
    uri = job["ModelArtifacts"]["S3ModelArtifacts"].replace("model.tar.gz", "output.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(world.read(uri))) as packed:
        member = packed.extractfile(next(m for m in packed if m.name.endswith(name)))
        assert member is not None
        return member.read()


def assert_nothing_moved(world: World, callers: Callers) -> None:
    found = world.settled()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    settles_on(world, callers, LIVE)


def settles_on(world: World, callers: Callers, answer: tuple[str, str]) -> None:
    """All that callers get of half a second is this; a busy machine may take a while to it."""
    world.wait(lambda: callers.seen(0.5), lambda seen: set(seen) == {answer})


def test_a_worse_candidate_is_rejected_and_cannot_be_served(world: World, callers: Callers) -> None:
    job = world.train("worse", "popularity", live=live_model(world))
    evaluation = json.loads(file_of(world, job, "evaluation.json"))
    assert evaluation["live_version"] == "first"
    metrics = {name: one["metrics"]["ndcg"] for name, one in evaluation["models"].items()}
    assert metrics["candidate"]["high"] < metrics["live"]["low"]
    assert not evaluation["verdict"]["is_approved"]
    package = world.sagemaker.create_model_package(
        ModelPackageGroupName=names.model_package_group(ENV),
        ModelApprovalStatus="Rejected",
        ModelPackageDescription=evaluation["verdict"]["reason"],
        InferenceSpecification={
            "Containers": [
                {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
            ],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )["ModelPackageArn"]
    with pytest.raises(ClientError, match="approval status is Rejected"):
        world.sagemaker.create_model(
            ModelName="worse",
            PrimaryContainer={"ModelPackageName": package},
            ExecutionRoleArn="arn:aws:iam::000000000000:role/rlm-dev-sagemaker",
        )
    assert_nothing_moved(world, callers)


def test_a_candidate_that_cannot_be_loaded_takes_no_traffic(world: World, callers: Callers) -> None:
    torn = world.put("torn/model.tar.gz", torn_archive(world.read(live_model(world))))
    world.configure("torn", torn)
    world.update("torn")
    found = world.settled()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    assert "did not pass the ping health check" in found["FailureReason"]
    # On a busy machine some are answered from what is kept; nobody by another model.
    assert {version for source, version in callers.answers if source == "model"} == {"first"}


@pytest.mark.parametrize(("fault", "alarm"), [("slow", "latency"), ("wrong", "5xx")])
def test_a_bad_canary_is_rolled_back_by_its_alarm(
    world: World, callers: Callers, fault: str, alarm: str
) -> None:
    world.configure(fault, live_model(world), FAULTY_IMAGE, FAULT=fault)
    world.update(fault)
    found = world.settled()
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "first")
    assert names.endpoint_alarm(ENV, alarm) in found["FailureReason"]
    # Those who met the canary were answered from what is kept for them.
    assert callers.answers["precomputed", "kept"] > 0
    assert_nothing_moved(world, callers)


def test_a_killed_endpoint_is_stood_in_for_and_comes_back(world: World, callers: Callers) -> None:
    assert callers.seen(1.0)[LIVE] > 0
    for process in world.servers():
        os.kill(process, signal.SIGKILL)
    world.wait(lambda: callers.answers["precomputed", "kept"], lambda count: count > 0)
    settles_on(world, callers, LIVE)


def test_a_better_candidate_takes_over(world: World, callers: Callers) -> None:
    world.configure("second", retold(world, "second"))
    world.update("second", canary_percent=30, canary_seconds=3)
    assert world.settled()["EndpointConfigName"] == "second"
    settles_on(world, callers, ("model", "second"))


def torn_archive(archive: bytes) -> bytes:
    """The same files, but one of the served model's is empty."""
    return repacked(archive, lambda name, body: b"" if "served/own." in name else body)


def retold(world: World, version: str) -> str:
    """The live model under another version."""
    identity = json.dumps({"model_version": version}).encode()
    archive = repacked(
        world.read(live_model(world)),
        lambda name, body: identity if name.endswith("identity.json") else body,
    )
    return world.put(f"{version}/model.tar.gz", archive)


def repacked(archive: bytes, change: Any) -> bytes:
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as packed,
        tarfile.open(fileobj=made, mode="w:gz") as again,
    ):
        for member in packed:
            file = packed.extractfile(member)
            if file is None:
                again.addfile(member)
                continue
            body = change(member.name, file.read())
            member.size = len(body)
            again.addfile(member, io.BytesIO(body))
    return made.getvalue()
