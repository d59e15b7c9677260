"""Conditional functions as SQL. Null is neither equal nor unequal to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.sql.translator import Translator


def _coalesce(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    return f"coalesce({', '.join(stage.branches(list(arguments)))})"


def _ifelse(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    conditions = [stage.sql(one) for one in arguments[:-1:2]]
    results = stage.branches([*arguments[1::2], arguments[-1]])
    whens = " ".join(
        f"WHEN {condition} THEN {result}"
        for condition, result in zip(conditions, results, strict=False)
    )
    return f"CASE {whens} ELSE {results[-1]} END"


def _switch(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    subject = arguments[0]
    results = stage.branches([*arguments[2:-1:2], arguments[-1]])
    whens = []
    for label, result in zip(arguments[1:-1:2], results, strict=False):
        left, right = stage.compared(subject, label)
        whens.append(f"WHEN {left} = {right} THEN {result}")
    return f"CASE {' '.join(whens)} ELSE {results[-1]} END"


def _in(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    """Null is in a list that names NULL, as the documentation has it."""
    value = stage.sql(arguments[0])
    values = stage.values(arguments[1], stage.type(arguments[0]))
    listed = [one for one in values if one != "NULL"]
    found = f"{value} IN ({', '.join(listed)})" if listed else "FALSE"
    return f"({found} OR {value} IS NULL)" if len(listed) < len(values) else f"({found})"


def _not_in(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    value = stage.sql(arguments[0])
    values = stage.values(arguments[1], stage.type(arguments[0]))
    listed = [one for one in values if one != "NULL"]
    found = f"{value} NOT IN ({', '.join(listed)})" if listed else "TRUE"
    if len(listed) < len(values):
        return f"(coalesce({found}, FALSE) AND {value} IS NOT NULL)"
    return f"({found})"


def _null_if(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    left, right = stage.compared(*arguments)
    return f"CASE WHEN {left} = {right} THEN NULL ELSE {stage.sql(arguments[0])} END"


CONDITIONAL = {
    "coalesce": _coalesce,
    "ifelse": _ifelse,
    "in": _in,
    "isNotNull": lambda stage, arguments: f"({stage.sql(arguments[0])} IS NOT NULL)",
    "isNull": lambda stage, arguments: f"({stage.sql(arguments[0])} IS NULL)",
    "notIn": _not_in,
    "nullIf": _null_if,
    "switch": _switch,
}
