"""Expressions as SQL; how fields, aggregates and table calculations read is up to the stage."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from rlm.quicksight.expressions.errors import ExpressionError, UnsupportedExpressionError
from rlm.quicksight.expressions.fields import Fields, operands_of
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
from rlm.quicksight.query import ColumnType
from rlm.quicksight.sql.date_patterns import moment_written
from rlm.quicksight.sql.quoting import literal
from rlm.quicksight.sql.scalars import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.expressions.tree import Value
    from rlm.quicksight.query import Scope

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
SQL_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DOUBLE",
    ColumnType.DATETIME: "TIMESTAMP",
    ColumnType.BOOLEAN: "BOOLEAN",
}


def fields_of(scope: Scope) -> Fields:
    """What the names of a scope mean."""
    return Fields(
        scope.data_set.columns,
        scope.calculated_fields,
        scope.parameters,
        scope.data_set.identifier,
    )


class Translator(ABC):
    """One stage of a query: the scalar language is the same in each."""

    def __init__(self, scope: Scope, fields: Fields) -> None:
        self.scope = scope
        self.fields = fields
        self._calculated: dict[str, tuple[str, set[str]]] = {}
        self._notes: list[set[str]] = []

    @contextmanager
    def noting(self) -> Iterator[set[str]]:
        """Collects what is noted meanwhile: the computed columns that some SQL refers to."""
        self._notes.append(set())
        try:
            yield self._notes[-1]
        finally:
            used = self._notes.pop()
            if self._notes:
                self._notes[-1] |= used

    def note(self, *used: str) -> None:
        """Says that the SQL under way refers to computed columns."""
        if self._notes:
            self._notes[-1].update(used)

    @abstractmethod
    def column(self, name: str) -> str:
        """A column of the data set."""

    @abstractmethod
    def aggregate(self, call: Call) -> str:
        """An aggregate function."""

    @abstractmethod
    def table(self, call: Call) -> str:
        """A table calculation."""

    def known(self, tree: Expression) -> str | None:
        """SQL of a tree that the stage has already computed."""
        del tree
        return None

    def sql(self, tree: Expression) -> str:
        """The SQL of a tree, in brackets where it needs them."""
        known = self.known(tree)
        if known is not None:
            return known
        match tree:
            case Literal():
                return literal(tree.value)
            case Parameter():
                return literal(self.single_value(tree))
            case Column():
                return self._named(tree.name)
            case Operation():
                return self._operation(tree)
            case Call():
                level = FUNCTIONS[tree.function].level
                if level == "aggregate":
                    return self.aggregate(tree)
                if level == "table":
                    return self.table(tree)
                self.check_count(tree)
                return SCALARS[tree.function](self, tree.arguments)
            case Names() | Sorted():
                raise ExpressionError("found a list in brackets, expected a value")

    def _named(self, name: str) -> str:
        column = self.fields.column(name)
        if column is not None:
            return self.column(column)
        if name not in self._calculated:
            with self.fields.entered(name), self.noting() as used:
                self._calculated[name] = (self.sql(self.fields.calculated(name)), used)
        sql, used = self._calculated[name]
        self.note(*used)
        return sql

    def type(self, tree: Expression) -> ColumnType | None:
        """The type of a tree."""
        return self.fields.type(tree)

    # What functions ask for.

    def text(self, tree: Expression) -> str:
        """The tree as text, whatever its type."""
        match self.type(tree):
            case ColumnType.STRING | None:
                return self.sql(tree)
            case ColumnType.DATETIME:
                return f"strftime({self.sql(tree)}, '%Y-%m-%dT%H:%M:%S.%gZ')"
            case _:
                return f"CAST({self.sql(tree)} AS VARCHAR)"

    def moment(self, tree: Expression) -> str:
        """The tree as a date; a constant text in a usual format is one too."""
        if self.type(tree) is not ColumnType.STRING:
            return self.sql(tree)
        value = self.constant(tree)
        if isinstance(value, str):
            moment = moment_written(value)
            if moment is None:
                raise ExpressionError(f"found the text {value!r}, expected a date")
            return literal(moment)
        return f"TRY_CAST({self.sql(tree)} AS TIMESTAMP)"

    def number(self, tree: Expression) -> str:
        """The tree as a number; text that is none is null."""
        if self.type(tree) is ColumnType.STRING:
            return f"TRY_CAST({self.sql(tree)} AS DOUBLE)"
        return self.sql(tree)

    def constant(self, tree: Expression) -> Value:
        """The value of a literal or a parameter of one value; None of anything else."""
        match tree:
            case Literal():
                return tree.value
            case Parameter():
                return self.single_value(tree)
            case Operation(operator="negate", operands=(Literal() as inner,)):
                value = inner.value
                is_number = not isinstance(value, str | bool | dt.datetime | None)
                return -value if is_number else None  # type: ignore[operator]
            case _:
                return None

    def word(self, tree: Expression) -> str:
        """A constant text, such as a period or a format."""
        match tree:
            case Names(items=(inner,)):
                return self.word(inner)
        value = self.constant(tree)
        if not isinstance(value, str):
            raise UnsupportedExpressionError("expected a constant text (a period, a format)")
        return value

    def whole(self, tree: Expression) -> int:
        """A constant whole number."""
        value = self.constant(tree)
        if isinstance(value, bool | str | dt.datetime | None) or value != int(value):
            raise UnsupportedExpressionError("expected a constant whole number")
        return int(value)

    def values(self, tree: Expression, type_: ColumnType | None) -> list[str]:
        """The SQL of each value of a list, or of a parameter of several values.

        They are compared with a value of `type_`; a constant of another type becomes one of it.
        """
        match tree:
            case Names():
                return [one for item in tree.items for one in self.values(item, type_)]
            case Parameter():
                values = self.parameter(tree.name)
                return [one for value in values for one in self.values(Literal(value), type_)]
            case _:
                found = self.type(tree)
        if type_ is ColumnType.DATETIME:
            return [self.moment(tree)]
        if type_ is ColumnType.STRING:
            return [self.text(tree)]
        if found is ColumnType.STRING and type_ is not None:
            return [f"TRY_CAST({self.sql(tree)} AS {SQL_TYPES[type_]})"]
        return [self.sql(tree)]

    def parameter(self, name: str) -> tuple[Value, ...]:
        """All values of a parameter; one that is declared nowhere has none.

        Real dashboards have such references, and open; the check of types names them.
        """
        return self.scope.parameters.get(name, ())

    def single_value(self, parameter: Parameter) -> Value:
        """The value of a parameter, None where none is set."""
        values = self.parameter(parameter.name)
        if len(values) > 1:
            raise UnsupportedExpressionError(
                f"${{{parameter.name}}} has {len(values)} values where one is expected;"
                " lists stand in in() and notIn()"
            )
        return values[0] if values else None

    def branches(self, trees: list[Expression]) -> list[str]:
        """Alternatives of one value: of one type, text where their types differ."""
        types = {self.type(tree) for tree in trees} - {None}
        if len(types) > 1 and types != {ColumnType.INTEGER, ColumnType.DECIMAL}:
            return [self.text(tree) for tree in trees]
        return [self.sql(tree) for tree in trees]

    def compared(self, left: Expression, right: Expression) -> tuple[str, str]:
        """Both sides of a comparison, as one type."""
        types = {self.type(left), self.type(right)}
        if ColumnType.STRING not in types or len(types - {None}) < 2:
            if ColumnType.DATETIME in types and types & {ColumnType.INTEGER, ColumnType.DECIMAL}:
                raise ExpressionError("found a date compared with a number, expected two dates")
            if ColumnType.BOOLEAN in types and types & {ColumnType.INTEGER, ColumnType.DECIMAL}:
                return self._as_number(left), self._as_number(right)
            return self.sql(left), self.sql(right)
        if ColumnType.DATETIME in types:
            return self.moment(left), self.moment(right)
        if ColumnType.BOOLEAN in types:
            return self._as_truth(left), self._as_truth(right)
        return self.number(left), self.number(right)

    def _as_truth(self, tree: Expression) -> str:
        if self.type(tree) is ColumnType.STRING:
            return f"TRY_CAST({self.sql(tree)} AS BOOLEAN)"
        return self.sql(tree)

    def _as_number(self, tree: Expression) -> str:
        if self.type(tree) is ColumnType.BOOLEAN:
            return f"CAST({self.sql(tree)} AS INTEGER)"
        return self.sql(tree)

    def guarded(self, sql: str) -> str:
        """Null where computing it fails (a date out of range), not the end of the query."""
        return f"TRY({sql})"

    def check_count(self, call: Call) -> None:
        """An error where a function has too few or too many arguments."""
        function = FUNCTIONS[call.function]
        if not function.accepts_count(len(call.arguments)):
            raise ExpressionError(
                f"found {call.function} with {len(call.arguments)} arguments,"
                f" expected {function.usage()}"
            )

    def check_measure(self, call: Call) -> None:
        """An error where an aggregate or a table calculation of numbers is one of text."""
        takes = FUNCTIONS[call.function].arguments[0]
        is_of_numbers = ColumnType.DECIMAL in takes.types and ColumnType.STRING not in takes.types
        if is_of_numbers and self.type(call.arguments[0]) is ColumnType.STRING:
            raise ExpressionError(
                f"found STRING as {takes.name} of {call.function}, expected a number"
            )

    def refuse(self, problem: str) -> NoReturn:
        """What QuickSight itself refuses."""
        raise ExpressionError(problem)

    def _operation(self, tree: Operation) -> str:
        match tree.operator:
            case "not":
                return f"(NOT {self.sql(tree.operands[0])})"
            case "negate":
                return f"(- {self.number(tree.operands[0])})"
            case "and" | "or":
                joined = f" {tree.operator.upper()} ".join(
                    self.sql(one) for one in operands_of(tree)
                )
                return f"({joined})"
            case "+" | "*":
                return f"({f' {tree.operator} '.join(map(self.number, operands_of(tree)))})"
        left, right = tree.operands
        if tree.operator in _COMPARISONS:
            first, second = self.compared(left, right)
            return f"({first} {tree.operator} {second})"
        first, second = self.number(left), self.number(right)
        match tree.operator:
            case "/" | "%":
                divisor = self.constant(right)
                if isinstance(divisor, int | Decimal) and divisor != 0:
                    return f"({first} {tree.operator} {second})"
                return f"({first} {tree.operator} nullif({second}, 0))"
            case "^":
                return f"pow({first}, {second})"
            case _:
                return f"({first} {tree.operator} {second})"
