"""How long SNS waits between attempts to deliver by HTTP; pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
from typing import Any

_DEFAULT = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "numMaxDelayRetries": 0,
    "backoffFunction": "linear",
}


def retry_policy(of_topic: str, of_subscription: str) -> dict[str, Any]:
    """The policy that holds: the subscription's own, the topic's, or SNS's."""
    http = _read(of_topic).get("http") or {}
    policy = _DEFAULT | (http.get("defaultHealthyRetryPolicy") or {})
    if not http.get("disableSubscriptionOverrides"):
        policy |= _read(of_subscription).get("healthyRetryPolicy") or {}
    return policy


def delays(policy: dict[str, Any]) -> list[float]:
    """The seconds before each further attempt: at once, shortest, growing, longest."""
    low, high = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    at_once = int(policy["numNoDelayRetries"])
    shortest, longest = int(policy["numMinDelayRetries"]), int(policy["numMaxDelayRetries"])
    total = int(policy["numRetries"])
    growing = max(total - at_once - shortest - longest, 0)
    found = [0.0] * at_once + [low] * shortest
    found += [
        _between(low, high, number / max(growing - 1, 1), str(policy["backoffFunction"]))
        for number in range(growing)
    ]
    return (found + [high] * longest)[:total]


def is_worth_retrying(status: int | None) -> bool:
    """Whether another attempt may succeed: no answer, an overload, or a fault of the server's."""
    return status is None or status == 429 or status >= 500


def _between(low: float, high: float, share: float, function: str) -> float:
    if function == "exponential" and low > 0:
        return float(low * (high / low) ** share)
    if function == "geometric":
        return low + (high - low) * share**3
    if function == "arithmetic":
        return low + (high - low) * share**2
    return low + (high - low) * share


def _read(policy: str) -> dict[str, Any]:
    try:
        found = json.loads(policy or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
