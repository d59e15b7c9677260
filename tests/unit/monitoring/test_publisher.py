"""Telling CloudWatch harms nobody: errors stay inside, and what failed is tried again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from rlm.monitoring.publisher import Publisher


class CloudWatch:
    """A session and its client; refuses as often as it is told."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken: list[dict[str, Any]] = []

    def client(self, service: str, config: Any) -> CloudWatch:
        assert service == "cloudwatch"
        assert config.read_timeout == 5
        return self

    def put_metric_data(self, **call: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(call)


DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
THROTTLED = ClientError({"Error": {"Code": "Throttling", "Message": "slow down"}}, "PutMetricData")


@pytest.mark.parametrize("error", [DOWN, THROTTLED])
def test_what_failed_is_tried_again_as_of_the_first_time(error: Exception) -> None:
    cloudwatch, slept = CloudWatch(error), list[float]()
    publisher = Publisher(lambda: cloudwatch, slept.append)
    began = dt.datetime.now(dt.UTC)
    assert publisher.publish("RLM/Pipeline", [{"MetricName": "m", "Value": 1.0}], waits=(1.0, 5.0))
    assert slept == [1.0]
    (call,) = cloudwatch.taken
    assert call["Namespace"] == "RLM/Pipeline"
    assert abs(call["MetricData"][0]["Timestamp"] - began) < dt.timedelta(seconds=5)


def test_no_error_gets_out() -> None:
    slept = list[float]()
    publisher = Publisher(lambda: CloudWatch(DOWN), slept.append)
    assert not publisher.publish("RLM/Pipeline", [{"Value": 1.0}], waits=(1.0, 5.0))
    assert slept == [1.0, 5.0]


def test_a_value_keeps_the_time_that_it_has() -> None:
    cloudwatch = CloudWatch()
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    assert Publisher(lambda: cloudwatch).publish("n", [{"Value": 1.0, "Timestamp": at}])
    assert cloudwatch.taken[0]["MetricData"][0]["Timestamp"] == at


def test_apart_means_in_a_thread_of_its_own() -> None:
    cloudwatch = CloudWatch()
    thread = Publisher(lambda: cloudwatch).publish_apart("RLM/Pipeline", [{"Value": 1.0}])
    assert thread.daemon
    thread.join(10)
    assert len(cloudwatch.taken) == 1
