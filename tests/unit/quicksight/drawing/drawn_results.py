# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Results as queries find them, small enough to be read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rlm.quicksight.query import ColumnType
from rlm.quicksight.results import Field, ResultTable, VisualResult

JANUARY, FEBRUARY, MARCH = (dt.datetime(2026, month, 1) for month in (1, 2, 3))
CURRENCY = {
    "FormatConfiguration": {
        "CurrencyDisplayFormatConfiguration": {
            "Symbol": "USD",
            "DecimalPlacesConfiguration": {"DecimalPlaces": 0},
        }
    }
}


def name(field_id: str, well: str, **more: Any) -> Field:
    """A dimension of texts, called by its id."""
    return Field(field_id, more.pop("label", field_id), well, False, ColumnType.STRING, **more)


def month(field_id: str, well: str, **more: Any) -> Field:
    """A dimension of months."""
    return Field(field_id, field_id, well, False, ColumnType.DATETIME, "MONTH", **more)


def amount(field_id: str, well: str, **more: Any) -> Field:
    """A measure, called by its id."""
    return Field(field_id, more.pop("label", field_id), well, True, ColumnType.DECIMAL, **more)


def table(fields: list[Field], *rows: tuple[Any, ...]) -> ResultTable:
    """Rows in the order in which they are shown."""
    return ResultTable(tuple(fields), rows)


def result(
    kind: str, found: ResultTable | None, options: dict[str, Any] | None = None, **more: Any
) -> VisualResult:
    """A visual's result; `options` are its ChartConfiguration."""
    definition = {"ChartConfiguration": options or {}, **more.pop("definition", {})}
    return VisualResult("v", kind, definition, found, **more)


def sales() -> ResultTable:
    """Two cities by two channels."""
    fields = [name("city", "Category"), name("channel", "Colors"), amount("net", "Values")]
    return table(
        fields,
        ("Oslo", "web", 30),
        ("Oslo", "door", 10),
        ("Bergen", "web", 5),
    )
