"""Bars: clustered, stacked, stacked to 100 %; upright and lying."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import (
    axis_title,
    category_axis,
    data_label,
    inside_color,
    legend,
    value_axis,
)
from rlm.quicksight.drawing.charts.common import (
    Chart,
    axis_tooltip,
    frame,
    series_names,
    visible_range,
    zoom,
)
from rlm.quicksight.drawing.charts.shares import hide_slivers
from rlm.quicksight.drawing.formats.numbers import NumberFormat, write_number
from rlm.quicksight.drawing.formats.values import format_of, number
from rlm.quicksight.drawing.points import Grouped, cells_of, group
from rlm.quicksight.drawing.reference_lines import mark_lines

# More bars than this get a scrollbar.
FIT_UPRIGHT = 60
FIT_LYING = 30


def bar(chart: Chart) -> dict[str, Any]:
    """The option of a BarChartVisual."""
    options = chart.options
    categories, colors = chart.fields("Category"), chart.fields("Colors")
    measures = chart.fields("Values")
    grouped = group(chart.table, categories, measures, colors, chart.paint, chart.result.other)
    arrangement = options.get("BarsArrangement", "CLUSTERED")
    is_lying = options.get("Orientation", "VERTICAL") == "HORIZONTAL"
    names = axis_title(
        options.get("CategoryLabelOptions"), " · ".join(one.label for one in categories)
    )
    amounts = axis_title(options.get("ValueLabelOptions"), measures[0].label if measures else "")
    by_name = category_axis(
        [one.label for one in grouped.categories], chart.look, options.get("CategoryAxis"), names
    )
    by_value = value_axis(
        chart.look,
        measures[0] if measures else None,
        options.get("ValueAxis"),
        amounts,
        is_percent=arrangement == "STACKED_PERCENT",
    )
    if is_lying:
        by_name["inverse"] = True
    drawn = bar_series(chart, grouped, arrangement, is_lying=is_lying)
    if is_lying and arrangement == "CLUSTERED" and any(one["label"]["show"] for one in drawn):
        # The label beside the longest bar needs room of its own.
        by_value["boundaryGap"] = [0, "14%"]
    lines = mark_lines(
        options.get("ReferenceLines") or (),
        grouped.series,
        chart.paint.column_of,
        chart.look,
        "xAxis" if is_lying else "yAxis",
        chart.result.reference_values,
    )
    if lines and drawn:
        drawn[0]["markLine"] = {"symbol": "none", "data": lines}
    fits = FIT_LYING if is_lying else FIT_UPRIGHT
    axis = "yAxis" if is_lying else "xAxis"
    return frame(
        chart,
        xAxis=by_value if is_lying else by_name,
        yAxis=by_name if is_lying else by_value,
        series=drawn,
        tooltip=axis_tooltip(),
        legend=legend(
            options.get("Legend"),
            chart.look,
            series_names(drawn),
            " · ".join(one.label for one in colors),
        ),
        dataZoom=zoom(
            len(grouped.categories), fits, visible_range(options.get("CategoryAxis")), axis
        ),
    )


def bar_series(
    chart: Chart, grouped: Grouped, arrangement: str, *, is_lying: bool = False
) -> list[dict[str, Any]]:
    """The series of bars; percentages are computed here, so that labels tell them."""
    labels = chart.options.get("DataLabels") or chart.options.get("BarDataLabels") or {}
    is_stacked = arrangement != "CLUSTERED"
    totals = grouped.totals
    drawn = []
    for one in grouped.series:
        data = cells_of(one, grouped.categories)
        if arrangement == "STACKED_PERCENT":
            _as_shares(data, totals, shows_share=labels.get("LabelContent") != "VALUE")
        elif labels.get("LabelContent") == "PERCENT":
            for cell, total in zip(data, totals, strict=True):
                share = (cell["value"] or 0) / total if total else 0
                cell["short"] = write_number(share, NumberFormat("percent", decimals=1))
        label = data_label(
            labels,
            chart.look,
            "inside" if is_stacked else ("right" if is_lying else "top"),
            field_id=one.measure.field_id,
            value=one.name,
        )
        if label["show"] and label["position"].startswith("inside") and "LabelColor" not in labels:
            label["color"] = inside_color(one.color)
        series: dict[str, Any] = {
            "type": "bar",
            "name": one.name,
            "data": data,
            "itemStyle": {
                "color": one.color,
                "borderRadius": [0, 0, 0, 0] if is_stacked else _round(is_lying),
            },
            "barMaxWidth": 56,
            "label": label,
            "labelLayout": {"hideOverlap": labels.get("Overlap") != "ENABLE_OVERLAP"},
            "emphasis": {"focus": "series" if len(grouped.series) > 1 else "none"},
        }
        if is_stacked:
            series["stack"] = "all"
            if label["show"] and labels.get("Overlap") != "ENABLE_OVERLAP":
                hide_slivers(
                    data, 1 if arrangement == "STACKED_PERCENT" else max(totals, default=0)
                )
        drawn.append(series)
    if (
        is_stacked
        and arrangement != "STACKED_PERCENT"
        and labels.get("TotalsVisibility") == "VISIBLE"
    ):
        drawn.append(_stack_totals(chart, grouped, is_lying=is_lying))
    return drawn


def _round(is_lying: bool) -> list[int]:
    return [0, 3, 3, 0] if is_lying else [3, 3, 0, 0]


def _as_shares(data: list[dict[str, Any]], totals: list[float], *, shows_share: bool) -> None:
    for cell, total in zip(data, totals, strict=True):
        share = (cell["value"] or 0) / total if total else None
        if cell["value"] is None:
            continue
        written = write_number(share or 0, NumberFormat("percent", decimals=1))
        cell["text"] = f"{cell['text']} ({written})"
        cell["value"] = share
        if shows_share:
            cell["short"] = written


def _stack_totals(chart: Chart, grouped: Grouped, *, is_lying: bool) -> dict[str, Any]:
    """An invisible bar of no length on the top of each stack, which carries the total's label."""
    form = format_of(grouped.series[0].measure).short() if grouped.series else NumberFormat()
    return {
        "type": "bar",
        "name": "",
        "isTotal": True,
        "stack": "all",
        "silent": True,
        "data": [
            {"value": 0, "text": "", "short": write_number(number(total) or 0, form), "point": {}}
            for total in grouped.totals
        ],
        "itemStyle": {"color": "transparent"},
        "tooltip": {"show": False},
        "label": {
            "show": True,
            "position": "right" if is_lying else "top",
            "color": chart.look.theme.ui["PrimaryForeground"],
            "fontWeight": 600,
            "fontSize": 11,
        },
        "labelLayout": {"hideOverlap": True},
    }
