"""How often SNS tries, and how long it waits between."""

from __future__ import annotations

import json

import pytest

from localaws.sns.retries import delays, is_worth_retrying, retry_policy


def waits(**policy: object) -> list[float]:
    return delays(retry_policy("", json.dumps({"healthyRetryPolicy": policy})))


def test_without_a_policy_three_times_every_20_seconds() -> None:
    assert delays(retry_policy("", "")) == [20.0, 20.0, 20.0]


def test_a_policy_has_four_phases() -> None:
    policy = {
        "numRetries": 7,
        "numNoDelayRetries": 1,
        "numMinDelayRetries": 2,
        "numMaxDelayRetries": 1,
        "minDelayTarget": 1,
        "maxDelayTarget": 9,
    }
    assert waits(**policy) == [0.0, 1.0, 1.0, 1.0, 5.0, 9.0, 9.0]
    assert waits(**policy, backoffFunction="exponential") == pytest.approx(
        [0.0, 1.0, 1.0, 1.0, 3.0, 9.0, 9.0]
    )


def test_a_topic_may_forbid_policies_of_its_subscriptions() -> None:
    topic = {
        "http": {
            "defaultHealthyRetryPolicy": {"numRetries": 1},
            "disableSubscriptionOverrides": True,
        }
    }
    own = json.dumps({"healthyRetryPolicy": {"numRetries": 5}})
    assert delays(retry_policy(json.dumps(topic), own)) == [20.0]


def test_a_refusal_is_final_but_a_failure_is_not() -> None:
    assert [is_worth_retrying(status) for status in (None, 500, 503, 429, 400, 404)] == [
        *(True, True, True, True, False, False)
    ]
