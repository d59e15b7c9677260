"""What a visual asks of one data set, before any SQL: the contract between visuals and compiler.

QuickSight's order of evaluation decides where each part acts: row-level expressions and PRE_FILTER
calculations, then filters of rows, then PRE_AGG calculations, aggregation by the dimensions,
filters of aggregates, table calculations over the aggregated rows, sorting and the limit.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
from collections.abc import Mapping  # noqa: TC003 - part of the public types
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Functions of expressions know column types: at run time these come first.
    from rlm.quicksight.expressions.tree import Expression, Value


class ColumnType(StrEnum):
    """Types of SPICE columns."""

    STRING = "STRING"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    DATETIME = "DATETIME"
    BOOLEAN = "BOOLEAN"


@dataclass(frozen=True)
class DataSet:
    """Where the rows of one data set stand, and what its columns are."""

    identifier: str
    relation: str
    """A table or view of the DuckDB connection, quoted as SQL needs it."""
    columns: Mapping[str, ColumnType]
    stored_as: Mapping[str, str] = field(default_factory=dict)
    """Columns that the relation calls otherwise: names that differ by case only, which QuickSight
    tells apart and DuckDB does not."""
    whole_days: frozenset[str] = frozenset()
    """Columns of dates known to hold no time of day: queries by periods are faster then."""
    few_values: frozenset[str] = frozenset()
    """Columns of text known to have a hundred values at most."""

    def stored(self, column: str) -> str:
        """What the relation calls a column."""
        return self.stored_as.get(column, column)


@dataclass(frozen=True)
class Scope:
    """What names in expressions mean, and when now is."""

    data_set: DataSet
    calculated_fields: Mapping[str, Expression]
    parameters: Mapping[str, tuple[Value, ...]]
    """By name; a parameter of one value has a tuple of one; none set, an empty one."""
    now: dt.datetime
    """UTC, without a zone."""
    week_starts_on: int = 7
    """ISO day of the week: 7 is Sunday, QuickSight's own choice."""


@dataclass(frozen=True)
class Aggregate:
    """How a measure is put together from the rows of a group."""

    function: str
    """SUM, AVERAGE, MIN, MAX, COUNT, DISTINCT_COUNT, VAR, VARP, STDEV, STDEVP, MEDIAN, PERCENTILE,
    or ATTRIBUTE: the one value that all rows of the group share, else null."""
    percentile: float | None = None


@dataclass(frozen=True)
class Dimension:
    """What rows are grouped by."""

    alias: str
    expression: Expression
    granularity: str | None = None
    """YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND: dates are cut to it."""


@dataclass(frozen=True)
class Measure:
    """A number (or date, or text) for each group."""

    alias: str
    expression: Expression
    aggregate: Aggregate | None = None
    """None where the expression is an aggregate or a table calculation already."""


@dataclass(frozen=True)
class Ordered:
    """A measure that ranks something."""

    expression: Expression
    aggregate: Aggregate | None
    direction: str
    """ASC or DESC."""


@dataclass(frozen=True)
class TopBottom:
    """Only rows whose `target` is among the first `limit` by `order`, after the filters of rows."""

    target: Expression
    limit: int
    order: tuple[Ordered, ...]
    granularity: str | None = None


@dataclass(frozen=True)
class Order:
    """Sorting of the result, by an alias of it or by something that it does not show."""

    direction: str
    alias: str | None = None
    by: Ordered | None = None


@dataclass(frozen=True)
class Query:
    """One SELECT. Without measures the distinct dimensions; `is_detail` neither groups nor dedupes.

    A filter that holds an aggregate acts after aggregation, one with a table calculation after
    that; the compiler tells them apart by their level.
    """

    data_set: str
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    filters: tuple[Expression, ...] = ()
    top_bottom: tuple[TopBottom, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    is_detail: bool = False
    row_level_security: Expression | None = None
    """Acts before everything else, PRE_FILTER calculations too."""
    totals_over: tuple[tuple[str, ...], ...] = field(default=())
    """Also rows of totals: each a set of dimension aliases kept, as GROUPING SETS have them.

    The result then has one more column, the last, `__level`: 0 for groups, 1 + the index in here
    for totals; groups come first, and the limit cuts groups only.
    """
