"""Monitoring as a template makes it: nothing of it is dropped."""

from __future__ import annotations

import json
import time

import pytest

pytestmark = pytest.mark.slow


def wait(api, name):
    deadline = time.monotonic() + 60
    while True:
        (stack,) = api.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack["StackStatus"]
        assert time.monotonic() < deadline, f"{name} is still {stack['StackStatus']}"
        time.sleep(0.05)


def deploy(monitoring, name, resources, change="create"):
    api = monitoring.gateway.client("cloudformation")
    call = api.create_stack if change == "create" else api.update_stack
    call(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    return wait(api, name)


def reasons(monitoring, name):
    api = monitoring.gateway.client("cloudformation")
    return " ".join(
        event.get("ResourceStatusReason", "")
        for event in api.describe_stack_events(StackName=name)["StackEvents"]
    )


def resource(kind, **properties):
    return {"Type": kind, "Properties": properties}


def watching(threshold="0.05"):
    stat = {
        "Metric": {
            "Namespace": "Stack",
            "MetricName": "Bad",
            "Dimensions": [{"Name": "environment", "Value": "dev"}],
        },
        "Period": 3600,
        "Stat": "Sum",
    }
    return {
        "Topic": resource("AWS::SNS::Topic", TopicName="stack-page", DisplayName="Page"),
        "Mail": resource(
            "AWS::SNS::Subscription",
            TopicArn={"Ref": "Topic"},
            Protocol="email",
            Endpoint="on-call@example.org",
        ),
        "Policy": resource(
            "AWS::SNS::TopicPolicy",
            Topics=[{"Ref": "Topic"}],
            PolicyDocument={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudwatch.amazonaws.com"},
                        "Action": "sns:Publish",
                        "Resource": {"Ref": "Topic"},
                    }
                ],
            },
        ),
        "Share": resource(
            "AWS::CloudWatch::Alarm",
            AlarmName="stack-share",
            AlarmDescription="Too many are bad",
            Metrics=[
                {"Id": "bad", "MetricStat": stat, "ReturnData": "false"},
                {"Id": "share", "Expression": "bad / 10", "Label": "Share"},
            ],
            EvaluationPeriods="1",
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            Tags=[{"Key": "severity", "Value": "page"}],
        ),
        "Both": resource(
            "AWS::CloudWatch::CompositeAlarm",
            AlarmName="stack-both",
            AlarmRule={"Fn::Sub": 'ALARM("${Share}")'},
            AlarmActions=[{"Ref": "Topic"}],
        ),
        "Board": resource(
            "AWS::CloudWatch::Dashboard",
            DashboardName="stack-board",
            DashboardBody=json.dumps({"widgets": []}),
        ),
        "Budget": resource(
            "AWS::Budgets::Budget",
            Budget={
                "BudgetName": "stack-budget",
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": 50, "Unit": "USD"},
            },
            NotificationsWithSubscribers=[
                {
                    "Notification": {
                        "NotificationType": "ACTUAL",
                        "ComparisonOperator": "GREATER_THAN",
                        "Threshold": 80,
                    },
                    "Subscribers": [{"SubscriptionType": "SNS", "Address": {"Ref": "Topic"}}],
                }
            ],
        ),
        "Key": resource("AWS::KMS::Key", Description="stack", EnableKeyRotation=True, KeyPolicy={}),
        "Alias": resource(
            "AWS::KMS::Alias", AliasName="alias/stack-key", TargetKeyId={"Ref": "Key"}
        ),
        "Group": resource("AWS::Logs::LogGroup", LogGroupName="/stack/app"),
        "Errors": resource(
            "AWS::Logs::MetricFilter",
            LogGroupName={"Ref": "Group"},
            FilterName="errors",
            FilterPattern='{ $.level = "ERROR" }',
            MetricTransformations=[
                {
                    "MetricName": "Errors",
                    "MetricNamespace": "Stack",
                    "MetricValue": "1",
                    "DefaultValue": 0,
                    "Unit": "Count",
                }
            ],
        ),
    }


def test_a_stack_of_monitoring_is_made_changed_and_deleted(monitoring):
    made = deploy(monitoring, "monitoring", watching())
    assert made == "CREATE_COMPLETE", reasons(monitoring, "monitoring")
    cloudwatch = monitoring.cloudwatch
    share = monitoring.described("stack-share")
    assert share["Metrics"][0]["ReturnData"] is False
    assert share["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "environment", "Value": "dev"}
    ]
    assert (share["Threshold"], share["EvaluationPeriods"]) == (0.05, 1)
    tags = cloudwatch.list_tags_for_resource(ResourceARN=share["AlarmArn"])["Tags"]
    assert {"Key": "severity", "Value": "page"} in tags
    topic = "arn:aws:sns:us-east-1:000000000000:stack-page"
    data = {
        "MetricName": "Bad",
        "Dimensions": [{"Name": "environment", "Value": "dev"}],
        "Value": 1,
    }
    cloudwatch.put_metric_data(Namespace="Stack", MetricData=[data])
    assert monitoring.state("stack-both") == "ALARM"
    (mail,) = monitoring.inbox(topic)
    assert mail["subject"].startswith('ALARM: "stack-both"')

    budgets = monitoring.gateway.client("budgets")
    (budget,) = budgets.describe_budgets(AccountId="000000000000")["Budgets"]
    assert budget["BudgetLimit"] == {"Amount": "50", "Unit": "USD"}
    assert budget["CalculatedSpend"]["ActualSpend"] == {"Amount": "0", "Unit": "USD"}
    (notified,) = budgets.describe_notifications_for_budget(
        AccountId="000000000000", BudgetName="stack-budget"
    )["Notifications"]
    assert notified["Threshold"] == 80.0
    (errors,) = monitoring.logs.describe_metric_filters(logGroupName="/stack/app")["metricFilters"]
    assert errors["metricTransformations"] == [
        {
            "metricName": "Errors",
            "metricNamespace": "Stack",
            "metricValue": "1",
            "defaultValue": 0.0,
            "unit": "Count",
        }
    ]

    changed = watching("0.5")
    changed["Budget"]["Properties"]["Budget"]["BudgetLimit"]["Amount"] = 60
    made = deploy(monitoring, "monitoring", changed, "update")
    assert made == "UPDATE_COMPLETE", reasons(monitoring, "monitoring")
    assert monitoring.described("stack-share")["Threshold"] == 0.5
    (budget,) = budgets.describe_budgets(AccountId="000000000000")["Budgets"]
    assert budget["BudgetLimit"]["Amount"] == "60"

    api = monitoring.gateway.client("cloudformation")
    (stack,) = api.describe_stacks(StackName="monitoring")["Stacks"]
    api.delete_stack(StackName="monitoring")
    assert wait(api, stack["StackId"]) == "DELETE_COMPLETE"
    found = cloudwatch.describe_alarms(
        AlarmNamePrefix="stack-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    assert found["MetricAlarms"] + found["CompositeAlarms"] == []
    assert budgets.describe_budgets(AccountId="000000000000").get("Budgets", []) == []


def test_a_property_that_is_not_served_fails_its_resource(monitoring):
    budget = watching()["Budget"]
    budget["Properties"]["Nonsense"] = "x"
    budget["Properties"]["NotificationsWithSubscribers"] = []
    assert deploy(monitoring, "dropped", {"Budget": budget}) == "ROLLBACK_COMPLETE"
    assert "AWS::Budgets::Budget: the local AWS does not serve Nonsense" in reasons(
        monitoring, "dropped"
    )
