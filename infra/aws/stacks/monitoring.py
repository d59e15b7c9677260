"""Who learns of what goes wrong: the alarms of `rlm.monitoring`, topics, dashboard and budget.

Everything is named by the catalog; the stack refers to no other, and comes after all of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from rlm import names
from rlm.monitoring.alarms import (
    Thresholds,
    acts_by_itself,
    budget,
    metric_alarms,
    page_alarms,
    ticket_alarms,
)
from rlm.monitoring.dashboard import dashboard_body
from stacks.monitoring_alarms import add_metric_alarm, add_page_alarm, add_ticket_alarm
from stacks.monitoring_budget import add_budget
from stacks.monitoring_logs import add_metric_filters
from stacks.monitoring_topics import alarm_topics

if TYPE_CHECKING:
    from constructs import Construct

    from environments import Environment


class MonitoringStack(cdk.Stack):
    """The metrics of other stacks' resources, by their names."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(scope, construct_id, description="RLM: alarms, and whom they reach")
        env = environment.name
        thresholds = Thresholds(
            endpoint_latency_p99_milliseconds=environment.endpoint_latency_p99_milliseconds,
            monthly_dollars=environment.monthly_budget_dollars,
        )
        topics = alarm_topics(self, environment)
        add_metric_filters(self, env)
        alarms = metric_alarms(env, thresholds)
        made: dict[str, cdk.CfnResource] = {}
        for alarm in alarms:
            topic = topics["ticket"] if acts_by_itself(alarm) else None
            made[alarm.name] = add_metric_alarm(self, alarm, topic)
        pages = page_alarms(env, alarms)
        for page in pages:
            made[page.name] = add_page_alarm(self, page, topics["page"], made)
        for ticket in ticket_alarms(env, alarms):
            add_ticket_alarm(self, ticket, topics["ticket"], made)
        add_budget(self, budget(env, thresholds), env, topics["ticket"])
        dashboard = cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=names.monitoring_dashboard(env),
            dashboard_body=cdk.Fn.sub(json.dumps(dashboard_body(env, alarms, pages))),
        )
        # Tags of dashboards are new: CloudFormation of some regions does not know them.
        for tag in ("project", "environment"):
            cdk.Tags.of(dashboard).remove(tag)
