"""Periods of time: cut dates to them, count them, add them. Weeks start where the scope says."""

from __future__ import annotations

from rlm.quicksight.expressions.errors import UnsupportedExpressionError

_UNITS = {
    "YYYY": "year",
    "YEAR": "year",
    "Q": "quarter",
    "QUARTER": "quarter",
    "MM": "month",
    "MONTH": "month",
    "WK": "week",
    "WEEK": "week",
    "DD": "day",
    "DAY": "day",
    "HH": "hour",
    "HOUR": "hour",
    "MI": "minute",
    "MINUTE": "minute",
    "SS": "second",
    "SECOND": "second",
    "SECONDS": "second",
    "MS": "millisecond",
    "MILLISECOND": "millisecond",
}
FINEST_FIRST = (
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
_INTERVALS = {
    "year": "to_years(TRY_CAST({} AS INTEGER))",
    "quarter": "to_months(TRY_CAST(3 * {} AS INTEGER))",
    "month": "to_months(TRY_CAST({} AS INTEGER))",
    "week": "to_days(TRY_CAST(7 * {} AS INTEGER))",
    "day": "to_days(TRY_CAST({} AS INTEGER))",
    "hour": "to_hours(TRY_CAST({} AS BIGINT))",
    "minute": "to_minutes(TRY_CAST({} AS BIGINT))",
    "second": "to_seconds(TRY_CAST({} AS BIGINT))",
    "millisecond": "to_milliseconds(TRY_CAST({} AS BIGINT))",
}


def unit_of(word: str) -> str:
    """`month` for MM and MONTH, in any case; an error for no period."""
    unit = _UNITS.get(word.upper())
    if unit is None:
        raise UnsupportedExpressionError(
            f"found the period {word!r}, expected one of {', '.join(_UNITS)}"
        )
    return unit


def cut(date: str, unit: str, week_starts_on: int) -> str:
    """The first moment of the period that `date` lies in."""
    day = f"CAST({date} AS DATE)"
    if unit in ("month", "year"):
        # Days are whole numbers: a third less work than date_trunc.
        passed = f"day{'ofyear' if unit == 'year' else ''}({day}) - 1"
        return f"CAST({day} - CAST({passed} AS INTEGER) AS TIMESTAMP)"
    if unit != "week":
        return f"date_trunc('{unit}', {date})"
    # DuckDB's weeks start on Monday.
    passed = f"(isodow({day}) + {7 - week_starts_on % 7}) % 7"
    if week_starts_on == 7:
        passed = f"dayofweek({day})"
    return f"CAST({day} - CAST({passed} AS INTEGER) AS TIMESTAMP)"


def counted(start: str, end: str, unit: str, week_starts_on: int) -> str:
    """How many borders of periods lie between two moments."""
    if unit == "week":
        # DuckDB would count full weeks.
        first, last = (cut(one, unit, week_starts_on) for one in (start, end))
        return f"(date_diff('day', {first}, {last}) // 7)"
    return f"date_diff('{unit}', {start}, {end})"


def interval(amount: str, unit: str) -> str:
    """So many periods as an INTERVAL; `amount` is SQL."""
    return _INTERVALS[unit].format(amount)
