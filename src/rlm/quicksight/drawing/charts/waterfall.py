"""Waterfalls: what adds and what takes away, and the total."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import axis_title, category_axis, data_label, legend, value_axis
from rlm.quicksight.drawing.charts.common import Chart, axis_tooltip, frame
from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.points import group


def waterfall(chart: Chart) -> dict[str, Any]:
    """The option of a WaterfallVisual; breakdowns are summed into their category."""
    options, theme = chart.options, chart.look.theme
    categories, measures = chart.fields("Categories"), chart.fields("Values")
    grouped = group(chart.table, categories, measures[:1], (), chart.paint)
    breakdowns = chart.fields("Breakdowns")
    if breakdowns:
        parts = group(chart.table, categories, measures[:1], breakdowns, chart.paint)
        amounts: list[float | None] = list(parts.totals)
    else:
        amounts = [number(value) for value in grouped.series[0].values]
    total_label = (options.get("WaterfallChartOptions") or {}).get("TotalBarLabel") or "Total"
    colors = (options.get("ColorConfiguration") or {}).get("GroupColorConfiguration") or {}
    up = colors.get("PositiveBarColor") or theme.ui["Success"]
    down = colors.get("NegativeBarColor") or theme.ui["Danger"]
    whole = colors.get("TotalBarColor") or theme.colors[0]
    base, bars, running = [], [], 0.0
    for place, amount in zip(grouped.categories, amounts, strict=True):
        change = amount or 0.0
        after = running + change
        base.append({"value": min(running, after), "text": "", "point": {}})
        bars.append(
            {
                "value": abs(change),
                "text": write(change, measures[0]),
                "short": write(change, measures[0], is_short=True),
                "point": place.point,
                "itemStyle": {"color": up if change >= 0 else down},
            }
        )
        running = after
    base.append({"value": min(0.0, running), "text": "", "point": {}})
    bars.append(
        {
            "value": abs(running),
            "text": write(running, measures[0]),
            "short": write(running, measures[0], is_short=True),
            "point": {},
            "itemStyle": {"color": whole},
        }
    )
    names = [*(one.label for one in grouped.categories), total_label]
    label = data_label(options.get("DataLabels"), chart.look, "top")
    return frame(
        chart,
        xAxis=category_axis(
            names,
            chart.look,
            options.get("CategoryAxisDisplayOptions"),
            axis_title(
                options.get("CategoryAxisLabelOptions"), " · ".join(one.label for one in categories)
            ),
        ),
        yAxis=value_axis(
            chart.look,
            measures[0],
            options.get("PrimaryYAxisDisplayOptions"),
            axis_title(options.get("PrimaryYAxisLabelOptions"), measures[0].label),
        ),
        series=[
            {
                "type": "bar",
                "name": "",
                "stack": "all",
                "stackStrategy": "all",
                "silent": True,
                "itemStyle": {"color": "transparent"},
                "tooltip": {"show": False},
                "data": base,
            },
            {
                "type": "bar",
                "name": measures[0].label,
                "stack": "all",
                "stackStrategy": "all",
                "barMaxWidth": 56,
                "data": bars,
                "label": label,
                "itemStyle": {"borderRadius": 2},
            },
        ],
        tooltip=axis_tooltip(),
        legend=legend(options.get("Legend"), chart.look, []),
    )
