"""AT TIME ZONE: DuckDB gives a local time without its zone, which only some may look at."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

# All others would lose the zone.
_LOCAL_READERS = frozenset(
    {
        "date", "year", "month", "day", "hour", "minute", "second", "quarter", "week",
        "week_of_year", "day_of_week", "dow", "day_of_year", "doy", "day_of_month",
        "year_of_week", "yow", "date_format", "format_datetime", "last_day_of_month",
    }
)  # fmt: skip


def reads_local_time(node: Any) -> bool:
    """Whether all that is asked of the local time is what DuckDB's has."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Cast):
        kinds = (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIME)
        return parent.to.this in kinds
    if isinstance(parent, exp.Extract):
        return True
    if isinstance(parent, exp.Anonymous):
        name = parent.name.lower()
        if name == "date_trunc":
            return reads_local_time(parent)
        return name in _LOCAL_READERS
    return False
