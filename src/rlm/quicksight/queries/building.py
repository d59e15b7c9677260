"""Expressions put together: comparisons, lists, ranges, and what nulls do."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
from collections.abc import Iterable, Sequence  # noqa: TC003 - part of the public types

from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
    Operator,
    Value,
)
from rlm.quicksight.queries.periods import Range  # noqa: TC001 - part of the public types

NOTHING: Expression = Operation("=", (Literal(1), Literal(0)))
"""True of no row."""
EVERYTHING: Expression = Operation("=", (Literal(1), Literal(1)))


def compared(left: Expression, operator: Operator, value: Value) -> Expression:
    """`left` against a constant."""
    return Operation(operator, (left, Literal(value)))


def both(parts: Iterable[Expression]) -> Expression | None:
    """All of them hold; None without any."""
    return _joined("and", tuple(parts))


def either(parts: Iterable[Expression]) -> Expression | None:
    """One of them holds; None without any."""
    return _joined("or", tuple(parts))


def _joined(operator: Operator, parts: Sequence[Expression]) -> Expression | None:
    if not parts:
        return None
    joined = parts[0]
    for part in parts[1:]:
        joined = Operation(operator, (joined, part))
    return joined


def negated(part: Expression) -> Expression:
    """It does not hold."""
    return Operation("not", (part,))


def is_null(target: Expression) -> Expression:
    """The value is missing."""
    return Call("isNull", (target,))


def is_not_null(target: Expression) -> Expression:
    """The value is there."""
    return Call("isNotNull", (target,))


def among(target: Expression, values: Sequence[Value]) -> Expression:
    """One of the values, null too if it is among them."""
    known = tuple(Literal(one) for one in values if one is not None)
    parts: list[Expression] = []
    if len(known) == 1:
        parts.append(Operation("=", (target, known[0])))
    elif known:
        parts.append(Call("in", (target, Names(known))))
    if any(one is None for one in values):
        parts.append(is_null(target))
    return either(parts) or NOTHING


def not_among(target: Expression, values: Sequence[Value]) -> Expression:
    """None of the values; null unless it is among them."""
    known = tuple(Literal(one) for one in values if one is not None)
    has_null = any(one is None for one in values)
    if not known:
        return is_not_null(target) if has_null else EVERYTHING
    outside: Expression = (
        Operation("<>", (target, known[0]))
        if len(known) == 1
        else Call("notIn", (target, Names(known)))
    )
    if has_null:
        return Operation("and", (outside, is_not_null(target)))
    return Operation("or", (outside, is_null(target)))


def within(target: Expression, period: Range) -> Expression:
    """From the start up to, but not including, the end."""
    parts = []
    if period.start is not None:
        parts.append(compared(target, ">=", period.start))
    if period.end is not None:
        parts.append(compared(target, "<", period.end))
    return both(parts) or EVERYTHING


def with_nulls(condition: Expression | None, target: Expression, option: str | None) -> Expression:
    """What a NullOption makes of a condition: ALL_VALUES, NULLS_ONLY, NON_NULLS_ONLY."""
    if option == "NULLS_ONLY":
        return is_null(target)
    if condition is None:
        return is_not_null(target) if option == "NON_NULLS_ONLY" else EVERYTHING
    if option == "ALL_VALUES":
        return Operation("or", (condition, is_null(target)))
    if option == "NON_NULLS_ONLY" and not _excludes_nulls(condition):
        return Operation("and", (condition, is_not_null(target)))
    return condition


def _excludes_nulls(condition: Expression) -> bool:
    """Whether a condition on one target never holds for null."""
    match condition:
        case Operation("and", parts):
            return any(_excludes_nulls(one) for one in parts)
        case Operation("or", parts):
            return all(_excludes_nulls(one) for one in parts)
        case Operation("=" | "<" | "<=" | ">" | ">=", (left, _)):
            return not isinstance(left, Literal)
        case Call("in" | "contains" | "startsWith" | "endsWith", _):
            return True
    return False


def column(name: str) -> Expression:
    """A column of the data set, or a calculated field."""
    return Column(name)


def moment(value: dt.datetime) -> Expression:
    """A constant moment."""
    return Literal(value)
