"""A Query as one SELECT of DuckDB, its stages in QuickSight's order of evaluation.

Rows and PRE_FILTER windows, filters of rows, PRE_AGG windows and level-aware aggregates, filters of
these, top and bottom, groups, filters of groups, table calculations, filters of these, order and
limit.
The columns of the result are the aliases of dimensions and measures, in that order; with totals,
`__level` comes last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rlm.quicksight.expressions.errors import ExpressionError, UnsupportedExpressionError
from rlm.quicksight.expressions.fields import grouping_of
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.tree import Call, Expression, Literal
from rlm.quicksight.sql.aggregates import TO_DATE
from rlm.quicksight.sql.by_days import by_days
from rlm.quicksight.sql.groups import LEVEL, Groups, groupings
from rlm.quicksight.sql.periods import unit_of
from rlm.quicksight.sql.quoting import identifier
from rlm.quicksight.sql.rows import BEFORE_FILTERS, BEFORE_GROUPS, OF_DETAIL, Rows, Source
from rlm.quicksight.sql.totals import aliases_of, united
from rlm.quicksight.sql.translator import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.expressions.fields import Fields
    from rlm.quicksight.query import Dimension, Order, Query, Scope, TopBottom


def compile_query(query: Query, scope: Scope) -> str:
    """The SELECT; equal rows come in the same order whenever it is run.

    An ExpressionError says what the author must change, an UnsupportedExpressionError what is
    not translated.
    """
    _checkaliases_of(query)
    compilation = _Compilation(query, scope, fields_of(scope))
    if query.is_detail:
        return compilation.detail()
    if query.totals_over and query.dimensions and compilation.is_level_aware():
        return united(query, scope, compile_query)
    return compilation.grouped()


def compile_value(expression: Expression, scope: Scope) -> str:
    """A SELECT of one constant expression: of parameters, dates relative to now, and the like."""
    fields = fields_of(scope)
    if fields.stage(expression) != "constant":
        raise ExpressionError("found a field, expected an expression without fields")
    return f"SELECT {Rows(scope, fields).sql(expression)} AS value"


@dataclass
class _Filters:
    """Filters by when they act, as trees; of rows, as SQL with the phase they need."""

    rows: list[Expression]
    groups: list[Expression]
    tables: list[Expression]


class _Compilation:
    def __init__(self, query: Query, scope: Scope, fields: Fields) -> None:
        self.query = query
        self.scope = scope
        self.fields = fields
        keys = tuple(_key_of(one) for one in query.dimensions)
        ties = (*keys, *(one.expression for one in query.measures)) if query.is_detail else ()
        self.rows = Rows(scope, fields, keys, ties, query.is_detail)
        self.filters = self._by_stage()

    def grouped(self, has_days: bool = True) -> str:
        query = self.query
        totals = query.totals_over if query.dimensions else ()
        is_staged = self._has_table_calculations()
        dimensions = groupings(query.dimensions, self.rows)
        if totals and len({one.sql for one in dimensions}) < len(dimensions):
            # One GROUPING SETS cannot total over one of two equal dimensions.
            return united(query, self.scope, compile_query)
        level_keys = self._level_keys()
        deduped = [*(one.sql for one in dimensions)]
        if level_keys is not None:
            deduped += [self.rows.sql(key) for key in level_keys]
            dimensions = tuple(
                replace(one, sql=f"__g{index}") for index, one in enumerate(dimensions)
            )
        days = by_days(query, self.rows) if has_days and level_keys is None else None
        groups = Groups(
            self.scope,
            self.fields,
            self.rows,
            dimensions,
            is_staged,
            bool(totals),
            level_keys is not None,
            days,
        )
        with self.rows.noting() as used:
            measures = [groups.measure(one.expression, one.aggregate) for one in query.measures]
            having = [groups.sql(one) for one in self.filters.groups]
            after = [groups.sql(one) for one in self.filters.tables]
            order = self._order(groups, bool(totals))
        if days is not None and not days.is_possible:
            return _Compilation(query, self.scope, self.fields).grouped(has_days=False)
        source = self._source()
        if days is not None:
            days.put(source)
        if level_keys is not None:
            columns = [f"{sql} AS __g{index}" for index, sql in enumerate(deduped)]
            source.layer("__levels", f"DISTINCT {', '.join([*columns, *sorted(used)])}")
        shown = [
            f"{groups.dimension(index)} AS {identifier(one.alias)}"
            for index, one in enumerate(dimensions)
        ]
        shown += [
            f"{sql} AS {identifier(one.alias)}"
            for sql, one in zip(measures, query.measures, strict=True)
        ]
        level = LEVEL if is_staged else groups.level_sql(totals) if totals else ""
        if totals:
            having = [f"({level} > 0 OR {one})" for one in having]
            after = [f"({LEVEL} > 0 OR {one})" for one in after]
            shown.append(f"{level} AS {LEVEL}" if not is_staged else LEVEL)
        group_by = groups.group_by(totals)
        if is_staged:
            body = f"SELECT {groups.select_groups(totals)} FROM {source.relation}{source.where()}"
            source.layers.append(f"__groups AS NOT MATERIALIZED ({body} {group_by})")
            source.relation, source.conditions = "__groups", having
            for number, added in enumerate(groups.window_layers(), start=1):
                source.layer(f"__tables{number}", f"*, {added}")
            source.conditions.extend(after)
            select = f"SELECT {', '.join(shown)} FROM {source.relation}{source.where()}"
        else:
            select = f"SELECT {', '.join(shown) or '1'} FROM {source.relation}{source.where()}"
            select += f" {group_by}"
            if having:
                select += f" HAVING {' AND '.join(having)}"
        return _with_layers(source, self._cut(select, order, bool(totals)))

    def detail(self) -> str:
        query = self.query
        if self.filters.groups:
            raise ExpressionError(
                "found a filter of an aggregate, expected one of rows: the visual does not group"
            )
        if query.totals_over:
            raise ExpressionError("found totals in a visual that does not group")
        shown = []
        for dimension in query.dimensions:
            sql = self._keyed(dimension)
            shown.append((sql, dimension.alias))
        shown += [(self.rows.sql(one.expression), one.alias) for one in query.measures]
        after = [self.rows.sql(one) for one in self.filters.tables]
        keys: dict[str, str] = {}
        for one in query.order:
            if one.alias is not None:
                places = [str(i) for i, (_, alias) in enumerate(shown, 1) if alias == one.alias]
                if not places:
                    raise ExpressionError(
                        f"found the alias {one.alias!r} in order, expected a field"
                    )
                keys.setdefault(places[0], one.direction)
            elif one.by is not None and self.fields.stage(one.by.expression) != "constant":
                keys.setdefault(self.rows.sql(one.by.expression), one.direction)
        for place in range(1, len(shown) + 1):
            keys.setdefault(str(place), "ASC")
        source = self._source()
        for number, added in enumerate(self.rows.layers_of(OF_DETAIL), start=1):
            source.layer(f"__detail{number}", f"*, {added}")
        source.conditions.extend(after)
        columns = ", ".join(f"{sql} AS {identifier(alias)}" for sql, alias in shown)
        select = f"SELECT {columns} FROM {source.relation}{source.where()}"
        order = [f"{key} {_direction(way)} NULLS LAST" for key, way in keys.items()]
        return _with_layers(source, self._cut(select, order, False))

    # Stages of rows.

    def _source(self) -> Source:
        """Rows with all that was asked of them so far; ask before, not after."""
        source = Source(self.scope.data_set.relation)
        security = self.query.row_level_security
        if security is not None:
            sql, phase = self.rows.translated(security)
            if phase is not None:
                raise UnsupportedExpressionError("a window in row-level security")
            source.conditions.append(sql)
        filters = [self.rows.translated(one) for one in self.filters.rows]
        tops = [self._top(one) for one in self.query.top_bottom]
        self._add_windows(source, BEFORE_FILTERS)
        source.conditions.extend(
            sql for sql, phase in filters if phase is None or phase == BEFORE_FILTERS
        )
        self._add_windows(source, BEFORE_GROUPS)
        source.conditions.extend(sql for sql, phase in filters if phase == BEFORE_GROUPS)
        if tops:
            self._keep_tops(source, tops)
        return source

    def _add_windows(self, source: Source, phase: int) -> None:
        for number, added in enumerate(self.rows.layers_of(phase), start=1):
            kept = "*"
            if source.relation == self.scope.data_set.relation:
                kept = ", ".join(identifier(name) for name in self.rows.columns) or "1 AS __one"
            source.layer(f"__rows{phase}{number}", f"{kept}, {added}")

    def _top(self, top: TopBottom) -> tuple[str, str]:
        """The key of a target, and what selects the best of them."""
        key = self.rows.sql(top.target)
        if top.granularity:
            key = self.rows.cut(top.target, unit_of(top.granularity))
        ranked = Groups(self.scope, self.fields, self.rows, ())
        order = []
        for one in top.order:
            if self.fields.stage(one.expression) == "table":
                raise UnsupportedExpressionError("top or bottom by a table calculation")
            sql = ranked.measure(one.expression, one.aggregate)
            order.append(f"{sql} {_direction(one.direction)} NULLS LAST")
        order.append("1 ASC NULLS LAST")
        ordered = f"GROUP BY 1 ORDER BY {', '.join(order)} LIMIT {int(top.limit)}"
        return key, ordered

    def _keep_tops(self, source: Source, tops: list[tuple[str, str]]) -> None:
        if source.relation != self.scope.data_set.relation:
            source.layer("__filtered", "*", is_read_often=True)
        relation, where = source.relation, source.where()
        for number, (key, ordered) in enumerate(tops, start=1):
            best = f"SELECT {key} AS __key FROM {relation}{where} {ordered}"
            source.relation += (
                f" SEMI JOIN ({best}) AS __top{number}"
                f" ON {key} IS NOT DISTINCT FROM __top{number}.__key"
            )

    # Filters, order and limit.

    def _by_stage(self) -> _Filters:
        filters = _Filters([], [], [])
        for one in self.query.filters:
            match self.fields.stage(one):
                case "aggregate":
                    filters.groups.append(one)
                case "table":
                    filters.tables.append(one)
                case _:
                    filters.rows.append(one)
        return filters

    def _has_table_calculations(self) -> bool:
        query = self.query
        shown = [one.expression for one in query.measures]
        shown += [one.by.expression for one in query.order if one.by is not None]
        return bool(self.filters.tables) or any(self.fields.stage(one) == "table" for one in shown)

    def is_level_aware(self) -> bool:
        """Whether a measure is made of aggregates with a group-by level of their own."""
        return any(
            isinstance(node, Call) and grouping_of(node) is not None
            for one in self.query.measures
            for node in self.rows.all_nodes(one.expression)
        )

    def _level_keys(self) -> tuple[Expression, ...] | None:
        """The level that all aggregates of the query are of; None where they are of several.

        Then one row for each of its groups is enough, which is much faster than to mark those.
        """
        levels: set[frozenset[Expression] | None] = set()
        found: tuple[Expression, ...] | None = None
        for tree in self._aggregated():
            found = self.rows.level_keys(tree)
            levels.add(None if found is None else frozenset(found))
        return found if len(levels) == 1 else None

    def _aggregated(self) -> Iterator[Expression]:
        """What the aggregates of the query are aggregates of."""
        query = self.query
        asked = [(one.expression, one.aggregate) for one in query.measures]
        asked += [(one.by.expression, one.by.aggregate) for one in query.order if one.by]
        asked += [(one, None) for one in (*self.filters.groups, *self.filters.tables)]
        for expression, aggregate in asked:
            if aggregate is not None and self.fields.stage(expression) in ("row", "constant"):
                is_plain = aggregate.function == "ATTRIBUTE"
                yield Literal(None) if is_plain else expression
                continue
            for node in self.rows.all_nodes(expression):
                if isinstance(node, Call) and self.fields.stage(node) == "aggregate":
                    if FUNCTIONS[node.function].level != "aggregate":
                        continue
                    is_plain = node.function.endswith("If") or node.function in TO_DATE
                    yield Literal(None) if is_plain else node.arguments[0]

    def _keyed(self, dimension: Dimension) -> str:
        if not dimension.granularity:
            return self.rows.sql(dimension.expression)
        return self.rows.cut(dimension.expression, unit_of(dimension.granularity))

    def _order(self, groups: Groups, has_totals: bool) -> list[str]:
        """Keys of the ORDER BY: what is asked for, then the dimensions, so that no tie is left."""
        places = aliases_of(self.query)
        keys: dict[str, str] = {}
        for one in self.query.order:
            key = self._order_key(one, groups, places)
            if key is not None:
                keys.setdefault(key, one.direction)
        for place in range(1, len(groups.dimensions) + 1):
            keys.setdefault(str(place), "ASC")
        order = [f"{key} {_direction(way)} NULLS LAST" for key, way in keys.items()]
        if has_totals and order:
            order.insert(0, str(len(places) + 1))
        return order if groups.dimensions else []

    def _order_key(self, order: Order, groups: Groups, places: list[str]) -> str | None:
        if order.alias is not None:
            if order.alias not in places:
                raise ExpressionError(
                    f"found the alias {order.alias!r} in order, expected one of {', '.join(places)}"
                )
            return str(places.index(order.alias) + 1)
        if order.by is None or self.fields.stage(order.by.expression) == "constant":
            return None
        return groups.measure(order.by.expression, order.by.aggregate)

    def _cut(self, select: str, order: list[str], has_totals: bool) -> str:
        ordered = f" ORDER BY {', '.join(order)}" if order else ""
        if self.query.limit is None:
            return select + ordered
        if not has_totals:
            return f"{select}{ordered} LIMIT {int(self.query.limit)}"
        # The limit is one of groups: totals remain, and are of all groups.
        return (
            f"SELECT * EXCLUDE (__place) FROM (SELECT *, row_number() OVER () AS __place"
            f" FROM ({select}{ordered}))"
            f" WHERE {LEVEL} > 0 OR __place <= {int(self.query.limit)} ORDER BY __place"
        )


def _key_of(dimension: Dimension) -> Expression:
    """The value that a dimension groups by, as a tree."""
    if dimension.granularity is None:
        return dimension.expression
    word = {"day": "DD", "minute": "MI", "millisecond": "MS", "second": "SS", "hour": "HH"}
    word |= {"week": "WK", "month": "MM", "quarter": "Q", "year": "YYYY"}
    period = Literal(word[unit_of(dimension.granularity)])
    return Call("truncDate", (period, dimension.expression))


def _direction(direction: str) -> str:
    if direction not in ("ASC", "DESC"):
        raise ExpressionError(f"found the direction {direction!r}, expected ASC or DESC")
    return direction


def _with_layers(source: Source, select: str) -> str:
    return f"WITH {', '.join(source.layers)} {select}" if source.layers else select


def _checkaliases_of(query: Query) -> None:
    aliases = aliases_of(query)
    twice = [alias for alias in aliases if aliases.count(alias) > 1]
    if twice:
        raise ExpressionError(f"found the alias {twice[0]!r} twice, expected one for each field")
