"""Values on their way to CloudWatch: with every dimension, in calls that it takes."""

from __future__ import annotations

from typing import Any

import pytest

from rlm.aws.metrics import put_metrics
from rlm.monitoring.metrics import RUNS_FAILED


def test_a_value_has_name_unit_and_dimensions() -> None:
    assert RUNS_FAILED.datum(1.0, dag="build_marts", environment="dev") == {
        "MetricName": "RunsFailed",
        "Dimensions": [
            {"Name": "environment", "Value": "dev"},
            {"Name": "dag", "Value": "build_marts"},
        ],
        "Value": 1.0,
        "Unit": "Count",
    }


@pytest.mark.parametrize("by", [{"environment": "dev"}, {"environment": "dev", "job": "x"}])
def test_a_value_without_its_dimensions_is_refused(by: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="RunsFailed has the dimensions environment, dag"):
        RUNS_FAILED.datum(1.0, **by)


def test_a_call_has_no_more_values_than_cloudwatch_takes() -> None:
    calls: list[dict[str, Any]] = []

    class Client:
        def put_metric_data(self, **call: Any) -> None:
            calls.append(call)

    put_metrics(Client(), "RLM/Pipeline", [{"Value": float(one)} for one in range(1500)])
    assert [len(call["MetricData"]) for call in calls] == [1000, 500]
    assert {call["Namespace"] for call in calls} == {"RLM/Pipeline"}


def test_nothing_to_publish_is_no_call() -> None:
    put_metrics(object(), "RLM/Pipeline", [])
