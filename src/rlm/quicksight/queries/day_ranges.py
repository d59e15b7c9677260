"""Filters of days that are counted, as filters of the date itself.

`dateDiff({sale_date}, {newest_day}, 'DD') < 28` is computed for each row; `{sale_date} >= ...` is
compared, and skips what is stored together and lies outside of it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Operation
from rlm.quicksight.expressions.walking import children, nodes, with_children
from rlm.quicksight.queries.context import NotSupportedError
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.quicksight.queries.context import Context

# Days ago to dates: the more days ago, the earlier. Of each comparison, the one of the date, and
# how many days after the day that lies that many days back.
_OF_DATES: Final[Mapping[str, tuple[Any, int]]] = {
    "<": (">=", 1),
    "<=": (">=", 0),
    ">": ("<", 0),
    ">=": ("<", 1),
}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def as_date_ranges(context: Context, data_set: str, tree: Expression) -> Expression:
    """The condition, with comparisons of dates in the place of those of counted days."""
    if isinstance(tree, Operation) and tree.operator in _OF_DATES and len(tree.operands) == 2:
        return _comparison(context, data_set, tree) or tree
    if isinstance(tree, Operation) and tree.operator in ("and", "or"):
        parts = tuple(as_date_ranges(context, data_set, one) for one in children(tree))
        return with_children(tree, parts)
    return tree


def _comparison(context: Context, data_set: str, tree: Operation) -> Operation | None:
    left, right = tree.operands
    operator: str = tree.operator
    if isinstance(left, Literal):
        left, right, operator = right, left, _TURNED[operator]
    if not isinstance(right, Literal) or isinstance(right.value, bool):
        return None
    bound = right.value
    if not isinstance(bound, (int, float)) or bound != int(bound):
        return None
    counted = _resolved(context, data_set, left)
    if not isinstance(counted, Call) or counted.function != "dateDiff":
        return None
    column, until, *unit = counted.arguments
    column = _resolved(context, data_set, column)
    if not isinstance(column, Column) or unit not in ([], [Literal("DD")]):
        return None
    if context.data_set(data_set).columns.get(column.name) is not ColumnType.DATETIME:
        return None
    last = _constant(context, data_set, until)
    if last is None:
        return None
    chosen, shift = _OF_DATES[operator]
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        day = midnight - dt.timedelta(days=int(bound) - shift)
    except OverflowError:
        return None
    return Operation(chosen, (column, Literal(day)))


def _resolved(context: Context, data_set: str, tree: Expression) -> Expression:
    """What a calculated field that is only named is made of."""
    calculated = context.calculated.get(data_set, {})
    columns = context.data_set(data_set).columns
    seen = set()
    while isinstance(tree, Column) and tree.name not in columns and tree.name in calculated:
        if tree.name in seen:
            break
        seen.add(tree.name)
        tree = calculated[tree.name]
    return tree


def _constant(context: Context, data_set: str, tree: Expression) -> dt.datetime | None:
    """The moment that an expression without columns is; None for any other."""
    whole = _inlined(context, data_set, tree, 0)
    if any(isinstance(node, Column) for node in nodes(whole)):
        return None
    try:
        value = whole.value if isinstance(whole, Literal) else context.evaluate(whole)
    except (ExpressionError, NotSupportedError):
        return None
    return value if isinstance(value, dt.datetime) else None


def _inlined(context: Context, data_set: str, tree: Expression, depth: int) -> Expression:
    found = _resolved(context, data_set, tree)
    parts = children(found)
    if depth > 20 or not parts:
        return found
    return with_children(found, tuple(_inlined(context, data_set, one, depth + 1) for one in parts))
