"""Funnels: stages that lose a part from one to the next."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import inside_color, is_hidden, text_style
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.numbers import NumberFormat, write_number
from rlm.quicksight.drawing.formats.values import number, plain, write
from rlm.quicksight.drawing.points import indexes, label_of, point_of


def funnel(chart: Chart) -> dict[str, Any]:
    """The option of a FunnelChartVisual; stages keep the order of the result."""
    options, table = chart.options, chart.table
    names, measures = chart.fields("Category"), chart.fields("Values")
    labels = options.get("DataLabelOptions") or {}
    places = indexes(table, names)
    amount = indexes(table, measures)[0]
    first = next((number(row[amount]) for row in table.rows if number(row[amount])), None)
    stages = []
    previous = first
    for rank, row in enumerate(table.rows):
        values = [row[place] for place in places]
        name = label_of(values, names)
        value = number(row[amount])
        color = chart.paint.of_value(
            names[0].field_id if names else None, plain(values[0]) if values else name, name, rank
        )
        stages.append(
            {
                "name": name,
                "value": value,
                "text": write(row[amount], measures[0]),
                "short": _label(name, row[amount], value, first, previous, measures[0], labels),
                "point": point_of(values, names),
                "itemStyle": {"color": color},
                "label": {"color": labels.get("LabelColor") or inside_color(color)},
            }
        )
        previous = value
    return frame(
        chart,
        series=[
            {
                "type": "funnel",
                "sort": "none",
                "gap": 3,
                "minSize": "6%",
                "data": stages,
                "label": {
                    "show": not is_hidden(labels),
                    "position": "inside",
                    **text_style(chart.look, "DataLabel", labels.get("LabelFontConfiguration")),
                },
                "itemStyle": {"borderWidth": 0},
            }
        ],
        tooltip=item_tooltip(),
    )


def _label(
    name: str,
    raw: Any,
    value: float | None,
    first: float | None,
    previous: float | None,
    measure: Any,
    labels: Any,
) -> str:
    style = labels.get("MeasureDataLabelStyle", "VALUE_AND_PERCENTAGE_BY_FIRST_STAGE")
    base = previous if "PREVIOUS" in style else first
    share = (
        write_number(value / base, NumberFormat("percent", decimals=1)) if value and base else ""
    )
    parts = [] if labels.get("CategoryLabelVisibility") == "HIDDEN" else [name]
    if labels.get("MeasureLabelVisibility") != "HIDDEN":
        amount = write(raw, measure, is_short=True)
        if style == "VALUE_ONLY":
            parts.append(amount)
        elif style.startswith("PERCENTAGE"):
            parts.append(share)
        else:
            parts.append(f"{amount} ({share})" if share else amount)
    return "  ".join(parts)
