"""Small multiples: the same chart for each value of a field, side by side."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.formats.values import number
from rlm.quicksight.drawing.points import fields_in, indexes, key_of, label_of, point_of
from rlm.quicksight.results import ResultTable

if TYPE_CHECKING:
    from rlm.quicksight.drawing.charts.common import Chart, ChartOf

MOST_PANELS = 16
MOST_COLUMNS = 4


def panelled(draw: ChartOf) -> ChartOf:
    """The chart as it is, or in panels where it has a field for them."""

    def drawn(chart: Chart) -> dict[str, Any]:
        return _in_panels(chart, draw) if chart.fields("SmallMultiples") else draw(chart)

    return drawn


def _in_panels(chart: Chart, draw: ChartOf) -> dict[str, Any]:
    fields = chart.fields("SmallMultiples")
    places = indexes(chart.table, fields)
    rows: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    values: dict[tuple[Any, ...], list[Any]] = {}
    for row in chart.table.rows:
        found = [row[place] for place in places]
        rows.setdefault(key_of(found), []).append(row)
        values.setdefault(key_of(found), found)
    shown = list(rows)[:MOST_PANELS]
    whole = draw(_panel(chart, chart.table, None))
    colors = {
        one["name"]: one["itemStyle"]["color"]
        for one in whole["series"]
        if "color" in one.get("itemStyle", {})
    }
    panels = []
    for key in shown:
        table = ResultTable(chart.table.fields, rows[key])
        other = _of_panel(chart.result.other, fields, key)
        panel = draw(_panel(chart, table, other))
        panel["panel"] = point_of(values[key], fields)
        panels.append(panel)
    titles = [label_of(values[key], fields) for key in shown]
    return _joined(chart, whole, panels, titles, colors)


def _panel(chart: Chart, table: ResultTable, other: ResultTable | None) -> Chart:
    return replace(chart, table=table, result=replace(chart.result, table=table, other=other))


def _of_panel(table: ResultTable | None, fields: Any, key: tuple[Any, ...]) -> ResultTable | None:
    """The rows of `Other` that belong to a panel."""
    if table is None or not fields_in(table, "SmallMultiples"):
        return None
    places = indexes(table, fields_in(table, "SmallMultiples"))
    rows = [row for row in table.rows if key_of([row[place] for place in places]) == key]
    return ResultTable(table.fields, rows)


def _joined(
    chart: Chart,
    whole: dict[str, Any],
    panels: list[dict[str, Any]],
    titles: list[str],
    colors: dict[str, str],
) -> dict[str, Any]:
    columns = min(MOST_COLUMNS, math.ceil(math.sqrt(len(panels) * 1.4)))
    option = {
        key: part
        for key, part in whole.items()
        if key not in ("xAxis", "yAxis", "series", "dataZoom", "grid")
    }
    option["grids"] = {
        "count": len(panels),
        "columns": columns,
        "rows": math.ceil(len(panels) / columns),
    }
    option["panelTitles"] = titles
    multiples = chart.options.get("SmallMultiplesOptions") or {}
    is_shared = (multiples.get("YAxis") or {}).get("Scale") != "INDEPENDENT"
    top = max((_highest(one["series"]) for one in panels), default=0.0)
    for at, panel in enumerate(panels):
        for key in ("xAxis", "yAxis"):
            axis = panel.get(key)
            if axis is None:
                continue
            axis = axis[0] if isinstance(axis, list) else axis
            axis.pop("name", None)
            axis["gridIndex"] = at
            axis.setdefault("axisLabel", {})["fontSize"] = 10
            if axis["type"] == "value" and is_shared and top > 0:
                axis.setdefault("max", _round_up(top))
                axis.setdefault("splitNumber", 3)
            option.setdefault(key, []).append(axis)
        for series in panel["series"]:
            if series["type"] == "pie":
                series["panel"] = at
            else:
                series["xAxisIndex"] = series["yAxisIndex"] = at
                if "stack" in series:
                    series["stack"] = f"{series['stack']} {at}"
                if series["name"] in colors:
                    series["itemStyle"] = {**series["itemStyle"], "color": colors[series["name"]]}
            for cell in series["data"]:
                cell["point"] = {**cell.get("point", {}), **panel["panel"]}
            option.setdefault("series", []).append(series)
    return option


def _highest(series: list[dict[str, Any]]) -> float:
    """The top of what is stacked, or of the tallest."""
    if not series or series[0]["type"] == "pie":
        return 0.0
    stacked: dict[tuple[str, int], float] = {}
    for order, one in enumerate(series):
        for place, cell in enumerate(one["data"]):
            key = (one.get("stack", f"alone {order}"), place)
            stacked[key] = stacked.get(key, 0.0) + max(number(cell["value"]) or 0, 0)
    return max(stacked.values(), default=0.0)


def _round_up(value: float) -> float:
    """The next number that reads well on an axis."""
    size: float = 10.0 ** math.floor(math.log10(value))
    return next(
        step * size for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * size >= value
    )
