"""An expression as a tree: what calculated fields parse to, and what filters are built from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as OneOf
from typing import TypeAlias

Expression: TypeAlias = "Literal | Column | Parameter | Call | Operation | Names | Sorted"
Value: TypeAlias = str | int | float | Decimal | bool | dt.datetime | None

Operator = OneOf[
    "+", "-", "*", "/", "%", "^", "=", "<>", "<", "<=", ">", ">=", "and", "or", "not", "negate"
]


@dataclass(frozen=True)
class Literal:
    """A constant; a date is a moment in UTC without a zone."""

    value: Value


@dataclass(frozen=True)
class Column:
    """`{Net sales}`, or a bare name: a column of the data set or a calculated field."""

    name: str


@dataclass(frozen=True)
class Parameter:
    """`${Region}`; its value may be one or several."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function by its documented spelling (`sumOver`), whatever the case in the text."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Operation:
    """An operator and its operands: two, or one for `not` and `negate`."""

    operator: Operator
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Names:
    """`[{Region}, {Month} DESC]`: what a table function partitions or sorts by."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Sorted:
    """One item of a sort list."""

    expression: Expression
    direction: OneOf["ASC", "DESC"]
