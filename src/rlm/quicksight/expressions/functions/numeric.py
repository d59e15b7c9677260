"""Numeric and mathematical functions."""

from __future__ import annotations

from rlm.quicksight.expressions.functions.signature import (
    NUMBER,
    WHOLE,
    Argument,
    Function,
    optional,
    table_of,
)
from rlm.quicksight.query import ColumnType

_NUMBER = Argument("number", NUMBER)

NUMERIC = table_of(
    Function("ceil", "row", (_NUMBER,), ColumnType.INTEGER),
    Function("decimalToInt", "row", (_NUMBER,), ColumnType.INTEGER),
    Function("floor", "row", (_NUMBER,), ColumnType.INTEGER),
    Function("intToDecimal", "row", (_NUMBER,), ColumnType.DECIMAL),
    Function("round", "row", (_NUMBER, optional(Argument("scale", WHOLE))), ColumnType.DECIMAL),
    Function("mod", "row", (_NUMBER, Argument("divisor", NUMBER)), 0),
    Function("log", "row", (_NUMBER,), ColumnType.DECIMAL),
    Function("ln", "row", (_NUMBER,), ColumnType.DECIMAL),
    Function("abs", "row", (_NUMBER,), 0),
    Function("sqrt", "row", (_NUMBER,), ColumnType.DECIMAL),
    Function("exp", "row", (_NUMBER,), ColumnType.DECIMAL),
)
