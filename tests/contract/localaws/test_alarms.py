"""Alarms are judged as CloudWatch does: their own metric, period by period, and as time goes by."""

from __future__ import annotations

import time
from typing import Any

import pytest

ABOVE_10 = {
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 10.0,
    "Period": 60,
    "EvaluationPeriods": 3,
}


def state(alarm: dict[str, Any], *values: float | None) -> str | None:
    """The state when these are the values of the last periods, the latest last."""
    from localaws.alarms import judge

    verdict = judge(alarm, values)
    return verdict.state if verdict else None


@pytest.mark.parametrize(
    ("more", "values", "expected"),
    [
        # Every period must breach unless DatapointsToAlarm says otherwise.
        ({}, (20, 20, 20), "ALARM"),
        ({}, (20, 1, 20), "OK"),
        ({}, (100, 1, 1), "OK"),
        ({"DatapointsToAlarm": 2}, (20, 1, 20), "ALARM"),
        ({"DatapointsToAlarm": 2}, (20, 1, 1), "OK"),
        ({}, (None, None, None), "INSUFFICIENT_DATA"),
        ({"TreatMissingData": "breaching"}, (None, None, None), "ALARM"),
        ({"TreatMissingData": "notBreaching"}, (None, None, None), "OK"),
        ({"TreatMissingData": "ignore"}, (None, None, None), None),
        ({"TreatMissingData": "breaching", "DatapointsToAlarm": 2}, (None, 20, 1), "ALARM"),
        ({"TreatMissingData": "notBreaching", "DatapointsToAlarm": 2}, (None, 20, 1), "OK"),
        ({"ComparisonOperator": "LessThanLowerThreshold"}, (20, 20, 20), None),
    ],
)
def test_periods_decide(
    more: dict[str, Any], values: tuple[float | None, ...], expected: str | None
) -> None:
    assert state(ABOVE_10 | more, *values) == expected


@pytest.mark.slow
def test_an_alarm_looks_at_its_own_dimensions_and_forgets(gateway: Any) -> None:
    """AWS: another queue's errors are no concern of this alarm; old ones are none after a while."""
    cloudwatch = gateway.client("cloudwatch")
    for queue in ("a", "b"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"errors-{queue}",
            Namespace="Test",
            MetricName="Errors",
            Dimensions=[{"Name": "Queue", "Value": queue}],
            Statistic="Sum",
            Period=2,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
    cloudwatch.put_metric_data(
        Namespace="Test",
        MetricData=[
            {"MetricName": "Errors", "Dimensions": [{"Name": "Queue", "Value": "a"}], "Value": 3.0}
        ],
    )

    def states() -> dict[str, str]:
        found = cloudwatch.describe_alarms(AlarmNamePrefix="errors-")["MetricAlarms"]
        return {one["AlarmName"]: one["StateValue"] for one in found}

    assert states()["errors-a"] == "ALARM"
    deadline = time.monotonic() + 20
    while states() != {"errors-a": "OK", "errors-b": "OK"}:
        assert time.monotonic() < deadline, states()
        time.sleep(0.2)
