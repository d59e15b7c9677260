"""When a composite alarm's actions wait for its suppressor; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

SuppressedBy = Literal["Alarm", "WaitPeriod", "ExtensionPeriod"]


@dataclass(frozen=True)
class Waiting:
    """Actions of a change that nobody has heard of yet; `since` is when this kind of wait began."""

    old_state: str
    new_state: str
    reason: str
    by: SuppressedBy
    since: float


@dataclass(frozen=True)
class Suppressor:
    """The alarm that holds actions back, as it is now, and how long its changes are waited for."""

    name: str
    is_in_alarm: bool
    wait_seconds: float
    extension_seconds: float


def changed(
    waiting: Waiting | None, old_state: str, new_state: str, reason: str, now: float
) -> Waiting | None:
    """What waits after a change of state; a change back to what was last told of cancels both."""
    if waiting is None:
        return Waiting(old_state, new_state, reason, "WaitPeriod", now)
    if waiting.old_state == new_state:
        return None
    if waiting.by == "WaitPeriod":
        return Waiting(waiting.old_state, new_state, reason, "WaitPeriod", now)
    return replace(waiting, new_state=new_state, reason=reason)


def settled(waiting: Waiting, suppressor: Suppressor, now: float) -> tuple[bool, Waiting]:
    """Whether the actions may be performed now, and how they wait if not."""
    if suppressor.is_in_alarm:
        return False, waiting if waiting.by == "Alarm" else replace(waiting, by="Alarm", since=now)
    if waiting.by == "Alarm":
        waiting = replace(waiting, by="ExtensionPeriod", since=now)
    allowed = (
        suppressor.extension_seconds if waiting.by == "ExtensionPeriod" else suppressor.wait_seconds
    )
    return now - waiting.since >= allowed, waiting
