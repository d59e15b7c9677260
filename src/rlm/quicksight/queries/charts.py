"""Charts of groups: categories, colours, small multiples; sorted, limited, with the rest as Other.

A chart's table has one row a combination of its dimensions' shown values. A colour beyond the
colours' limit has the value `axes.OTHER` and comes last; categories beyond theirs are together in
`VisualResult.other`, one row a colour.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions.tree import Literal
from rlm.quicksight.queries.axes import (
    Axis,
    SortBy,
    axis_of,
    combined,
    is_decomposable,
    ordered,
)
from rlm.quicksight.queries.building import among
from rlm.quicksight.queries.chart_kinds import CHARTS, Chart
from rlm.quicksight.queries.context import Context, NotSupportedError, Steps
from rlm.quicksight.queries.decisions import decide, rules_of
from rlm.quicksight.queries.fields import WellField
from rlm.quicksight.queries.forecasts import forecast_table
from rlm.quicksight.queries.others import with_other
from rlm.quicksight.queries.reference_lines import reference_values
from rlm.quicksight.queries.visuals import MOST_GROUPS, Asked, Visual, asked, by_value, table_of
from rlm.quicksight.query import Aggregate, Order, Ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.results import VisualResult

_COUNTING: Final = (
    "BarChartVisual",
    "ComboChartVisual",
    "FunnelChartVisual",
    "LineChartVisual",
    "PieChartVisual",
    "RadarChartVisual",
    "TreeMapVisual",
    "WaterfallVisual",
    "WordCloudVisual",
)
"""Without a value these show how many rows each group has."""

MOST_POINTS: Final = 10_000
"""Points that a chart shows."""


def chart(context: Context, visual: Visual) -> Steps[VisualResult]:
    """A chart of the kinds in `CHARTS`."""
    kind = CHARTS[visual.kind]
    told = yield from asked(context, visual)
    measures = told.well(*kind.measures)
    axes = axes_of(told, kind, measures)
    if not measures and not axes:
        raise NotSupportedError("the visual has no fields that such a chart shows")
    if not measures and visual.kind in _COUNTING:
        measures = (_rows_of(told, kind.measures[0]),)
        axes = axes_of(told, kind, measures)
    result = yield from grouped(told, axes, measures, kind.category)
    line_values, category = told.well("LineValues"), told.well("Category")
    if line_values and len(category) == 1 and told.well("Colors"):
        # Colours are for bars: a line has one value a category, whatever it is an aggregate of.
        found = yield from by_value(told, category[0], line_values)
        whole = table_of([category[0], *line_values], found.types, found.rows)
        result = replace(result, totals={(category[0].field_id,): whole})
    if told.visual.chart.get("ReferenceLines"):
        categories = [axis.field for axis in axes if axis.field.well == kind.category]
        lines = yield from reference_values(told, categories, measures)
        result = replace(result, reference_values=lines)
    if told.visual.chart.get("ForecastConfigurations"):
        result = replace(result, forecast=forecast_table(told, result.table))
    rules_ignored: list[str] = []
    rules = rules_of(told.visual.definition, rules_ignored)
    if rules and result.table is not None:
        fields = [*(axis.field for axis in axes), *measures]
        formats = decide(rules, fields, result.table.rows, told.context.parameters)
        result = replace(result, formats=tuple(formats))
    return result


def _rows_of(told: Asked, well: str) -> WellField:
    """How many rows a group has: what a chart without a value shows."""
    return WellField(
        field_id="count of records",
        well=well,
        data_set=told.data_set,
        column=None,
        expression=Literal(1),
        is_measure=True,
        aggregate=Aggregate("COUNT"),
        label="Count of records",
    )


def axes_of(told: Asked, kind: Chart, measures: Sequence[WellField]) -> tuple[Axis, ...]:
    """The axes that the chart has fields for."""
    found: list[Axis] = []
    for one in kind.axes:
        sort = told.visual.sorting.get(one.sort) or () if one.sort else ()
        limit = told.visual.sorting.get(one.limit) if one.limit else None
        found.extend(
            axis_of(
                told.context,
                field,
                told.fields,
                sort,
                limit,
                one.default_limit,
                measures[0] if measures else None,
            )
            for field in told.well(one.well)
        )
    return tuple(found)


def grouped(
    told: Asked, axes: Sequence[Axis], measures: Sequence[WellField], category: str
) -> Steps[VisualResult]:
    """Measures by the axes' shown values, in the order of the axes."""
    fields = [axis.field for axis in axes]
    helpers = list(
        dict.fromkeys(one for axis in axes for one in axis.sort_measures if one not in measures)
    )
    wanted = [*measures, *(one for one in helpers if is_decomposable(one))]
    main = told.query(fields, wanted, limit=MOST_GROUPS + 1 if axes else None)
    # What an axis is sorted by, by itself, where it is no sum of the chart's own groups.
    apart = [
        (index, axis, told.query([axis.field], axis.sort_measures, limit=MOST_GROUPS + 1))
        for index, axis in enumerate(axes)
        if (
            axis.sort_measures
            and (len(axes) > 1 and not all(is_decomposable(one) for one in axis.sort_measures))
        )
        or (len(axes) == 1 and any(one not in wanted for one in axis.sort_measures))
    ]
    ignored: list[str] = []
    try:
        answers = yield (main, *(query for _, _, query in apart))
    except NotSupportedError as problem:
        if not apart:
            raise
        answers = yield (main,)
        apart = []
        ignored.append(f"sorting: {problem}")
    answer = answers[0]
    filters: tuple[Expression, ...] = ()
    is_cut = False
    if len(answer.rows) > MOST_GROUPS:
        filters = yield from _narrowed(told, axes)
        (answer,) = yield (told.query(fields, wanted, filters=filters, limit=MOST_GROUPS),)
        is_cut = True
    measured = _measured(axes, wanted, answer.rows)
    for (_, axis, _), found in zip(apart, answers[1:], strict=True):
        for row in found.rows:
            for place, one in enumerate(axis.sort_measures):
                measured[axis.field.field_id, row[0], one] = row[1 + place]
    shown = [_shown(axis, index, answer.rows, measured) for index, axis in enumerate(axes)]
    kept, rest = _split(answer.rows, axes, shown)
    kept, other = yield from with_other(
        told, axes, measures, wanted, category, shown, kept, rest, answer.types, ignored
    )
    rows = _arranged(kept, shown, len(measures))
    is_cut = is_cut or len(rows) > MOST_POINTS or _is_cut(axes, shown, answer.rows)
    types = answer.types[: len(fields) + len(measures)]
    return told.result(
        table_of([*fields, *measures], types, rows[:MOST_POINTS]),
        other=other,
        is_cut=is_cut,
        ignored=ignored,
    )


def _is_cut(axes: Sequence[Axis], shown: Sequence[list[Any]], rows: Sequence[Any]) -> bool:
    return any(
        not axis.has_other and len({row[i] for row in rows}) > len(shown[i])
        for i, axis in enumerate(axes)
        if axis.limit is not None
    )


def _measured(
    axes: Sequence[Axis], measures: Sequence[WellField], rows: Sequence[tuple[Any, ...]]
) -> dict[tuple[str, Any, WellField], Any]:
    """By axis, value and measure: the groups of the value together."""
    found: dict[tuple[str, Any, WellField], Any] = {}
    for index, axis in enumerate(axes):
        for one in axis.sort_measures:
            if one not in measures:
                continue
            place = len(axes) + list(measures).index(one)
            groups: dict[Any, list[Any]] = defaultdict(list)
            for row in rows:
                groups[row[index]].append(row[place])
            for value, parts in groups.items():
                together = parts[0] if len(parts) == 1 else combined(one, parts)
                found[axis.field.field_id, value, one] = together
    return found


def _shown(
    axis: Axis,
    index: int,
    rows: Sequence[tuple[Any, ...]],
    measured: Mapping[tuple[str, Any, WellField], Any],
) -> list[Any]:
    own = {
        (value, one): found
        for (field_id, value, one), found in measured.items()
        if field_id == axis.field.field_id
    }
    values = ordered((row[index] for row in rows), axis.sort, own)
    return values if axis.limit is None else values[: axis.limit]


def _split(
    rows: Sequence[tuple[Any, ...]], axes: Sequence[Axis], shown: Sequence[list[Any]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    if all(axis.limit is None for axis in axes):
        return list(rows), []
    sets = [set(values) for values in shown]
    kept: list[tuple[Any, ...]] = []
    rest: list[tuple[Any, ...]] = []
    for row in rows:
        is_shown = all(row[i] in values for i, values in enumerate(sets))
        (kept if is_shown else rest).append(row)
    return kept, rest


def _arranged(
    rows: Sequence[tuple[Any, ...]], shown: Sequence[list[Any]], measures: int
) -> list[tuple[Any, ...]]:
    places = [{value: at for at, value in enumerate(values)} for values in shown]
    count = len(shown)
    picked = [row[: count + measures] for row in rows]
    return sorted(picked, key=lambda row: [places[i][row[i]] for i in range(count)])


def _narrowed(told: Asked, axes: Sequence[Axis]) -> Steps[tuple[Expression, ...]]:
    """Filters that leave each axis its first values, as the engine ranks them."""
    share = max(int(MOST_GROUPS ** (1 / len(axes))), 1)
    chosen = [(axis, axis.limit or share) for axis in axes]
    answers = yield tuple(
        told.query([axis.field], axis.sort_measures, order=_orders(axis.sort), limit=count)
        for axis, count in chosen
    )
    made = []
    for (axis, _), answer in zip(chosen, answers, strict=True):
        if axis.field.granularity is None:
            made.append(among(axis.field.expression, [row[0] for row in answer.rows]))
    return tuple(made)


def _orders(sort: Sequence[SortBy]) -> tuple[Order, ...]:
    keys = [
        Order(one.direction, alias="d0")
        if one.field is None
        else Order(
            one.direction, by=Ordered(one.field.expression, one.field.aggregate, one.direction)
        )
        for one in sort
    ]
    return (*keys, Order("ASC", alias="d0"))
