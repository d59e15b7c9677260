"""All that a visual's queries are made from: definition, data sets, parameters, choices, now."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.expressions.fields import Fields
from rlm.quicksight.expressions.tree import Column
from rlm.quicksight.query import ColumnType, DataSet, Query, Scope

if TYPE_CHECKING:
    import datetime as dt

    from rlm.quicksight.expressions.tree import Expression, Value
    from rlm.quicksight.queries.state import State

Raw: TypeAlias = Mapping[str, Any]
"""A part of a definition, keys as in the API."""


class NotSupportedError(Exception):
    """A visual cannot be asked rightly: its text is what the box in its place says."""


class NoFieldsError(NotSupportedError):
    """A visual that its author has not given any fields yet: it is empty, nothing is missing."""

    def __init__(self) -> None:
        super().__init__("the visual has no fields")


@dataclass(frozen=True)
class Answer:
    """Rows of one query: dimensions first, then measures, both in the query's order."""

    rows: Sequence[tuple[Any, ...]]
    types: tuple[ColumnType, ...]
    totals: Mapping[tuple[str, ...], Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    """By the aliases kept: rows of those dimensions in the query's order, then the measures."""


T = TypeVar("T")
Steps: TypeAlias = Generator[tuple[Query, ...], tuple[Answer, ...], T]
"""Yields the queries that it needs next, is sent their answers, and returns what it made."""


@dataclass(frozen=True)
class Context:
    """One draw of a board."""

    definition: Raw
    data_sets: Mapping[str, DataSet]
    calculated: Mapping[str, Mapping[str, Expression]]
    """By data set, then by name."""
    broken: Mapping[tuple[str, str], str]
    """Calculated fields that do not parse: data set and name, and why."""
    parameters: Mapping[str, tuple[Value, ...]]
    unset: frozenset[str]
    """Parameters that nobody set: filters by them do not filter."""
    state: State
    now: dt.datetime
    evaluate: Callable[[Expression], Value]
    """The value of an expression without columns, such as a rolling date's."""
    row_level_security: Mapping[str, Expression | None] = field(default_factory=dict)
    week_starts_on: int = 7

    def scope(self, data_set: str) -> Scope:
        """What names mean in expressions on this data set."""
        return Scope(
            data_set=self.data_set(data_set),
            calculated_fields=self.calculated.get(data_set, {}),
            parameters=self.parameters,
            now=self.now,
            week_starts_on=self.week_starts_on,
        )

    def data_set(self, identifier: str) -> DataSet:
        """The data set, or a box's text when there is none."""
        try:
            return self.data_sets[identifier]
        except KeyError:
            raise NotSupportedError(
                f"data set {identifier!r} is not there; is it declared, and has it been refreshed?"
            ) from None

    def has_column(self, data_set: str, name: str) -> bool:
        """Whether the data set has the column, or a calculated field of that name."""
        try:
            self.fields(data_set).column(name)
        except ExpressionError:
            return False
        return True

    def check_column(self, data_set: str, name: str) -> None:
        """Raises where the name means nothing."""
        if (data_set, name) in self.broken:
            raise NotSupportedError(
                f"calculated field {name!r} of {data_set}: {self.broken[data_set, name]}"
            )
        if not self.has_column(data_set, name):
            raise NotSupportedError(f"{data_set} has no column or calculated field {name!r}")

    def column_type(self, data_set: str, name: str) -> ColumnType | None:
        """The type of a column or calculated field; None where it cannot be told."""
        return self.fields(data_set).type(Column(name))

    def is_of_rows(self, data_set: str, expression: Expression) -> bool:
        """Whether each row has a value of it: it is no aggregate and no table calculation."""
        return self.fields(data_set).stage(expression) in ("constant", "row")

    def fields(self, data_set: str) -> Fields:
        """What names mean on the data set."""
        if data_set not in self._fields:
            self._fields[data_set] = Fields(
                self.data_set(data_set).columns,
                self.calculated.get(data_set, {}),
                self.parameters,
                data_set,
            )
        return self._fields[data_set]

    @cached_property
    def _fields(self) -> dict[str, Fields]:
        return {}

    @cached_property
    def formats(self) -> Mapping[tuple[str, str], Raw]:
        """ColumnConfigurations' formats, by data set and column."""
        return {
            (one["Column"].get("DataSetIdentifier", ""), one["Column"]["ColumnName"]): one[
                "FormatConfiguration"
            ]
            for one in self.definition.get("ColumnConfigurations") or ()
            if one.get("FormatConfiguration")
        }
