"""Where ministack judges its alarms: by `localaws.alarms` instead, and every second.

Private to ministack 1.5.33; tests/contract/localaws/test_alarms.py holds what is used of it.
"""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any

from localaws.alarms import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Points come nearly in the order of their times.
_OUT_OF_ORDER_SECONDS = 600.0


class Alarms:
    """ministack's metric alarms; on the event loop only, as all of ministack's state."""

    def __init__(self) -> None:
        self._cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
        self._responses: Any = importlib.import_module("ministack.core.responses")
        self._changed = False
        setattr(self._cloudwatch, "_evaluate_alarm", self._evaluate)  # noqa: B010 - it is private

    def evaluate_all(self) -> bool:
        """Judge every alarm of every account and region; whether one changed its state."""
        self._changed = False
        for account, region, name in list(self._cloudwatch._alarms._data):
            with self._responses.request_scope(account, region):
                alarm = self._cloudwatch._alarms.get(name)
                if alarm is not None:
                    self._evaluate(alarm)
        return self._changed

    def _evaluate(self, alarm: dict[str, Any]) -> None:
        """Put in the place of ministack's: the same effects, another verdict."""
        cloudwatch = self._cloudwatch
        namespace, metric = alarm.get("Namespace"), alarm.get("MetricName")
        if not namespace or not metric:
            return
        dimensions = cloudwatch._dims_key(_dimensions(alarm))
        points = cloudwatch._metrics.get((namespace, metric, dimensions)) or []
        wanted = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"

        def statistic(some: Sequence[Mapping[str, Any]]) -> float | None:
            stats = cloudwatch._calc_stats(some)
            return cloudwatch._stat_value(stats, wanted, some) if stats else None

        now = time.time()
        own = _recent(points, now - _range_seconds(alarm), alarm.get("Unit"))
        verdict = judge(alarm, own, statistic, now)
        old = alarm["StateValue"]
        if verdict is None or verdict.state == old:
            return
        alarm["StateValue"] = verdict.state
        alarm["StateReason"] = verdict.reason
        alarm["StateUpdatedTimestamp"] = int(time.time())
        self._changed = True
        cloudwatch._record_history(alarm["AlarmName"], old, verdict.state, verdict.reason)
        cloudwatch._dispatch_alarm_actions(alarm, old, verdict.state, verdict.reason)
        cloudwatch._evaluate_parent_alarms(alarm)


def _recent(points: Sequence[Mapping[str, Any]], since: float, unit: object) -> list[Any]:
    """The points that an alarm looks at, from the end: there may be two weeks of them."""
    found = []
    for point in reversed(points):
        if point["Timestamp"] < since - _OUT_OF_ORDER_SECONDS:
            break
        if unit in (None, "", point.get("Unit")):
            found.append(point)
    return found


def _range_seconds(alarm: Mapping[str, Any]) -> float:
    return float(alarm.get("Period") or 60) * int(alarm.get("EvaluationPeriods") or 1)


def _dimensions(alarm: Mapping[str, Any]) -> dict[str, str]:
    given = alarm.get("Dimensions") or {}
    if isinstance(given, dict):
        return dict(given)
    return {one["Name"]: one["Value"] for one in given}
