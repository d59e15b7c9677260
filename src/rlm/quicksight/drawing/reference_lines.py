"""Reference lines: constants, and what is computed from the values that are shown."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.formats.numbers import number_format, write_number
from rlm.quicksight.drawing.formats.values import format_of, number
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.points import Series  # noqa: TC001 - part of the public types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PATTERNS = {"SOLID": "solid", "DASHED": "dashed", "DOTTED": "dotted"}
CALCULATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "AVERAGE": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "COUNT": len,
    "MEDIAN": statistics.median,
    "VAR": statistics.variance,
    "VARP": statistics.pvariance,
    "STDEV": statistics.stdev,
    "STDEVP": statistics.pstdev,
    "DISTINCT_COUNT": lambda values: len(set(values)),
}


def mark_lines(
    lines: Sequence[Mapping[str, Any]],
    series: Sequence[Series],
    column_of: Mapping[str, tuple[str, str]],
    look: Look,
    axis: str = "yAxis",
    known: Mapping[int, float | None] | None = None,
) -> list[dict[str, Any]]:
    """The enabled lines as ECharts' markLine takes them; `known` are values that queries found."""
    drawn = []
    for place, line in enumerate(lines):
        if line.get("Status") == "DISABLED":
            continue
        if known and place in known:
            value = known[place]
        else:
            value = _value(line.get("DataConfiguration") or {}, series, column_of)
        if value is not None:
            drawn.append(_mark(line, value, series, look, axis))
    return drawn


def _value(
    data: Mapping[str, Any], series: Sequence[Series], column_of: Mapping[str, tuple[str, str]]
) -> float | None:
    fixed = data.get("StaticConfiguration")
    if fixed is not None:
        return number(fixed.get("Value"))
    dynamic = data.get("DynamicConfiguration") or {}
    column = dynamic.get("Column") or {}
    name = (column.get("DataSetIdentifier", ""), column.get("ColumnName", ""))
    matching = [one for one in series if column_of.get(one.measure.field_id) == name]
    values = [
        found
        for one in matching or series
        for found in map(number, one.values)
        if found is not None
    ]
    calculation = dynamic.get("Calculation") or {}
    percent = (calculation.get("PercentileAggregation") or {}).get("PercentileValue")
    if not values:
        return None
    if percent is not None:
        return percentile(sorted(values), float(percent))
    function = calculation.get("SimpleNumericalAggregation", "AVERAGE")
    if function in ("VAR", "STDEV") and len(values) < 2:
        return None
    return float(CALCULATIONS[function](values)) if function in CALCULATIONS else None


def percentile(values: Sequence[float], percent: float) -> float:
    """Of sorted numbers, between neighbours by their distance."""
    place = (len(values) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _mark(
    line: Mapping[str, Any], value: float, series: Sequence[Series], look: Look, axis: str
) -> dict[str, Any]:
    style = line.get("StyleConfiguration") or {}
    label = line.get("LabelConfiguration") or {}
    color = style.get("Color") or look.theme.ui["SecondaryForeground"]
    drawn: dict[str, Any] = {
        axis: value,
        "lineStyle": {
            "color": color,
            "type": PATTERNS.get(style.get("Pattern", "DASHED"), "dashed"),
            "width": 1.5,
        },
        "label": {"show": False},
    }
    if label and label.get("Visibility") != "HIDDEN":
        side = {"LEFT": "Start", "CENTER": "Middle", "RIGHT": "End"}[
            label.get("HorizontalPosition", "RIGHT")
        ]
        above = "Bottom" if label.get("VerticalPosition") == "BELOW" else "Top"
        drawn["label"] = {
            "show": True,
            "position": f"inside{side}{above}",
            "formatter": _label(label, value, series),
            "color": label.get("FontColor") or color,
        }
    return drawn


def _label(label: Mapping[str, Any], value: float, series: Sequence[Series]) -> str:
    custom = (label.get("CustomLabelConfiguration") or {}).get("CustomLabel")
    shown = label.get("ValueLabelConfiguration")
    form = number_format((shown or {}).get("FormatConfiguration"))
    if not (shown or {}).get("FormatConfiguration") and series:
        form = format_of(series[0].measure)
    text = write_number(value, form.short())
    if custom and shown is None:
        return str(custom)
    if not custom:
        return text
    after = (shown or {}).get("RelativePosition") == "AFTER_CUSTOM_LABEL"
    return f"{custom} {text}" if after else f"{text} {custom}"
