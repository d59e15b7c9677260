"""Where ministack's SNS hands messages to e-mail and HTTP: `localaws.sns` takes them.

Private to ministack 1.5.33; tests/contract/localaws/test_sns.py holds what is used of it.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MODULE = "ministack.services.sns"
_OURS = ("http", "https", "email", "email-json")
_ARN = re.compile(r"(<SubscriptionArn>).*?(</SubscriptionArn>)")


_ALARMS = "cloudwatch.amazonaws.com"


def publish_for_alarm(topic: str, text: str, subject: str, alarm: str) -> str:
    """Publish on the event loop as CloudWatch does; why it may not or cannot, or ""."""
    sns: Any = importlib.import_module(_MODULE)
    found = sns._topic_by_arn_any_scope(topic)
    if found is None:
        return f"the topic {topic} does not exist"
    if not _lets_alarms_publish(found, topic, alarm):
        return (
            f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {topic} "
            "because no resource-based policy allows the SNS:Publish action"
        )
    sns.publish_internal(topic, text, subject)
    return ""


def _lets_alarms_publish(found: dict[str, Any], topic: str, alarm: str) -> bool:
    """Whether the topic's policy allows it: one that a template gives replaces the open one."""
    policies: Any = importlib.import_module("ministack.core.iam_evaluator")
    _, _, _, region, account, _ = alarm.split(":", 5)
    context = policies.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="sns:Publish",
        resource_arn=topic,
        region=region,
        secure_transport=True,
        service_context={
            "aws:sourcearn": alarm,
            "aws:sourceaccount": account,
            "aws:sourceowner": account,
        },
    )
    policy = found.get("attributes", {}).get("Policy") or ""
    judged = policies.evaluate_resource_policy(policy, context, service=_ALARMS)
    return str(judged.decision) == "Allow"


@dataclass(frozen=True)
class Message:
    """What was published; attributes as Publish takes them."""

    id: str
    topic: str
    subject: str
    text: str
    attributes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Subscriber:
    """Whom a message is for, and what the topic and the subscription say of its delivery."""

    arn: str
    protocol: str
    endpoint: str
    is_raw: bool
    topic_policy: str
    policy: str
    redrive_policy: str
    token: str = ""


class MinistackSns:
    """ministack's topics; on the event loop only, as all of ministack's state."""

    def __init__(self) -> None:
        self._sns: Any = importlib.import_module(_MODULE)

    def deliver_with(
        self,
        deliver: Callable[[Message, Subscriber], None],
        confirm: Callable[[str, Subscriber], None],
        refuse: Callable[[str, str], str],
    ) -> None:
        """Deliver to e-mail and HTTP with these; the other protocols stay ministack's.

        `confirm(topic, subscriber)` asks a new subscriber; `refuse(protocol, endpoint)` says why
        there can be none, or "".
        """
        sns = self._sns
        fan_out, subscribe = sns._fanout, sns._subscribe

        def fanned_out(
            topic_arn: str, identifier: str, text: str, subject: str, *more: Any, **named: Any
        ) -> None:
            structure = more[0] if more else named.get("message_structure", "")
            given = more[1] if len(more) > 1 else named.get("message_attributes")
            attributes = given or {}
            topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
            for sub in list(topic["subscriptions"]):
                if sub.get("protocol") not in _OURS or not sub.get("confirmed"):
                    continue
                told = sns._resolve_message_for_protocol(text, structure, sub["protocol"])
                if sns._matches_filter_policy(sub, attributes, told):
                    message = Message(identifier, topic_arn, subject, told, attributes)
                    deliver(message, _subscriber(topic, sub))
            fan_out(topic_arn, identifier, text, subject, *more, **named)

        async def not_by_ministack(*_: Any) -> None: ...

        async def asked(topic_arn: str, sub: dict[str, Any]) -> None:
            topic = sns._topic_by_arn_any_scope(topic_arn) or {}
            confirm(topic_arn, _subscriber(topic, sub))

        def subscribed(params: dict[str, Any]) -> Any:
            protocol, endpoint = sns._p(params, "Protocol"), sns._p(params, "Endpoint")
            if why := refuse(protocol, endpoint):
                return sns._error("InvalidParameter", f"Invalid parameter: {why}", 400)
            status, headers, body = subscribe(params)
            if status < 400 and sns._p(params, "ReturnSubscriptionArn").lower() == "true":
                arn = self._arn(sns._p(params, "TopicArn"), protocol, endpoint)
                body = _ARN.sub(rf"\g<1>{arn}\g<2>", _text(body)).encode()
            return status, headers, body

        for name in ("_list_subscriptions", "_list_subscriptions_by_topic"):
            setattr(sns, name, self._with_pending(getattr(sns, name)))
        sns._fanout = fanned_out
        sns._deliver_to_http = not_by_ministack
        sns._send_subscription_confirmation = asked
        sns._subscribe = subscribed

    def _with_pending(self, listing: Callable[[dict[str, Any]], Any]) -> Callable[..., Any]:
        """A listing that names no subscription that was not confirmed, as AWS's does not."""

        def listed(params: dict[str, Any]) -> Any:
            status, headers, body = listing(params)
            text = _text(body)
            for topic in self._sns._topics.values():
                for sub in topic["subscriptions"]:
                    if not sub.get("confirmed"):
                        text = text.replace(f">{sub['arn']}<", ">PendingConfirmation<")
            return status, headers, text.encode()

        return listed

    def _arn(self, topic_arn: str, protocol: str, endpoint: str) -> str:
        topic = self._sns._topic_by_arn_any_scope(self._sns._normalize_arn(topic_arn))
        for sub in topic["subscriptions"]:
            if (sub["protocol"], sub["endpoint"]) == (protocol, endpoint):
                return str(sub["arn"])
        raise RuntimeError(f"{endpoint} just subscribed to {topic_arn} and is not there")


def _subscriber(topic: dict[str, Any], sub: dict[str, Any]) -> Subscriber:
    attributes = sub.get("attributes") or {}
    return Subscriber(
        arn=str(sub["arn"]),
        protocol=str(sub["protocol"]),
        endpoint=str(sub["endpoint"]),
        is_raw=attributes.get("RawMessageDelivery") == "true",
        topic_policy=str((topic.get("attributes") or {}).get("DeliveryPolicy") or ""),
        policy=str(attributes.get("DeliveryPolicy") or ""),
        redrive_policy=str(attributes.get("RedrivePolicy") or ""),
        token=str(sub.get("token") or ""),
    )


def _text(body: bytes | str) -> str:
    return body.decode() if isinstance(body, bytes) else body
