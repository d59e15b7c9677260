"""Measures of large groups put together from measures of smaller ones, without another scan.

Sums, counts, extremes and averages can be, and arithmetic over them; medians and distinct counts
cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Operation
from rlm.quicksight.query import Aggregate, ColumnType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.expressions.fields import Fields

Base: TypeAlias = tuple[Expression, Aggregate]
"""What is asked of the smaller groups."""

_FUNCTIONS: Final = {
    "sum": "SUM",
    "count": "COUNT",
    "min": "MIN",
    "max": "MAX",
    "avg": "AVERAGE",
    "distinct_count": "DISTINCT_COUNT",
    "median": "MEDIAN",
}
_DECOMPOSABLE: Final = ("SUM", "COUNT", "MIN", "MAX")
_ARITHMETIC: Final = ("+", "-", "*", "/", "negate")


@dataclass(frozen=True)
class Derivation:
    """How a measure is computed from bases: one of them, a quotient, or arithmetic."""

    base: Base | None = None
    operator: str = ""
    operands: tuple[Derivation, ...] = ()
    constant: float | int | None = None

    @property
    def bases(self) -> tuple[Base, ...]:
        """All that it needs, each once."""
        if self.base is not None:
            return (self.base,)
        return tuple(dict.fromkeys(one for part in self.operands for one in part.bases))

    def value(self, of_base: Mapping[Base, Any]) -> Any:
        """The measure, from the bases' values of the large group."""
        if self.base is not None:
            return of_base[self.base]
        if not self.operator:
            return self.constant
        values = [one.value(of_base) for one in self.operands]
        if any(one is None for one in values):
            return None
        if self.operator == "negate":
            return -values[0]
        left, right = values
        match self.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return left / right if right else None

    def type(self, of_base: Mapping[Base, ColumnType]) -> ColumnType:
        """The measure's type, from the bases' types."""
        if self.base is not None:
            return of_base[self.base]
        if not self.operator:
            return ColumnType.DECIMAL if isinstance(self.constant, float) else ColumnType.INTEGER
        kinds = {one.type(of_base) for one in self.operands}
        if self.operator == "/" or ColumnType.DECIMAL in kinds:
            return ColumnType.DECIMAL
        return ColumnType.INTEGER


def derivation(
    expression: Expression, aggregate: Aggregate | None, fields: Fields
) -> Derivation | None:
    """How the measure is computed from smaller groups; None where it cannot be."""
    if aggregate is None:
        expression, aggregate = as_aggregate(expression, fields)
    if aggregate is not None:
        expression = fields.canonical(expression)
        if aggregate.function in _DECOMPOSABLE:
            return Derivation((expression, aggregate))
        if aggregate.function == "AVERAGE":
            parts = (
                Derivation((expression, Aggregate("SUM"))),
                Derivation((expression, Aggregate("COUNT"))),
            )
            return Derivation(operator="/", operands=parts)
        return None
    match opened(expression, fields):
        case Literal(int() | float() as value) if not isinstance(value, bool):
            return Derivation(constant=value)
        case Operation(operator, operands) if operator in _ARITHMETIC:
            parts_of = [derivation(one, None, fields) for one in operands]
            known = tuple(one for one in parts_of if one is not None)
            if len(known) == len(parts_of):
                return Derivation(operator=operator, operands=known)
    return None


def as_aggregate(expression: Expression, fields: Fields) -> tuple[Expression, Aggregate | None]:
    """`sum({x})`, and a calculated field that is no more than that, as x and how it is summed."""
    match opened(expression, fields):
        case Call(function, (argument,)) if function in _FUNCTIONS:
            if fields.stage(argument) in ("constant", "row"):
                return argument, Aggregate(_FUNCTIONS[function])
    return expression, None


def opened(expression: Expression, fields: Fields) -> Expression:
    """What a calculated field stands for; anything else is itself."""
    seen = set()
    while isinstance(expression, Column) and expression.name not in seen:
        seen.add(expression.name)
        try:
            if fields.column(expression.name) is not None:
                return expression
            expression = fields.calculated(expression.name)
        except ExpressionError:
            return expression
    return expression


def combined_base(base: Base, values: Sequence[Any]) -> Any:
    """A base's value of the large group."""
    known = [one for one in values if one is not None]
    function = base[1].function
    if function == "COUNT":
        return sum(known)
    if not known:
        return None
    if function == "SUM":
        return sum(known)
    return min(known) if function == "MIN" else max(known)
