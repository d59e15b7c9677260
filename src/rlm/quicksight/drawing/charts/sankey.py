"""Sankey diagrams: how much flows from where to where."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.values import number, plain, write
from rlm.quicksight.drawing.points import indexes, point_of


def sankey(chart: Chart) -> dict[str, Any]:
    """The option of a SankeyDiagramVisual; a flow that would close a circle is left out."""
    table = chart.table
    source, target = chart.fields("Source")[0], chart.fields("Destination")[0]
    weights = chart.fields("Weight")
    start, end = indexes(table, [source, target])
    amount = indexes(table, weights)[0] if weights else None
    names: dict[str, dict[str, Any]] = {}
    links = []
    onward: dict[str, set[str]] = {}
    for row in table.rows:
        begins, ends = write(row[start], source), write(row[end], target)
        value = number(row[amount]) if amount is not None else 1
        if value is None or value <= 0 or begins == ends or _leads(onward, ends, begins):
            continue
        onward.setdefault(begins, set()).add(ends)
        for name, field, raw in ((begins, source, row[start]), (ends, target, row[end])):
            if name not in names:
                color = chart.paint.of_value(field.field_id, plain(raw), name, len(names))
                names[name] = {
                    "name": name,
                    "short": name,
                    "itemStyle": {"color": color},
                    "point": point_of([raw], [field]),
                    "text": "",
                }
        links.append(
            {
                "source": begins,
                "target": ends,
                "value": value,
                "text": write(row[amount], weights[0]) if amount is not None else "1",
                "tipName": f"{begins} → {ends}",
                "point": point_of([row[start], row[end]], [source, target]),
            }
        )
    return frame(
        chart,
        series=[
            {
                "type": "sankey",
                "data": list(names.values()),
                "links": links,
                "nodeGap": 10,
                "nodeWidth": 14,
                "layoutIterations": 32,
                "draggable": False,
                "emphasis": {"focus": "adjacency"},
                "lineStyle": {"color": "gradient", "opacity": 0.35, "curveness": 0.5},
                "label": {
                    "show": True,
                    "fontSize": 11,
                    "color": chart.look.theme.ui["PrimaryForeground"],
                },
                "itemStyle": {"borderWidth": 0},
            }
        ],
        tooltip=item_tooltip(),
    )


def _leads(onward: dict[str, set[str]], start: str, goal: str) -> bool:
    """Whether the flows that are drawn already lead from one to the other."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(onward.get(name, ()))
    return False
