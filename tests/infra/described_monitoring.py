"""What CloudWatch, SNS and Budgets say of deployed resources, in the words of their templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from described import Deployed

Properties = dict[str, Any]


def alarm(here: Deployed, name: str) -> Properties:
    return _alarm(here, name, "MetricAlarm")


def composite_alarm(here: Deployed, name: str) -> Properties:
    return _alarm(here, name, "CompositeAlarm")


def _alarm(here: Deployed, name: str, kind: str) -> Properties:
    cloudwatch = here.client("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=[kind])
    (described,) = found[f"{kind}s"]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=described["AlarmArn"])["Tags"]
    return dict(described) | {"Tags": tags}


def dashboard(here: Deployed, name: str) -> Properties:
    found = here.client("cloudwatch").get_dashboard(DashboardName=name)
    return {"DashboardName": found["DashboardName"], "DashboardBody": found["DashboardBody"]}


def metric_filter(here: Deployed, name: str) -> Properties:
    """Named by its stack: its log group is found by the filter's name."""
    logs = here.client("logs")
    pages = logs.get_paginator("describe_metric_filters").paginate(filterNamePrefix=name)
    found = [one for page in pages for one in page["metricFilters"] if one["filterName"] == name]
    (described,) = found
    return {
        "LogGroupName": described["logGroupName"],
        "FilterPattern": described["filterPattern"],
        "MetricTransformations": [
            {
                "MetricNamespace": one["metricNamespace"],
                "MetricName": one["metricName"],
                "MetricValue": one["metricValue"],
                "Unit": one.get("unit"),
                "Dimensions": [
                    {"Key": key, "Value": value} for key, value in one.get("dimensions", {}).items()
                ],
            }
            for one in described["metricTransformations"]
        ],
    }


def topic(here: Deployed, arn: str) -> Properties:
    sns = here.client("sns")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    return {
        "TopicName": arn.rpartition(":")[2],
        "DisplayName": attributes["DisplayName"],
        "KmsMasterKeyId": attributes.get("KmsMasterKeyId"),
        "Tags": sns.list_tags_for_resource(ResourceArn=arn)["Tags"],
    }


def topic_policy(here: Deployed, physical_id: str) -> Properties:
    """A policy is the topics' own: those of the template that have it."""
    sns = here.client("sns")
    (wanted,) = (
        here.resolve(here.resource(logical_id)["Properties"])
        for logical_id, found in here.physical_ids.items()
        if found == physical_id
    )
    policies = [
        json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
        for arn in wanted["Topics"]
    ]
    assert all(policy == policies[0] for policy in policies)
    return {"Topics": wanted["Topics"], "PolicyDocument": policies[0]}


def key(here: Deployed, key_id: str) -> Properties:
    kms = here.client("kms")
    policy = kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]
    tags = kms.list_resource_tags(KeyId=key_id)["Tags"]
    return {
        "Description": kms.describe_key(KeyId=key_id)["KeyMetadata"]["Description"],
        "EnableKeyRotation": kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"],
        "KeyPolicy": json.loads(policy),
        "Tags": [{"Key": one["TagKey"], "Value": one["TagValue"]} for one in tags],
    }


def budget(here: Deployed, name: str) -> Properties:
    budgets = here.client("budgets")
    of = {"AccountId": here.account, "BudgetName": name}
    found = budgets.describe_budget(**of)["Budget"]
    limit = found["BudgetLimit"]
    notifications = budgets.describe_notifications_for_budget(**of)["Notifications"]
    return {
        "Budget": found | {"BudgetLimit": {**limit, "Amount": float(limit["Amount"])}},
        "NotificationsWithSubscribers": [
            {
                "Notification": one,
                "Subscribers": budgets.describe_subscribers_for_notification(
                    **of,
                    Notification={k: v for k, v in one.items() if k != "NotificationState"},
                )["Subscribers"],
            }
            for one in notifications
        ],
        "ResourceTags": _tags_of_budget(budgets, here, name),
    }


def _tags_of_budget(budgets: Any, here: Deployed, name: str) -> Any:
    arn = f"arn:aws:budgets::{here.account}:budget/{name}"
    return budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]


MONITORING_DESCRIBERS: dict[str, Callable[[Deployed, str], Properties]] = {
    "AWS::Budgets::Budget": budget,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": composite_alarm,
    "AWS::CloudWatch::Dashboard": dashboard,
    "AWS::KMS::Key": key,
    "AWS::Logs::MetricFilter": metric_filter,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
}
