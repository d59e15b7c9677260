"""Maps: regions filled by a measure, and points where something is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.axes import legend
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.charts.heat_map import color_scale
from rlm.quicksight.drawing.charts.places import map_of, outline_of
from rlm.quicksight.drawing.formats.values import number, plain, write
from rlm.quicksight.drawing.points import indexes, label_of, point_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.results import Field

SMALLEST, LARGEST, ALONE = 6, 34, 9
# The forty-eight neighbours; what is farther off makes the map as wide as needed.
NEAR_STATES = [[-125.0, 50.0], [-66.5, 24.0]]
ALL_STATES = [[-172.0, 72.0], [-65.0, 17.5]]
FAR = ("Alaska", "Hawaii", "Puerto Rico")


def filled_map(chart: Chart) -> dict[str, Any]:
    """The option of a FilledMapVisual; places without an outline are told below it."""
    table = chart.table
    field = chart.fields("Geospatial")[0]
    measures = chart.fields("Values")
    place = indexes(table, [field])[0]
    amount = indexes(table, measures)[0] if measures else None
    name_of_map = map_of(row[place] for row in table.rows)
    regions: list[dict[str, Any]] = []
    unknown = []
    for row in table.rows:
        name = write(row[place], field)
        outline = outline_of(row[place], name_of_map)
        if outline is None:
            unknown.append(name)
            continue
        regions.append(
            {
                "name": outline,
                "value": number(row[amount]) if amount is not None else 1,
                "text": write(row[amount], measures[0]) if amount is not None else "",
                "short": name,
                "tipName": name,
                "point": point_of([row[place]], [field]),
            }
        )
    theme = chart.look.theme
    series: dict[str, Any] = {
        "type": "map",
        "map": name_of_map,
        "name": measures[0].label if measures else field.label,
        "data": regions,
        "selectedMode": False,
        "itemStyle": {"areaColor": theme.empty, "borderColor": theme.line, "borderWidth": 0.6},
        "label": {"show": False},
        "emphasis": {"label": {"show": False}},
        "nameProperty": "name",
    }
    bounds = _bounds(chart, name_of_map, [one["name"] for one in regions])
    if bounds:
        series["boundingCoords"] = bounds
    return frame(
        chart,
        map=name_of_map,
        series=[series],
        visualMap=color_scale(chart, [one["value"] for one in regions], measures, None),
        tooltip=item_tooltip(),
        notes=_missing(unknown),
    )


def point_map(chart: Chart) -> dict[str, Any]:
    """The option of a GeospatialMapVisual: points at their coordinates, else amid their region."""
    table, theme = chart.table, chart.look.theme
    fields, colors = chart.fields("Geospatial"), chart.fields("Colors")
    measures = chart.fields("Values")
    latitude, longitude = _coordinates(fields)
    named = [one for one in fields if one not in (latitude, longitude)]
    name_places, color_places = indexes(table, named), indexes(table, colors)
    amount = indexes(table, measures)[0] if measures else None
    # Names of cities may be names of states: what has coordinates stands on the world.
    name_of_map = (
        "world" if latitude else map_of(row[place] for row in table.rows for place in name_places)
    )
    largest = max(
        (abs(number(row[amount]) or 0) for row in table.rows) if amount is not None else (),
        default=0.0,
    )
    series: dict[str, dict[str, Any]] = {}
    unknown, shown = [], []
    for row in table.rows:
        found = _position(row, table.fields, latitude, longitude)
        names = [row[place] for place in name_places]
        said = label_of(names, named)
        regions = [outline_of(name, name_of_map) for name in names]
        region = next((one for one in reversed(regions) if one), None)
        if found is None and region is None:
            unknown.append(said)
            continue
        color_values = [row[place] for place in color_places]
        group = label_of(color_values, colors) if colors else (measures or fields)[0].label
        if group not in series:
            series[group] = _points(chart, group, color_values, colors, len(series))
        if found is not None:
            shown.append(found)
        series[group]["data"].append(
            {
                "value": [
                    *(found or (None, None)),
                    number(row[amount]) if amount is not None else 1,
                ],
                "region": None if found else region,
                "name": said,
                "heading": said or group,
                "tipName": measures[0].label if measures else group,
                "text": write(row[amount], measures[0]) if amount is not None else said,
                "point": point_of(
                    [row[place] for place in (*indexes(table, fields), *color_places)],
                    [*fields, *colors],
                ),
                "symbolSize": _diameter(row[amount], largest) if amount is not None else ALONE,
            }
        )
    drawn = list(series.values())
    geo: dict[str, Any] = {
        "map": name_of_map,
        "roam": True,
        "silent": True,
        "itemStyle": {"areaColor": theme.empty, "borderColor": theme.line, "borderWidth": 0.6},
        "emphasis": {"disabled": True},
    }
    bounds = _given_bounds(chart) or _around(shown)
    if bounds:
        geo["boundingCoords"] = bounds
    return frame(
        chart,
        map=name_of_map,
        geo=geo,
        series=drawn,
        tooltip=item_tooltip(),
        legend=legend(
            chart.options.get("Legend"),
            chart.look,
            [one["name"] for one in drawn],
            " · ".join(one.label for one in colors),
        ),
        notes=_missing(unknown),
    )


def _points(
    chart: Chart, group: str, values: Sequence[Any], colors: Sequence[Field], rank: int
) -> dict[str, Any]:
    color = (
        chart.paint.of_value(colors[0].field_id, plain(values[0]), group, rank)
        if colors
        else chart.paint.of_measure("", 0)
    )
    return {
        "type": "scatter",
        "coordinateSystem": "geo",
        "name": group,
        "data": [],
        "itemStyle": {"color": color, "opacity": 0.75},
    }


def _coordinates(fields: Sequence[Field]) -> tuple[Field | None, Field | None]:
    """Which fields are latitude and longitude, by name."""
    latitude = longitude = None
    for one in fields:
        if one.type not in ("INTEGER", "DECIMAL"):
            continue
        name = one.label.lower()
        if name.startswith("lat") or "latitude" in name:
            latitude = one
        elif name.startswith(("lon", "lng")) or "longitude" in name:
            longitude = one
    return (latitude, longitude) if latitude and longitude else (None, None)


def _position(
    row: Sequence[Any], fields: Sequence[Field], latitude: Field | None, longitude: Field | None
) -> tuple[float, float] | None:
    if latitude is None or longitude is None:
        return None
    north = number(row[list(fields).index(latitude)])
    east = number(row[list(fields).index(longitude)])
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    return east, north


def _diameter(size: Any, largest: float) -> float:
    amount = number(size)
    if amount is None or not largest:
        return ALONE
    return round(SMALLEST + (LARGEST - SMALLEST) * math.sqrt(abs(amount) / largest), 1)


def _bounds(chart: Chart, name_of_map: str, names: Sequence[str]) -> list[list[float]] | None:
    given = _given_bounds(chart)
    if given:
        return given
    if name_of_map == "states":
        return ALL_STATES if any(name in FAR for name in names) else NEAR_STATES
    return None


def _given_bounds(chart: Chart) -> list[list[float]] | None:
    window: Mapping[str, Any] = chart.options.get("WindowOptions") or {}
    bounds = window.get("Bounds") or {}
    if window.get("MapZoomMode") != "MANUAL" or len(bounds) < 4:
        return None
    return [[bounds["West"], bounds["North"]], [bounds["East"], bounds["South"]]]


def _around(points: Sequence[tuple[float, float]]) -> list[list[float]] | None:
    """A window that holds all points with some room, and never less than a country's size."""
    if not points:
        return None
    east, north = [one[0] for one in points], [one[1] for one in points]
    room = max(max(east) - min(east), max(north) - min(north)) * 0.12 + 2
    return [
        [max(-180.0, min(east) - room), min(84.0, max(north) + room)],
        [min(180.0, max(east) + room), max(-60.0, min(north) - room)],
    ]


def _missing(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    said = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    count = "1 place is" if len(names) == 1 else f"{len(names)} places are"
    return [f"{count} not on the map: {said}."]
