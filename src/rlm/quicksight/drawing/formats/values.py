"""Any value of a result as text, and as JSON."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rlm.quicksight.drawing.formats.dates import pattern_of, write_date
from rlm.quicksight.drawing.formats.numbers import NumberFormat, number_format, write_number
from rlm.quicksight.results import Field  # noqa: TC001 - part of the public types

NULL = "null"


def write(value: Any, field: Field, *, is_short: bool = False) -> str:
    """The value as its field has it written; `is_short` is the way of charts: 1.2M."""
    if value is None:
        return _null(field.format)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        form = format_of(field)
        if is_short:
            form = form.short()
        elif not field.is_measure and not field.format:
            # A number that groups is a name rather than an amount: 2024, not 2,024.
            form = NumberFormat(thousands="")
        return write_number(value, form)
    if isinstance(value, dt.date):
        given = _date_pattern(field.format)
        return write_date(value, given or pattern_of(field.granularity, value))
    return str(value)


def format_of(field: Field) -> NumberFormat:
    """The field's number format."""
    return number_format(field.format)


def plain(value: Any) -> Any:
    """The value as JSON has it: dates in ISO, decimals as floats, no NaN."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)


def told(value: Any) -> Any:
    """The value as a state sent by the page has it: moments are marked as such."""
    if isinstance(value, dt.date):
        return {"moment": value.isoformat()}
    return plain(value)


def number(value: Any) -> float | int | None:
    """The value where it is a finite number, else None."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    return None


def _null(format_configuration: Mapping[str, Any]) -> str:
    """What stands for a missing value; an empty string is a choice too."""
    for key, value in format_configuration.items():
        if key == "NullValueFormatConfiguration" and isinstance(value, Mapping):
            return str(value.get("NullString", NULL))
        if isinstance(value, Mapping):
            found = _null(value)
            if found != NULL:
                return found
    return NULL


def _date_pattern(format_configuration: Mapping[str, Any]) -> str | None:
    found = format_configuration
    if isinstance(found.get("DateTimeFormatConfiguration"), Mapping):
        found = found["DateTimeFormatConfiguration"]
    pattern = found.get("DateTimeFormat")
    return str(pattern) if pattern else None
