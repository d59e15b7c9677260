"""Topics, and what their subscribers get by HTTP and e-mail."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow


def wait_for(look):
    deadline = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.05)
    return found


def test_a_subscriber_confirms_and_is_notified(monitoring, subscriber):
    sns = monitoring.sns
    topic = sns.create_topic(Name="confirmed")["TopicArn"]
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=subscriber.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=topic, Message="too early")
    (asked,) = wait_for(lambda: subscriber.heard)
    assert asked.kind == "SubscriptionConfirmation"
    assert asked.envelope["TopicArn"] == topic
    assert "ConfirmSubscriptionResult" in subscriber.confirm()
    sent = sns.publish(
        TopicArn=topic,
        Subject="Hello",
        Message="in time",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
    )
    (heard,) = wait_for(subscriber.notifications)
    envelope = heard.envelope
    assert (envelope["Type"], envelope["Subject"]) == ("Notification", "Hello")
    assert envelope["Message"] == "in time"
    assert envelope["MessageId"] == sent["MessageId"]
    assert envelope["MessageAttributes"] == {"kind": {"Type": "String", "Value": "test"}}
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert {
        name: heard.headers[name]
        for name in ("x-amz-sns-topic-arn", "x-amz-sns-subscription-arn", "content-type")
    } == {
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": subscription["SubscriptionArn"],
        "content-type": "text/plain; charset=UTF-8",
    }
    assert "UnsubscribeResponse" in subscriber.visit(envelope["UnsubscribeURL"])
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_subscriber_that_fails_is_tried_again_as_its_policy_says(monitoring, subscriber):
    sns = monitoring.sns
    topic = sns.create_topic(Name="retried")["TopicArn"]
    policy = {"numRetries": 2, "numNoDelayRetries": 2, "minDelayTarget": 1, "maxDelayTarget": 1}
    sns.subscribe(
        TopicArn=topic,
        Protocol="http",
        Endpoint=subscriber.url,
        Attributes={
            "DeliveryPolicy": json.dumps({"healthyRetryPolicy": policy}),
            "RawMessageDelivery": "true",
        },
    )
    subscriber.confirm()
    subscriber.statuses = [500, 503, 200]
    sns.publish(TopicArn=topic, Message="at last")
    wait_for(lambda: len(subscriber.notifications()) == 3)
    assert {heard.body for heard in subscriber.notifications()} == {"at last"}
    assert subscriber.heard[-1].headers["x-amz-sns-rawdelivery"] == "true"


def test_what_nobody_takes_goes_to_the_dead_letters(monitoring, subscriber):
    sns, sqs = monitoring.sns, monitoring.gateway.client("sqs")
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    topic = sns.create_topic(Name="dead")["TopicArn"]
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    sns.subscribe(
        TopicArn=topic,
        Protocol="http",
        Endpoint=subscriber.url,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn})},
    )
    subscriber.confirm()
    subscriber.statuses = [404]
    sns.publish(TopicArn=topic, Message="lost")
    (letter,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    assert json.loads(letter["Body"])["Message"] == "lost"


def test_only_this_machine_is_called(monitoring):
    topic = monitoring.sns.create_topic(Name="outside")["TopicArn"]
    with pytest.raises(ClientError, match="this machine only"):
        monitoring.sns.subscribe(
            TopicArn=topic, Protocol="https", Endpoint="https://hooks.example.org/x"
        )
    with pytest.raises(ClientError, match="is no URL"):
        monitoring.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://[")
    with pytest.raises(ClientError, match="does not deliver by sms"):
        monitoring.sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")


def test_the_inbox_shows_what_was_sent_newest_first(monitoring):
    topic = monitoring.sns.create_topic(Name="inbox")["TopicArn"]
    monitoring.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.org")
    for text in ("first", "second"):
        monitoring.sns.publish(TopicArn=topic, Subject="A subject", Message=text)
    assert [mail["message"] for mail in monitoring.inbox(topic)] == ["second", "first"]
    status, page = monitoring.gateway.get("/inbox/")
    assert status == 200
    assert b"inbox.js" in page
    assert monitoring.gateway.get("/inbox/nothing")[0] == 404
    assert monitoring.gateway.get("/inbox")[0] == 308


def test_monitoring_survives_a_kill(new_gateway, subscriber):
    gateway = new_gateway()
    sns = gateway.client("sns")
    topic = sns.create_topic(Name="kept")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.org")
    policy = {"numRetries": 3, "minDelayTarget": 1, "maxDelayTarget": 1}
    sns.subscribe(
        TopicArn=topic,
        Protocol="http",
        Endpoint=subscriber.url,
        Attributes={"DeliveryPolicy": json.dumps({"healthyRetryPolicy": policy})},
    )
    subscriber.confirm()
    before = watch_something(gateway)
    subscriber.statuses = [503]
    sns.publish(TopicArn=topic, Message="kept")
    wait_for(lambda: not subscriber.statuses)
    gateway.kill()
    gateway.start()
    (mail,) = json.loads(gateway.get("/inbox/messages")[1])["messages"]
    assert mail["message"] == "kept"
    refused, delivered = wait_for(
        lambda: subscriber.notifications()[1:] and subscriber.notifications()
    )
    assert refused.body == delivered.body
    # The subscriber is confirmed still.
    sns.publish(TopicArn=topic, Message="after")
    last = wait_for(lambda: subscriber.notifications()[2:])
    assert last[0].envelope["Message"] == "after"
    assert described(gateway) == before


def watch_something(gateway):
    """An alarm on an expression, a composite one and a metric filter; what is said of them."""
    cloudwatch, logs = gateway.client("cloudwatch"), gateway.client("logs")
    metric = {"Namespace": "Test", "MetricName": "m"}
    cloudwatch.put_metric_alarm(
        AlarmName="child",
        Metrics=[
            {
                "Id": "m",
                "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"},
                "ReturnData": False,
            },
            {"Id": "e", "Expression": "m / 2"},
        ],
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.put_composite_alarm(
        AlarmName="parent",
        AlarmRule="ALARM(child)",
        ActionsSuppressor="child",
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=60,
    )
    logs.create_log_group(logGroupName="/kept")
    logs.put_metric_filter(
        logGroupName="/kept",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[
            {"metricName": "Errors", "metricNamespace": "Test", "metricValue": "1"}
        ],
    )
    return described(gateway)


def described(gateway):
    alarms = gateway.client("cloudwatch").describe_alarms(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    filters = gateway.client("logs").describe_metric_filters(logGroupName="/kept")
    return alarms["MetricAlarms"], alarms["CompositeAlarms"], filters["metricFilters"]
