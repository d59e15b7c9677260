"""An expression as a tree: what calculated fields parse to, and what filters are built from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
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
    """An operator and its operands: two, or one for `not` and `negate`.

    Chains of hundreds are common: the hash is made once, and chains are compared without recursion.
    """

    operator: Operator
    operands: tuple[Expression, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.operator, self.operands)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        one: object = self
        while isinstance(one, Operation) and isinstance(other, Operation):
            if one is other:
                return True
            if (one._hash, one.operator) != (other._hash, other.operator):
                return False
            if one.operands[1:] != other.operands[1:]:
                return False
            one, other = one.operands[0], other.operands[0]
        return not isinstance(one, Operation) and one == other


@dataclass(frozen=True)
class Names:
    """`[{Region}, {Month} DESC]`: what a table function partitions or sorts by."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Sorted:
    """One item of a sort list."""

    expression: Expression
    direction: OneOf["ASC", "DESC"]
