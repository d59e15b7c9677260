"""Metric math, composite alarms and their messages, over boto3."""

from __future__ import annotations

import http.client
import json
import re
import time
from datetime import datetime
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow


def stat(name, statistic="Sum"):
    return {
        "Metric": {"Namespace": "Test", "MetricName": name},
        "Period": 3600,
        "Stat": statistic,
    }


def share(part, whole):
    """The queries of an alarm on how much of a metric another one is."""
    return [
        {"Id": "part", "MetricStat": stat(part), "ReturnData": False},
        {"Id": "whole", "MetricStat": stat(whole), "ReturnData": False},
        {"Id": "share", "Expression": "part / whole", "Label": "Share"},
    ]


def test_an_expression_decides_an_alarm(monitoring):
    """AWS: no data in the denominator is no data; 1 of 4 is above a fifth."""
    monitoring.alarm("math", Metrics=share("math-bad", "math-all"), Threshold=0.2)
    monitoring.put("math-bad", 1)
    assert monitoring.state("math") == "OK"
    monitoring.put("math-all", 1, 3)
    assert monitoring.state("math") == "ALARM"
    described = monitoring.described("math")
    assert [query["Id"] for query in described["Metrics"]] == ["part", "whole", "share"]
    assert "MetricName" not in described
    assert described["StateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.25] was greater than the threshold "
        "(0.2) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_an_alarm_clears_when_its_data_grows_old(monitoring):
    monitoring.alarm("cleared", Period=60)
    monitoring.put("cleared", 1)
    changes = ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
    deadline = time.monotonic() + 30
    while summaries(monitoring, "cleared")[-2:] != changes:
        assert time.monotonic() < deadline, summaries(monitoring, "cleared")
        time.sleep(0.2)


def summaries(monitoring, name, kind="MetricAlarm"):
    """How an alarm's state changed, the first change first."""
    history = monitoring.cloudwatch.describe_alarm_history(
        AlarmName=name,
        AlarmTypes=[kind],
        HistoryItemType="StateUpdate",
        ScanBy="TimestampAscending",
    )
    return [one["HistorySummary"] for one in history["AlarmHistoryItems"]]


def set_state(monitoring, name, state):
    monitoring.cloudwatch.set_alarm_state(
        AlarmName=name, StateValue=state, StateReason="tried by hand"
    )


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("SEARCH('{Test} x', 'Sum', 60)", "SEARCH is not served by the local AWS"),
        ("ANOMALY_DETECTION_BAND(m)", "ANOMALY_DETECTION_BAND is not served"),
        ("NONSENSE(m)", "there is no function NONSENSE"),
        ("m / other", "there is no query with the id other"),
        ("m +", "ends too early"),
        ("MAX(m)", "must result in one time series"),
    ],
)
def test_what_cannot_be_judged_is_no_alarm(monitoring, expression, message):
    metrics = [
        {"Id": "m", "MetricStat": stat("x"), "ReturnData": False},
        {"Id": "e", "Expression": expression},
    ]
    with pytest.raises(ClientError, match=message.replace("(", r"\(")) as refused:
        monitoring.alarm("refused", Metrics=metrics)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    found = monitoring.cloudwatch.describe_alarms(AlarmNames=["refused"])
    assert found["MetricAlarms"] == []


@pytest.mark.parametrize(
    "more",
    [
        {"Statistic": "tm99"},
        {"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]},
        {"ComparisonOperator": "LessThanLowerThreshold", "ThresholdMetricId": "ad"},
        {"TreatMissingData": "sometimes"},
        {"DatapointsToAlarm": 2},
    ],
)
def test_what_is_not_served_of_an_alarm_is_refused(monitoring, more):
    extended = {"ExtendedStatistic": more["Statistic"]} if "Statistic" in more else more
    with pytest.raises(ClientError, match="ValidationError"):
        monitoring.alarm("refused", **extended)


def test_metric_data_of_metrics_and_expressions(monitoring):
    """AWS: newest first unless asked otherwise; FILL has a point for each period."""
    now = time.time()
    hour = now // 3600 * 3600
    monitoring.put("data", 1, 4)
    answer = monitoring.cloudwatch.get_metric_data(
        StartTime=hour - 3 * 3600,
        EndTime=hour + 2 * 3600,  # the hour may end meanwhile
        ScanBy="TimestampAscending",
        MetricDataQueries=[
            {"Id": "m", "MetricStat": stat("data", "Maximum")},
            {"Id": "filled", "Expression": "FILL(m, 0) * 100", "Label": "Percent"},
            {"Id": "hidden", "Expression": "m", "ReturnData": False},
        ],
    )
    metric, filled = answer["MetricDataResults"]
    assert (metric["Id"], metric["Label"], metric["Values"]) == ("m", "data", [4.0])
    assert (filled["Label"], sum(filled["Values"]), len(filled["Values"])) == ("Percent", 400.0, 5)
    assert filled["Timestamps"] == sorted(filled["Timestamps"])
    assert isinstance(metric["Timestamps"][0], datetime)
    with pytest.raises(ClientError, match="there is no query with the id nobody"):
        monitoring.cloudwatch.get_metric_data(
            StartTime=now - 60,
            EndTime=now,
            MetricDataQueries=[{"Id": "e", "Expression": "nobody + 1", "Period": 60}],
        )


def test_a_late_point_hides_none_that_came_before_it(monitoring):
    """AWS: a point counts in the period of its time, whenever it comes."""
    now = time.time()
    for ago in (0, 120, 1, 121, 60):  # minutes, in the order in which the points come
        point = {"MetricName": "late", "Values": [ago, 1000 + ago], "Timestamp": now - ago * 60}
        monitoring.cloudwatch.put_metric_data(Namespace="Test", MetricData=[point])

    def values(since):
        (found,) = monitoring.cloudwatch.get_metric_data(
            StartTime=now - since * 60,
            EndTime=now + 60,
            MetricDataQueries=[{"Id": "m", "MetricStat": stat("late", "Maximum") | {"Period": 60}}],
        )["MetricDataResults"]
        return found["Values"]

    assert values(10) == [1000, 1001]
    assert values(70) == [1000, 1001, 1060]
    assert values(180) == [1000, 1001, 1060, 1120, 1121]


def test_a_composite_alarm_follows_its_children(monitoring):
    for child in ("child-a", "child-b"):
        monitoring.alarm(child)
    monitoring.cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("child-a") AND NOT OK("child-b")'
    )
    assert monitoring.state("both") == "OK"
    monitoring.put("child-a", 1)
    assert monitoring.state("both") == "OK"
    monitoring.put("child-b", 1)
    assert monitoring.state("both") == "ALARM"
    set_state(monitoring, "child-a", "OK")
    assert monitoring.state("both") == "OK"
    assert summaries(monitoring, "both", "CompositeAlarm")[-2:] == [
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    with pytest.raises(ClientError, match="composite alarm"):
        monitoring.cloudwatch.delete_alarms(AlarmNames=["child-a"])


def test_a_change_is_told_to_topics_as_cloudwatch_does(monitoring):
    topic = monitoring.sns.create_topic(Name="told")["TopicArn"]
    monitoring.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="on-call@example.org")
    monitoring.alarm("told", AlarmActions=[topic], AlarmDescription="It went wrong")
    monitoring.put("told", 2)
    (mail,) = monitoring.inbox(topic)
    assert mail["to"] == "on-call@example.org"
    assert mail["subject"] == 'ALARM: "told" in US East (N. Virginia)'
    told = json.loads(mail["message"])
    assert (told["OldStateValue"], told["NewStateValue"]) == ("OK", "ALARM")
    assert told["AlarmDescription"] == "It went wrong"
    assert told["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:000000000000:alarm:told"
    assert told["Trigger"] == {
        "MetricName": "told",
        "Namespace": "Test",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [],
        "Period": 3600,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    }
    actions = monitoring.cloudwatch.describe_alarm_history(
        AlarmName="told", HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert [one["HistorySummary"] for one in actions] == [f"Successfully executed action {topic}"]


def test_a_topic_whose_policy_forgets_alarms_is_not_told(monitoring):
    """AWS: a policy of one's own replaces the one that lets the account's alarms publish."""
    topic = monitoring.sns.create_topic(Name="forgetful")["TopicArn"]
    monitoring.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="on-call@example.org")
    secure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}},
    }
    for number, statements in enumerate(([secure], [secure, allowed])):
        policy = {"Version": "2012-10-17", "Statement": statements}
        monitoring.sns.set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
        )
        monitoring.alarm(f"forgetful-{number}", AlarmActions=[topic])
        monitoring.put(f"forgetful-{number}", 1)
        assert len(monitoring.inbox(topic)) == number
    history = monitoring.cloudwatch.describe_alarm_history(
        AlarmName="forgetful-0", HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert (
        "CloudWatch Alarms is not authorized to perform: SNS:Publish"
        in (history[0]["HistorySummary"])
    )


def test_disabled_actions_are_not_performed(monitoring):
    topic = monitoring.sns.create_topic(Name="silent")["TopicArn"]
    monitoring.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="on-call@example.org")
    monitoring.alarm("silent", AlarmActions=[topic], OKActions=[topic])
    assert len(monitoring.inbox(topic)) == 1  # from INSUFFICIENT_DATA to OK
    monitoring.cloudwatch.disable_alarm_actions(AlarmNames=["silent"])
    set_state(monitoring, "silent", "ALARM")
    assert monitoring.described("silent")["StateReason"] == "tried by hand"
    set_state(monitoring, "silent", "OK")
    assert len(monitoring.inbox(topic)) == 1
    monitoring.cloudwatch.enable_alarm_actions(AlarmNames=["silent"])
    monitoring.put("silent", 1)
    assert [mail["subject"].partition(":")[0] for mail in monitoring.inbox(topic)] == [
        "ALARM",
        "OK",
    ]


def test_alarms_of_a_metric_are_those_of_its_dimensions(monitoring):
    for queue in ("a", "b"):
        by = [{"Name": "Queue", "Value": queue}]
        monitoring.alarm(f"of-{queue}", MetricName="of", Dimensions=by)
    found = monitoring.cloudwatch.describe_alarms_for_metric(
        Namespace="Test", MetricName="of", Dimensions=[{"Name": "Queue", "Value": "b"}]
    )
    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == ["of-b"]


def test_a_dashboard_that_nobody_can_draw_is_refused(monitoring):
    for body in ("{", "[]", "{}"):
        with pytest.raises(ClientError, match="InvalidParameterInput"):
            monitoring.cloudwatch.put_dashboard(DashboardName="broken", DashboardBody=body)


def test_the_query_protocol_tells_the_same(monitoring):
    """Older clients ask in forms and read XML."""
    monitoring.alarm("queried", AlarmActions=["arn:aws:sns:us-east-1:000000000000:nobody"])
    form = {"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": "queried"}
    connection = http.client.HTTPConnection("127.0.0.1", monitoring.gateway.port, timeout=20)
    connection.request(
        "POST",
        "/",
        urlencode(form),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "AWS4-HMAC-SHA256 "
            "Credential=test/20260101/us-east-1/monitoring/aws4_request",
        },
    )
    text = connection.getresponse().read().decode()
    connection.close()
    assert "<AlarmName>queried</AlarmName>" in text
    assert "<member>arn:aws:sns:us-east-1:000000000000:nobody</member>" in text
    assert "<TreatMissingData>notBreaching</TreatMissingData>" in text
    assert re.search(r"<StateUpdatedTimestamp>\d{4}-\d\d-\d\dT[\d:.]+Z<", text)


def test_a_suppressor_holds_actions_back(monitoring):
    """AWS: suppressed while the suppressor is in ALARM; performed after its extension period."""
    topic = monitoring.sns.create_topic(Name="suppressed")["TopicArn"]
    monitoring.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="on-call@example.org")
    for name in ("cause", "symptom"):
        monitoring.alarm(name)
    monitoring.cloudwatch.put_composite_alarm(
        AlarmName="symptom-page",
        AlarmRule="ALARM(symptom)",
        AlarmActions=[topic],
        ActionsSuppressor="cause",
        ActionsSuppressorWaitPeriod=7200,
        ActionsSuppressorExtensionPeriod=0,
    )
    set_state(monitoring, "cause", "ALARM")
    set_state(monitoring, "symptom", "ALARM")
    page = monitoring.described("symptom-page")
    assert (page["StateValue"], page["ActionsSuppressedBy"]) == ("ALARM", "Alarm")
    assert monitoring.inbox(topic) == []
    set_state(monitoring, "cause", "OK")
    deadline = time.monotonic() + 20
    while not monitoring.inbox(topic):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "ActionsSuppressedBy" not in monitoring.described("symptom-page")
    # Nobody is in ALARM: the suppressor is waited for.
    set_state(monitoring, "symptom", "OK")
    page = monitoring.described("symptom-page")
    assert (page["StateValue"], page["ActionsSuppressedBy"]) == ("OK", "WaitPeriod")
    assert len(monitoring.inbox(topic)) == 1


def test_a_suppressor_must_be_there_with_its_periods(monitoring):
    put = monitoring.cloudwatch.put_composite_alarm
    periods = {"ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1}
    with pytest.raises(ClientError, match="nobody does not exist"):
        put(AlarmName="c", AlarmRule="TRUE", ActionsSuppressor="nobody", **periods)
    with pytest.raises(ClientError, match="are required with ActionsSuppressor"):
        put(AlarmName="c", AlarmRule="TRUE", ActionsSuppressor="nobody")
    with pytest.raises(ClientError, match="Error in AlarmRule"):
        put(AlarmName="c", AlarmRule="ALARM(x) XOR OK(y)")
