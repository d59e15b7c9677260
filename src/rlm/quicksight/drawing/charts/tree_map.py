"""Tree maps: areas by size, coloured by a second measure."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import inside_color, is_hidden
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.charts.heat_map import color_scale
from rlm.quicksight.drawing.formats.values import number, plain, write
from rlm.quicksight.drawing.points import OTHER, indexes, label_of, point_of
from rlm.quicksight.drawing.themes import mix


def tree_map(chart: Chart) -> dict[str, Any]:
    """The option of a TreeMapVisual."""
    options, table = chart.options, chart.table
    groups, sizes, colors = chart.fields("Groups"), chart.fields("Sizes"), chart.fields("Colors")
    places = indexes(table, groups)
    size_place = indexes(table, sizes)[0] if sizes else None
    color_place = indexes(table, colors)[0] if colors else None
    shades = [number(row[color_place]) for row in table.rows] if color_place is not None else []
    scale = color_scale(chart, shades, colors) if shades else None
    nodes = []
    for rank, row in enumerate(table.rows):
        values = [row[place] for place in places]
        name = label_of(values, groups)
        size = row[size_place] if size_place is not None else 1
        told = [write(size, sizes[0])] if size_place is not None else []
        if color_place is not None and scale is not None:
            color = _shade(number(row[color_place]), scale, chart.look.theme.empty)
            told.append(f"{colors[0].label}: {write(row[color_place], colors[0])}")
        else:
            field_id = groups[0].field_id if groups else None
            color = chart.paint.of_value(field_id, plain(values[0]) if values else "", name, rank)
        nodes.append(_node(name, size, " · ".join(told), point_of(values, groups), color))
    other = chart.result.other
    for row in other.rows if other and sizes else ():
        size = row[indexes(other, sizes[:1])[0]]  # type: ignore[arg-type]
        nodes.append(_node(OTHER, size, write(size, sizes[0]), {}, chart.look.theme.empty))
    labels = options.get("DataLabels") or {}
    surface = chart.look.theme.tile_background or chart.look.theme.ui["PrimaryBackground"]
    return frame(
        chart,
        series=[
            {
                "type": "treemap",
                "roam": False,
                "nodeClick": False,
                "breadcrumb": {"show": False},
                "data": nodes,
                "label": {
                    "show": not is_hidden(labels),
                    "overflow": "truncate",
                    "fontSize": 12,
                    "lineHeight": 17,
                },
                "itemStyle": {"borderColor": surface, "borderWidth": 1.5, "gapWidth": 1.5},
            }
        ],
        tooltip=item_tooltip(),
    )


def _node(name: str, size: Any, text: str, point: dict[str, Any], color: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": abs(number(size) or 0),
        "text": text,
        "short": f"{name}\n{text.split(' · ')[0]}",
        "point": point,
        "itemStyle": {"color": color},
        "label": {"color": inside_color(color)},
    }


def _shade(value: float | None, scale: dict[str, Any], empty: str) -> str:
    """The colour of a value between those of the scale's ends."""
    if value is None:
        return empty
    colors = scale["inRange"]["color"]
    share = (value - scale["min"]) / (scale["max"] - scale["min"])
    place = min(max(share, 0.0), 1.0) * (len(colors) - 1)
    low = min(int(place), len(colors) - 2)
    return mix(colors[low], colors[low + 1], place - low)
