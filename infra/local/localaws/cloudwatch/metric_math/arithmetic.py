"""Operators: between series, only the times that both have count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.cloudwatch.metric_math.values import MathError, Series, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.cloudwatch.metric_math.values import Value


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        raised = left**right
    except (ZeroDivisionError, OverflowError):
        return None
    return raised if isinstance(raised, float) else None


OPERATORS: dict[str, Callable[[float, float], float | None]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "&&": lambda left, right: float(bool(left) and bool(right)),
    "||": lambda left, right: float(bool(left) or bool(right)),
}


def operate(sign: str, left: Value, right: Value) -> Value:
    """One operator between any two kinds of values; two arrays have no meaning."""
    if isinstance(left, list) and isinstance(right, list):
        raise MathError(f"{sign} cannot stand between two arrays of time series")
    if isinstance(left, list):
        return [_series(operate(sign, one, right)) for one in left]
    if isinstance(right, list):
        return [_series(operate(sign, left, one)) for one in right]
    calculate = OPERATORS[sign]
    if isinstance(left, Series) and isinstance(right, Series):
        both = left.points.keys() & right.points.keys()
        longest = max(left, right, key=lambda one: one.period)
        return longest.with_points(
            {at: calculate(left.points[at], right.points[at]) for at in both}
        )
    if isinstance(left, Series):
        number = _number(right)
        return left.mapped(lambda value: calculate(value, number))
    if isinstance(right, Series):
        number = _number(left)
        return right.mapped(lambda value: calculate(number, value))
    found = calculate(left, right)
    if found is None:
        raise MathError(f"{left:g} {sign} {right:g} has no value")
    return found


def negate(value: Value) -> Value:
    return operate("*", value, -1.0)


def _series(value: Value) -> Series:
    if not isinstance(value, Series):
        raise MathError(f"expected a time series, found {kind_of(value)}")
    return value


def _number(value: Value) -> float:
    if isinstance(value, Series | list):
        raise MathError(f"expected a number, found {kind_of(value)}")
    return value
