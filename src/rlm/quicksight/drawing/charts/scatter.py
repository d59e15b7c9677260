"""Scatter plots, with bubbles where there is a size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.axes import axis_title, data_label, legend, value_axis
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.values import number, plain, write
from rlm.quicksight.drawing.points import indexes, key_of, label_of, point_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm.quicksight.results import Field

SMALLEST, LARGEST, ALONE = 7, 44, 10


def scatter(chart: Chart) -> dict[str, Any]:
    """The option of a ScatterPlotVisual: a series for each value of its colour."""
    options, table = chart.options, chart.table
    x_fields, y_fields = chart.fields("XAxis"), chart.fields("YAxis")
    names, sizes = chart.fields("Category"), chart.fields("Size")
    labels = chart.fields("Label")
    x_axis, y_axis = x_fields[0], y_fields[0]
    x_place, y_place = indexes(table, [x_axis, y_axis])
    name_places, label_places = indexes(table, names), indexes(table, labels)
    size_place = indexes(table, sizes)[0] if sizes else None
    largest = max(
        (abs(number(row[size_place]) or 0) for row in table.rows) if size_place is not None else (),
        default=0,
    )
    series: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in table.rows:
        values = [row[place] for place in name_places]
        key = key_of(values)
        name = label_of(values, names) if names else y_axis.label
        if key not in series:
            series[key] = _series(chart, name, values, names, len(series))
        said = label_of([row[place] for place in label_places], labels) if labels else name
        size = row[size_place] if size_place is not None else None
        series[key]["data"].append(
            {
                "value": [number(row[x_place]), number(row[y_place])],
                "name": said,
                "heading": said,
                "tipName": f"{y_axis.label} / {x_axis.label}",
                "text": _told(row, (x_place, y_place, size_place), (x_axis, y_axis, *sizes)),
                "short": said,
                "point": point_of(
                    [row[place] for place in (*name_places, *label_places)], [*names, *labels]
                ),
                "symbolSize": _diameter(size, largest),
            }
        )
    drawn = list(series.values())
    return frame(
        chart,
        xAxis=value_axis(
            chart.look,
            x_axis,
            options.get("XAxisDisplayOptions"),
            axis_title(options.get("XAxisLabelOptions"), x_axis.label),
        ),
        yAxis=value_axis(
            chart.look,
            y_axis,
            options.get("YAxisDisplayOptions"),
            axis_title(options.get("YAxisLabelOptions"), y_axis.label),
        ),
        series=drawn,
        tooltip=item_tooltip(),
        legend=legend(
            options.get("Legend"),
            chart.look,
            [one["name"] for one in drawn],
            " · ".join(one.label for one in names),
        ),
    )


def _series(
    chart: Chart, name: str, values: Sequence[Any], names: Sequence[Field], rank: int
) -> dict[str, Any]:
    color = (
        chart.paint.of_value(names[0].field_id, plain(values[0]), name, rank)
        if names
        else chart.paint.of_measure("", 0)
    )
    return {
        "type": "scatter",
        "name": name,
        "data": [],
        "itemStyle": {"color": color, "opacity": 0.78},
        "label": data_label(chart.options.get("DataLabels"), chart.look, "top"),
        "labelLayout": {"hideOverlap": True},
    }


def _diameter(size: Any, largest: float) -> float:
    """The area grows with the amount."""
    amount = number(size)
    if amount is None or not largest:
        return ALONE
    return round(SMALLEST + (LARGEST - SMALLEST) * math.sqrt(abs(amount) / largest), 1)


def _told(row: Sequence[Any], places: Sequence[int | None], fields: Sequence[Field]) -> str:
    written = [
        f"{one.label} {write(row[place], one)}"
        for place, one in zip(places, fields, strict=False)
        if place is not None
    ]
    return ", ".join(written)
