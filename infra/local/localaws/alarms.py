"""The state of a metric alarm, from its definition and the values of its periods; pure.

ministack looks at every metric of a name whatever its dimensions, takes all periods together, and
never looks again when nothing is published; this is CloudWatch's own reading of an alarm.
Periods end now instead of at whole minutes, so that an alarm is as quick as its period allows.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


COMPARISONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": (
        "greater than or equal to",
        lambda value, threshold: value >= threshold,
    ),
    "GreaterThanThreshold": ("greater than", lambda value, threshold: value > threshold),
    "LessThanThreshold": ("less than", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": (
        "less than or equal to",
        lambda value, threshold: value <= threshold,
    ),
}
# CloudWatch looks a little further back than an alarm's periods, so that a point that is late is
# not taken for missing. How far is not documented; one period keeps alarms quick.
FURTHER_PERIODS = 1


@dataclass(frozen=True)
class Verdict:
    """What an alarm's state should be, and why."""

    state: str
    reason: str


def judge(alarm: Mapping[str, Any], values: Sequence[float | None]) -> Verdict | None:
    """The alarm's state by the values of its periods, the oldest first; None leaves it as it is.

    A period without data has no value: None.
    There may be more values than the alarm has periods. Then, as CloudWatch does, what is missing
    counts only as far as there are less real values than periods.
    """
    comparison = COMPARISONS.get(alarm.get("ComparisonOperator", ""))
    if comparison is None:  # compares with a band of anomalies, of which there is none here
        return None
    words, compare = comparison
    count = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or count)
    treatment = alarm.get("TreatMissingData") or _default_treatment(alarm)
    seen = [value for value in values if value is not None][-count:]
    missing = count - len(seen)
    threshold = float(alarm.get("Threshold") or 0.0)
    breaching = sum(compare(value, threshold) for value in seen)
    if not missing or treatment in ("breaching", "notBreaching"):
        breaching += missing if treatment == "breaching" else 0
        is_alarm = breaching >= needed
    elif not seen:
        if treatment == "ignore":
            return None
        return Verdict("INSUFFICIENT_DATA", f"Insufficient Data: {count} datapoints were unknown.")
    elif breaching < needed and breaching == len(seen):
        # Nothing that was seen is good, and too little was seen to be sure.
        if treatment == "ignore":
            return None
        is_alarm = True
    else:
        is_alarm = breaching >= needed
    state = "ALARM" if is_alarm else "OK"
    return Verdict(
        state, _reason(state, seen, missing, treatment, breaching, needed, words, threshold)
    )


def _default_treatment(alarm: Mapping[str, Any]) -> str:
    """A table that nobody asks publishes nothing; its alarms stay as they are."""
    return "ignore" if alarm.get("Namespace") == "AWS/DynamoDB" else "missing"


def _reason(
    state: str,
    seen: Sequence[float],
    missing: int,
    treatment: str,
    breaching: int,
    needed: int,
    words: str,
    threshold: float,
) -> str:
    """In CloudWatch's own words."""
    count = len(seen) + missing
    if not seen:
        treated = "Breaching" if treatment == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {_many(count, 'period')} and "
            f"{_many(missing, 'missing datapoint')} {_were(missing)} treated as [{treated}]."
        )
    told = breaching if state == "ALARM" else count - breaching
    shown = ", ".join(f"{value:g}" for value in seen)
    negation = "" if state == "ALARM" else "not "
    change = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    least = needed if state == "ALARM" else count - needed + 1
    return (
        f"Threshold Crossed: {told} out of the last {count} datapoints [{shown}] "
        f"{_were(told)} {negation}{words} the threshold ({threshold:g}) "
        f"(minimum {_many(least, 'datapoint')} for {change} transition)."
    )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
