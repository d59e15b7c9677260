"""Rows of the data set: what is computed for each, and which remain, in QuickSight's order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from rlm.quicksight.expressions.errors import UnsupportedExpressionError
from rlm.quicksight.expressions.fields import grouping_of, level_of
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.expressions.tree import Call, Column, Expression, Names, Operation, Parameter
from rlm.quicksight.expressions.walking import VISUAL_DIMENSIONS, children, nodes
from rlm.quicksight.query import ColumnType
from rlm.quicksight.sql.aggregates import PERCENTILES, aggregated, share_of
from rlm.quicksight.sql.periods import cut
from rlm.quicksight.sql.quoting import identifier
from rlm.quicksight.sql.translator import Translator
from rlm.quicksight.sql.windows import Ground, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.expressions.fields import Fields
    from rlm.quicksight.query import Scope

BEFORE_FILTERS, BEFORE_GROUPS, OF_DETAIL = range(3)


@dataclass(frozen=True)
class _Computed:
    """A column that a window adds: its phase, and how many windows deep it is within that."""

    alias: str
    sql: str
    phase: int
    depth: int


@dataclass
class Source:
    """A FROM and a WHERE under way; each layer before is a common table expression."""

    relation: str
    conditions: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)

    def where(self) -> str:
        """The WHERE clause, with a space before it; nothing without a condition."""
        shown = " AND ".join(self.conditions)
        return f" WHERE {shown}" if shown else ""

    def layer(self, name: str, selected: str, is_read_often: bool = False) -> None:
        """SELECT it from here, and go on from that."""
        kept = "MATERIALIZED" if is_read_often else "NOT MATERIALIZED"
        body = f"SELECT {selected} FROM {self.relation}{self.where()}"
        self.layers.append(f"{name} AS {kept} ({body})")
        self.relation, self.conditions = name, []


class Rows(Translator):
    """Translates what is known for each row, and keeps account of the windows that it needs."""

    def __init__(
        self,
        scope: Scope,
        fields: Fields,
        dimensions: tuple[Expression, ...] = (),
        ties: tuple[Expression, ...] = (),
        is_detail: bool = False,
    ) -> None:
        super().__init__(scope, fields)
        self.dimensions = dimensions
        self.is_detail = is_detail
        self.columns: dict[str, None] = {}
        self._ties = ties
        self._computed: dict[object, _Computed] = {}
        self._by_alias: dict[str, _Computed] = {}
        self._prefix = "__w"
        while any(name.startswith(self._prefix) for name in scope.data_set.columns):
            self._prefix = "_" + self._prefix

    def cut(self, tree: Expression, unit: str) -> str:
        """The first moment of the period that a date lies in."""
        moment = self.moment(tree)
        if unit == "day":
            field = self.fields.canonical(tree)
            if isinstance(field, Column) and field.name in self.scope.data_set.whole_days:
                return moment
        return cut(moment, unit, self.scope.week_starts_on)

    def column(self, name: str) -> str:
        stored = self.scope.data_set.stored(name)
        self.columns[stored] = None
        shown = identifier(stored)
        if self.fields.columns[name] is ColumnType.DATETIME:
            # Dates without time are moments too; of a TIMESTAMP the cast costs nothing.
            return f"CAST({shown} AS TIMESTAMP)"
        if self.fields.columns[name] is ColumnType.DECIMAL:
            # SPICE's decimals are doubles, whatever the file's are.
            return f"CAST({shown} AS DOUBLE)"
        return shown

    def aggregate(self, call: Call) -> str:
        if grouping_of(call) is None:
            self.refuse(
                f"mismatched aggregation: {call.function} stands where a value of each row is"
                " expected; an aggregate cannot be aggregated, filtered by rows or grouped by"
            )
        return self._grouped(call)

    def table(self, call: Call) -> str:
        match level_of(call):
            case "PRE_FILTER":
                phase = BEFORE_FILTERS
            case "PRE_AGG":
                phase = BEFORE_GROUPS
            case _ if self.is_detail:
                phase = OF_DETAIL
            case _:
                self.refuse(
                    f"{call.function} is computed after aggregation, and stands where a value of"
                    " each row is expected; give it the level PRE_AGG or PRE_FILTER"
                )
        return self._compute(call, phase, lambda: window(self._ground(), call))

    def phase_of(self, used: set[str]) -> int | None:
        """The last phase among windows; None without any."""
        return max((self._by_alias[one].phase for one in used), default=None)

    def translated(self, tree: Expression) -> tuple[str, int | None]:
        """SQL, and the last phase that it needs."""
        with self.noting() as used:
            sql = self.sql(tree)
        return sql, self.phase_of(used)

    def layers_of(self, phase: int) -> list[str]:
        """For each layer of a phase, what it adds: `sql AS alias, ...`."""
        found = [one for one in self._computed.values() if one.phase == phase]
        depths = sorted({one.depth for one in found})
        return [
            ", ".join(f"{one.sql} AS {one.alias}" for one in found if one.depth == depth)
            for depth in depths
        ]

    def first_of_each(self, keys: tuple[Expression, ...]) -> str:
        """A column that is 1 in one row of each combination of `keys`."""
        key = ("first", *keys)
        partition = [self.sql(one) for one in keys]
        parts = f"PARTITION BY {', '.join(partition)}" if partition else ""
        return self._compute(key, BEFORE_GROUPS, lambda: f"row_number() OVER ({parts})")

    def level_keys(self, tree: Expression) -> tuple[Expression, ...] | None:
        """The fields by which level-aware aggregates in `tree` are grouped.

        None where there is no such aggregate, or something else varies beside it.
        """
        found: dict[Expression, None] = {}
        is_level_aware = False
        for node in self.all_nodes(tree):
            if isinstance(node, Call) and grouping_of(node) is not None:
                is_level_aware = True
                for key in self.keys_of(node):
                    found[self.fields.canonical(key)] = None
        return tuple(found) if is_level_aware and self._is_level_aware_only(tree) else None

    def _is_level_aware_only(self, tree: Expression) -> bool:
        """Whether all that varies in `tree` are level-aware aggregates."""
        match tree:
            case Call() if grouping_of(tree) is not None:
                return True
            case Column():
                column = self.fields.column(tree.name)
                if column is not None:
                    return False
                with self.fields.entered(tree.name):
                    return self._is_level_aware_only(self.fields.calculated(tree.name))
            case Call() if FUNCTIONS[tree.function].level != "row":
                return False
        return all(self._is_level_aware_only(part) for part in children(tree))

    def keys_of(self, call: Call) -> tuple[Expression, ...]:
        """What a level-aware aggregate groups by, `${visualDimensions}` and `!{field}` resolved."""
        grouping = grouping_of(call) or Names(())
        added: list[Expression] = []
        removed: list[Expression] = []
        for item in grouping.items:
            match item:
                case Parameter(name=name) if name == VISUAL_DIMENSIONS:
                    # A dimension that is made of the visual's dimensions is not one of them.
                    added.extend(one for one in self.dimensions if not self._is_of_visual(one))
                case Operation(operator="not", operands=(inner,)):
                    removed.append(self.fields.canonical(inner))
                case _:
                    added.append(item)
        kept = [one for one in added if self.base_of(one) not in removed]
        return tuple(dict.fromkeys(kept))

    def _is_of_visual(self, tree: Expression) -> bool:
        return any(
            isinstance(one, Parameter) and one.name == VISUAL_DIMENSIONS
            for one in self.all_nodes(tree)
        )

    def base_of(self, tree: Expression) -> Expression:
        """The field below the granularity of a dimension."""
        if isinstance(tree, Call) and tree.function == "truncDate":
            return self.fields.canonical(tree.arguments[1])
        return self.fields.canonical(tree)

    def all_nodes(self, tree: Expression) -> list[Expression]:
        """Nodes of a tree and of the calculated fields in it."""
        found: list[Expression] = []
        seen: set[str] = set()
        waiting = [tree]
        while waiting:
            for node in nodes(waiting.pop()):
                found.append(node)
                if isinstance(node, Column) and node.name not in seen:
                    seen.add(node.name)
                    if self.fields.column(node.name) is None:
                        waiting.append(self.fields.calculated(node.name))
        return found

    def _grouped(self, call: Call) -> str:
        """A level-aware aggregate: of the filtered rows, by its own fields alone."""
        keys = self.keys_of(call)
        share = ""
        if call.function in PERCENTILES:
            share = share_of(self.constant(call.arguments[1]))

        def build() -> str:
            inner = call.arguments[0]
            condition = ""
            inner_keys = self.level_keys(inner)
            if inner_keys is not None:
                condition = f"{self.first_of_each((*keys, *inner_keys))} = 1"
            value = aggregated(call.function, self.sql(inner), share, condition)
            partition = [self.sql(key) for key in keys]
            parts = f"PARTITION BY {', '.join(partition)}" if partition else ""
            return f"{value} OVER ({parts})"

        return self._compute((call, keys), BEFORE_GROUPS, build)

    def _compute(self, key: object, phase: int, build: Callable[[], str]) -> str:
        found = self._computed.get(key)
        if found is None:
            with self.noting() as used:
                sql = build()
            inner = [self._by_alias[one] for one in used]
            if any(one.phase > phase for one in inner):
                raise UnsupportedExpressionError(
                    "a calculation that acts before another which it is made of"
                )
            depth = 1 + max((one.depth for one in inner if one.phase == phase), default=0)
            alias = f"{self._prefix}{len(self._computed) + 1}"
            found = self._computed[key] = _Computed(alias, sql, phase, depth)
            self._by_alias[alias] = found
        self.note(found.alias)
        return found.alias

    def _ground(self) -> Ground:
        ties = tuple(self.sql(one) for one in self._ties if not self._has_windows(one))
        return Ground(self, (), ties, self._no_axis)

    def _has_windows(self, tree: Expression) -> bool:
        return any(
            isinstance(one, Call) and FUNCTIONS[one.function].level != "row"
            for one in self.all_nodes(tree)
        )

    def _no_axis(self, tree: Expression) -> NoReturn:
        del tree
        raise UnsupportedExpressionError("a period function where rows are not grouped by a date")
