"""Log events become metrics; patterns are read as CloudWatch Logs reads them."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


def log(monitoring, group, *messages):
    logs = monitoring.logs
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)


def make_group(monitoring, group):
    monitoring.logs.create_log_group(logGroupName=group)
    monitoring.logs.create_log_stream(logGroupName=group, logStreamName="stream")


def total(monitoring, name, statistic="Sum", **dimensions):
    """The metric's only value in the last minutes; waits for it."""
    deadline = time.monotonic() + 20
    while True:
        points = monitoring.cloudwatch.get_metric_statistics(
            Namespace="Logs",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        if points:
            return sum(point[statistic] for point in points)
        assert time.monotonic() < deadline, name
        time.sleep(0.1)


def transformation(name, value, **more):
    return [{"metricName": name, "metricNamespace": "Logs", "metricValue": value, **more}]


def test_events_are_counted_measured_and_split_by_dimensions(monitoring):
    make_group(monitoring, "/filters/json")
    put = monitoring.logs.put_metric_filter
    put(
        logGroupName="/filters/json",
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=transformation("Errors", "1", defaultValue=0),
    )
    put(
        logGroupName="/filters/json",
        filterName="latency",
        filterPattern="{ $.latency > 0 }",
        metricTransformations=transformation(
            "Latency", "$.latency", unit="Milliseconds", dimensions={"path": "$.path"}
        ),
    )
    log(
        monitoring,
        "/filters/json",
        json.dumps({"level": "ERROR", "latency": 30, "path": "/a"}),
        json.dumps({"level": "INFO", "latency": 10, "path": "/a"}),
        json.dumps({"level": "INFO", "latency": 5, "path": "/b"}),
        json.dumps({"level": "INFO", "latency": 5}),
        "no JSON",
    )
    assert total(monitoring, "Errors") == 1
    assert total(monitoring, "Errors", "SampleCount") == 5  # the others are the default value
    assert total(monitoring, "Latency", path="/a") == 40
    assert total(monitoring, "Latency", path="/b") == 5
    found = monitoring.logs.filter_log_events(
        logGroupName="/filters/json", filterPattern="{ $.latency < 10 }"
    )["events"]
    assert [json.loads(event["message"])["latency"] for event in found] == [5, 5]
    monitoring.logs.delete_metric_filter(logGroupName="/filters/json", filterName="errors")
    (left,) = monitoring.logs.describe_metric_filters(logGroupName="/filters/json")["metricFilters"]
    assert left["filterName"] == "latency"


def test_events_of_the_embedded_format_are_metrics_whoever_wrote_them(monitoring):
    make_group(monitoring, "/filters/emf")
    directive = {
        "Namespace": "Logs",
        "Dimensions": [["job"]],
        "Metrics": [{"Name": "Rows", "Unit": "Count"}],
    }
    document = {"_aws": {"Timestamp": 0, "CloudWatchMetrics": [directive]}, "job": "j", "Rows": 7}
    log(monitoring, "/filters/emf", json.dumps(document))
    assert total(monitoring, "Rows", job="j") == 7


def test_a_pattern_can_be_tried(monitoring):
    tried = monitoring.logs.test_metric_filter(
        filterPattern="[ip, ..., status = 4*, bytes > 1000]",
        logEventMessages=[ACCESS, ACCESS.replace("404", "200")],
    )["matches"]
    assert tried == [
        {
            "eventNumber": 1,
            "eventMessage": ACCESS,
            "extractedValues": {"$ip": "127.0.0.1", "$status": "404", "$bytes": "1534"},
        }
    ]


@pytest.mark.parametrize(
    ("pattern", "value", "more", "message"),
    [
        ("{ $.level = }", "1", {}, "ends too early"),
        ("[a, b", "1", {}, "a bracket is not closed"),
        ("ERROR", "$.level", {}, "metricValue"),
        ("ERROR", "1", {"dimensions": {"d": "$.x"}}, "selects nothing"),
        (
            "{ $.x = 1 }",
            "1",
            {"dimensions": {"d": "$.x"}, "defaultValue": 0},
            "dimensions and defaultValue",
        ),
    ],
)
def test_a_filter_that_cannot_work_is_refused(monitoring, pattern, value, more, message):
    with pytest.raises(ClientError, match=message) as refused:
        monitoring.logs.put_metric_filter(
            logGroupName="/filters/any",
            filterName="bad",
            filterPattern=pattern,
            metricTransformations=transformation("Bad", value, **more),
        )
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_pattern_that_cannot_be_read_is_refused_wherever_it_is_given(monitoring):
    """Else the events that come later would be what fails."""
    make_group(monitoring, "/filters/refused")
    # Its host has a prefix that no name on this machine has.
    logs = monitoring.gateway.client("logs", inject_host_prefix=False)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/filters/refused")["logGroups"]
    subscription = {"filterName": "bad", "destinationArn": "arn:aws:lambda:us-east-1:0:function:f"}
    for ask in (
        lambda: logs.put_subscription_filter(
            logGroupName="/filters/refused", filterPattern="{ $.level = }", **subscription
        ),
        lambda: logs.start_live_tail(
            logGroupIdentifiers=[group["logGroupArn"]], logEventFilterPattern="{ $.level = }"
        ),
        lambda: logs.filter_log_events(
            logGroupName="/filters/refused", filterPattern="{ $.level = }"
        ),
    ):
        with pytest.raises(ClientError, match="ends too early") as refused:
            ask()
        assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    found = logs.describe_subscription_filters(logGroupName="/filters/refused")
    assert found["subscriptionFilters"] == []
    log(monitoring, "/filters/refused", "an event")


def test_an_odd_line_is_kept_and_those_after_it_are_counted(monitoring):
    make_group(monitoring, "/filters/odd")
    monitoring.logs.put_metric_filter(
        logGroupName="/filters/odd",
        filterName="odd",
        filterPattern="{ $.a > 1 }",
        metricTransformations=transformation("Odd", "$.a"),
    )
    aws = json.dumps({"CloudWatchMetrics": [{"Namespace": "Logs", "Metrics": ["x"]}]})
    odd = [f'{{"_aws": {aws}, "x": 1}}', "[" * 100_000, '{"a": ' + "1" * 400 + "}"]
    log(monitoring, "/filters/odd", *odd, '{"a": 2}')
    assert total(monitoring, "Odd") == 2
    events = monitoring.logs.get_log_events(logGroupName="/filters/odd", logStreamName="stream")
    assert len(events["events"]) == len(odd) + 1
