"""Alarms as they are deployed: those of the catalog, each reaching people by one way."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from templates import environment, resources

from environments import ENVIRONMENTS
from rlm import names
from rlm.monitoring.alarms import (
    Thresholds,
    acts_by_itself,
    metric_alarms,
    page_alarms,
    ticket_alarms,
)

if TYPE_CHECKING:
    from assembly import Assembly
    from rlm.monitoring.alarm import Alarm

pytestmark = pytest.mark.slow  # synthesis starts Node


def catalog(env: str) -> tuple[Alarm, ...]:
    settings = ENVIRONMENTS[env]
    return metric_alarms(
        env,
        Thresholds(settings.endpoint_latency_p99_milliseconds, settings.monthly_budget_dollars),
    )


def topic(assembly: Assembly, severity: str) -> str:
    """The logical id of the topic."""
    name = names.alarm_topic(environment(assembly), severity)
    topics = resources(assembly, "AWS::SNS::Topic")
    (found,) = (logical_id for logical_id, made in topics if made["TopicName"] == name)
    return found


def test_every_alarm_of_the_catalog_is_deployed_and_no_other(assembly):
    env = environment(assembly)
    deployed = {
        made["AlarmName"]: made for _, made in resources(assembly, "AWS::CloudWatch::Alarm")
    }
    assert set(deployed) == {alarm.name for alarm in catalog(env)}
    ticket = [{"Ref": topic(assembly, "ticket")}]
    for alarm in catalog(env):
        made = deployed[alarm.name]
        assert made["AlarmDescription"].endswith(alarm.runbook)
        assert made["TreatMissingData"] == alarm.missing_data
        expected = ticket if acts_by_itself(alarm) else None
        assert made.get("AlarmActions") == expected
        assert made.get("OKActions") == expected


def test_only_composite_alarms_wake_people(assembly):
    env = environment(assembly)
    composites = {
        made["AlarmName"]: made
        for _, made in resources(assembly, "AWS::CloudWatch::CompositeAlarm")
    }
    page = [{"Ref": topic(assembly, "page")}]
    pages = {one.name for one in page_alarms(env, catalog(env))}
    assert {name for name, made in composites.items() if made["AlarmActions"] == page} == pages
    tickets = {one.name: one for one in ticket_alarms(env, catalog(env))}
    assert set(composites) == pages | set(tickets)
    for name, ticket in tickets.items():
        assert composites[name]["ActionsSuppressor"] == ticket.suppressor
        assert composites[name]["ActionsSuppressorWaitPeriod"] == 180


def test_composite_alarms_come_after_what_they_speak_of(assembly):
    """CloudWatch refuses a rule, and a suppressor, that names an alarm which is not there."""
    template = assembly.template(names.stack(environment(assembly), "monitoring"))["Resources"]
    ids = {
        made["Properties"]["AlarmName"]: logical_id
        for logical_id, made in template.items()
        if "Alarm" in made["Type"]
    }
    composites = [m for m in template.values() if m["Type"] == "AWS::CloudWatch::CompositeAlarm"]
    assert composites
    for made in composites:
        properties = made["Properties"]
        named = set(re.findall(r'ALARM\("([^"]+)"\)', properties["AlarmRule"]))
        assert named
        named |= {properties["ActionsSuppressor"]} if "ActionsSuppressor" in properties else set()
        assert {ids[name] for name in named} == set(made["DependsOn"])


def test_topics_are_encrypted_and_cloudwatch_may_use_key_and_topic(assembly):
    template = assembly.template(names.stack(environment(assembly), "monitoring"))["Resources"]
    ((key_id, key),) = (
        (logical_id, made["Properties"])
        for logical_id, made in template.items()
        if made["Type"] == "AWS::KMS::Key"
    )
    assert key["EnableKeyRotation"] is True
    assert {"Service": ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]} in [
        {"Service": sorted(statement["Principal"].get("Service", []))}
        for statement in key["KeyPolicy"]["Statement"]
    ]
    for _, made in resources(assembly, "AWS::SNS::Topic"):
        assert made["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
    policies = resources(assembly, "AWS::SNS::TopicPolicy")
    assert len(policies) == len(names.ALARM_TOPICS)
    for _, policy in policies:
        by_id = {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}
        assert by_id["AlarmsPublish"]["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }
        assert by_id["AllowPublishThroughSSLOnly"]["Effect"] == "Deny"


def test_nobody_is_subscribed_unless_the_settings_say_so(assembly):
    template = assembly.template(names.stack(environment(assembly), "monitoring"))["Resources"]
    assert not [made for made in template.values() if made["Type"] == "AWS::SNS::Subscription"]


def test_addresses_of_the_settings_are_subscribed_by_severity():
    import dataclasses

    import aws_cdk as cdk
    from aws_cdk.assertions import Template

    from stacks.monitoring import MonitoringStack

    settings = dataclasses.replace(
        ENVIRONMENTS["dev"],
        page_emails=("duty@example.org",),
        ticket_emails=("a@example.org", "b@example.org"),
    )
    made = Template.from_stack(MonitoringStack(cdk.App(), "monitoring", settings))
    found = made.find_resources("AWS::SNS::Subscription").values()
    assert sorted(
        (one["Properties"]["Endpoint"], one["Properties"]["TopicArn"]["Ref"][:4]) for one in found
    ) == [("a@example.org", "Tick"), ("b@example.org", "Tick"), ("duty@example.org", "Page")]


def test_every_function_has_its_errors_counted_in_its_own_log(assembly):
    env = environment(assembly)
    groups = {made["LogGroupName"] for _, made in resources(assembly, "AWS::Logs::LogGroup")}
    filters = {made["LogGroupName"] for _, made in resources(assembly, "AWS::Logs::MetricFilter")}
    assert filters <= groups
    functions = {made["FunctionName"] for _, made in resources(assembly, "AWS::Lambda::Function")}
    assert {f"/aws/lambda/{function}" for function in functions} <= filters
    assert {f"{names.glue_log_prefix(env)}/{stream}" for stream in ("output", "error")} <= filters


def test_dashboard_draws_every_kind_of_alarm_within_its_width(assembly):
    env = environment(assembly)
    ((_, dashboard),) = resources(assembly, "AWS::CloudWatch::Dashboard")
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    titles = {one["properties"].get("title") for one in widgets}
    assert {alarm.kind for alarm in catalog(env)} <= titles
    assert all(one["x"] + one["width"] <= 24 for one in widgets)
    rows = [(one["y"], one["x"]) for one in widgets]
    assert len(rows) == len(set(rows))


def test_budget_of_the_environment_tells_the_ticket_topic(assembly):
    env = environment(assembly)
    ((_, made),) = resources(assembly, "AWS::Budgets::Budget")
    assert made["Budget"]["BudgetLimit"] == {
        "Amount": ENVIRONMENTS[env].monthly_budget_dollars,
        "Unit": "USD",
    }
    assert made["Budget"]["CostFilters"] == {"TagKeyValue": [f"user:environment${env}"]}
    told = made["NotificationsWithSubscribers"]
    assert [one["Notification"]["Threshold"] for one in told] == [80, 100, 100]
    address = [{"SubscriptionType": "SNS", "Address": {"Ref": topic(assembly, "ticket")}}]
    assert all(one["Subscribers"] == address for one in told)
