"""Groups of rows: dimensions, aggregates, and table calculations over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from rlm.quicksight.expressions.errors import ExpressionError, UnsupportedExpressionError
from rlm.quicksight.expressions.fields import grouping_of, level_of
from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Parameter
from rlm.quicksight.sql.aggregates import (
    PERCENTILES,
    TO_DATE,
    aggregated,
    attribute,
    call_of,
    share_of,
)
from rlm.quicksight.sql.periods import FINEST_FIRST, cut, unit_of
from rlm.quicksight.sql.quoting import literal
from rlm.quicksight.sql.translator import Translator
from rlm.quicksight.sql.windows import DateAxis, Ground, window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlm.quicksight.expressions.fields import Fields
    from rlm.quicksight.query import Aggregate, Dimension, Scope
    from rlm.quicksight.sql.by_days import ByDays
    from rlm.quicksight.sql.rows import Rows

LEVEL = "__level"
"""The column that tells totals from groups: 0, or 1 + the index in Query.totals_over."""


@dataclass(frozen=True)
class Grouping:
    """One dimension of a query."""

    alias: str
    field: Expression
    """Without granularity, by its shortest name."""
    unit: str | None
    sql: str
    """Over rows."""


def groupings(dimensions: Iterable[Dimension], rows: Rows) -> tuple[Grouping, ...]:
    """The dimensions, dates cut to their granularity."""
    found = []
    for one in dimensions:
        sql = rows.sql(one.expression)
        unit = unit_of(one.granularity) if one.granularity else None
        if unit:
            sql = rows.cut(one.expression, unit)
        found.append(Grouping(one.alias, rows.fields.canonical(one.expression), unit, sql))
    return tuple(found)


class Groups(Translator):
    """Translates what is known for each group.

    `is_staged`: aggregates become columns of a table of groups, for windows to be laid over them;
    else they stand in the one SELECT that groups. `is_deduped`: there is one row for each group of
    the level-aware aggregates already. `days`: the rows are days.
    """

    def __init__(
        self,
        scope: Scope,
        fields: Fields,
        rows: Rows,
        dimensions: tuple[Grouping, ...],
        is_staged: bool = False,
        has_totals: bool = False,
        is_deduped: bool = False,
        days: ByDays | None = None,
    ) -> None:
        super().__init__(scope, fields)
        self.days = days
        self.is_deduped = is_deduped
        self.rows = rows
        self.dimensions = dimensions
        self.is_staged = is_staged
        self.has_totals = has_totals
        self.aggregates: dict[str, str] = {}
        """SQL of each aggregate, and its column, where staged."""
        self.windows: dict[Call, tuple[str, str, int]] = {}
        """Alias, SQL and depth of each window."""

    # Dimensions.

    def dimension(self, index: int) -> str:
        """How this stage reads a dimension."""
        return f"__d{index}" if self.is_staged else self.dimensions[index].sql

    def known(self, tree: Expression) -> str | None:
        if isinstance(tree, Literal | Parameter):
            return None
        indexes = self._indexes_of(tree)
        return self.dimension(indexes[0]) if indexes else None

    def _indexes_of(self, tree: Expression) -> list[int]:
        """Dimensions that show a field, the finest first."""
        field = self.fields.canonical(tree)
        unit = None
        if isinstance(field, Call) and field.function == "truncDate" and len(field.arguments) == 2:
            word = self.constant(field.arguments[0])
            unit = unit_of(word) if isinstance(word, str) else None
        found = []
        for index, one in enumerate(self.dimensions):
            is_cut_so = unit is not None and one.unit == unit
            if one.field == field or (
                is_cut_so and self.fields.canonical(self._cut_field(field)) == one.field
            ):
                found.append(index)
        return sorted(found, key=lambda index: self._fineness(self.dimensions[index].unit))

    def _cut_field(self, tree: Expression) -> Expression:
        return tree.arguments[1] if isinstance(tree, Call) else tree

    def _fineness(self, unit: str | None) -> int:
        return -1 if unit is None else FINEST_FIRST.index(unit)

    # What fields mean here.

    def guarded(self, sql: str) -> str:
        # TRY takes no aggregates; where staged, they are columns.
        return super().guarded(sql) if self.is_staged else sql

    def column(self, name: str) -> NoReturn:
        raise ExpressionError(
            f"mismatched aggregation: {{{name}}} has a value for each row, and stands where a value"
            f" of each group is expected; aggregate it (sum({{{name}}})), or add it to the visual's"
            " dimensions"
        )

    def measure(self, expression: Expression, aggregate: Aggregate | None) -> str:
        """A measure; what is an aggregate already is not aggregated again."""
        stage = self.fields.stage(expression)
        if aggregate is None or stage in ("aggregate", "table"):
            return self.sql(expression)
        if aggregate.function == "ATTRIBUTE":
            if self.days:
                self.days.is_possible = False
            return self._kept(attribute(self.rows.sql(expression)))
        return self.aggregate(call_of(expression, aggregate))

    def aggregate(self, call: Call) -> str:
        if grouping_of(call) is not None:
            return self._of_level(call)
        self.check_count(call)
        self.check_measure(call)
        name, arguments = call.function, call.arguments
        share = condition = ""
        if name in TO_DATE:
            date_index = 2 if "Percentile" in name else 1
            condition = self._period_to_date(arguments[date_index:])
            if date_index == 2:
                share = share_of(self.constant(arguments[1]))
            return self._aggregated(TO_DATE[name], self.rows.sql(arguments[0]), share, condition)
        if name in PERCENTILES:
            share = share_of(self.constant(arguments[1]))
        if name.endswith("If"):
            name, condition = name.removesuffix("If"), self.rows.sql(arguments[1])
        keys = self.rows.level_keys(arguments[0])
        if keys is not None and not self.is_deduped:
            if condition:
                raise UnsupportedExpressionError(
                    f"{call.function} of a level-aware aggregate: its groups have no condition"
                )
            condition = f"{self.rows.first_of_each((*self.rows.dimensions, *keys))} = 1"
        return self._aggregated(name, self.rows.sql(arguments[0]), share, condition)

    def _aggregated(self, name: str, value: str, share: str, condition: str) -> str:
        of = self.days.aggregated if self.days else aggregated
        return self._kept(of(name, value, share, condition))

    def _of_level(self, call: Call) -> str:
        """A level-aware aggregate that is the same for all rows of a group."""
        for key in self.rows.keys_of(call):
            if not self._indexes_of(self.rows.base_of(key)):
                self.refuse(
                    f"mismatched aggregation: {call.function} grouped by a field that the visual"
                    f" does not group by; aggregate it once more (sum({call.function}(...)))"
                )
        return self._aggregated("min", self.rows.sql(call), "", "")

    def _period_to_date(self, arguments: tuple[Expression, ...]) -> str:
        date = self.rows.moment(arguments[0])
        unit = unit_of(self.word(arguments[1]))
        end = self.rows.moment(arguments[2]) if len(arguments) > 2 else literal(self.scope.now)
        start = cut(end, unit, self.scope.week_starts_on)
        return f"{date} >= {start} AND {date} <= {end}"

    def _kept(self, sql: str) -> str:
        if not self.is_staged:
            return sql
        return self.aggregates.setdefault(sql, f"__a{len(self.aggregates)}")

    # Table calculations.

    def table(self, call: Call) -> str:
        if level_of(call) != "POST_AGG_FILTER":
            indexes = self._indexes_of(call)
            if indexes:
                return self.dimension(indexes[0])
            self.refuse(
                f"mismatched aggregation: {call.function} at the level {level_of(call)} has a value"
                " for each row, and stands where a value of each group is expected; aggregate it"
            )
        if not self.is_staged:
            raise UnsupportedExpressionError(f"{call.function} where there are no groups yet")
        if call not in self.windows:
            with self.noting() as used:
                sql = window(self._ground(), call)
            depth = 1 + max(
                (depth for alias, _, depth in self.windows.values() if alias in used), default=0
            )
            self.windows[call] = (f"__t{len(self.windows)}", sql, depth)
        alias = self.windows[call][0]
        self.note(alias)
        return alias

    def window_layers(self) -> list[str]:
        """For each layer of windows, what it adds."""
        depths = sorted({depth for _, _, depth in self.windows.values()})
        return [
            ", ".join(
                f"{sql} AS {alias}" for alias, sql, deep in self.windows.values() if deep == depth
            )
            for depth in depths
        ]

    def _ground(self) -> Ground:
        ties = tuple(self.dimension(index) for index in range(len(self.dimensions)))
        return Ground(self, (LEVEL,) if self.has_totals else (), ties, self._date_axis)

    def _date_axis(self, tree: Expression) -> DateAxis:
        indexes = self._indexes_of(tree)
        if not indexes:
            shown = f"{{{tree.name}}}" if isinstance(tree, Column) else "a date"
            raise ExpressionError(
                f"found {shown} as the date of a period function, expected a date that the visual"
                " groups by"
            )
        others = tuple(
            self.dimension(index) for index in range(len(self.dimensions)) if index not in indexes
        )
        return DateAxis(self.dimension(indexes[0]), self.dimensions[indexes[0]].unit, others)

    # The SELECT of groups.

    def level_sql(self, totals: tuple[tuple[str, ...], ...]) -> str:
        """The number of the grouping set that a row is of."""
        keys = ", ".join(one.sql for one in self.dimensions)
        masks: dict[int, int] = {}
        for number, kept in enumerate(totals, start=1):
            masks.setdefault(self._mask(kept), number)
        masks[0] = 0
        whens = " ".join(f"WHEN {mask} THEN {number}" for mask, number in masks.items())
        return f"CASE GROUPING({keys}) {whens} END"

    def _mask(self, kept: tuple[str, ...]) -> int:
        shown = {one.sql for one in self.dimensions if one.alias in kept}
        mask = 0
        for one in self.dimensions:
            mask = 2 * mask + (one.sql not in shown)
        return mask

    def group_by(self, totals: tuple[tuple[str, ...], ...]) -> str:
        """The GROUP BY clause; the dimensions are the first columns of the SELECT."""
        places = {one.alias: str(index) for index, one in enumerate(self.dimensions, start=1)}
        if not places:
            return "GROUP BY ()"
        if not totals:
            return f"GROUP BY {', '.join(places.values())}"
        sets = {0: ", ".join(places.values())}
        for kept in totals:
            unknown = [alias for alias in kept if alias not in places]
            if unknown:
                raise ExpressionError(
                    f"found {unknown[0]!r} in totals, expected one of {', '.join(places)}"
                )
            sets.setdefault(self._mask(kept), ", ".join(places[alias] for alias in kept))
        return f"GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in sets.values())})"

    def select_groups(self, totals: tuple[tuple[str, ...], ...]) -> str:
        """The columns of the table of groups, where staged."""
        columns = [f"{one.sql} AS __d{index}" for index, one in enumerate(self.dimensions)]
        columns += [f"{sql} AS {alias}" for sql, alias in self.aggregates.items()]
        if totals:
            columns.append(f"{self.level_sql(totals)} AS {LEVEL}")
        return ", ".join(columns) or "1 AS __one"
