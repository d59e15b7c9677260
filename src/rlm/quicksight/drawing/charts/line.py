"""Lines and areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.axes import axis_title, category_axis, data_label, legend, value_axis
from rlm.quicksight.drawing.charts.common import (
    Chart,
    axis_tooltip,
    frame,
    series_names,
    visible_range,
    zoom,
)
from rlm.quicksight.drawing.charts.forecasts import extended, forecast_series
from rlm.quicksight.drawing.points import Grouped, Series, cells_of, group
from rlm.quicksight.drawing.reference_lines import mark_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

# Fewer points than this are marked, so that a single one can be seen.
MARKED = 2
STYLES = {"SOLID": "solid", "DASHED": "dashed", "DOTTED": "dotted"}


def line(chart: Chart) -> dict[str, Any]:
    """The option of a LineChartVisual."""
    options = chart.options
    categories, colors = chart.fields("Category"), chart.fields("Colors")
    measures = chart.fields("Values")
    grouped = group(chart.table, categories, measures, colors, chart.paint, chart.result.other)
    grouped = extended(grouped, chart.result.forecast)
    kind = options.get("Type", "LINE")
    second = secondary_fields(options)
    drawn = [
        line_series(
            chart,
            grouped,
            one,
            is_area=kind != "LINE",
            stack="all" if kind == "STACKED_AREA" else None,
            axis=1 if one.measure.field_id in second else 0,
        )
        for one in grouped.series
    ]
    drawn.extend(forecast_series(grouped, chart.result.forecast))
    primary = [one for one in measures if one.field_id not in second]
    first = primary[0] if primary else (measures[0] if measures else None)
    axes = [
        value_axis(
            chart.look,
            first,
            (options.get("PrimaryYAxisDisplayOptions") or {}).get("AxisOptions"),
            axis_title(options.get("PrimaryYAxisLabelOptions"), first.label if first else ""),
        )
    ]
    others = [one for one in measures if one.field_id in second]
    if others:
        axes.append(
            value_axis(
                chart.look,
                others[0],
                (options.get("SecondaryYAxisDisplayOptions") or {}).get("AxisOptions"),
                axis_title(options.get("SecondaryYAxisLabelOptions"), others[0].label),
            )
            | {"position": "right", "splitLine": {"show": False}}
        )
    lines = mark_lines(
        options.get("ReferenceLines") or (),
        grouped.series,
        chart.paint.column_of,
        chart.look,
        known=chart.result.reference_values,
    )
    if lines and drawn:
        drawn[0]["markLine"] = {"symbol": "none", "data": lines}
    x_axis = category_axis(
        [one.label for one in grouped.categories],
        chart.look,
        options.get("XAxisDisplayOptions"),
        axis_title(options.get("XAxisLabelOptions"), " · ".join(one.label for one in categories)),
    )
    x_axis["boundaryGap"] = len(grouped.categories) < MARKED
    return frame(
        chart,
        xAxis=x_axis,
        yAxis=axes if len(axes) > 1 else axes[0],
        series=drawn,
        tooltip=axis_tooltip("line"),
        legend=legend(
            options.get("Legend"),
            chart.look,
            series_names(drawn),
            " · ".join(one.label for one in colors),
        ),
        dataZoom=zoom(
            len(grouped.categories),
            10**9,
            visible_range(options.get("XAxisDisplayOptions")),
            "xAxis",
        ),
    )


def secondary_fields(options: Mapping[str, Any]) -> set[str]:
    """The fields that have the axis on the right."""
    found = set()
    for one in options.get("Series") or ():
        for key in ("FieldSeriesItem", "DataFieldSeriesItem"):
            item = one.get(key) or {}
            if item.get("AxisBinding") == "SECONDARY_YAXIS":
                found.add(item.get("FieldId", ""))
    return found


def line_series(
    chart: Chart,
    grouped: Grouped,
    one: Series,
    *,
    is_area: bool = False,
    stack: str | None = None,
    axis: int = 0,
    labels: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One line, with its own style where the definition gives one."""
    settings = _settings(chart.options, one)
    style = settings.get("LineStyleSettings") or {}
    marker = settings.get("MarkerStyleSettings") or {}
    shown = labels if labels is not None else chart.options.get("DataLabels")
    width = str(style.get("LineWidth") or "2px").removesuffix("px")
    interpolation = style.get("LineInterpolation", "LINEAR")
    few = sum(value is not None for value in one.values) < MARKED
    drawn: dict[str, Any] = {
        "type": "line",
        "name": one.name,
        "data": cells_of(one, grouped.categories),
        "color": one.color,
        "itemStyle": {"color": marker.get("MarkerColor") or one.color},
        "lineStyle": {
            "color": one.color,
            "width": float(width) if width.replace(".", "", 1).isdigit() else 2,
            "type": STYLES.get(style.get("LineStyle", "SOLID"), "solid"),
        },
        "symbol": "circle",
        "symbolSize": 6,
        "showSymbol": few or marker.get("MarkerVisibility") == "VISIBLE",
        "connectNulls": _connects(chart.options, one),
        "label": data_label(
            shown, chart.look, "top", field_id=one.measure.field_id, value=one.name
        ),
        "labelLayout": {"hideOverlap": (shown or {}).get("Overlap") != "ENABLE_OVERLAP"},
        "emphasis": {"focus": "series" if len(grouped.series) > 1 else "none"},
    }
    if drawn["label"]["show"]:
        # A label belongs to a symbol: without symbols there are no labels.
        drawn["showSymbol"] = True
    if interpolation == "SMOOTH":
        drawn["smooth"] = 0.35
    elif interpolation == "STEPPED":
        drawn["step"] = "middle"
    if style.get("LineVisibility") == "HIDDEN":
        drawn["lineStyle"]["opacity"] = 0
    if is_area:
        drawn["areaStyle"] = {"color": one.color, "opacity": 0.55 if stack else 0.18}
    if stack:
        drawn["stack"] = stack
    if axis:
        drawn["yAxisIndex"] = axis
    return drawn


def _settings(options: Mapping[str, Any], one: Series) -> Mapping[str, Any]:
    for item in options.get("Series") or ():
        # One member: FieldSeriesItem, DataFieldComboSeriesItem, ...
        own: Mapping[str, Any] = next(iter(item.values()), {})
        if own.get("FieldId") == one.measure.field_id and own.get("FieldValue") in (None, one.name):
            return own.get("Settings") or {}
        if own.get("FieldValue") is not None and own.get("FieldValue") == one.name:
            return own.get("Settings") or {}
    return options.get("DefaultSeriesSettings") or {}


def _connects(options: Mapping[str, Any], one: Series) -> bool:
    """Whether a line goes on over what is missing; a missing value is a gap by itself."""
    for display in ("PrimaryYAxisDisplayOptions", "SecondaryYAxisDisplayOptions"):
        for rule in (options.get(display) or {}).get("MissingDataConfigurations") or ():
            return bool(rule.get("TreatmentOption") == "INTERPOLATE")
    return False
