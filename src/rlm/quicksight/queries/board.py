"""A board: a dashboard's definition over its data sets, drawn for what a viewer chose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions import ExpressionError, parse
from rlm.quicksight.queries.asking import Answers, drive
from rlm.quicksight.queries.building import among
from rlm.quicksight.queries.chart_kinds import CHARTS
from rlm.quicksight.queries.charts import chart
from rlm.quicksight.queries.context import (
    Answer,
    Context,
    NoFieldsError,
    NotSupportedError,
    Raw,
    Steps,
)
from rlm.quicksight.queries.controls import ControlResult, controls_of
from rlm.quicksight.queries.distributions import box_plot, histogram, scatter
from rlm.quicksight.queries.fields import column_field
from rlm.quicksight.queries.insights import insight
from rlm.quicksight.queries.kpis import kpi
from rlm.quicksight.queries.parameters import declared_parameters, parameter_values
from rlm.quicksight.queries.pivots import pivot
from rlm.quicksight.queries.state import State
from rlm.quicksight.queries.tables import table
from rlm.quicksight.queries.visuals import Visual
from rlm.quicksight.queries.wholes import whole_query, wholes_in, with_constants
from rlm.quicksight.query import DataSet, Query, Scope
from rlm.quicksight.results import VisualResult

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from rlm.quicksight.expressions.tree import Call, Expression, Value


@dataclass(frozen=True)
class SheetResult:
    """All that a sheet shows, not yet drawn."""

    sheet_id: str
    visuals: tuple[VisualResult, ...]
    """In the order of the definition."""
    controls: tuple[ControlResult, ...]
    """Parameters' controls first, each kind in the order of the definition."""
    parameters: Mapping[str, tuple[Value, ...]]
    """Of the whole board, as they are now; empty: not set."""


class Board:
    """Draws sheets of one definition; asks each distinct question once.

    The rows under the connection must not change while a board lives. `user` and `groups` are the
    viewer's: dynamic defaults of parameters depend on them.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        data_sets: Mapping[str, DataSet],
        connection: duckdb.DuckDBPyConnection,
        now: dt.datetime,
        row_level_security: Mapping[str, Expression | None] | None = None,
        *,
        user: str = "",
        groups: Sequence[str] = (),
    ) -> None:
        self._definition = definition
        self._data_sets = data_sets
        self._now = now
        self._row_level_security = dict(row_level_security or {})
        self._user = user
        self._groups = tuple(groups)
        self._answers = Answers(connection)
        self._calculated, self._broken = _calculated_fields(definition)
        self._is_prepared = False
        self._week_starts_on = _week_start(definition)

    @property
    def statements(self) -> int:
        """How many SQL statements the board has run."""
        return self._answers.statements

    def sheet_ids(self) -> tuple[str, ...]:
        """In the order of the definition."""
        return tuple(sheet["SheetId"] for sheet in self._definition.get("Sheets") or ())

    def draw_plan(self, sheet_id: str, state: State | None = None) -> SheetResult:
        """Everything on a sheet."""
        context = self.context(state or State())
        visuals = self._visuals(sheet_id)
        controls = controls_of(context, sheet_id)
        steps: dict[tuple[str, str], Steps[VisualResult | ControlResult]] = {
            **{("visual", one.visual_id): plan(context, one) for one in visuals},
            **{("control", control_id): one for control_id, one in controls},
        }
        found = drive(steps, self._asker(context))
        shown = [found["control", control_id] for control_id, _ in controls]
        return SheetResult(
            sheet_id,
            tuple(_result(one, found["visual", one.visual_id]) for one in visuals),
            tuple(one for one in shown if isinstance(one, ControlResult)),
            context.parameters,
        )

    def visual(self, sheet_id: str, visual_id: str, state: State | None = None) -> VisualResult:
        """One visual of a sheet."""
        context = self.context(state or State())
        for visual in self._visuals(sheet_id):
            if visual.visual_id == visual_id:
                found = drive({visual_id: plan(context, visual)}, self._asker(context))
                return _result(visual, found[visual_id])
        raise KeyError(f"sheet {sheet_id} has no visual {visual_id}")

    def context(self, state: State) -> Context:
        """What the queries of one draw are made from."""
        if not self._is_prepared:
            self._is_prepared = True
            self._prepare(state)
        bare = Context(
            definition=self._definition,
            data_sets=self._data_sets,
            calculated=self._calculated,
            broken=self._broken,
            parameters={},
            unset=frozenset(),
            state=state,
            now=self._now,
            evaluate=lambda expression: self._evaluate(expression, {}),
            row_level_security=self._row_level_security,
            week_starts_on=self._week_starts_on,
        )
        found = parameter_values(
            declared_parameters(self._definition),
            state.parameters,
            lambda text: bare.evaluate(parse(text)),
            lambda told: self._dynamic_default(bare, told),
        )
        return replace(
            bare,
            parameters=found.values,
            unset=found.unset,
            evaluate=lambda expression: self._evaluate(expression, found.values),
        )

    def _prepare(self, state: State) -> None:
        """Puts constants where calculated fields aggregate all rows of their data set."""
        context = self.context(state)
        queries: dict[Query, dict[Call, Expression]] = {}
        for name, fields in self._calculated.items():
            if name in self._data_sets:
                wholes = wholes_in(fields, context.fields(name))
                if wholes:
                    security = self._row_level_security.get(name)
                    queries[whole_query(name, wholes, security)] = wholes
        if not queries:
            return
        answers = self._asker(context)(list(queries))
        for query, wholes in queries.items():
            answer = answers[query]
            if isinstance(answer, Answer) and answer.rows:
                found = zip(wholes, answer.rows[0], strict=True)
                known = {call: value for call, value in found if value is not None}
                self._calculated[query.data_set] = {
                    name: with_constants(tree, known)
                    for name, tree in self._calculated[query.data_set].items()
                }

    def _visuals(self, sheet_id: str) -> list[Visual]:
        for sheet in self._definition.get("Sheets") or ():
            if sheet["SheetId"] == sheet_id:
                return [
                    Visual(sheet_id, kind, told)
                    for one in sheet.get("Visuals") or ()
                    for kind, told in one.items()
                ]
        raise KeyError(f"no sheet {sheet_id}; there are {list(self.sheet_ids())}")

    def _asker(
        self, context: Context
    ) -> Callable[[Sequence[Query]], Mapping[Query, Answer | NotSupportedError]]:
        return lambda queries: self._answers.ask(queries, context.scope, context.fields)

    def _evaluate(
        self, expression: Expression, parameters: Mapping[str, tuple[Value, ...]]
    ) -> Value:
        nowhere = DataSet("", "", {})
        scope = Scope(nowhere, {}, parameters, self._now, self._week_starts_on)
        return self._answers.value(expression, scope)

    def _dynamic_default(self, context: Context, told: Raw) -> list[Value]:
        """The viewer's own values, else those of the first of the viewer's groups that has any."""
        wanted = told["DefaultValueColumn"]
        data_set = wanted.get("DataSetIdentifier", "")
        value = column_field(context, wanted, data_set)
        for key, names in (("UserNameColumn", [self._user]), ("GroupNameColumn", self._groups)):
            if key not in told:
                continue
            who = column_field(context, told[key], data_set)
            for name in sorted(names):
                query = Query(
                    data_set,
                    dimensions=(value.dimension("d0"),),
                    filters=(among(who.expression, [name]),),
                )
                answer = self._answers.ask([query], context.scope, context.fields)[query]
                if isinstance(answer, Answer) and answer.rows:
                    return sorted((row[0] for row in answer.rows if row[0] is not None), key=str)
        return []


def plan(context: Context, visual: Visual) -> Steps[VisualResult]:
    """The steps of a visual of any kind."""
    return PLANS.get(visual.kind, _unknown)(context, visual)


def _result(
    visual: Visual, found: VisualResult | ControlResult | NotSupportedError
) -> VisualResult:
    if isinstance(found, VisualResult):
        return found
    if isinstance(found, NoFieldsError):
        return VisualResult(visual.visual_id, visual.kind, visual.definition, None)
    return VisualResult(
        visual.visual_id, visual.kind, visual.definition, None, unsupported=(str(found),)
    )


def _without_data(context: Context, visual: Visual) -> Steps[VisualResult]:
    yield from ()
    return VisualResult(visual.visual_id, visual.kind, visual.definition, None)


def _unknown(context: Context, visual: Visual) -> Steps[VisualResult]:
    yield from ()
    raise NotSupportedError(f"visuals of kind {visual.kind}")


PLANS: Final[Mapping[str, Callable[[Context, Visual], Steps[VisualResult]]]] = {
    **dict.fromkeys(CHARTS, chart),
    "KPIVisual": kpi,
    "GaugeChartVisual": kpi,
    "HistogramVisual": histogram,
    "BoxPlotVisual": box_plot,
    "ScatterPlotVisual": scatter,
    "TableVisual": table,
    "PivotTableVisual": pivot,
    "InsightVisual": insight,
    "CustomContentVisual": _without_data,
    "EmptyVisual": _without_data,
}
"""How visuals of each kind are asked."""


def _calculated_fields(
    definition: Raw,
) -> tuple[dict[str, dict[str, Expression]], dict[tuple[str, str], str]]:
    found: dict[str, dict[str, Expression]] = {}
    broken: dict[tuple[str, str], str] = {}
    for one in definition.get("CalculatedFields") or ():
        data_set, name = one["DataSetIdentifier"], one["Name"]
        try:
            found.setdefault(data_set, {})[name] = parse(one["Expression"])
        except ExpressionError as problem:
            broken[data_set, name] = str(problem)
    return found, broken


def _week_start(definition: Raw) -> int:
    told = (definition.get("Options") or {}).get("WeekStart")
    days = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    return days.index(told) + 1 if told in days else 7
