"""What SNS sends to subscribers of HTTP: bodies and headers; pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
Nothing signs here: the signature is a text that no certificate stands behind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from localaws.ministack_sns_seam import Message

_SIGNED = {
    "SignatureVersion": "1",
    "Signature": "bm90IHNpZ25lZCBieSB0aGUgbG9jYWwgQVdT",
    "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem",
}


@dataclass(frozen=True)
class Posted:
    """One request to a subscriber."""

    kind: str
    message_id: str
    topic: str
    subscription: str
    body: str
    is_raw: bool = False

    def headers(self) -> dict[str, str]:
        """As SNS names them; an unconfirmed subscription has no ARN to tell."""
        found = {
            "content-type": "text/plain; charset=UTF-8",
            "user-agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": self.kind,
            "x-amz-sns-message-id": self.message_id,
            "x-amz-sns-topic-arn": self.topic,
        }
        if self.kind == "Notification":
            found["x-amz-sns-subscription-arn"] = self.subscription
        if self.is_raw:
            found["x-amz-sns-rawdelivery"] = "true"
        return found


def notification(
    message: Message, subscription: str, endpoint_url: str, at: float, *, is_raw: bool
) -> Posted:
    if is_raw:
        body = message.text
    else:
        told: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": message.id,
            "TopicArn": message.topic,
        }
        if message.subject:
            told["Subject"] = message.subject
        told |= {"Message": message.text, "Timestamp": moment(at), **_SIGNED}
        asked = {"Action": "Unsubscribe", "SubscriptionArn": subscription}
        told["UnsubscribeURL"] = f"{endpoint_url}/?{urlencode(asked)}"
        if message.attributes:
            told["MessageAttributes"] = {
                name: {
                    "Type": one.get("DataType", "String"),
                    "Value": one.get("StringValue") or one.get("BinaryValue") or "",
                }
                for name, one in message.attributes.items()
            }
        body = json.dumps(told, indent=2)
    return Posted("Notification", message.id, message.topic, subscription, body, is_raw)


def confirmation(
    message_id: str, topic: str, subscription: str, token: str, endpoint_url: str, at: float
) -> Posted:
    """Asks the subscriber to visit a URL, or to call ConfirmSubscription with the token."""
    asked = {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token}
    told = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic,
        "Message": (
            f"You have chosen to subscribe to the topic {topic}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        ),
        "SubscribeURL": f"{endpoint_url}/?{urlencode(asked)}",
        "Timestamp": moment(at),
        **_SIGNED,
    }
    body = json.dumps(told, indent=2)
    return Posted("SubscriptionConfirmation", message_id, topic, subscription, body)


def moment(at: float) -> str:
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
