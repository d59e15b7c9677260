"""Blue/green updates of a running endpoint, under requests, of which none may fail."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


class Requests:
    """Some sixty requests a second from two threads: who answered, and what failed."""

    def __init__(self, world: Any, endpoint: str) -> None:
        self._world, self._endpoint = world, endpoint
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(2)
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._running = [self._pool.submit(self._run) for _ in range(2)]

    def _run(self) -> None:
        runtime = self._world.gateway.client("sagemaker-runtime")
        while not self._stop.is_set():
            try:
                answer = runtime.invoke_endpoint(EndpointName=self._endpoint, Body=b"fan")
                said = answer["Body"].read().decode()
                self.answers[said.split('"answer": "')[1].split('"')[0]] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails by it
                self.failures.append(str(error))
            time.sleep(0.03)

    def reset(self) -> None:
        self.answers.clear()

    def stop(self) -> None:
        self._stop.set()
        for one in self._running:
            one.result()
        self._pool.shutdown()


@pytest.fixture
def requests(sagemaker: Any, request: pytest.FixtureRequest) -> Iterator[Requests]:
    """An endpoint of the test's own name that serves the model `old-...`, with requests running."""
    endpoint = name_of(request)
    sagemaker.create_model(f"old-{endpoint}")
    sagemaker.create_config(f"old-{endpoint}", instances=2)
    sagemaker.api.create_endpoint(EndpointName=endpoint, EndpointConfigName=f"old-{endpoint}")
    assert sagemaker.settled(endpoint)["EndpointStatus"] == "InService"
    running = Requests(sagemaker, endpoint)
    yield running
    running.stop()
    sagemaker.api.delete_endpoint(EndpointName=endpoint)
    assert running.failures == []


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> str:
    return name_of(request)


def name_of(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_").replace("_", "-")[:40].rstrip("-")


def update(
    sagemaker: Any,
    endpoint: str,
    routing: dict[str, Any],
    alarm: str = "",
    termination: int = 0,
    **model: Any,
) -> str:
    """Begin an update to a new model; the name of its configuration."""
    new = f"new-{endpoint}"
    sagemaker.create_model(new, **model)
    sagemaker.create_config(new, instances=2)
    config: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": termination,
        }
    }
    if alarm:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": alarm}]}
    sagemaker.api.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=new, DeploymentConfig=config
    )
    return new


def make_alarm(sagemaker: Any, endpoint: str, metric: str, threshold: float) -> str:
    name = f"{endpoint}-{metric}"
    sagemaker.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": "main"},
        ],
        Statistic="Sum" if metric == "Invocation5XXErrors" else "Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def test_all_traffic_moves_at_once(sagemaker: Any, endpoint: str, requests: Requests) -> None:
    new = update(sagemaker, endpoint, {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 1})
    found = sagemaker.settled(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", new)
    assert "PendingDeploymentSummary" not in found
    requests.reset()
    time.sleep(0.5)
    assert set(requests.answers) == {new}


def test_a_canary_gets_its_share_first(sagemaker: Any, endpoint: str, requests: Requests) -> None:
    canary = {"Type": "CAPACITY_PERCENT", "Value": 30}
    new = update(
        sagemaker,
        endpoint,
        {"Type": "CANARY", "WaitIntervalInSeconds": 4, "CanarySize": canary},
        termination=1,
    )

    def pending() -> dict[str, Any]:
        found: dict[str, Any] = sagemaker.api.describe_endpoint(EndpointName=endpoint)
        return found.get("PendingDeploymentSummary", {})

    sagemaker.wait(
        pending,
        lambda seen: (
            seen["ProductionVariants"][0].get("VariantStatus", [{}])[0].get("Status") == "Baking"
        ),
    )
    assert pending()["EndpointConfigName"] == new
    requests.reset()
    time.sleep(2.5)
    seen = dict(requests.answers)
    assert 0.1 < seen[new] / sum(seen.values()) < 0.5
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.api.update_endpoint(EndpointName=endpoint, EndpointConfigName=new)
    assert sagemaker.settled(endpoint)["EndpointConfigName"] == new
    requests.reset()
    time.sleep(0.5)
    assert set(requests.answers) == {new}


def test_traffic_moves_in_steps(sagemaker: Any, endpoint: str, requests: Requests) -> None:
    step = {"Type": "INSTANCE_COUNT", "Value": 1}
    new = update(
        sagemaker,
        endpoint,
        {"Type": "LINEAR", "WaitIntervalInSeconds": 1, "LinearStepSize": step},
    )
    found = sagemaker.settled(endpoint)
    assert found["EndpointConfigName"] == new
    assert (
        found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"][
            "LinearStepSize"
        ]
        == step
    )


def test_a_model_that_cannot_be_loaded_takes_no_traffic(
    sagemaker: Any, endpoint: str, requests: Requests
) -> None:
    old = f"old-{endpoint}"
    update(sagemaker, endpoint, {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}, crash=True)
    found = sagemaker.settled(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert set(requests.answers) == {old}


def test_a_slow_canary_is_rolled_back_by_its_alarm(
    sagemaker: Any, endpoint: str, requests: Requests
) -> None:
    alarm = make_alarm(sagemaker, endpoint, "ModelLatency", 300_000)
    canary = {"Type": "CAPACITY_PERCENT", "Value": 20}
    update(
        sagemaker,
        endpoint,
        {"Type": "CANARY", "WaitIntervalInSeconds": 30, "CanarySize": canary},
        alarm=alarm,
        seconds=0.4,
    )
    sagemaker.wait(
        lambda: sagemaker.api.describe_endpoint(EndpointName=endpoint)["EndpointStatus"],
        lambda status: status in ("RollingBack", "InService"),
    )
    found = sagemaker.settled(endpoint)
    old = f"old-{endpoint}"
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert f"alarms have been triggered: {alarm}" in found["FailureReason"]
    requests.reset()
    time.sleep(0.5)
    assert set(requests.answers) == {old}


def test_errors_of_a_canary_roll_it_back(sagemaker: Any) -> None:
    """The requests that reach a broken canary fail, as on AWS; its alarm ends that."""
    endpoint = "errors"
    sagemaker.serve(endpoint)
    alarm = make_alarm(sagemaker, endpoint, "Invocation5XXErrors", 0)
    half = {"Type": "CAPACITY_PERCENT", "Value": 50}
    update(
        sagemaker,
        endpoint,
        {"Type": "CANARY", "WaitIntervalInSeconds": 30, "CanarySize": half},
        alarm=alarm,
        fails=True,
    )
    failures = 0
    while sagemaker.api.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "Updating":
        try:
            sagemaker.ask(endpoint)
        except ClientError as error:
            failures += "broken model" in str(error)
        time.sleep(0.05)
    found = sagemaker.settled(endpoint)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", endpoint)
    assert failures > 0
    assert {sagemaker.ask(endpoint)["answer"] for _ in range(10)} == {endpoint}


def test_the_alarm_of_another_endpoint_rolls_nothing_back(
    sagemaker: Any, endpoint: str, requests: Requests
) -> None:
    """AWS: an alarm looks at the metric of its own dimensions only."""
    alarm = make_alarm(sagemaker, "an-endpoint-without-errors", "Invocation5XXErrors", 0)
    sagemaker.serve("has-errors", fails=True)
    with pytest.raises(ClientError, match="broken model"):
        sagemaker.ask("has-errors")
    time.sleep(1.5)
    new = update(
        sagemaker, endpoint, {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 2}, alarm=alarm
    )
    assert sagemaker.settled(endpoint)["EndpointConfigName"] == new


def test_what_cannot_be_rolled_out_is_refused(
    sagemaker: Any, endpoint: str, requests: Requests
) -> None:
    with pytest.raises(ClientError, match="CloudWatch has no alarm missing"):
        update(
            sagemaker,
            endpoint,
            {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            alarm="missing",
        )
    rolling = {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    with pytest.raises(ClientError, match="UpdateEndpoint with RollingUpdatePolicy"):
        sagemaker.api.update_endpoint(
            EndpointName=endpoint,
            EndpointConfigName=f"old-{endpoint}",
            DeploymentConfig={"RollingUpdatePolicy": rolling | {"WaitIntervalInSeconds": 0}},
        )
    assert sagemaker.settled(endpoint)["EndpointConfigName"] == f"old-{endpoint}"


def test_an_update_goes_on_after_a_kill(new_sagemaker: Any) -> None:
    world = new_sagemaker
    world.serve("old")
    world.create_model("new")
    world.create_config("new")
    routing = {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 3,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
    }
    world.api.update_endpoint(
        EndpointName="old",
        EndpointConfigName="new",
        DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}},
    )
    time.sleep(1.0)
    world.gateway.kill()
    world.gateway.start()
    assert world.settled("old")["EndpointConfigName"] == "new"
    assert world.ask("old")["answer"] == "new"
