"""The state of a metric alarm, from its definition and the points of its metric; pure.

ministack looks at every metric of a name whatever its dimensions, takes all periods together, and
never looks again when nothing is published; this is CloudWatch's own reading of an alarm.
Periods end now instead of at whole minutes, so that an alarm is as quick as its period allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@dataclass(frozen=True)
class Verdict:
    """What an alarm's state should be, and why."""

    state: str
    reason: str


def judge(
    alarm: Mapping[str, Any],
    points: Sequence[Mapping[str, Any]],
    statistic: Callable[[Sequence[Mapping[str, Any]]], float | None],
    now: float,
) -> Verdict | None:
    """The alarm's state by the points of its own metric; None leaves it as it is.

    An alarm that compares with a band of anomalies is left as it is: there is no band here.
    """
    compare = _COMPARISONS.get(alarm.get("ComparisonOperator", ""))
    if compare is None:
        return None
    period, count = float(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    values = [
        statistic([p for p in points if start <= p["Timestamp"] < start + period])
        for start in (now - period * (number + 1) for number in range(count))
    ]
    seen = [value for value in values if value is not None]
    treatment = alarm.get("TreatMissingData") or "missing"
    missing = count - len(seen)
    if not seen and treatment == "missing":
        return Verdict("INSUFFICIENT_DATA", f"Insufficient Data: {count} datapoints were unknown.")
    if not seen and treatment == "ignore":
        return None
    threshold = float(alarm.get("Threshold") or 0.0)
    breaching = sum(compare(value, threshold) for value in seen)
    breaching += missing if treatment == "breaching" else 0
    needed = int(alarm.get("DatapointsToAlarm") or count)
    shown = ", ".join(f"{value:g}" for value in seen) or "no datapoints"
    state = "ALARM" if breaching >= needed else "OK"
    return Verdict(
        state,
        f"Threshold Crossed: {breaching} of the last {count} datapoints [{shown}] "
        f"{'were' if state == 'ALARM' else 'are not enough that are'} "
        f"{alarm['ComparisonOperator']} ({threshold:g}); {needed} needed.",
    )
