"""Histograms: how many rows fall into each bin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.axes import axis_title, category_axis, data_label, value_axis
from rlm.quicksight.drawing.charts.common import Chart, axis_tooltip, frame
from rlm.quicksight.drawing.formats.values import number, write

if TYPE_CHECKING:
    from rlm.quicksight.results import Field


def histogram(chart: Chart) -> dict[str, Any]:
    """The option of a HistogramVisual, whose result has `bin_start`, `bin_end` and `count`."""
    options, table = chart.options, chart.table
    start, end, count = (
        next(one for one in table.fields if one.field_id == name)
        for name in ("bin_start", "bin_end", "count")
    )
    # Ends are amounts, though they group: 1,500 rather than 1500.
    labels = [
        f"{write(low, _as_amount(start), is_short=True)} to"
        f" {write(high, _as_amount(end), is_short=True)}"
        for low, high in zip(table.values("bin_start"), table.values("bin_end"), strict=True)
    ]
    return frame(
        chart,
        xAxis=category_axis(
            labels,
            chart.look,
            options.get("XAxisDisplayOptions"),
            axis_title(options.get("XAxisLabelOptions"), start.label),
        ),
        yAxis=value_axis(chart.look, count, options.get("YAxisDisplayOptions"), count.label),
        series=[
            {
                "type": "bar",
                "name": count.label,
                "barCategoryGap": "4%",
                "data": [
                    {
                        "value": number(value),
                        "text": write(value, count),
                        "short": write(value, count, is_short=True),
                        "point": {},
                    }
                    for value in table.values("count")
                ],
                "itemStyle": {
                    "color": chart.paint.of_measure(_value_field(chart), 0),
                    "borderRadius": [2, 2, 0, 0],
                },
                "label": data_label(options.get("DataLabels"), chart.look, "top"),
            }
        ],
        tooltip=axis_tooltip(),
    )


def _as_amount(field: Field) -> Field:
    return replace(field, is_measure=True)


def _value_field(chart: Chart) -> str:
    """The id of the field in the well: the result has only what was made of it."""
    wells = (chart.options.get("FieldWells") or {}).get("HistogramAggregatedFieldWells") or {}
    for leaf in wells.get("Values") or ():
        for inner in leaf.values():
            return str(inner.get("FieldId", ""))
    return ""
