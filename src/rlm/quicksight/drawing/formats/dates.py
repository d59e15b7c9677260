"""Dates as QuickSight's patterns have them written: `MMM D, YYYY h:mm A`."""

from __future__ import annotations

import datetime as dt
import re

# What is written where a format is not given, by granularity.
BY_GRANULARITY = {
    "YEAR": "YYYY",
    "QUARTER": "[Q]Q YYYY",
    "MONTH": "MMM YYYY",
    "WEEK": "MMM D, YYYY",
    "DAY": "MMM D, YYYY",
    "HOUR": "MMM D, YYYY h:mm A",
    "MINUTE": "MMM D, YYYY h:mm A",
    "SECOND": "MMM D, YYYY h:mm:ss A",
    "MILLISECOND": "MMM D, YYYY h:mm:ss.SSS A",
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(
    r"\[([^\]]*)\]|'([^']*)'|YYYY|yyyy|YY|yy|MMMM|MMM|MM|Mo|M|DDDD|DDD|DD|Do|D|dddd|ddd|dd|do|d"
    r"|EEEE|EEE|E|HH|H|hh|h|kk|k|mm|m|ss|s|SSS|SS|S|A|a|Qo|Q|WW|W|ww|w|ZZ|Z|X|x"
)


def write_date(value: dt.date, pattern: str) -> str:
    """The moment in the pattern; what is no part of a date stays as it is."""
    moment = (
        value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - UTC without a zone throughout
    )

    def part(match: re.Match[str]) -> str:
        literal = match.group(1) if match.group(1) is not None else match.group(2)
        return literal if literal is not None else _part(moment, match.group())

    return _TOKEN.sub(part, pattern)


def pattern_of(granularity: str | None, value: dt.date) -> str:
    """The pattern where the definition gives none."""
    if granularity in BY_GRANULARITY:
        return BY_GRANULARITY[granularity]
    if isinstance(value, dt.datetime) and (value.hour, value.minute, value.second) != (0, 0, 0):
        return BY_GRANULARITY["SECOND" if value.second else "MINUTE"]
    return BY_GRANULARITY["DAY"]


def _part(moment: dt.datetime, token: str) -> str:
    hour = moment.hour % 12 or 12
    weekday = moment.isoweekday()
    quarter = (moment.month + 2) // 3
    week = moment.isocalendar().week
    parts = {
        "YYYY": f"{moment.year:04}",
        "yyyy": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "yy": f"{moment.year % 100:02}",
        "MMMM": MONTHS[moment.month - 1],
        "MMM": MONTHS[moment.month - 1][:3],
        "MM": f"{moment.month:02}",
        "Mo": _ordinal(moment.month),
        "M": str(moment.month),
        "DDDD": f"{moment.timetuple().tm_yday:03}",
        "DDD": str(moment.timetuple().tm_yday),
        "DD": f"{moment.day:02}",
        "dd": f"{moment.day:02}",
        "Do": _ordinal(moment.day),
        "do": _ordinal(moment.day),
        "D": str(moment.day),
        "d": str(moment.day),
        "dddd": WEEKDAYS[weekday - 1],
        "EEEE": WEEKDAYS[weekday - 1],
        "ddd": WEEKDAYS[weekday - 1][:3],
        "EEE": WEEKDAYS[weekday - 1][:3],
        "E": WEEKDAYS[weekday - 1][:3],
        "HH": f"{moment.hour:02}",
        "kk": f"{moment.hour or 24:02}",
        "H": str(moment.hour),
        "k": str(moment.hour or 24),
        "hh": f"{hour:02}",
        "h": str(hour),
        "mm": f"{moment.minute:02}",
        "m": str(moment.minute),
        "ss": f"{moment.second:02}",
        "s": str(moment.second),
        "SSS": f"{moment.microsecond // 1000:03}",
        "SS": f"{moment.microsecond // 10000:02}",
        "S": str(moment.microsecond // 100000),
        "A": "AM" if moment.hour < 12 else "PM",
        "a": "am" if moment.hour < 12 else "pm",
        "Q": str(quarter),
        "Qo": _ordinal(quarter),
        "WW": f"{week:02}",
        "ww": f"{week:02}",
        "W": str(week),
        "w": str(week),
        "Z": "+00:00",
        "ZZ": "+0000",
        "X": str(int(moment.replace(tzinfo=dt.UTC).timestamp())),
        "x": str(int(moment.replace(tzinfo=dt.UTC).timestamp() * 1000)),
    }
    return parts[token]


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{ending or 'th'}"
