"""Arithmetic and comparisons: Trino's rules where DuckDB would be more generous."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localaws.athena.dialect import position_of
from localaws.athena.expressions import call, guarded, text
from localaws.athena.failures import at

COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def divided(node: Any, nulls: bool) -> Any:
    """Division and modulus: whole numbers stay whole, by nothing fails, decimals are refused."""
    name = "divide" if isinstance(node, exp.Div) else "modulo"
    what = text("division" if name == "divide" else "modulus")
    left, right = node.this, node.expression
    if _may_be_decimal(left) or _may_be_decimal(right):
        checked = guarded("no_decimals", nulls)
        left, right = (
            call(checked, left.copy(), right.copy(), what),
            call(checked, right.copy(), left.copy(), what.copy()),
        )
    return call(guarded(name, nulls), left, right)


def compared(node: Any, statement: str, nulls: bool) -> Any:
    """Trino does not take a text for a date or a number, as DuckDB would."""
    compare_in_microseconds(node)
    sides = (node.this, node.expression)
    for mine, other in (sides, sides[::-1]):
        if isinstance(mine, exp.Literal) and mine.is_string and not isinstance(other, exp.Literal):
            place = at(position_of(other, statement), "").removesuffix(": ")
            shown = text(place or "line 1:1")
            checked = call(guarded("literal_against", nulls), other.copy(), mine.copy(), shown)
            mine.replace(checked)
    return node


def summed(node: Any, nulls: bool) -> Any:
    """Sums and differences, of days and moments with intervals too."""
    name = "plus_interval" if isinstance(node, exp.Add) else "minus_interval"
    if _is_interval(node.expression) and not _is_interval(node.this):
        return call(guarded(name, nulls), node.this, node.expression)
    if _is_interval(node.this) and isinstance(node, exp.Add) and not _is_interval(node.expression):
        return call(guarded(name, nulls), node.expression, node.this)
    if isinstance(node, exp.Sub) and not isinstance(node.expression, exp.Literal):
        checked = call(guarded("no_dates", nulls), node.this.copy(), node.expression)
        return exp.Sub(this=node.this, expression=checked)
    return node


def compare_in_microseconds(node: Any) -> None:
    """DuckDB compares no TIMESTAMP_MS with a timestamp that has a zone; Trino does."""
    for side in [*node.args.values(), *node.expressions]:
        if isinstance(side, exp.Cast) and side.to.this is exp.DataType.Type.TIMESTAMP_MS:
            side.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))


def _is_interval(node: Any) -> bool:
    if isinstance(node, exp.Paren):
        return _is_interval(node.this)
    if isinstance(node, exp.Mul):
        return _is_interval(node.this) or _is_interval(node.expression)
    return isinstance(node, exp.Interval)


def _may_be_decimal(value: Any) -> bool:
    """Whole literals, counts and casts to other types are no decimals; anything else may be."""
    if isinstance(value, exp.Paren | exp.Neg):
        return _may_be_decimal(value.this)
    if isinstance(value, exp.Literal):
        return not value.is_int and "e" not in value.this.lower()
    if isinstance(value, exp.Cast):
        return value.to.this is exp.DataType.Type.DECIMAL
    if isinstance(value, exp.Filter | exp.Window):
        return _may_be_decimal(value.this)
    if isinstance(value, exp.Anonymous):
        return value.name.lower() not in ("count", "athena_to_bigint", "athena_to_integer")
    return True
