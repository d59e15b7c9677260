"""Endpoints through the API: real servers; their answers and faults come as AWS shapes them."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def endpoint(sagemaker: Any) -> str:
    """An endpoint of one server."""
    sagemaker.serve("plain", environment={"GREETING": "hej"})
    return "plain"


def error(raised: pytest.ExceptionInfo[ClientError]) -> dict[str, Any]:
    return dict(raised.value.response)


def total(sagemaker: Any, metric: str, endpoint: str, variant: str = "main") -> dict[str, float]:
    """Sum and count of a metric of AWS/SageMaker so far."""
    now = datetime.now(UTC)
    points = sagemaker.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": variant},
        ],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=1),
        Period=86_400 * 7,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    return {
        "sum": sum(one["Sum"] for one in points),
        "count": sum(one["SampleCount"] for one in points),
    }


def test_a_request_reaches_the_program_and_its_answer_comes_back(
    sagemaker: Any, endpoint: str
) -> None:
    answer = sagemaker.runtime.invoke_endpoint(
        EndpointName=endpoint,
        Body=b"three artists",
        ContentType="text/plain",
        Accept="application/json",
        CustomAttributes="trace=7",
    )
    said = json.loads(answer["Body"].read())
    assert said | {"pid": 0} == {
        "answer": "plain",
        "sent": "three artists",
        "pid": 0,
        "accept": "application/json",
        "type": "text/plain",
        "env": "hej",
        "custom": "trace=7",
    }
    assert answer["ContentType"] == "application/json"
    assert answer["InvokedProductionVariant"] == "main"
    assert answer["CustomAttributes"] == "seen"


def test_an_endpoint_describes_what_it_serves(sagemaker: Any, endpoint: str) -> None:
    found = sagemaker.api.describe_endpoint(EndpointName=endpoint)
    (variant,) = found["ProductionVariants"]
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "plain")
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 1)
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (1.0, 1.0)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == sagemaker.image
    assert "FailureReason" not in found
    lines = sagemaker.wait(
        lambda: sagemaker.log_lines("/aws/sagemaker/Endpoints/plain", "main/"), bool
    )
    assert lines == ["serving plain"]


def test_the_programs_own_errors_are_model_errors(sagemaker: Any, endpoint: str) -> None:
    """AWS: 424 for both, the container's status and words inside."""
    with pytest.raises(ClientError) as refused:
        sagemaker.ask(endpoint, "status 404")
    found = error(refused)
    assert found["Error"]["Code"] == "ModelError"
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (found["OriginalStatusCode"], found["OriginalMessage"]) == (404, "no such artist")
    assert ":log-group:/aws/sagemaker/Endpoints/plain:log-stream:main/i-" in found["LogStreamArn"]
    assert 'Received client error (404) from primary with message "no such artist"' in str(
        refused.value
    )
    with pytest.raises(ClientError, match=r"Received server error \(500\) from primary"):
        sagemaker.ask(endpoint, "status 500")


def test_requests_that_no_program_sees_are_validation_errors(sagemaker: Any, endpoint: str) -> None:
    with pytest.raises(ClientError) as unknown:
        sagemaker.ask("nobody")
    assert error(unknown)["Error"]["Code"] == "ValidationError"
    assert "Endpoint nobody of account 000000000000 not found." in str(unknown.value)
    with pytest.raises(ClientError, match="Variant other of plain not found"):
        sagemaker.ask(endpoint, TargetVariant="other")
    with pytest.raises(ClientError, match="larger than 6291456 bytes"):
        sagemaker.ask(endpoint, "x" * 6_291_457)
    with pytest.raises(ClientError, match="sagemaker:InvokeEndpointAsync"):
        sagemaker.runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation="s3://a/b")
    with pytest.raises(ClientError, match="InvokeEndpoint with x-amzn-sagemaker-target-model"):
        sagemaker.ask(endpoint, TargetModel="a.tar.gz")


def test_invocations_are_counted_and_timed(sagemaker: Any) -> None:
    sagemaker.serve("counted", seconds=0.05)
    for _ in range(4):
        sagemaker.ask("counted")
    for status in ("404", "500", "503"):
        with pytest.raises(ClientError):
            sagemaker.ask("counted", f"status {status}")
    sagemaker.wait(
        lambda: total(sagemaker, "Invocations", "counted"), lambda seen: seen["sum"] == 7
    )
    assert total(sagemaker, "Invocation4XXErrors", "counted") == {"sum": 1, "count": 7}
    assert total(sagemaker, "Invocation5XXErrors", "counted") == {"sum": 2, "count": 7}
    model = total(sagemaker, "ModelLatency", "counted")
    assert model["count"] == 7
    assert 4 * 50_000 < model["sum"] < 7 * 1_000_000
    assert 0 < total(sagemaker, "OverheadLatency", "counted")["sum"] < 7 * 1_000_000


def test_a_server_that_dies_is_started_again(sagemaker: Any) -> None:
    sagemaker.serve("dies")
    before = sagemaker.ask("dies")["pid"]
    with pytest.raises(ClientError, match="ModelError"):
        sagemaker.ask("dies", "die")
    # The next request waits for the server instead of failing.
    assert sagemaker.ask("dies")["pid"] != before
    assert sagemaker.api.describe_endpoint(EndpointName="dies")["EndpointStatus"] == "InService"


def test_variants_share_the_requests_by_weight(sagemaker: Any) -> None:
    for name in ("left", "right", "silent"):
        sagemaker.create_model(name)
    variants = [
        {
            "VariantName": name,
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": weight,
        }
        for name, weight in (("left", 3.0), ("right", 1.0), ("silent", 0.0))
    ]
    sagemaker.create_config("shared", *variants)
    sagemaker.api.create_endpoint(EndpointName="shared", EndpointConfigName="shared")
    assert sagemaker.settled("shared")["EndpointStatus"] == "InService"
    seen = [sagemaker.ask("shared")["answer"] for _ in range(120)]
    assert 60 < seen.count("left") < 115
    assert seen.count("silent") == 0
    assert sagemaker.ask("shared", TargetVariant="silent")["answer"] == "silent"

    sagemaker.api.update_endpoint_weights_and_capacities(
        EndpointName="shared",
        DesiredWeightsAndCapacities=[
            {"VariantName": "left", "DesiredWeight": 0.0},
            {"VariantName": "right", "DesiredInstanceCount": 2},
        ],
    )
    found = sagemaker.settled("shared")
    counts = {
        one["VariantName"]: one["CurrentInstanceCount"] for one in found["ProductionVariants"]
    }
    assert counts == {"left": 1, "right": 2, "silent": 1}
    answers = [sagemaker.ask("shared") for _ in range(30)]
    assert {one["answer"] for one in answers} == {"right"}
    assert len({one["pid"] for one in answers}) == 2


def test_a_model_that_cannot_be_loaded_fails_its_endpoint(sagemaker: Any) -> None:
    sagemaker.create_model("broken", crash=True)
    sagemaker.create_config("broken")
    sagemaker.api.create_endpoint(EndpointName="broken", EndpointConfigName="broken")
    found = sagemaker.settled("broken")
    assert found["EndpointStatus"] == "Failed"
    assert "variant main did not pass the ping health check" in found["FailureReason"]
    assert "this model cannot be loaded" in sagemaker.log_lines(
        "/aws/sagemaker/Endpoints/broken", "main/"
    )
    with pytest.raises(ClientError, match="Endpoint broken of account"):
        sagemaker.ask("broken")


def test_requests_and_answers_are_captured(sagemaker: Any) -> None:
    """AWS: s3://<destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl"""
    sagemaker.create_model("captured")
    sagemaker.create_config(
        "captured",
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://models/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
        },
    )
    sagemaker.api.create_endpoint(EndpointName="captured", EndpointConfigName="captured")
    assert sagemaker.settled("captured")["DataCaptureConfig"]["CaptureStatus"] == "Started"
    said = sagemaker.ask("captured", "fan 7", ContentType="text/plain", InferenceId="request-1")
    keys = sagemaker.wait(
        lambda: [
            one["Key"]
            for one in sagemaker.s3.list_objects_v2(Bucket="models", Prefix="capture/").get(
                "Contents", []
            )
        ],
        bool,
    )
    folder = datetime.now(UTC).strftime("capture/captured/main/%Y/%m/%d/")
    assert keys[0].startswith(folder)
    assert keys[0].endswith(".jsonl")
    body = sagemaker.s3.get_object(Bucket="models", Key=keys[0])["Body"].read()
    line = json.loads(body)
    assert line["eventMetadata"]["inferenceId"] == "request-1"
    given, answered = line["captureData"]["endpointInput"], line["captureData"]["endpointOutput"]
    assert (given["mode"], given["observedContentType"]) == ("INPUT", "text/plain")
    assert base64.b64decode(given["data"]) == b"fan 7"
    assert (answered["mode"], answered["encoding"]) == ("OUTPUT", "JSON")
    assert json.loads(answered["data"]) == said


def test_what_is_wrong_with_a_request_is_said_at_once(sagemaker: Any, endpoint: str) -> None:
    with pytest.raises(ClientError, match=r'Could not find model "arn:.*:model/nothing"'):
        sagemaker.create_config("nothing")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.api.create_endpoint(EndpointName="x", EndpointConfigName="nothing")
    with pytest.raises(ClientError, match="Cannot create already existing endpoint "):
        sagemaker.api.create_endpoint(EndpointName=endpoint, EndpointConfigName="plain")
    with pytest.raises(ClientError, match="Could not find endpoint "):
        sagemaker.api.describe_endpoint(EndpointName="nobody")
    with pytest.raises(
        ClientError, match=r"CreateEndpointConfig with ProductionVariants\.Serverless"
    ):
        sagemaker.create_config("serverless", {
            "VariantName": "main", "ModelName": "plain",
            "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
        })  # fmt: skip


def test_endpoints_are_listed_and_deleted(sagemaker: Any) -> None:
    sagemaker.serve("goes")
    pid = sagemaker.ask("goes")["pid"]
    listed = sagemaker.api.list_endpoints(NameContains="goes", StatusEquals="InService")
    assert [one["EndpointName"] for one in listed["Endpoints"]] == ["goes"]
    sagemaker.api.delete_endpoint(EndpointName="goes")
    sagemaker.wait(
        lambda: sagemaker.api.list_endpoints(NameContains="goes")["Endpoints"],
        lambda left: left == [],
    )
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(ClientError, match="not found"):
        sagemaker.ask("goes")


def test_endpoints_are_there_again_after_a_kill(new_sagemaker: Any) -> None:
    """Whatever becomes of the gateway: no server is left behind, and the endpoint comes back."""
    world = new_sagemaker
    world.serve("stays")
    before = world.ask("stays")["pid"]
    # What an endpoint serves does not hang on its model and its configuration.
    world.api.delete_endpoint_config(EndpointConfigName="stays")
    world.api.delete_model(ModelName="stays")
    world.gateway.kill()
    world.wait(lambda: Path(f"/proc/{before}").exists(), lambda lives: not lives)
    world.gateway.start()
    assert world.ask("stays")["answer"] == "stays"
    assert world.settled("stays")["EndpointStatus"] == "InService"
    pid = world.ask("stays")["pid"]
    assert world.gateway.stop() == 0
    assert not Path(f"/proc/{pid}").exists()
    world.gateway.start()
    assert world.ask("stays")["answer"] == "stays"


def test_slow_endpoints_hold_up_nobody_else(sagemaker: Any, endpoint: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        slow = [pool.submit(sagemaker.ask, endpoint, "sleep 2") for _ in range(10)]
        time.sleep(0.3)
        began = time.monotonic()
        sagemaker.ask(endpoint)
        sagemaker.api.describe_endpoint(EndpointName=endpoint)
        assert time.monotonic() - began < 1.0
        assert {one.result()["answer"] for one in slow} == {"plain"}
