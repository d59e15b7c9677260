"""Heat maps: a colour for each pair of a row and a column."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.axes import axis_title, category_axis, text_style
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.values import format_of, number, write
from rlm.quicksight.drawing.points import color_order, indexes, key_of, label_of, point_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def heat_map(chart: Chart) -> dict[str, Any]:
    """The option of a HeatMapVisual."""
    options, table = chart.options, chart.table
    rows, columns = chart.fields("Rows"), chart.fields("Columns")
    measures = chart.fields("Values")
    row_places, column_places = indexes(table, rows), indexes(table, columns)
    amount = indexes(table, measures)[0] if measures else None
    row_names: dict[tuple[Any, ...], str] = {}
    column_names = dict.fromkeys(color_order(table, rows, columns), "")
    sequences: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in table.rows:
        across, down = [row[p] for p in column_places], [row[p] for p in row_places]
        row_names.setdefault(key_of(down), label_of(down, rows))
        column_names[key_of(across)] = label_of(across, columns)
        sequences[key_of(down)].append(key_of(across))
    column_names = {key: column_names[key] for key in merged(list(sequences.values()))}
    places = {key: place for place, key in enumerate(column_names)}
    lines = {key: place for place, key in enumerate(row_names)}
    cells: list[dict[str, Any]] = []
    for row in table.rows:
        across, down = [row[p] for p in column_places], [row[p] for p in row_places]
        value = number(row[amount]) if amount is not None else 1
        written = write(row[amount], measures[0]) if amount is not None else ""
        cells.append(
            {
                "value": [
                    places[key_of(across)],
                    lines[key_of(down)],
                    value,
                ],
                "name": f"{label_of(down, rows)} · {label_of(across, columns)}",
                "text": written,
                "short": write(row[amount], measures[0], is_short=True)
                if amount is not None
                else "",
                "point": {**point_of(down, rows), **point_of(across, columns)},
            }
        )
    labels = options.get("DataLabels") or {}
    return frame(
        chart,
        xAxis=_axis(
            chart,
            list(column_names.values()),
            "ColumnAxisDisplayOptions",
            axis_title(options.get("ColumnLabelOptions"), _names(columns)),
        ),
        yAxis=_axis(
            chart,
            list(row_names.values()),
            "RowAxisDisplayOptions",
            axis_title(options.get("RowLabelOptions"), _names(rows)),
        )
        | {"inverse": True},
        visualMap=color_scale(chart, [one["value"][2] for one in cells], measures),
        series=[
            {
                "type": "heatmap",
                "name": measures[0].label if measures else "",
                "data": cells,
                "itemStyle": {
                    "borderColor": _surface(chart),
                    "borderWidth": 1.5,
                    "borderRadius": 3,
                },
                "label": {
                    "show": labels.get("Visibility") != "HIDDEN" and len(cells) <= 400,
                    "fontSize": 11,
                    **text_style(chart.look, "DataLabel", labels.get("LabelFontConfiguration")),
                },
            }
        ],
        tooltip=item_tooltip(),
    )


def merged(sequences: Sequence[Sequence[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    """All keys in an order that each of the sequences keeps: rows skip columns without a value.

    What no sequence decides stands by its value, so that months follow one another.
    """
    after: dict[tuple[Any, ...], set[tuple[Any, ...]]] = defaultdict(set)
    waiting: dict[tuple[Any, ...], int] = {}
    for sequence in sequences:
        for key in sequence:
            waiting.setdefault(key, 0)
        for one, following in itertools.pairwise(sequence):
            if following not in after[one] and one != following:
                after[one].add(following)
                waiting[following] += 1
    found = []
    while waiting:
        # A circle is none that sorted rows make; the first of it is as good as any.
        free = [key for key, count in waiting.items() if count == 0] or list(waiting)[:1]
        key = min(free, key=str)
        found.append(key)
        del waiting[key]
        for following in after[key] & waiting.keys():
            waiting[following] -= 1
    return found


def _axis(chart: Chart, names: Sequence[str], key: str, title: str) -> dict[str, Any]:
    return category_axis(names, chart.look, chart.options.get(key), title)


def _names(fields: Sequence[Any]) -> str:
    return " · ".join(one.label for one in fields)


def _surface(chart: Chart) -> str:
    theme = chart.look.theme
    return theme.tile_background or theme.ui["PrimaryBackground"]


def color_scale(
    chart: Chart,
    values: Sequence[float | None],
    measures: Sequence[Any],
    dimension: int | None = 2,
) -> dict[str, Any]:
    """From the smallest value's colour to the greatest's, unless the colours name values."""
    known = [one for one in values if one is not None]
    low, high = (min(known), max(known)) if known else (0, 1)
    scale: Mapping[str, Any] = chart.options.get("ColorScale") or {}
    given = [one for one in scale.get("Colors") or () if one.get("Color")]
    colors = [one["Color"] for one in given]
    if len(colors) < 2:
        colors = list(chart.look.theme.gradient)
    # Ends that the definition fixes: what lies beyond has the colour of the end.
    ends = [
        one["DataValue"] for one in (given[:1] + given[-1:]) if one.get("DataValue") is not None
    ]
    if len(given) > 1 and len(ends) == 2 and ends[0] < ends[1]:
        low, high = ends
    legend = chart.options.get("Legend") or {}
    drawn: dict[str, Any] = {
        "type": "continuous",
        "min": low,
        "max": high if high > low else low + 1,
        "inRange": {"color": colors},
        "outOfRange": {"color": chart.look.theme.empty},
        "calculable": False,
        "show": legend.get("Visibility") != "HIDDEN",
        "orient": "horizontal" if legend.get("Position") in ("TOP", "BOTTOM") else "vertical",
        "right": 4,
        "itemWidth": 12,
        "itemHeight": 90,
        "textStyle": {"color": chart.look.theme.ui["SecondaryForeground"], "fontSize": 11},
        "text": [
            write(high, measures[0], is_short=True) if measures else "",
            write(low, measures[0], is_short=True) if measures else "",
        ],
    }
    drawn["bottom" if drawn["orient"] == "horizontal" else "top"] = (
        2 if drawn["orient"] == "horizontal" else "middle"
    )
    if dimension is not None:
        drawn["dimension"] = dimension
    if measures:
        drawn["textFormat"] = format_of(measures[0]).short().to_json()
    return drawn
