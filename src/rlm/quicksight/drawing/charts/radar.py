"""Radar charts."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import legend, text_style
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.points import group


def radar(chart: Chart) -> dict[str, Any]:
    """The option of a RadarChartVisual: an axis a category, a shape a series.

    With `AxesRangeScale` INDEPENDENT each axis has its own range, else all share one.
    """
    options, theme = chart.options, chart.look.theme
    categories, colors = chart.fields("Category"), chart.fields("Color")
    grouped = group(
        chart.table, categories, chart.fields("Values"), colors, chart.paint, chart.result.other
    )
    highest = [
        max((number(one.values[place]) or 0 for one in grouped.series), default=0)
        for place in range(len(grouped.categories))
    ]
    shared = max(highest, default=0)
    is_own = options.get("AxesRangeScale") == "INDEPENDENT"
    settings = options.get("BaseSeriesSettings") or {}
    is_filled = (settings.get("AreaStyleSettings") or {}).get("Visibility") != "HIDDEN"
    shapes = []
    for one in grouped.series:
        lines = [
            f"{place.label} {write(value, one.measure)}"
            for place, value in zip(grouped.categories, one.values, strict=True)
            if value is not None
        ]
        shapes.append(
            {
                "name": one.name,
                "value": [number(value) for value in one.values],
                "text": ", ".join(lines),
                "point": dict(one.point),
                "lineStyle": {"color": one.color, "width": 2},
                "itemStyle": {"color": one.color},
                "areaStyle": {"color": one.color, "opacity": 0.16 if is_filled else 0},
            }
        )
    return frame(
        chart,
        radar={
            "indicator": [
                {"name": place.label, "max": (highest[at] if is_own else shared) * 1.05 or 1}
                for at, place in enumerate(grouped.categories)
            ],
            "shape": "polygon" if options.get("Shape") == "POLYGON" else "circle",
            "startAngle": 90 - float(options.get("StartAngle") or 0),
            "axisName": {
                "color": theme.ui["PrimaryForeground"],
                "fontSize": 11,
                **text_style(chart.look, "AxisLabel"),
            },
            "splitLine": {"lineStyle": {"color": theme.line}},
            "axisLine": {"lineStyle": {"color": theme.line}},
            "splitArea": {"show": False},
        },
        series=[{"type": "radar", "data": shapes, "symbolSize": 5}],
        tooltip=item_tooltip(),
        legend=legend(options.get("Legend"), chart.look, [one.name for one in grouped.series]),
    )
