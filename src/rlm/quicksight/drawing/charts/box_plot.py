"""Box plots: the spread of a measure, a box a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.axes import axis_title, category_axis, legend, value_axis
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.points import indexes, label_of, point_of

if TYPE_CHECKING:
    from rlm.quicksight.results import Field

# The result has a field for each of these: `<field id>:<part>`.
PARTS = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")


def box_plot(chart: Chart) -> dict[str, Any]:
    """The option of a BoxPlotVisual: whiskers reach the extremes."""
    options, table = chart.options, chart.table
    groups = chart.fields("GroupBy")
    places = indexes(table, groups)
    labels = [label_of([row[place] for place in places], groups) for row in table.rows]
    measures = _measures(chart)
    first = next(iter(measures.values()))["median"]
    series = [
        _series(chart, field_id, parts, labels, rank)
        for rank, (field_id, parts) in enumerate(measures.items())
    ]
    return frame(
        chart,
        xAxis=category_axis(
            labels,
            chart.look,
            options.get("CategoryAxis"),
            axis_title(
                options.get("CategoryLabelOptions"), " · ".join(one.label for one in groups)
            ),
        ),
        yAxis=value_axis(
            chart.look,
            first,
            options.get("PrimaryYAxisDisplayOptions"),
            axis_title(options.get("PrimaryYAxisLabelOptions"), first.label),
        ),
        series=series,
        tooltip=item_tooltip(),
        legend=legend(options.get("Legend"), chart.look, [one["name"] for one in series]),
    )


def _measures(chart: Chart) -> dict[str, dict[str, Field]]:
    """By field id, the field of each part."""
    found: dict[str, dict[str, Field]] = {}
    for one in chart.table.fields:
        field_id, _, part = one.field_id.rpartition(":")
        if part in PARTS and one.is_measure:
            found.setdefault(field_id, {})[part] = one
    return found


def _series(
    chart: Chart, field_id: str, parts: dict[str, Field], labels: list[str], rank: int
) -> dict[str, Any]:
    table = chart.table
    groups = chart.fields("GroupBy")
    group_places = indexes(table, groups)
    places = indexes(table, [parts[name] for name in PARTS])
    color = chart.paint.of_measure(field_id, rank)
    boxes = []
    for label, row in zip(labels, table.rows, strict=True):
        told = [
            f"{name.replace('_', ' ')} {write(row[place], parts[name])}"
            for name, place in zip(PARTS, places, strict=True)
        ]
        boxes.append(
            {
                "name": label,
                "value": [number(row[place]) for place in places],
                "text": ", ".join(told),
                "point": point_of([row[place] for place in group_places], groups),
            }
        )
    return {
        "type": "boxplot",
        "name": parts["median"].label,
        "data": boxes,
        "itemStyle": {"color": f"{color[:7]}33", "borderColor": color, "borderWidth": 1.5},
        "boxWidth": [8, 44],
    }
