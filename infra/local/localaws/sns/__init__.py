"""SNS's deliveries: e-mail to an inbox that everybody can look at, HTTP to this machine.

ministack keeps topics and subscriptions, and delivers to queues and functions.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.ministack_sns_seam import Message, MinistackSns, Subscriber
from localaws.sns.deliveries import Deliveries, refusal
from localaws.sns.envelopes import confirmation, notification
from localaws.sns.inbox import Inbox
from localaws.sns.retries import retry_policy

if TYPE_CHECKING:
    from localaws.host import Host, InProcessCall

_log = logging.getLogger("localaws.sns")
_HTTP = ("http", "https")


def register(host: Host) -> None:
    """Take what ministack would send by HTTP or e-mail, and show the inbox."""
    inbox = Inbox(host.store)

    def give_up(delivery: dict[str, Any]) -> None:
        put_aside(host.call, delivery)

    deliveries = Deliveries(host.store, give_up)
    url = host.options.endpoint_url

    def deliver(message: Message, subscriber: Subscriber) -> None:
        if subscriber.protocol not in _HTTP:
            inbox.add(message, subscriber.endpoint, subscriber.protocol)
            return
        posted = notification(message, subscriber.arn, url, time.time(), is_raw=subscriber.is_raw)
        policy = retry_policy(subscriber.topic_policy, subscriber.policy)
        deliveries.add(posted, subscriber.endpoint, policy, subscriber.redrive_policy)

    def confirm(topic: str, subscriber: Subscriber) -> None:
        posted = confirmation(
            *(str(uuid.uuid4()), topic, subscriber.arn, subscriber.token, url, time.time())
        )
        policy = retry_policy(subscriber.topic_policy, subscriber.policy)
        deliveries.add(posted, subscriber.endpoint, policy)

    MinistackSns().deliver_with(deliver, confirm, _refusal)
    host.operations.add_routes("", inbox.routes())
    host.on_start.append(deliveries.start)
    host.on_stop.append(deliveries.stop)


def put_aside(call: InProcessCall, delivery: dict[str, Any]) -> None:
    """Send what could not be delivered to the dead-letter queue that its subscription names."""
    if not delivery["dead_letters"]:
        return
    try:
        queue = str(json.loads(delivery["dead_letters"])["deadLetterTargetArn"])
        _, _, _, region, account, name = queue.split(":")
        scope = {"region": region, "account": account}
        found = call("sqs", "GetQueueUrl", {"QueueName": name}, **scope)
        body = {"QueueUrl": found["QueueUrl"], "MessageBody": delivery["posted"]["body"]}
        call("sqs", "SendMessage", body, **scope)
    except (AwsError, TimeoutError, KeyError, TypeError, ValueError) as error:
        policy = delivery["dead_letters"]
        _log.warning("%s: the dead-letter queue does not take it: %r", policy, error)


def _refusal(protocol: str, endpoint: str) -> str:
    if protocol in _HTTP:
        return refusal(endpoint)
    if protocol in ("sms", "application", "firehose"):
        return f"the local AWS does not deliver by {protocol}"
    return ""
