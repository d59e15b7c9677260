"""Who noticed a fault: gathered at the end from everybody's own book; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .plan import SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .alarms import AlarmChange
    from .api_load import Asked
    from .book import Entry
    from .supervisor import Restart

# Alarms are late by their periods.
ALARM_SECONDS = 120.0
# The alarms that fit a fault: their group in the catalog, by what was hit.
_FITTING = {
    "dynamodb": ("tables", "api", "pipeline"),
    "lambda-worker": ("api",),
    "lambda": ("api",),
    "endpoint-server": ("recommender", "api"),
    "sagemaker": ("recommender", "model", "pipeline"),
    "training-job": ("model", "pipeline"),
}
_CALL_NOTICED = {
    "throttle": "its client: throttled",
    "error": "its client: a server's error",
    "timeout": "its client: no answer",
    "slow": "nobody: it was only slow",
    "torn": "its client: the connection was cut",
}


def note_what_was_noticed(
    entries: Sequence[Entry],
    restarts: Sequence[Restart],
    reruns: Sequence[tuple[float, str, str]],
    asked: Sequence[Asked],
    alarms: Sequence[AlarmChange],
) -> None:
    """Write into each entry who noticed it; an alarm belongs to one fault, the likeliest."""
    for entry in entries:
        fault, end = entry.fault, _end(entry)
        if fault.kind == "call":
            entry.noticed.append(_CALL_NOTICED[fault.detail])
        for restart in restarts:
            if restart.name in (fault.target, *(SERVERS if fault.kind == "disk" else ())) and (
                entry.began_at <= restart.noticed_at <= end + 5
            ):
                delay = restart.noticed_at - entry.began_at
                entry.noticed.append(f"the supervisor, after {delay:.1f} s: {restart.name} died")
        if fault.kind != "delivery":
            entry.noticed += _seen_by_callers(entry, end, asked)
    for at, dag_id, _ in reruns:
        if culprit := _likeliest("pipeline", at, entries):
            culprit.noticed.append(f"{dag_id} failed and was run again")
    for change in alarms:
        if change.state == "ALARM" and (culprit := _likeliest(change.group, change.at, entries)):
            culprit.alarms.append(change.name)


def _seen_by_callers(entry: Entry, end: float, asked: Sequence[Asked]) -> list[str]:
    during = [one for one in asked if one.at + one.seconds >= entry.began_at and one.at <= end]
    failed = sum(one.status == 0 or one.status >= 500 for one in during)
    without = sum(one.source not in ("", "model") for one in during)
    told = []
    if failed:
        told.append(f"{failed} of {len(during)} callers of the API: no answer")
    if without and entry.fault.target in ("endpoint-server", "local-aws"):
        told.append(f"{without} answers without the model")
    return told


def _likeliest(group: str, at: float, entries: Sequence[Entry]) -> Entry | None:
    """The fault that fits best of those that were on shortly before; None where none fits at all.

    There is no model before the first training, for one: that alarm has no fault to thank for.
    """
    on = [
        one
        for one in entries
        if one.began_at <= at <= _end(one) + ALARM_SECONDS and _fits(one, group)
    ]
    return max(on, key=lambda one: (_fits(one, group), one.began_at), default=None)


def _fits(entry: Entry, group: str) -> int:
    """2 for a fault of what the alarm looks at, 1 for one of everything, 0 for any other."""
    target = entry.fault.target.partition(":")[0]
    if target == "local-aws" or entry.fault.kind == "disk":
        return 1
    # What is not listed is a part of the pipeline.
    return 2 if group in _FITTING.get(target, ("pipeline",)) else 0


def _end(entry: Entry) -> float:
    return max(entry.began_at, entry.ended_at, entry.recovered_at)
