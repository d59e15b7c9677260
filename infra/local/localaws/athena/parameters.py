"""The values of `?`: texts of SQL literals, as ExecutionParameters and USING give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from localaws.athena.dialect import parse_query
from localaws.athena.failures import QueryFailedError, syntax_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot.expressions import Expression


def fill(tree: Expression, parameters: Sequence[str]) -> Expression:
    """The tree with each `?` replaced by its value, in order of the statement."""
    places = [node for node in tree.find_all(exp.Placeholder, bfs=False) if node.name in ("", "?")]
    if len(places) != len(parameters):
        raise QueryFailedError(
            "INVALID_PARAMETER_USAGE",
            f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    for place, value in zip(_in_order(tree, places), parameters, strict=True):
        place.replace(value_of(value))
    return tree


def value_of(text: str) -> Expression:
    """A parameter is one literal, or an expression of literals; never a piece of a query."""
    select = parse_query(f"SELECT {text}")
    if (
        not isinstance(select, exp.Select)
        or len(select.expressions) != 1
        or select.args.get("from_") is not None
        or any(one is not select for one in select.find_all(exp.Column, exp.Query))
    ):
        raise syntax_error(f"the parameter {text} is not a constant")
    found = select.expressions[0]
    value: Expression = exp.Paren(this=found) if isinstance(found, exp.Binary) else found
    return value


def _in_order(tree: Expression, places: list[exp.Placeholder]) -> list[exp.Placeholder]:
    """By position in the statement: the tree holds WITH after SELECT, LIMIT before FROM."""
    sql = tree.copy()
    marks = {}
    for number, node in enumerate(
        one for one in sql.find_all(exp.Placeholder, bfs=False) if one.name in ("", "?")
    ):
        mark = f"athena_parameter_{number}_"
        node.replace(exp.to_identifier(mark))
        marks[mark] = number
    text = sql.sql(dialect="trino")
    order = sorted(marks, key=lambda mark: text.index(mark))
    return [places[marks[mark]] for mark in order]
