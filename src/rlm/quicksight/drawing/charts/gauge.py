"""Gauges: a value on an arc, with its target."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import text_style
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.conditions import Decisions
from rlm.quicksight.drawing.formats.numbers import NumberFormat, number_format, write_number
from rlm.quicksight.drawing.formats.values import format_of, number, write
from rlm.quicksight.drawing.points import fields_in, indexes
from rlm.quicksight.drawing.themes import font_style


def gauge(chart: Chart) -> dict[str, Any]:
    """The option of a GaugeChartVisual."""
    options, table, theme = chart.options, chart.table, chart.look.theme
    shown = options.get("GaugeChartOptions") or {}
    measure = (chart.fields("Values") or chart.fields("TargetValues"))[0]
    value = number(table.rows[-1][indexes(table, [measure])[0]])
    target = _target(chart, measure.field_id)
    low, high = _range(shown, value, target)
    decided = Decisions.of(chart.result).of_part("arc")
    color = (options.get("ColorConfiguration") or {}).get("ForegroundColor") or theme.colors[0]
    if decided and decided["style"].get("background"):
        color = decided["style"]["background"]
    arc = _degrees((shown.get("Arc") or {}).get("ArcAngle"), 180.0)
    empty = (options.get("ColorConfiguration") or {}).get("BackgroundColor") or theme.empty
    given = font_style(shown.get("PrimaryValueFontConfiguration"))
    axis: dict[str, Any] = {
        "type": "gauge",
        "min": low,
        "max": high,
        "startAngle": 90 + arc / 2,
        "endAngle": 90 - arc / 2,
        "splitNumber": 4,
        "progress": {"show": True, "width": 18, "itemStyle": {"color": color}},
        "axisLine": {"lineStyle": {"width": 18, "color": [[1, empty]]}},
        "pointer": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": {
            "distance": 24,
            "fontSize": 10,
            "color": theme.ui["SecondaryForeground"],
            "format": format_of(measure).short().to_json(),
        },
        "detail": {
            "offsetCenter": [0, "-8%"],
            "fontSize": 24,
            "fontWeight": 650,
            "color": given.get("color") or theme.ui["PrimaryForeground"],
            **text_style(chart.look, "DataLabel", shown.get("PrimaryValueFontConfiguration")),
        },
        "title": {"show": False},
        "data": [
            {
                "value": value,
                "name": measure.label,
                "text": _text(shown, value, target, write(value, measure), measure),
            }
        ],
    }
    series = [axis]
    if target is not None:
        series.append(_mark(axis, target, theme.ui["PrimaryForeground"], write(target, measure)))
    return frame(chart, series=series, tooltip=item_tooltip())


def _target(chart: Chart, field_id: str) -> float | None:
    fields = [one for one in chart.fields("TargetValues") if one.field_id != field_id]
    if fields:
        return number(chart.table.rows[-1][indexes(chart.table, fields[:1])[0]])
    other = chart.result.comparison
    found = fields_in(other, "TargetValues", "Values")
    if other is None or not found or not other.rows:
        return None
    return number(other.rows[-1][indexes(other, found[:1])[0]])


def _range(shown: Any, value: float | None, target: float | None) -> tuple[float, float]:
    """From 0 to what holds value and target, unless the definition says otherwise."""
    bounds = (shown.get("ArcAxis") or {}).get("Range") or {}
    known = [one for one in (value, target) if one is not None]
    low = bounds.get("Min", min([0.0, *known]))
    high = bounds.get("Max", max([0.0, *known]) if target is not None else 0.0)
    if high <= low:
        high = low + (abs(value or 0) * 1.25 or 1.0)
    return float(low), float(high)


def _degrees(given: Any, default: float) -> float:
    return min(max(float(given), 60.0), 350.0) if given is not None else default


def _text(shown: Any, value: float | None, target: float | None, written: str, measure: Any) -> str:
    comparison = shown.get("Comparison") or {}
    if shown.get("PrimaryValueDisplayType") != "COMPARISON" or value is None or not target:
        return written
    form = number_format(comparison.get("ComparisonFormat"))
    if comparison.get("ComparisonMethod") == "DIFFERENCE":
        return write_number(
            value - target, form if comparison.get("ComparisonFormat") else format_of(measure)
        )
    share = value / target
    if comparison.get("ComparisonMethod") == "PERCENT_DIFFERENCE":
        share = (value - target) / abs(target)
    given = comparison.get("ComparisonFormat")
    return write_number(share, form if given else NumberFormat("percent", decimals=2))


def _mark(axis: dict[str, Any], target: float, color: str, text: str) -> dict[str, Any]:
    """A stroke across the arc where the target is."""
    return {
        **{key: axis[key] for key in ("type", "min", "max", "startAngle", "endAngle")},
        "silent": True,
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": {"show": False},
        "progress": {"show": False},
        "detail": {"show": False},
        "title": {"show": False},
        "pointer": {
            "icon": "rect",
            "length": 24,
            "width": 3,
            "offsetCenter": [0, "-92%"],
            "itemStyle": {"color": color},
        },
        "data": [{"value": target, "name": "Target", "text": text}],
    }
