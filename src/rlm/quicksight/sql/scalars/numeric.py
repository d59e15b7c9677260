"""Numeric functions as SQL. What is not defined (the root of -1) is null, never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.sql.translator import Translator


def _of_number(template: str) -> Callable[[Translator, tuple[Expression, ...]], str]:
    return lambda stage, arguments: template.format(stage.number(arguments[0]))


def _round(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    number = stage.number(arguments[0])
    if len(arguments) == 1:
        return f"round({number})"
    return f"round({number}, TRY_CAST({stage.number(arguments[1])} AS INTEGER))"


def _mod(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    return f"({stage.number(arguments[0])} % nullif({stage.number(arguments[1])}, 0))"


NUMERIC = {
    "abs": _of_number("abs({})"),
    "ceil": _of_number("TRY_CAST(ceil({}) AS BIGINT)"),
    "decimalToInt": _of_number("TRY_CAST(trunc({}) AS BIGINT)"),
    "exp": _of_number("exp({})"),
    "floor": _of_number("TRY_CAST(floor({}) AS BIGINT)"),
    "intToDecimal": _of_number("CAST({} AS DOUBLE)"),
    "ln": _of_number("CASE WHEN {0} > 0 THEN ln({0}) END"),
    "log": _of_number("CASE WHEN {0} > 0 THEN log10({0}) END"),
    "mod": _mod,
    "round": _round,
    "sqrt": _of_number("CASE WHEN {0} >= 0 THEN sqrt({0}) END"),
}
