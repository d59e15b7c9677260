"""The end of a deployment says where things are, and which alarms nobody would hear of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from whereabouts import whereabouts

ACCOUNT = "111122223333"


class Account:
    """What AWS answers; `topics` has the subscriptions of each topic, by its ARN."""

    def __init__(self, partition: str, region: str, topics: dict[str, list[dict[str, str]]]):
        self.region = region
        self.endpoint_url = None
        self._partition = partition
        self._topics = topics

    def client(self, _service: str) -> Any:
        return self

    def get_caller_identity(self) -> Any:
        return {"Arn": f"arn:{self._partition}:sts::{ACCOUNT}:assumed-role/admin/somebody"}

    def describe_stacks(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _get_rest_apis(self) -> Any:
        yield {"items": [{"id": "theirs", "name": "another"}]}
        yield {"items": [{"id": "ours", "name": "rlm-prod-api"}]}

    def _list_subscriptions_by_topic(self, TopicArn: str) -> Any:  # noqa: N803 - boto3's name
        if TopicArn not in self._topics:
            raise ClientError({"Error": {"Code": "NotFound"}}, "ListSubscriptionsByTopic")
        for one in self._topics[TopicArn]:
            yield {"Subscriptions": [one]}


def said(partition: str = "aws", region: str = "eu-west-1", **topics: list[str]) -> list[str]:
    """`topics` has the ARNs of their subscriptions."""
    there = {
        f"arn:{partition}:sns:{region}:{ACCOUNT}:rlm-prod-{name}": [
            {"Endpoint": f"{number}@example.org", "SubscriptionArn": arn}
            for number, arn in enumerate(arns)
        ]
        for name, arns in topics.items()
    }
    target: Any = Account(partition, region, there)
    return whereabouts("prod", ACCOUNT, target)


def test_topic_that_nobody_hears_of_is_named_with_the_setting():
    told = said(page=[], ticket=["arn:of-a-subscription"])
    assert [line for line in told if "nobody hears" in line] == [
        "nobody hears of rlm-prod-page: set page_emails of prod in infra/aws/environments.py,"
        " and deploy again"
    ]


def test_subscription_that_ended_is_nobody():
    (line,) = (line for line in said(page=["Deleted"], ticket=["arn:x"]) if "nobody hears" in line)
    assert "rlm-prod-page" in line


def test_who_has_not_confirmed_is_named_and_is_somebody():
    told = said(page=["arn:x"], ticket=["arn:y", "PendingConfirmation"])
    assert told[-1] == "not confirmed yet, so no alarm reaches them: 1@example.org (ticket)"
    assert not [line for line in told if "nobody hears" in line]


def test_without_the_topics_nothing_is_said_of_them():
    assert not [line for line in said() if "hears" in line or "confirmed" in line]


@pytest.mark.parametrize(
    ("partition", "region", "suffix", "console"),
    [
        ("aws", "eu-west-1", "amazonaws.com", "console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "amazonaws.com.cn", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "amazonaws.com", "console.amazonaws-us-gov.com"),
    ],
)
def test_addresses_are_those_of_the_partition(partition, region, suffix, console):
    told = said(partition, region, page=[], ticket=[])
    assert f"API               https://ours.execute-api.{region}.{suffix}/v1" in told
    assert sum(f"https://{region}.{console}/" in line for line in told) == 2
    assert sum("nobody hears" in line for line in told) == 2
