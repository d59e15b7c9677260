"""Bars and lines over the same categories."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import axis_title, category_axis, legend, value_axis
from rlm.quicksight.drawing.charts.bar import FIT_UPRIGHT, bar_series
from rlm.quicksight.drawing.charts.common import (
    Chart,
    axis_tooltip,
    frame,
    series_names,
    visible_range,
    zoom,
)
from rlm.quicksight.drawing.charts.line import line_series
from rlm.quicksight.drawing.points import Grouped, group, key_of
from rlm.quicksight.drawing.reference_lines import mark_lines


def combo(chart: Chart) -> dict[str, Any]:
    """The option of a ComboChartVisual."""
    options = chart.options
    categories, colors = chart.fields("Category"), chart.fields("Colors")
    bars, lines = chart.fields("BarValues"), chart.fields("LineValues")
    arrangement = options.get("BarsArrangement", "CLUSTERED")
    by_bar = group(chart.table, categories, bars, colors, chart.paint, chart.result.other)
    by_line = _lines(chart, by_bar)
    drawn = bar_series(chart, by_bar, arrangement)
    shares_axis = bool((options.get("SingleAxisOptions") or {}).get("YAxisOptions"))
    two_axes = bool(bars and lines) and not shares_axis
    for one in by_line.series:
        drawn.append(
            line_series(
                chart,
                by_line,
                one,
                axis=1 if two_axes else 0,
                labels=options.get("LineDataLabels") or {},
            )
            | {"z": 3, "symbolSize": 7}
        )
    axes = [
        value_axis(
            chart.look,
            (bars or lines)[0] if bars or lines else None,
            options.get("PrimaryYAxisDisplayOptions"),
            axis_title(
                options.get("PrimaryYAxisLabelOptions"),
                (bars or lines)[0].label if bars or lines else "",
            ),
            is_percent=arrangement == "STACKED_PERCENT",
        )
    ]
    if two_axes:
        axes.append(
            value_axis(
                chart.look,
                lines[0],
                options.get("SecondaryYAxisDisplayOptions"),
                axis_title(options.get("SecondaryYAxisLabelOptions"), lines[0].label),
            )
            | {"position": "right", "splitLine": {"show": False}}
        )
    marks = mark_lines(
        options.get("ReferenceLines") or (),
        [*by_bar.series, *by_line.series],
        chart.paint.column_of,
        chart.look,
        known=chart.result.reference_values,
    )
    if marks and drawn:
        drawn[0]["markLine"] = {"symbol": "none", "data": marks}
    shown = by_bar if by_bar.categories else by_line
    return frame(
        chart,
        xAxis=category_axis(
            [one.label for one in shown.categories],
            chart.look,
            options.get("CategoryAxis"),
            axis_title(
                options.get("CategoryLabelOptions"), " · ".join(one.label for one in categories)
            ),
        ),
        yAxis=axes if len(axes) > 1 else axes[0],
        series=drawn,
        tooltip=axis_tooltip(),
        legend=legend(
            options.get("Legend"),
            chart.look,
            series_names(drawn),
            " · ".join(one.label for one in colors),
        ),
        dataZoom=zoom(
            len(shown.categories), FIT_UPRIGHT, visible_range(options.get("CategoryAxis")), "xAxis"
        ),
    )


def _lines(chart: Chart, by_bar: Grouped) -> Grouped:
    """The lines: one value a category, whatever the colours are, at the places of the bars."""
    categories, lines = chart.fields("Category"), chart.fields("LineValues")
    whole = chart.result.totals.get(tuple(one.field_id for one in categories), chart.table)
    found = group(whole, categories, lines, (), chart.paint, None, len(by_bar.series))
    if not by_bar.categories:
        return found
    places = {key_of(one.values): place for place, one in enumerate(found.categories)}
    at = [None if one.is_other else places.get(key_of(one.values)) for one in by_bar.categories]
    for one in found.series:
        one.values = [None if place is None else one.values[place] for place in at]
    return Grouped(by_bar.categories, found.series)
