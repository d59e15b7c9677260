"""Histograms, box plots and scatter plots.

A histogram's table has the fields `bin_start`, `bin_end` and `count`. A box plot's has, for each
value field, `<field id>:minimum`, `:lower_quartile`, `:median`, `:upper_quartile`, `:maximum`.
"""

from __future__ import annotations

from dataclasses import replace
from math import floor
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions.tree import Call, Expression, Literal, Operation
from rlm.quicksight.queries.axes import axis_of
from rlm.quicksight.queries.building import is_not_null
from rlm.quicksight.queries.charts import MOST_POINTS
from rlm.quicksight.queries.context import Context, NotSupportedError, Steps
from rlm.quicksight.queries.fields import WellField
from rlm.quicksight.queries.visuals import Asked, Visual, asked, table_of
from rlm.quicksight.query import Aggregate, ColumnType, Order, Ordered
from rlm.quicksight.results import Field, ResultTable, VisualResult

if TYPE_CHECKING:
    from collections.abc import Sequence

_BINS: Final = 10
_MOST_BINS: Final = 1_000
_MOST_SCATTERED: Final = 2_500


def histogram(context: Context, visual: Visual) -> Steps[VisualResult]:
    """Counts of rows by ranges of a number; a range holds its start, the last one its end too."""
    told = yield from asked(context, visual)
    if not told.well("Values"):
        raise NotSupportedError("the histogram has no value")
    field = told.well("Values")[0]
    if not context.is_of_rows(told.data_set, field.expression):
        raise NotSupportedError("a histogram of an aggregate")
    ends = [_of(field, Aggregate("MIN")), _of(field, Aggregate("MAX"))]
    (answer,) = yield (told.query((), ends),)
    low, high = answer.rows[0] if answer.rows else (None, None)
    if low is None or high is None:
        return told.result(ResultTable(_bin_fields(field), ()))
    start, width, count = _bins(visual, float(low), float(high))
    offset: Expression = Operation("-", (field.expression, Literal(start)))
    place = Call("floor", (Operation("/", (offset, Literal(width))),))
    by_bin = WellField("bin", "", told.data_set, None, place, is_measure=False)
    rows_of = WellField(
        "count", "", told.data_set, None, field.expression, True, Aggregate("COUNT")
    )
    (found,) = yield (told.query([by_bin], [rows_of], filters=(is_not_null(field.expression),)),)
    counts = [0] * count
    for at, number in found.rows:
        if at is not None and at >= 0:
            counts[min(int(at), count - 1)] += number
    rows = [(start + i * width, start + (i + 1) * width, n) for i, n in enumerate(counts)]
    return told.result(ResultTable(_bin_fields(field), rows))


def _bins(visual: Visual, low: float, high: float) -> tuple[float, float, int]:
    """Where the first bin starts, how wide they are, and how many."""
    options = visual.chart.get("BinOptions") or {}
    start = float(options["StartValue"]) if "StartValue" in options else low
    if options.get("SelectedBinType") == "BIN_WIDTH" and (options.get("BinWidth") or {}).get(
        "Value"
    ):
        width = float(options["BinWidth"]["Value"])
        if "StartValue" not in options:
            start = floor(low / width) * width
        most = int(options["BinWidth"].get("BinCountLimit") or _MOST_BINS)
        count = int((high - start) // width) + 1
        return start, width, max(min(count, most), 1)
    count = int((options.get("BinCount") or {}).get("Value") or _BINS)
    width = (high - start) / count
    return (start, width, count) if width > 0 else (start, 1.0, 1)


def _bin_fields(field: WellField) -> tuple[Field, ...]:
    def one(name: str, label: str, is_measure: bool, kind: ColumnType) -> Field:
        shown = {} if is_measure else field.format
        return Field(name, label, "Values", is_measure, kind, format=shown)

    return (
        one("bin_start", field.label, False, ColumnType.DECIMAL),
        one("bin_end", field.label, False, ColumnType.DECIMAL),
        one("count", "Count", True, ColumnType.INTEGER),
    )


def _of(field: WellField, aggregate: Aggregate) -> WellField:
    return replace(field, is_measure=True, aggregate=aggregate)


_PARTS: Final = {
    "minimum": 0,
    "lower_quartile": 25,
    "median": 50,
    "upper_quartile": 75,
    "maximum": 100,
}


def _percentile(field: WellField, percent: int) -> WellField:
    """Between two rows, as box plots have their quartiles."""
    if percent in (0, 100):
        return _of(field, Aggregate("MIN" if percent == 0 else "MAX"))
    call = Call("percentileCont", (field.expression, Literal(percent)))
    return replace(field, expression=call, aggregate=None)


def box_plot(context: Context, visual: Visual) -> Steps[VisualResult]:
    """Quartiles of the rows of each group; the whiskers are the extremes."""
    told = yield from asked(context, visual)
    groups, values = told.well("GroupBy"), told.well("Values")
    if not values:
        raise NotSupportedError("the box plot has no value")
    if not all(context.is_of_rows(told.data_set, one.expression) for one in values):
        raise NotSupportedError("a box plot of an aggregate")
    parts = [
        (one, name, _percentile(one, percent)) for one in values for name, percent in _PARTS.items()
    ]
    measures = [one for _, _, one in parts]
    (answer,) = yield (told.query(groups, measures, limit=MOST_POINTS + 1),)
    rows = _sorted(told, groups, values, answer.rows)
    fields = [one.as_result(kind) for one, kind in zip(groups, answer.types, strict=False)]
    fields += [
        Field(
            f"{one.field_id}:{name}",
            one.label,
            one.well,
            is_measure=True,
            type=ColumnType.DECIMAL,
            format=one.format,
        )
        for one, name, _ in parts
    ]
    options = visual.chart.get("BoxPlotOptions") or {}
    ignored = [
        f"BoxPlotOptions.{name}: whiskers end at the extremes"
        for name in ("OutlierVisibility", "AllDataPointsVisibility")
        if options.get(name) == "VISIBLE"
    ]
    return told.result(
        ResultTable(tuple(fields), rows[:MOST_POINTS]),
        ignored=ignored,
        is_cut=len(rows) > MOST_POINTS,
    )


def _sorted(
    told: Asked,
    groups: Sequence[WellField],
    values: Sequence[WellField],
    rows: Sequence[tuple[Any, ...]],
) -> list[tuple[Any, ...]]:
    """By the first group's own direction, or by the medians."""
    if not groups:
        return list(rows)
    sort = told.visual.sorting.get("CategorySort") or ()
    axis = axis_of(told.context, groups[0], told.fields, sort, None)
    found = sorted(rows, key=lambda row: tuple((one is None, str(one)) for one in row[1:]))
    key = axis.sort[0]
    if key.field is None:
        known = sorted((row for row in found if row[0] is not None), key=lambda row: row[0])
        unknown = [row for row in found if row[0] is None]
        return (known if key.direction == "ASC" else known[::-1]) + unknown
    at = len(groups) + 5 * (values.index(key.field) if key.field in values else 0) + 2
    return sorted(
        found,
        key=lambda row: (row[at] is None, row[at] or 0),
        reverse=key.direction == "DESC",
    )


def scatter(context: Context, visual: Visual) -> Steps[VisualResult]:
    """A point for each category and label, or for each pair of values; the greatest first."""
    told = yield from asked(context, visual)
    axes = [*told.well("XAxis"), *told.well("YAxis")]
    if not axes:
        raise NotSupportedError("the scatter plot has no axes")
    dimensions = [*told.well("Category", "Label"), *(one for one in axes if not one.is_measure)]
    measures = [*(one for one in axes if one.is_measure), *told.well("Size")]
    limit = (visual.sorting.get("ScatterPlotLimitConfiguration") or {}).get("ItemsLimit")
    count = int(limit or _MOST_SCATTERED)
    order = tuple(
        Order("DESC", by=Ordered(one.expression, one.aggregate, "DESC")) for one in measures[-1:]
    )
    (answer,) = yield (told.query(dimensions, measures, order=order, limit=count + 1),)
    return told.result(
        table_of([*dimensions, *measures], answer.types, answer.rows[:count]),
        is_cut=len(answer.rows) > count,
    )
