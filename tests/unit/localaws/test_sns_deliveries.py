"""What SNS takes for an address, and what becomes of a message that reaches nobody."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from localaws.errors import AwsError
from localaws.sns import put_aside
from localaws.sns.deliveries import Deliveries, refusal
from localaws.sns.envelopes import Posted
from localaws.sns.retries import retry_policy
from localaws.state import Store

if TYPE_CHECKING:
    from pathlib import Path

QUEUE = "arn:aws:sqs:eu-west-1:000000000000:dead"


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("http://localhost:8080/x?y=%C3%BC", ""),
        ("https://user:secret@127.0.0.1/x", ""),  # no secret: made up by a test
        ("http://[::1]:8080/", ""),
        ("http://localhost:99999/x", "is no URL"),
        ("http://localhost:port/x", "is no URL"),
        ("http://127.0.0.1:1/ü", "must be percent-encoded"),
        ("http://[", "is no URL"),
        ("http://example.org/x", "to this machine only"),
        ("localhost", "to this machine only"),
    ],
)
def test_an_endpoint_that_nothing_can_be_sent_to_is_refused(endpoint: str, why: str) -> None:
    assert (why in refusal(endpoint)) if why else (refusal(endpoint) == "")


@pytest.mark.parametrize(
    "endpoint", ["http://localhost:99999/x", "http://127.0.0.1:1/ü", "http://[", "http://a b/"]
)
def test_a_message_to_an_address_that_cannot_be_is_given_up(tmp_path: Path, endpoint: str) -> None:
    """A store of before the refusal may have such subscriptions."""
    store, given_up, is_over = Store(tmp_path / "kept.sqlite"), [], threading.Event()

    def give_up(delivery: dict[str, Any]) -> None:
        given_up.append(delivery["endpoint"])
        is_over.set()

    deliveries = Deliveries(store, give_up)
    deliveries.start()
    once_more = {"healthyRetryPolicy": {"numRetries": 1, "numNoDelayRetries": 1}}
    policy = retry_policy("", json.dumps(once_more))
    deliveries.add(Posted("Notification", "id", "topic", "sub", "body"), endpoint, policy)
    assert is_over.wait(20)
    deliveries.stop()
    assert given_up == [endpoint]


def given_up(policy: str) -> dict[str, Any]:
    return {"dead_letters": policy, "posted": {"body": "lost"}}


def test_a_message_is_put_into_the_queue_of_its_own_region() -> None:
    calls: list[tuple[Any, ...]] = []

    def call(service: str, operation: str, payload: dict[str, Any], **scope: str) -> dict[str, Any]:
        calls.append((operation, payload, scope))
        return {"QueueUrl": "url"}

    put_aside(call, given_up(json.dumps({"deadLetterTargetArn": QUEUE})))
    scope = {"region": "eu-west-1", "account": "000000000000"}
    assert calls == [
        ("GetQueueUrl", {"QueueName": "dead"}, scope),
        ("SendMessage", {"QueueUrl": "url", "MessageBody": "lost"}, scope),
    ]


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        ("{}", None),
        ("[]", None),
        ("{", None),
        (json.dumps({"deadLetterTargetArn": "dead"}), None),
        (json.dumps({"deadLetterTargetArn": QUEUE}), TimeoutError()),
        (json.dumps({"deadLetterTargetArn": QUEUE}), AwsError("NonExistentQueue", "it is gone")),
    ],
)
def test_a_queue_that_does_not_take_it_is_told_of(
    policy: str, error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    def call(*_: Any, **__: str) -> dict[str, Any]:
        assert error is not None
        raise error

    with caplog.at_level(logging.WARNING):
        put_aside(call, given_up(policy))
    (told,) = caplog.messages
    assert told.startswith(f"{policy}: the dead-letter queue does not take it: ")
