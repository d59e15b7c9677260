"""Two parts of which neither is constant: values for both, so that together they are as wished."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from rlm.quicksight.expressions.tree import Call, Column, Expression
from rlm.quicksight.expressions.walking import nodes
from rlm.quicksight.query import ColumnType
from rlm.quicksight.samples.turning import as_value, positive
from rlm.quicksight.samples.wishes import ANYTHING, PRESENT, Bound, Wish, as_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.expressions.tree import Value
    from rlm.quicksight.samples.solving import Solver

# Of the values that are wished of one side, those that are tried on the other.
_TRIED = 8
_GREATEST = frozenset(("max", "maxOver", "lastValue"))
_WRITTEN = frozenset(("formatDate", "parseDate"))


def compare(solver: Solver, operator: str, left: Expression, right: Expression) -> bool:
    """The greater one among great numbers or late days, the other among small or early."""
    if operator == "<>":
        return solver.push(left, PRESENT) and solver.push(right, PRESENT)
    if operator == "=":
        return _equal(solver, left, right)
    if operator in ("<", "<="):
        left, right = right, left
    low: Bound = 600.0
    high: Bound = 400.0
    if _is_moment(solver, left):
        low = solver.constants.now - dt.timedelta(days=20)
        high = solver.constants.now - dt.timedelta(days=40)
    # It may be neither, or have wishes of its own: then chance decides.
    solver.wish(left, Wish(low=low, is_null=False))
    solver.wish(right, Wish(high=high, is_null=False))
    return True


def calculate(
    solver: Solver, operator: str, left: Expression, right: Expression, wish: Wish
) -> bool:
    """Two numbers whose sum, difference, product or share is as wished."""
    if wish.among == (0,) or wish.among == (0.0,):
        if operator == "*":
            return solver.wish(left, wish) or solver.wish(right, wish)
        if operator == "+":
            return solver.push(left, wish) and solver.push(right, wish)
    if any(_operands(solver, operator, left, right, one) for one in wish.among or ()):
        return True
    if operator == "-" and wish.low is not None and as_number(as_value(wish.low)) is not None:
        return compare(solver, ">", left, right)
    if operator == "-" and wish.high is not None and wish.low is None:
        return compare(solver, "<", left, right)
    if operator == "/":
        solver.wish(right, Wish(low=1.0, is_null=False))
        return solver.push(left, Wish(is_null=False, low=positive(wish)))
    soft = Wish(is_null=False, low=positive(wish))
    return solver.push(left, soft) and solver.push(right, soft)


def apart(
    solver: Solver,
    moments: tuple[Expression, Expression],
    least: dt.timedelta | None,
    most: dt.timedelta | None,
) -> bool:
    """Two moments so far apart, until now; with one end open, a day further."""
    day = dt.timedelta(days=1)
    if least is not None and most is not None:
        between = (least + most) / 2
    else:
        between = least + day if least is not None else (most or day) - day
    today = _today(solver)
    first = today - dt.timedelta(days=30)
    if first + between > solver.constants.now:
        first = today - between
    solver.wish(moments[0], Wish(among=(first,), is_null=False))
    solver.wish(moments[1], Wish(among=(first + between,), is_null=False))
    return True


def _equal(solver: Solver, left: Expression, right: Expression) -> bool:
    """Both with one value; where wishes of theirs forbid it, chance decides."""
    is_equal = any(
        _both(solver, (left, one), (right, one)) for one in _meetings(solver, left, right)
    )
    return is_equal or (solver.push(left, PRESENT) and solver.push(right, PRESENT))


def _meetings(solver: Solver, left: Expression, right: Expression) -> Iterator[Wish]:
    """What two expressions may have in common: what is wished of one of them first."""
    for tree in (left, right):
        if isinstance(tree, Column):
            for value in (solver.wishes.get(tree.name, ANYTHING).among or ())[:_TRIED]:
                yield Wish(among=(value,), is_null=False)
    parts = list(_nodes(solver, left, right))
    columns = {one.name for one in parts if isinstance(one, Column)}
    kinds = {solver.columns[one] for one in columns if one in solver.columns}
    called = {one.function for one in parts if isinstance(one, Call)}
    if kinds == {ColumnType.DATETIME} or called & _WRITTEN:
        # The last day of all, of which most samples are, or another.
        days = [0] if called & _GREATEST else []
        for one in (*days, solver.random.randrange(1, 60)):
            moment = _today(solver) - dt.timedelta(days=one)
            # As a text it is written in the column's own form.
            is_text = ColumnType.STRING in kinds
            yield (
                Wish(low=moment, high=moment, is_null=False)
                if is_text
                else Wish(among=(moment,), is_null=False)
            )
    elif ColumnType.STRING in kinds:
        yield Wish(among=(f"value {solver.random.choice('ABCDEF')}",), is_null=False)
    else:
        number = 1000 if called & _GREATEST else solver.random.randrange(1, 1000)
        yield Wish(among=(number,), is_null=False)


def _nodes(solver: Solver, *trees: Expression) -> Iterator[Expression]:
    """All that the trees are made of, through calculated fields too."""
    waiting, seen = list(trees), set[str]()
    while waiting:
        for node in nodes(waiting.pop()):
            yield node
            if isinstance(node, Column) and node.name in solver.calculated.keys() - seen:
                seen.add(node.name)
                waiting.append(solver.calculated[node.name])


def _operands(
    solver: Solver, operator: str, left: Expression, right: Expression, value: Value
) -> bool:
    """Two numbers of which the value is made."""
    number, other = as_number(value), float(solver.random.randrange(1, 100))
    if number is None or operator not in ("-", "/", "*"):
        return False
    first = {"-": number + other, "/": number * other, "*": number}[operator]
    second = 1.0 if operator == "*" else other
    wishes = (Wish(among=(first,), is_null=False), Wish(among=(second,), is_null=False))
    return _both(solver, (left, wishes[0]), (right, wishes[1]))


def _both(solver: Solver, *goals: tuple[Expression, Wish]) -> bool:
    before = dict(solver.wishes)
    if all(solver.push(tree, wish) for tree, wish in goals):
        return True
    solver.wishes = before
    return False


def _today(solver: Solver) -> dt.datetime:
    return solver.constants.now.replace(hour=0, minute=0, second=0, microsecond=0)


def _is_moment(solver: Solver, tree: Expression) -> bool:
    if isinstance(tree, Column):
        return solver.columns.get(tree.name) is ColumnType.DATETIME
    return isinstance(tree, Call) and any(_is_moment(solver, one) for one in tree.arguments)
