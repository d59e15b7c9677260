"""What names mean: columns, calculated fields, and the level and type of what they stand for."""

from __future__ import annotations

import datetime as dt
import difflib
from decimal import Decimal
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from rlm.quicksight.expressions.errors import ExpressionError
from rlm.quicksight.expressions.functions import FUNCTIONS
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
from rlm.quicksight.expressions.walking import VISUAL_DIMENSIONS, children
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rlm.quicksight.expressions.tree import Value

Stage = OneOf["constant", "row", "aggregate", "table"]
"""When a value is known: always, for a row, for a group of rows, for the groups of a visual."""

_STAGES: tuple[Stage, ...] = ("constant", "row", "aggregate", "table")


class Fields:
    """Names of one data set; answers are kept, so that a field is looked at once."""

    def __init__(
        self,
        columns: Mapping[str, ColumnType],
        calculated_fields: Mapping[str, Expression],
        parameters: Mapping[str, tuple[Value, ...]],
        data_set: str = "",
    ) -> None:
        self.columns = columns
        self.calculated_fields = calculated_fields
        self.parameters = parameters
        self.data_set = data_set
        self._types: dict[str, ColumnType | None] = {}
        self._stages: dict[str, Stage] = {}
        self._path: list[str] = []

    def column(self, name: str) -> str | None:
        """The column of that name; None where a calculated field has it, else an error."""
        if name in self.calculated_fields:
            return None
        if name in self.columns:
            return name
        alike = [one for one in self.columns if one.lower() == name.lower()]
        if len(alike) == 1 and not self._alike_field(name):
            return alike[0]
        if self._alike_field(name):
            return None
        known = [*self.columns, *self.calculated_fields]
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {{{close[0]}}}?" if close else ""
        raise ExpressionError(
            f"found {{{name}}}, expected a column or a calculated field"
            f" of data set {self.data_set!r}{hint}"
        )

    def calculated(self, name: str) -> Expression:
        """The tree of a calculated field; an error where it refers to itself."""
        found = name if name in self.calculated_fields else self._alike_field(name) or name
        return self.calculated_fields[found]

    def entered(self, name: str) -> _Entered:
        """To be held while a calculated field is looked into; an error that names the cycle."""
        return _Entered(self._path, name)

    def canonical(self, tree: Expression) -> Expression:
        """The same value by its shortest name: a field that only renames a column is that column.

        Fields that refer to each other in a circle stay as they are.
        """
        seen = set()
        while isinstance(tree, Column) and tree.name not in seen:
            seen.add(tree.name)
            column = self.column(tree.name)
            if column is not None:
                return Column(column)
            tree = self.calculated(tree.name)
        return tree

    def stage(self, tree: Expression) -> Stage:
        """When the value of `tree` is known."""
        match tree:
            case Literal() | Parameter():
                return "row" if tree == Parameter(VISUAL_DIMENSIONS) else "constant"
            case Column():
                return self._stage_of_column(tree.name)
            case Call():
                function = FUNCTIONS[tree.function]
                if function.level == "aggregate":
                    return "row" if grouping_of(tree) else "aggregate"
                if function.level == "table":
                    return "table" if level_of(tree) == "POST_AGG_FILTER" else "row"
        return _latest(self.stage(part) for part in operands_of(tree))

    def type(self, tree: Expression) -> ColumnType | None:
        """The type of the value; None where it has none: null, or a list."""
        match tree:
            case Literal():
                return type_of_value(tree.value)
            case Parameter():
                values = self.parameters.get(tree.name, ())
                return common_type(type_of_value(value) for value in values)
            case Column():
                return self._type_of_column(tree.name)
            case Operation(operator="+" | "-" | "*" | "%" | "^" | "negate"):
                types = {self.type(part) for part in operands_of(tree)}
                is_known = None not in types and ColumnType.STRING not in types
                return common_type(types) if is_known else ColumnType.DECIMAL
            case Operation(operator="/"):
                return ColumnType.DECIMAL
            case Operation():
                return ColumnType.BOOLEAN
            case Sorted():
                return self.type(tree.expression)
            case Names():
                return None
            case Call():
                return self._type_of_call(tree)

    def _type_of_call(self, call: Call) -> ColumnType | None:
        function = FUNCTIONS[call.function]
        if isinstance(function.result, ColumnType):
            return function.result
        if isinstance(function.result, int):
            within = function.result < len(call.arguments)
            return self.type(call.arguments[function.result]) if within else None
        indexes = function.common(len(call.arguments)) if function.common else ()
        return common_type(self.type(call.arguments[index]) for index in indexes)

    def _type_of_column(self, name: str) -> ColumnType | None:
        if name not in self._types:
            column = self.column(name)
            if column is not None:
                self._types[name] = self.columns[column]
            else:
                with self.entered(name):
                    self._types[name] = self.type(self.calculated(name))
        return self._types[name]

    def _stage_of_column(self, name: str) -> Stage:
        if name not in self._stages:
            if self.column(name) is not None:
                self._stages[name] = "row"
            else:
                with self.entered(name):
                    self._stages[name] = self.stage(self.calculated(name))
        return self._stages[name]

    def _alike_field(self, name: str) -> str | None:
        if name in self.columns:
            return None
        alike = [one for one in self.calculated_fields if one.lower() == name.lower()]
        return alike[0] if len(alike) == 1 else None


class _Entered:
    def __init__(self, path: list[str], name: str) -> None:
        self._path, self._name = path, name

    def __enter__(self) -> None:
        if self._name in self._path:
            cycle = [*self._path[self._path.index(self._name) :], self._name]
            shown = " -> ".join(f"{{{one}}}" for one in cycle)
            raise ExpressionError(f"calculated fields refer to each other: {shown}")
        self._path.append(self._name)

    def __exit__(self, *_: object) -> None:
        self._path.pop()


def grouping_of(call: Call) -> Names | None:
    """The group-by level of a level-aware aggregate, `sum({x}, [{y}])`; None of any other."""
    last = call.arguments[-1] if call.arguments else None
    is_aggregate = FUNCTIONS[call.function].level == "aggregate"
    return last if is_aggregate and isinstance(last, Names) else None


def level_of(call: Call) -> str:
    """PRE_FILTER, PRE_AGG or POST_AGG_FILTER: what a table function says, else the last."""
    for argument in call.arguments:
        if isinstance(argument, Literal) and argument.value in (
            "PRE_FILTER",
            "PRE_AGG",
            "POST_AGG_FILTER",
        ):
            return str(argument.value)
    return "POST_AGG_FILTER"


def type_of_value(value: Value) -> ColumnType | None:
    """The type of a constant; None of null."""
    match value:
        case None:
            return None
        case bool():
            return ColumnType.BOOLEAN
        case str():
            return ColumnType.STRING
        case int():
            return ColumnType.INTEGER
        case float() | Decimal():
            return ColumnType.DECIMAL
        case dt.datetime():
            return ColumnType.DATETIME


def common_type(types: Iterable[ColumnType | None]) -> ColumnType | None:
    """What values of these types are together; whole numbers among decimals are decimals."""
    found = {one for one in types if one is not None}
    if found == {ColumnType.INTEGER, ColumnType.DECIMAL}:
        return ColumnType.DECIMAL
    return found.pop() if len(found) == 1 else None


def operands_of(tree: Expression) -> list[Expression]:
    """The parts of a tree, a chain of operators as one list: those can be hundreds long."""
    if not isinstance(tree, Operation):
        return list(children(tree))
    found: list[Expression] = []
    node: Expression = tree
    while (
        isinstance(node, Operation) and len(node.operands) == 2 and node.operator == tree.operator
    ):
        found.append(node.operands[1])
        node = node.operands[0]
    if node is tree:
        return list(tree.operands)
    return [node, *reversed(found)]


def _latest(stages: Iterable[Stage]) -> Stage:
    found = {*stages, "constant"}
    return next(stage for stage in reversed(_STAGES) if stage in found)
