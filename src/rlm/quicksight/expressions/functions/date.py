"""Date functions. Weeks start on Sunday, unless the analysis says otherwise."""

from __future__ import annotations

from rlm.quicksight.expressions.functions.signature import (
    MOMENT,
    NUMBER,
    TEXT,
    WHOLE,
    Argument,
    Function,
    optional,
    table_of,
)
from rlm.quicksight.query import ColumnType

ADDED = ("YYYY", "Q", "MM", "DD", "WK", "HH", "MI", "SS", "MS")
EXTRACTED = ("YYYY", "Q", "MM", "DD", "WD", "WK", "HH", "MI", "SS", "MS")

_DATE = Argument("date", MOMENT)


def _period(words: tuple[str, ...]) -> Argument:
    return Argument("period", TEXT, words, is_constant=True)


DATE = table_of(
    Function(
        "addDateTime",
        "row",
        (Argument("amount", WHOLE), _period(ADDED), Argument("datetime", MOMENT)),
        ColumnType.DATETIME,
    ),
    Function("addWorkDays", "row", (_DATE, Argument("work days", WHOLE)), ColumnType.DATETIME),
    Function("dateDiff", "row", (_DATE, _DATE, optional(_period(ADDED))), ColumnType.INTEGER),
    Function("epochDate", "row", (Argument("epoch seconds", NUMBER),), ColumnType.DATETIME),
    Function("extract", "row", (_period(EXTRACTED), _DATE), ColumnType.INTEGER),
    Function(
        "formatDate",
        "row",
        (
            _DATE,
            optional(Argument("format", TEXT, is_constant=True)),
            optional(Argument("time zone", TEXT, is_constant=True)),
        ),
        ColumnType.STRING,
    ),
    Function("isWorkDay", "row", (_DATE,), ColumnType.INTEGER),
    Function("netWorkDays", "row", (_DATE, _DATE), ColumnType.INTEGER),
    Function("now", "row", (), ColumnType.DATETIME),
    Function("truncDate", "row", (_period(ADDED), _DATE), ColumnType.DATETIME),
)
