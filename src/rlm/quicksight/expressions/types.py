"""Checks a calculated field before any query: names, arguments, types, and levels."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - part of the public signature
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from rlm.quicksight.expressions.errors import ExpressionError
from rlm.quicksight.expressions.fields import (
    Fields,
    Stage,
    common_type,
    grouping_of,
    level_of,
)
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.functions.signature import NUMBER, Argument
from rlm.quicksight.expressions.parser import Located, parse_located
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
from rlm.quicksight.expressions.walking import VISUAL_DIMENSIONS, Path, children
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Value

_ARITHMETIC = ("+", "-", "*", "/", "%", "^", "negate")
_LOGIC = ("and", "or", "not")


@dataclass(frozen=True)
class Checked:
    """What a right expression gives, and when it is known."""

    tree: Expression
    type: ColumnType | None
    """None where it cannot be told: null, or of a column of unknown type."""
    stage: Stage


def check(
    text: str,
    columns: Mapping[str, ColumnType],
    calculated_fields: Mapping[str, Expression] | None = None,
    parameters: Mapping[str, tuple[Value, ...]] | None = None,
    data_set: str = "",
) -> Checked:
    """The tree, type and level of a calculated field's text.

    An ExpressionError with line and column names the first thing that QuickSight would refuse:
    a name that nothing has, a function's arguments, types that do not go together, or aggregates
    mixed with values of rows.
    """
    located = parse_located(text)
    fields = Fields(columns, calculated_fields or {}, parameters or {}, data_set)
    checker = _Checker(located, fields)
    checker.visit(located.tree, ())
    try:
        return Checked(located.tree, fields.type(located.tree), fields.stage(located.tree))
    except ExpressionError as error:
        raise ExpressionError(error.problem, *located.position(())) from error


class _Checker:
    def __init__(self, located: Located, fields: Fields) -> None:
        self.located = located
        self.fields = fields

    def fail(self, path: Path, problem: str) -> NoReturn:
        raise ExpressionError(problem, *self.located.position(path))

    def visit(self, tree: Expression, path: Path) -> None:
        """Checks a tree from its leaves up; chains of operators without recursion."""
        spine = []
        while isinstance(tree, Operation) and len(tree.operands) == 2:
            spine.append((tree, path))
            tree, path = tree.operands[0], (*path, 0)
        for index, part in enumerate(children(tree)):
            self.visit(part, (*path, index))
        self.node(tree, path)
        for operation, place in reversed(spine):
            self.visit(operation.operands[1], (*place, 1))
            self.node(operation, place)

    def node(self, tree: Expression, path: Path) -> None:
        match tree:
            case Column() | Parameter():
                self.name(tree, path)
            case Call():
                self.call(tree, path)
            case Operation():
                self.operation(tree, path)
            case _:
                pass

    def name(self, tree: Column | Parameter, path: Path) -> None:
        if isinstance(tree, Column):
            try:
                self.fields.stage(tree)
            except ExpressionError as error:
                self.fail(path, error.problem)
        elif tree.name not in self.fields.parameters and tree.name != VISUAL_DIMENSIONS:
            self.fail(path, f"found ${{{tree.name}}}, expected a parameter of the analysis")

    def call(self, call: Call, path: Path) -> None:
        function = FUNCTIONS[call.function]
        count = len(call.arguments)
        if not function.accepts_count(count):
            self.fail(
                path, f"found {call.function} with {count} arguments, expected {function.usage()}"
            )
        for index, argument in enumerate(call.arguments):
            takes = function.argument(index, count)
            self.argument(call, takes, argument, (*path, index))
        self.levels(call, path)
        if function.common is not None:
            self.agree(
                [(call.arguments[at], (*path, at)) for at in function.common(count)],
                f"the results of {call.function}",
            )

    def argument(self, call: Call, takes: Argument, tree: Expression, path: Path) -> None:
        where = f"{takes.name} of {call.function}"
        if takes.shape == "values":
            if not isinstance(tree, Names | Parameter):
                self.fail(path, f"found a value as {where}, expected a list in brackets")
            return
        if takes.shape != "value":
            self.listed(takes, tree, path, where)
            return
        if isinstance(tree, Names) and not (len(tree.items) == 1 and takes.is_constant):
            self.fail(path, f"found a list as {where}, expected a value")
        if takes.words:
            value = tree.value if isinstance(tree, Literal) else None
            if not (isinstance(value, str) and value.upper() in takes.words):
                is_open = isinstance(tree, Parameter) or value in ("WK", "MM", "DD", "YYYY", "Q")
                if not is_open:
                    self.fail(path, f"expected one of {', '.join(takes.words)} as {where}")
            return
        found = self.fields.type(tree)
        if found is not None and found not in takes.types:
            expected = " or ".join(sorted(takes.types))
            self.fail(path, f"found {found} as {where}, expected {expected}")

    def listed(self, takes: Argument, tree: Expression, path: Path, where: str) -> None:
        if not isinstance(tree, Names):
            self.fail(path, f"found a value as {where}, expected fields in brackets: [{{field}}]")
        for index, item in enumerate(tree.items):
            if takes.shape == "names" and isinstance(item, Sorted):
                self.fail((*path, index), f"found {item.direction} in {where}, expected a field")

    def levels(self, call: Call, path: Path) -> None:
        level = FUNCTIONS[call.function].level
        stages = [
            (self.fields.stage(part), (*path, index))
            for index, part in enumerate(call.arguments)
            if not isinstance(part, Names)
        ]
        if level == "aggregate":
            for stage, place in stages:
                if stage in ("aggregate", "table"):
                    self.fail(
                        place,
                        f"found an aggregate within {call.function}, expected a value of each row;"
                        " an aggregate of an aggregate needs a group-by level: sum({x}, [{y}])",
                    )
        elif level == "table":
            if level_of(call) != "POST_AGG_FILTER":
                for stage, place in stages:
                    if stage in ("aggregate", "table"):
                        self.fail(
                            place,
                            f"found an aggregate in {call.function} at the level {level_of(call)},"
                            " expected a value of each row",
                        )
        elif grouping_of(call) is None:
            self.mixed(stages)

    def operation(self, tree: Operation, path: Path) -> None:
        parts = [(part, (*path, index)) for index, part in enumerate(tree.operands)]
        if path and isinstance(self.parent(path), Names):
            return  # `!{field}` in a group-by level
        if tree.operator in _ARITHMETIC:
            self.each(parts, NUMBER, f"`{_sign(tree)}`")
        elif tree.operator in _LOGIC:
            self.each(parts, frozenset({ColumnType.BOOLEAN}), f"`{tree.operator.upper()}`")
        elif not self.is_date_and_text(tree):
            self.agree(parts, f"the sides of `{tree.operator}`")
        self.mixed([(self.fields.stage(part), place) for part, place in parts])

    def parent(self, path: Path) -> Expression:
        tree = self.located.tree
        for index in path[:-1]:
            tree = children(tree)[index]
        return tree

    def each(
        self, parts: list[tuple[Expression, Path]], types: frozenset[ColumnType], sign: str
    ) -> None:
        for part, place in parts:
            found = self.fields.type(part)
            if found is not None and found not in types:
                expected = "a number" if types == NUMBER else "TRUE or FALSE"
                self.fail(place, f"found {found} beside {sign}, expected {expected}")

    def agree(self, parts: list[tuple[Expression, Path]], what: str) -> None:
        first: ColumnType | None = None
        for part, place in parts:
            found = self.fields.type(part)
            # TRUE and FALSE are compared with 1 and 0 as well.
            is_flag = {first, found} == {ColumnType.BOOLEAN, ColumnType.INTEGER}
            if None not in (first, found) and not is_flag and common_type((first, found)) is None:
                self.fail(place, f"found {found} among {what}, expected {first} as before")
            first = common_type((first, found)) or first

    def is_date_and_text(self, tree: Operation) -> bool:
        types = {self.fields.type(part) for part in tree.operands}
        has_text = any(
            isinstance(part, Literal) and isinstance(part.value, str) for part in tree.operands
        )
        return has_text and types == {ColumnType.DATETIME, ColumnType.STRING}

    def mixed(self, stages: list[tuple[Stage, Path]]) -> None:
        # Beside a table calculation a field may well be a dimension of the visual.
        if {stage for stage, _ in stages} >= {"row", "aggregate"}:
            place = next(place for stage, place in stages if stage == "row")
            self.fail(
                place,
                "mismatched aggregation: a value of each row stands beside an aggregate;"
                " aggregate it too, or neither",
            )


def _sign(tree: Operation) -> str:
    return "-" if tree.operator == "negate" else tree.operator
