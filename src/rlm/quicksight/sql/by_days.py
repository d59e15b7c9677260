"""Groups of periods by way of days: rows are grouped by their day, and the days by their period.

A month, or a week that ends on a chosen day, is computed for each row at several times the cost of
the rest of the query. There are few days: of them it costs nothing. Sums, counts, extremes and
averages of days make those of periods; medians and distinct counts do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.tree import Call, Column
from rlm.quicksight.sql.aggregates import aggregated
from rlm.quicksight.sql.periods import unit_of
from rlm.quicksight.sql.quoting import identifier

if TYPE_CHECKING:
    from rlm.quicksight.query import Dimension, Query
    from rlm.quicksight.sql.rows import Rows, Source

# More might make nearly as many groups as there are rows.
_MOST_TEXTS: Final = 1


@dataclass
class ByDays:
    """What is kept of each day, for the aggregates of the query to be made from."""

    columns: tuple[str, ...]
    """SQL of the date, and of all else that the query groups by."""
    kept: dict[str, str] = field(default_factory=dict)
    """SQL of each aggregate of a day, and its column."""
    is_possible: bool = True
    """False from the first aggregate on that days do not make."""

    def aggregated(self, name: str, value: str, share: str = "", condition: str = "") -> str:
        """An aggregate of rows, from those of days."""

        def of_days(function: str) -> str:
            sql = aggregated(function, value, share, condition)
            return self.kept.setdefault(sql, f"__k{len(self.kept)}")

        match name:
            case "sum" | "min" | "max":
                return f"{name}({of_days(name)})"
            case "count":
                return f"CAST(sum({of_days(name)}) AS BIGINT)"
            case "avg":
                return f"(sum({of_days('sum')}) / nullif(sum({of_days('count')}), 0))"
        self.is_possible = False
        return aggregated(name, value, share, condition)

    def put(self, source: Source) -> None:
        """Groups the rows of the source by their day."""
        keys = ", ".join(self.columns)
        columns = ", ".join([keys, *(f"{sql} AS {alias}" for sql, alias in self.kept.items())])
        body = f"SELECT {columns} FROM {source.relation}{source.where()} GROUP BY {keys}"
        source.layers.append(f"__days AS NOT MATERIALIZED ({body})")
        source.relation, source.conditions = "__days", []


def by_days(query: Query, rows: Rows) -> ByDays | None:
    """For a query by periods of a column that holds whole days, and else by few texts only."""
    if query.totals_over:
        return None
    data_set = rows.scope.data_set
    dates: list[str] = []
    texts: list[str] = []
    is_worth_it = False
    for dimension in query.dimensions:
        field = rows.fields.canonical(dimension.expression)
        if isinstance(field, Column) and field.name in data_set.few_values:
            texts.append(field.name)
            continue
        column = _only_column(dimension, rows)
        if column is None or column not in data_set.whole_days:
            return None
        dates.append(column)
        unit = unit_of(dimension.granularity) if dimension.granularity else "day"
        is_worth_it |= field != Column(column) or unit != "day"
    if not is_worth_it or len(set(dates)) != 1 or len(texts) > _MOST_TEXTS:
        return None
    names = dict.fromkeys((dates[0], *texts))
    return ByDays(tuple(identifier(data_set.stored(name)) for name in names))


def _only_column(dimension: Dimension, rows: Rows) -> str | None:
    """The one column that a dimension is computed from, row by row; None where it is another."""
    found: set[str] = set()
    for node in rows.all_nodes(dimension.expression):
        if isinstance(node, Call) and FUNCTIONS[node.function].level != "row":
            return None
        if isinstance(node, Column):
            column = rows.fields.column(node.name)
            if column is not None:
                found.add(column)
    return found.pop() if len(found) == 1 else None
