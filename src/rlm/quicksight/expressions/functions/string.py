"""String functions. Positions count from 1."""

from __future__ import annotations

from rlm.quicksight.expressions.functions.signature import (
    ANY,
    NUMBER,
    TEXT,
    WHOLE,
    Argument,
    Function,
    optional,
    table_of,
)
from rlm.quicksight.query import ColumnType

_TEXT = Argument("expression", TEXT)
_START = optional(Argument("start", WHOLE))
_PART = Argument("substring", TEXT)
_LIMIT = Argument("limit", WHOLE)
_PARSED = Argument("expression", TEXT | NUMBER)
_MODE = optional(
    Argument(
        "string comparison mode",
        TEXT,
        ("CASE_SENSITIVE", "CASE_INSENSITIVE"),
        words_are_bare=True,
    )
)

STRING = table_of(
    Function(
        "concat",
        "row",
        (Argument("expression"), Argument("expression")),
        ColumnType.STRING,
        repeating=(1, 2),
    ),
    Function("contains", "row", (_TEXT, _PART, _MODE), ColumnType.BOOLEAN),
    Function("endsWith", "row", (_TEXT, _PART, _MODE), ColumnType.BOOLEAN),
    Function("left", "row", (_TEXT, _LIMIT), ColumnType.STRING),
    Function("locate", "row", (_TEXT, _PART, _START), ColumnType.INTEGER),
    Function("ltrim", "row", (_TEXT,), ColumnType.STRING),
    Function(
        "parseDate",
        "row",
        (
            Argument("expression", TEXT | NUMBER | frozenset({ColumnType.DATETIME})),
            optional(Argument("format", TEXT, is_constant=True)),
            optional(Argument("time zone", TEXT, is_constant=True)),
        ),
        ColumnType.DATETIME,
    ),
    Function("parseDecimal", "row", (_PARSED,), ColumnType.DECIMAL),
    Function("parseInt", "row", (_PARSED,), ColumnType.INTEGER),
    Function("parseJson", "row", (_TEXT, Argument("path", TEXT)), ColumnType.STRING),
    Function("replace", "row", (_TEXT, _PART, Argument("replacement", TEXT)), ColumnType.STRING),
    Function("right", "row", (_TEXT, _LIMIT), ColumnType.STRING),
    Function("rtrim", "row", (_TEXT,), ColumnType.STRING),
    Function(
        "split",
        "row",
        (_TEXT, Argument("delimiter", TEXT), Argument("position", WHOLE)),
        ColumnType.STRING,
    ),
    Function("startsWith", "row", (_TEXT, _PART, _MODE), ColumnType.BOOLEAN),
    Function("strlen", "row", (_TEXT,), ColumnType.INTEGER),
    Function(
        "substring",
        "row",
        (_TEXT, Argument("start", WHOLE), optional(Argument("length", WHOLE))),
        ColumnType.STRING,
    ),
    Function("toLower", "row", (_TEXT,), ColumnType.STRING),
    Function("toString", "row", (Argument("expression", ANY),), ColumnType.STRING),
    Function("toUpper", "row", (_TEXT,), ColumnType.STRING),
    Function("trim", "row", (_TEXT,), ColumnType.STRING),
)
