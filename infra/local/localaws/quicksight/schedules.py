"""When a refresh schedule runs: plain arithmetic of time, without a clock of its own."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localaws.quicksight.failures import invalid

if TYPE_CHECKING:
    from localaws.operations import Document

_MINUTES = {"MINUTE15": 15, "MINUTE30": 30, "HOURLY": 60}
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
# A monthly schedule has run within two months, whatever its day.
_SEARCHED_DAYS = 63


def check(schedule: Document) -> None:
    """AWS's error for a schedule that names no moments."""
    frequency = schedule["ScheduleFrequency"]
    interval = frequency["Interval"]
    if interval in ("MINUTE15", "MINUTE30") and schedule["RefreshType"] != "INCREMENTAL_REFRESH":
        raise invalid(f"The interval {interval} is for incremental refreshes only.")
    if interval in _MINUTES:
        return
    _time(frequency)
    _zone(frequency)
    day = frequency.get("RefreshOnDay") or {}
    if interval == "WEEKLY" and "DayOfWeek" not in day:
        raise invalid("A weekly schedule needs RefreshOnDay.DayOfWeek.")
    if interval == "MONTHLY" and "DayOfMonth" not in day:
        raise invalid("A monthly schedule needs RefreshOnDay.DayOfMonth.")


def next_run(schedule: Document, start: float, after: float) -> float:
    """The first moment later than `after` (epoch seconds) at which a schedule runs.

    `start` is when it may run first; what runs by the minute counts from then.
    """
    frequency = schedule["ScheduleFrequency"]
    interval = frequency["Interval"]
    if interval in _MINUTES:
        step = _MINUTES[interval] * 60
        runs = max(0, int((after - start) // step) + 1) if after >= start else 0
        return start + runs * step
    zone, (hour, minute) = _zone(frequency), _time(frequency)
    first = max(start, after)
    day = dt.datetime.fromtimestamp(first, zone).date()
    for _ in range(_SEARCHED_DAYS):
        moment = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp()
        if moment > after and moment >= start and _is_its_day(frequency, day):
            return moment
        day += dt.timedelta(days=1)
    raise ValueError(f"{frequency} names no day")


def _is_its_day(frequency: Document, day: dt.date) -> bool:
    wanted = frequency.get("RefreshOnDay") or {}
    if frequency["Interval"] == "WEEKLY":
        return bool(_DAYS[day.weekday()] == wanted["DayOfWeek"])
    if frequency["Interval"] == "MONTHLY":
        if wanted["DayOfMonth"] == "LAST_DAY_OF_MONTH":
            return day.day == monthrange(day.year, day.month)[1]
        return day.day == int(wanted["DayOfMonth"])
    return True


def _time(frequency: Document) -> tuple[int, int]:
    text = str(frequency.get("TimeOfTheDay", ""))
    try:
        found = dt.time.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"TimeOfTheDay must be HH:MM, found {text!r}.") from error
    return found.hour, found.minute


def _zone(frequency: Document) -> ZoneInfo:
    name = frequency.get("Timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise invalid(f"There is no time zone {name}.") from error
