"""Aggregates over all rows, such as the newest day: computed once a board, then constants.

`maxOver({sale_date}, [], PRE_FILTER)` is one value, whatever the visual, its filters and what the
viewer chose. Left in a query it is a window over every row, the dearest part of it by far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.expressions.fields import level_of
from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Names, Parameter
from rlm.quicksight.expressions.walking import children, nodes, with_children
from rlm.quicksight.query import Measure, Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.quicksight.expressions.fields import Fields
    from rlm.quicksight.expressions.tree import Value

_AGGREGATES: Final = {"maxOver": "max", "minOver": "min"}


def wholes_in(calculated: Mapping[str, Expression], fields: Fields) -> dict[Call, Expression]:
    """Each aggregate over all rows in calculated fields, and the aggregate of rows that it is.

    Only of what each row has without parameters: anything else is left to the query.
    """
    found: dict[Call, Expression] = {}
    for tree in calculated.values():
        for node in nodes(tree):
            if isinstance(node, Call) and node not in found and _is_whole(node):
                argument = node.arguments[0]
                if _is_of_rows(argument, calculated, fields):
                    found[node] = Call(_AGGREGATES[node.function], (argument,))
    return found


def with_constants(tree: Expression, known: Mapping[Call, Value]) -> Expression:
    """The tree with what is known in the place of what computes it."""
    if isinstance(tree, Call) and tree in known:
        return Literal(known[tree])
    parts = children(tree)
    if not parts:
        return tree
    return with_children(tree, tuple(with_constants(one, known) for one in parts))


def whole_query(
    data_set: str, aggregates: Mapping[Call, Expression], security: Expression | None
) -> Query:
    """One query for all of them; its measures are in their order."""
    measures = tuple(Measure(f"m{place}", one) for place, one in enumerate(aggregates.values()))
    return Query(data_set, measures=measures, row_level_security=security)


def _is_whole(call: Call) -> bool:
    if call.function not in _AGGREGATES or level_of(call) != "PRE_FILTER":
        return False
    partition = call.arguments[1] if len(call.arguments) > 1 else Names(())
    return isinstance(partition, Names) and not partition.items


def _is_of_rows(tree: Expression, calculated: Mapping[str, Expression], fields: Fields) -> bool:
    try:
        if fields.stage(tree) != "row":
            return False
    except ExpressionError:
        return False
    return not any(
        isinstance(node, Parameter) or (isinstance(node, Call) and node.function.endswith("Over"))
        for node in _all_nodes(tree, calculated, set())
    )


def _all_nodes(
    tree: Expression, calculated: Mapping[str, Expression], seen: set[str]
) -> Iterator[Expression]:
    """Nodes of the tree, and of the calculated fields that it names."""
    for node in nodes(tree):
        yield node
        if isinstance(node, Column) and node.name in calculated and node.name not in seen:
            seen.add(node.name)
            yield from _all_nodes(calculated[node.name], calculated, seen)
