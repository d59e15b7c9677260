"""Alarms of the catalog as CloudFormation has them, value for value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_cloudwatch as cloudwatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aws_cdk as cdk
    from aws_cdk import aws_sns as sns

    from rlm.monitoring.alarm import Alarm, PageAlarm, Reading, TicketAlarm

_STATISTICS: Final = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


def add_metric_alarm(
    stack: cdk.Stack, alarm: Alarm, topic: sns.Topic | None
) -> cloudwatch.CfnAlarm:
    """Tells `topic` when it goes off and when it is over; without one, composite alarms do."""
    actions = [topic.topic_arn] if topic else None
    made = cloudwatch.CfnAlarm(
        stack,
        _construct_id(alarm.name),
        alarm_name=alarm.name,
        alarm_description=alarm.full_description,
        comparison_operator=alarm.comparison,
        threshold=alarm.threshold,
        evaluation_periods=alarm.evaluation_periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm,
        treat_missing_data=alarm.missing_data,
        alarm_actions=actions,
        ok_actions=actions,
    )
    if len(alarm.readings) == 1:
        _read_one(made, alarm.readings[0], alarm.period_seconds)
    else:
        made.metrics = [*_sum(alarm)]
    return made


def add_page_alarm(
    stack: cdk.Stack, page: PageAlarm, topic: sns.Topic, made: Mapping[str, cdk.CfnResource]
) -> cloudwatch.CfnCompositeAlarm:
    """`made` are the alarms that there are: CloudWatch refuses a rule about others."""
    alarm = cloudwatch.CfnCompositeAlarm(
        stack,
        _construct_id(page.name),
        alarm_name=page.name,
        alarm_description=page.full_description,
        alarm_rule=page.rule,
        alarm_actions=[topic.topic_arn],
        ok_actions=[topic.topic_arn],
    )
    for name in page.alarm_names:
        alarm.add_resource_dependency(made[name])
    return alarm


def add_ticket_alarm(
    stack: cdk.Stack, ticket: TicketAlarm, topic: sns.Topic, made: Mapping[str, cdk.CfnResource]
) -> cloudwatch.CfnCompositeAlarm:
    """Its actions wait for the page that would say the same."""
    alarm = cloudwatch.CfnCompositeAlarm(
        stack,
        _construct_id(ticket.name),
        alarm_name=ticket.name,
        alarm_description=ticket.full_description,
        alarm_rule=ticket.rule,
        alarm_actions=[topic.topic_arn],
        ok_actions=[topic.topic_arn],
        actions_suppressor=ticket.suppressor,
        actions_suppressor_wait_period=ticket.wait_seconds,
        actions_suppressor_extension_period=ticket.wait_seconds,
    )
    for name in (*ticket.alarm_names, ticket.suppressor):
        alarm.add_resource_dependency(made[name])
    return alarm


def _construct_id(name: str) -> str:
    """`DagBuildMartsStale` of `rlm-dev-dag-build_marts-stale`: the same in every environment."""
    _, _, *parts = name.replace("_", "-").split("-")
    return "".join(part[0].upper() + part[1:] for part in parts)


def _dimensions(reading: Reading) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value) for name, value in reading.by
    ]


def _read_one(alarm: cloudwatch.CfnAlarm, reading: Reading, period_seconds: int) -> None:
    alarm.namespace = reading.metric.namespace
    alarm.metric_name = reading.metric.name
    alarm.period = period_seconds
    if reading.by:
        alarm.dimensions = [*_dimensions(reading)]
    if reading.statistic in _STATISTICS:
        alarm.statistic = reading.statistic
    else:
        alarm.extended_statistic = reading.statistic


def _sum(alarm: Alarm) -> list[cloudwatch.CfnAlarm.MetricDataQueryProperty]:
    queries = [
        cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id=f"m{number}",
            return_data=False,
            metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                metric=cloudwatch.CfnAlarm.MetricProperty(
                    namespace=reading.metric.namespace,
                    metric_name=reading.metric.name,
                    dimensions=_dimensions(reading),
                ),
                period=alarm.period_seconds,
                stat=reading.statistic,
            ),
        )
        for number, reading in enumerate(alarm.readings)
    ]
    total = cloudwatch.CfnAlarm.MetricDataQueryProperty(
        id="total", expression="SUM(METRICS())", label=alarm.kind, return_data=True
    )
    return [*queries, total]
