"""A tree as text again: what `parse` reads back to the same tree."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.parser import PRECEDENCE
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
    Parameter,
    Sorted,
)

_ATOM = 9


def written(tree: Expression) -> str:
    """The text of a tree, on one line, with as few brackets as it needs."""
    match tree:
        case Literal():
            return _literal(tree)
        case Column():
            return "{" + _escaped(tree.name, "\\{}") + "}"
        case Parameter():
            return "${" + tree.name + "}"
        case Call():
            count = len(tree.arguments)
            shown = [
                _argument(tree.function, index, count, one)
                for index, one in enumerate(tree.arguments)
            ]
            return f"{tree.function}({', '.join(shown)})"
        case Names():
            return f"[{', '.join(_item(one) for one in tree.items)}]"
        case Sorted():
            return f"{written(tree.expression)} {tree.direction}"
        case Operation():
            return _operation(tree)


def _literal(tree: Literal) -> str:
    match tree.value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if tree.value else "FALSE"
        case str():
            return "'" + _escaped(tree.value, "\\'") + "'"
        case dt.datetime():
            return f"parseDate('{tree.value:%Y-%m-%d %H:%M:%S}', 'yyyy-MM-dd HH:mm:ss')"
        case Decimal():
            # A point or an exponent tells a decimal from a whole number.
            text = str(tree.value)
            return text if "." in text or "E" in text else f"{text}.0"
        case _:
            return repr(tree.value)


def _escaped(text: str, signs: str) -> str:
    return "".join(f"\\{sign}" if sign in signs else sign for sign in text)


def _argument(function: str, index: int, count: int, argument: Expression) -> str:
    if isinstance(argument, Literal) and isinstance(argument.value, str):
        documented = FUNCTIONS[function]
        # One that takes nothing may be called with something all the same: types refuse it.
        takes = documented.argument(index, count) if documented.arguments else None
        if takes and takes.words_are_bare and argument.value in takes.words:
            return argument.value
    return written(argument)


def _item(item: Expression) -> str:
    if isinstance(item, Operation) and item.operator == "not":
        inner = item.operands[0]
        if isinstance(inner, Column):
            return f"!{written(inner)}"
    return written(item)


def _operation(tree: Operation) -> str:
    own = PRECEDENCE[tree.operator]
    if tree.operator == "not":
        return f"NOT {_within(tree.operands[0], own)}"
    if tree.operator == "negate":
        operand = tree.operands[0]
        shown = _within(operand, own)
        # `-1` is a number, `-(1)` the opposite of one.
        return f"-({shown})" if shown[:1].isdigit() or shown[:1] in ".-" else f"-{shown}"
    if tree.operator == "^":
        return f"{_within(tree.operands[0], _ATOM)} ^ {_within(tree.operands[1], 7)}"
    # Down the left side without recursion: chains of hundreds of ORs are common.
    parts: list[str] = []
    node: Expression = tree
    least = own
    while (
        isinstance(node, Operation)
        and len(node.operands) == 2
        and node.operator != "^"
        and PRECEDENCE[node.operator] >= least
    ):
        least = PRECEDENCE[node.operator]
        parts.append(_within(node.operands[1], least + 1))
        parts.append(node.operator.upper())
        node = node.operands[0]
    parts.append(_within(node, least))
    return " ".join(reversed(parts))


def _within(tree: Expression, least: int) -> str:
    shown = written(tree)
    return shown if _precedence(tree) >= least else f"({shown})"


def _precedence(tree: Expression) -> int:
    if isinstance(tree, Operation):
        return PRECEDENCE[tree.operator]
    is_negative = (
        isinstance(tree, Literal)
        and isinstance(tree.value, int | float | Decimal)
        and not isinstance(tree.value, bool)
        and tree.value < 0
    )
    return PRECEDENCE["negate"] if is_negative else _ATOM
