"""Conditional functions."""

from __future__ import annotations

from rlm.quicksight.expressions.functions.signature import ANY, TRUTH, Argument, Function, table_of
from rlm.quicksight.query import ColumnType

_VALUES = Argument("values", shape="values")

CONDITIONAL = table_of(
    Function(
        "coalesce",
        "row",
        (Argument("expression"), Argument("expression")),
        None,
        repeating=(1, 2),
        common=lambda count: tuple(range(count)),
    ),
    Function(
        "ifelse",
        "row",
        (Argument("if", TRUTH), Argument("then"), Argument("else")),
        None,
        repeating=(0, 2),
        common=lambda count: (*range(1, count - 1, 2), count - 1),
    ),
    Function("in", "row", (Argument("expression"), _VALUES), ColumnType.BOOLEAN),
    Function("isNotNull", "row", (Argument("expression", ANY),), ColumnType.BOOLEAN),
    Function("isNull", "row", (Argument("expression", ANY),), ColumnType.BOOLEAN),
    Function("notIn", "row", (Argument("expression"), _VALUES), ColumnType.BOOLEAN),
    Function("nullIf", "row", (Argument("expression"), Argument("expression")), 0),
    Function(
        "switch",
        "row",
        (Argument("switch"), Argument("if"), Argument("return"), Argument("default")),
        None,
        repeating=(1, 3),
        common=lambda count: (*range(2, count - 1, 2), count - 1),
    ),
)
