"""Forecasts of lines: dashed on, within a band of what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.points import Group, Grouped, indexes, key_of, label_of, point_of

if TYPE_CHECKING:
    from rlm.quicksight.drawing.points import Series
    from rlm.quicksight.results import ResultTable


def extended(grouped: Grouped, forecast: ResultTable | None) -> Grouped:
    """The same with the forecast's periods after those that are known."""
    if forecast is None or not forecast.rows:
        return grouped
    time = forecast.fields[0]
    known = {key_of(one.values) for one in grouped.categories}
    for moment in dict.fromkeys(row[0] for row in forecast.rows):
        if key_of([moment]) not in known:
            label, point = write(moment, time), point_of([moment], [time])
            grouped.categories.append(Group(label, point, [moment]))
            for one in grouped.series:
                one.values.append(None)
    return grouped


def forecast_series(grouped: Grouped, forecast: ResultTable | None) -> list[dict[str, Any]]:
    """A dashed line and a band for each series that is forecast."""
    if forecast is None or not forecast.rows:
        return []
    colors = [one for one in forecast.fields[1:] if not one.is_measure]
    measure = next(one for one in forecast.fields if one.is_measure)
    value_at = indexes(forecast, [measure])[0]
    low_at, high_at = value_at + 1, value_at + 2
    color_places = indexes(forecast, colors)
    drawn = []
    for one in grouped.series:
        if one.measure.field_id != measure.field_id:
            continue
        rows = {
            key_of([row[0]]): row
            for row in forecast.rows
            if not colors or label_of([row[at] for at in color_places], colors) == one.name
        }
        found = [rows.get(key_of(place.values)) for place in grouped.categories]
        if any(found):
            drawn.extend(_lines(one, found, (value_at, low_at, high_at)))
    return drawn


def _lines(
    one: Series, rows: list[tuple[Any, ...] | None], places: tuple[int, int, int]
) -> list[dict[str, Any]]:
    value_at, low_at, high_at = places

    def cells(value: Any, text: Any) -> list[dict[str, Any]]:
        return [
            {
                "value": None if row is None else value(row),
                "text": "" if row is None else text(row),
                "point": {},
            }
            for row in rows
        ]

    def told(row: tuple[Any, ...]) -> str:
        low, high = (write(row[at], one.measure) for at in (low_at, high_at))
        return f"{write(row[value_at], one.measure)} ({low} to {high})"

    def spread(row: tuple[Any, ...]) -> float | None:
        low, high = number(row[low_at]), number(row[high_at])
        return None if low is None or high is None else high - low

    common: dict[str, Any] = {
        "type": "line",
        "symbol": "none",
        "label": {"show": False},
        "itemStyle": {"color": one.color},
    }
    name = f"{one.name}: forecast"
    band = {
        **common,
        "silent": True,
        "stack": name,
        "stackStrategy": "all",
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
        "name": "",
    }
    return [
        {
            **common,
            "name": name,
            "data": cells(lambda row: number(row[value_at]), told),
            "lineStyle": {"color": one.color, "width": 2, "type": "dashed"},
        },
        {**band, "data": cells(lambda row: number(row[low_at]), lambda _row: "")},
        {
            **band,
            "data": cells(spread, lambda _row: ""),
            "areaStyle": {"color": one.color, "opacity": 0.15},
        },
    ]
