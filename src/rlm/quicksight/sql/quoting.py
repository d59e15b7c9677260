"""Names and values as DuckDB reads them: nothing of an author's text is ever code."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING

from rlm.quicksight.expressions.errors import UnsupportedExpressionError

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Value


def identifier(name: str) -> str:
    """A name in double quotes."""
    if "\0" in name:
        raise UnsupportedExpressionError("a name with the character NUL")
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in single quotes; backslashes are ordinary characters in DuckDB."""
    if "\0" in value:
        raise UnsupportedExpressionError("a text with the character NUL")
    return "'" + value.replace("'", "''") + "'"


def literal(value: Value) -> str:
    """A constant; decimals are doubles, as in SPICE, dates moments without a zone."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return text(value)
        case int():
            return str(value) if value >= 0 else f"({value})"
        case dt.datetime():
            return f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
        case float() | Decimal():
            number = float(value)
            if not math.isfinite(number):
                raise UnsupportedExpressionError(f"the number {number}")
            shown = repr(number)
            shown = shown if "e" in shown else f"{shown}e0"
            return shown if number >= 0 else f"({shown})"
