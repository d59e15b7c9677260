"""Periods of the calendar: cutting moments, stepping, and the ranges of relative dates."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

GRANULARITIES = (
    "YEAR",
    "QUARTER",
    "MONTH",
    "WEEK",
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "MILLISECOND",
)
"""From the longest to the shortest."""

_FIXED = {
    "WEEK": dt.timedelta(weeks=1),
    "DAY": dt.timedelta(days=1),
    "HOUR": dt.timedelta(hours=1),
    "MINUTE": dt.timedelta(minutes=1),
    "SECOND": dt.timedelta(seconds=1),
    "MILLISECOND": dt.timedelta(milliseconds=1),
}
_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}


def cut(moment: dt.datetime, granularity: str, week_starts_on: int = 7) -> dt.datetime:
    """The first moment of the period that holds `moment`."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match granularity:
        case "YEAR":
            return midnight.replace(month=1, day=1)
        case "QUARTER":
            return midnight.replace(month=(moment.month - 1) // 3 * 3 + 1, day=1)
        case "MONTH":
            return midnight.replace(day=1)
        case "WEEK":
            return midnight - dt.timedelta(days=(moment.isoweekday() - week_starts_on) % 7)
        case "DAY":
            return midnight
        case "HOUR":
            return moment.replace(minute=0, second=0, microsecond=0)
        case "MINUTE":
            return moment.replace(second=0, microsecond=0)
        case "SECOND":
            return moment.replace(microsecond=0)
        case "MILLISECOND":
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        case _:
            raise ValueError(f"{granularity!r} is no granularity, expected one of {GRANULARITIES}")


def step(moment: dt.datetime, granularity: str, count: int) -> dt.datetime:
    """`count` periods later; the day is kept, or is the last of a shorter month."""
    if granularity in _FIXED:
        return moment + _FIXED[granularity] * count
    months = moment.year * 12 + moment.month - 1 + _MONTHS[granularity] * count
    year, month = months // 12, months % 12 + 1
    return moment.replace(
        year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1])
    )


@dataclass(frozen=True)
class Range:
    """From `start` up to, but not including, `end`; None is open."""

    start: dt.datetime | None
    end: dt.datetime | None


def relative_range(
    kind: str,
    granularity: str,
    count: int,
    anchor: dt.datetime,
    minimum_granularity: str | None = None,
    excluded: tuple[str, int] | None = None,
    week_starts_on: int = 7,
) -> Range:
    """What PREVIOUS, THIS, NOW (to date), LAST and NEXT mean, seen from the anchor.

    LAST and NEXT count the anchor's own period as the first of theirs, whole. `excluded`, a
    granularity and a number, takes the last such periods away, the anchor's own first.
    """
    this = cut(anchor, granularity, week_starts_on)
    match kind:
        case "PREVIOUS":
            found = Range(step(this, granularity, -1), this)
        case "THIS":
            found = Range(this, step(this, granularity, 1))
        case "NOW":
            smallest = minimum_granularity or "DAY"
            found = Range(this, step(cut(anchor, smallest, week_starts_on), smallest, 1))
        case "LAST":
            found = Range(step(this, granularity, 1 - count), step(this, granularity, 1))
        case "NEXT":
            found = Range(this, step(this, granularity, count))
        case _:
            raise ValueError(f"{kind!r} is no kind of relative date")
    if excluded is None or found.end is None:
        return found
    unit, amount = excluded
    if kind == "NEXT":
        start = step(cut(anchor, unit, week_starts_on), unit, amount)
        return Range(max(start, this), found.end)
    end = step(cut(anchor, unit, week_starts_on), unit, 1 - amount)
    return Range(found.start, min(end, found.end))
