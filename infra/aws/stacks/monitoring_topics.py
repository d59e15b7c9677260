"""The two topics that alarms reach people by: what wakes them, and what can wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from rlm import names

if TYPE_CHECKING:
    from environments import Environment

_TITLES: Final = {"page": "RLM: wakes people", "ticket": "RLM: can wait until morning"}
# Who publishes to them.
_SPEAKERS: Final = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")


def alarm_topics(stack: cdk.Stack, environment: Environment) -> dict[str, sns.Topic]:
    """By severity; encrypted with a key of their own, since CloudWatch cannot use SNS's."""
    key = kms.Key(
        stack,
        "AlarmKey",
        description=f"Messages of alarms of {environment.name}",
        enable_key_rotation=True,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsAreEncrypted",
            principals=[iam.ServicePrincipal(speaker) for speaker in _SPEAKERS],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            # In a key's policy this is the key. No condition on the account: the calls come through
            # SNS, whose topics say whose alarms may publish.
            resources=["*"],
        )
    )
    addresses = {"page": environment.page_emails, "ticket": environment.ticket_emails}
    return {
        severity: _topic(stack, environment, severity, key, addresses[severity])
        for severity in names.ALARM_TOPICS
    }


def _topic(
    stack: cdk.Stack,
    environment: Environment,
    severity: str,
    key: kms.Key,
    addresses: tuple[str, ...],
) -> sns.Topic:
    topic = sns.Topic(
        stack,
        f"{severity.title()}Topic",
        topic_name=names.alarm_topic(environment.name, severity),
        display_name=_TITLES[severity],
        master_key=key,
        enforce_ssl=True,
    )
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsPublish",
            principals=[iam.ServicePrincipal(speaker) for speaker in _SPEAKERS],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    for address in addresses:
        topic.add_subscription(subscriptions.EmailSubscription(address))
    return topic
