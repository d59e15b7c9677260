"""What an alarm has to say is said, whatever happens meanwhile."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, cast

from localaws.cloudwatch.service import CloudWatch
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.ministack_cloudwatch_seam import MinistackCloudWatch

TOPIC = "arn:aws:sns:us-east-1:000000000000:page"


class OneAlarm:
    """A store of one alarm in the place of ministack's."""

    def __init__(self) -> None:
        self.alarm: dict[str, Any] = {
            "AlarmName": "late",
            "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:late",
            "AlarmActions": [TOPIC],
            "StateValue": "OK",
        }
        self.before: list[dict[str, Any]] = []
        self.history: list[str] = []
        self.act: Callable[..., None] = lambda *_: None

    def judge_with(self, evaluate: Any, evaluate_readers: Any, act: Callable[..., None]) -> None:
        self.act = act

    def original(self, operation: str) -> Any: ...

    def serve(self, operation: str, handler: Any) -> None: ...

    def scope(self) -> Scope:
        return Scope("000000000000", "us-east-1")

    def metric_alarms(self) -> list[dict[str, Any]]:
        return [*self.before, self.alarm]

    def composite_alarms(self) -> list[dict[str, Any]]:
        return []

    def record_action(self, alarm: dict[str, Any], summary: str) -> None:
        self.history.append(summary)


def test_a_full_disk_delays_a_message_and_loses_none() -> None:
    """The next second tries again, and says it once."""
    failures = [sqlite3.OperationalError("database or disk is full")] * 2
    told: list[str] = []

    def publish(topic: str, text: str, subject: str, alarm: str) -> str:
        if failures:
            raise failures.pop()
        told.append(subject)
        return ""

    store = OneAlarm()
    service = CloudWatch(cast("MinistackCloudWatch", store), publish, 1.0)
    service.begin()
    store.act(store.alarm, "OK", "ALARM", "why")
    assert told == []
    for _ in range(3):
        service.evaluate_all()
    assert told == ['ALARM: "late" in US East (N. Virginia)']
    assert store.history == [f"Successfully executed action {TOPIC}"]
    assert "_untold" not in store.alarm


def test_a_topic_that_is_gone_is_in_the_history() -> None:
    store = OneAlarm()
    service = CloudWatch(cast("MinistackCloudWatch", store), lambda *_: "it is gone", 1.0)
    service.begin()
    store.act(store.alarm, "OK", "ALARM", "why")
    assert store.history == [f'Failed to execute action {TOPIC}. Received error: "it is gone"']


def test_an_alarm_that_cannot_be_judged_keeps_no_other_from_being_told() -> None:
    store = OneAlarm()
    store.before = [{"AlarmName": "broken", "AlarmArn": "broken", "Metrics": [{"Id": "m"}]}]
    service = CloudWatch(cast("MinistackCloudWatch", store), lambda *_: "", 1.0)
    service.begin()
    store.alarm["_untold"] = [[TOPIC, "text", "subject"]]
    service.evaluate_all()
    assert store.history == [f"Successfully executed action {TOPIC}"]
