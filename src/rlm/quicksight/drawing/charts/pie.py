"""Pies and donuts."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.axes import data_label, inside_color, is_hidden, legend
from rlm.quicksight.drawing.charts.common import Chart, frame, item_tooltip
from rlm.quicksight.drawing.formats.numbers import NumberFormat, write_number
from rlm.quicksight.drawing.formats.values import format_of, number, plain, write
from rlm.quicksight.drawing.points import OTHER, indexes, label_of, point_of
from rlm.quicksight.results import Field  # noqa: TC001 - part of the public types

# The inner radius of the ring, in percent of what is there.
RINGS = {"SMALL": "62%", "MEDIUM": "50%", "LARGE": "36%", "WHOLE": "0%"}


def pie(chart: Chart) -> dict[str, Any]:
    """The option of a PieChartVisual; without a category each measure is a slice."""
    options = chart.options
    categories, measures = chart.fields("Category"), chart.fields("Values")
    slices = _slices(chart, categories, measures)
    total = sum(number(one["value"]) or 0 for one in slices)
    labels = options.get("DataLabels") or {}
    for one in slices:
        share = (one["value"] or 0) / total if total else 0
        percent = write_number(share, NumberFormat("percent", decimals=1))
        one["text"] = f"{one['text']} ({percent})"
        one["brief"] = _label("", one["short"], percent, labels)
        one["short"] = _label(one["name"], one["short"], percent, labels)
        if labels.get("Position") == "INSIDE":
            one["label"] = {
                "color": labels.get("LabelColor") or inside_color(one["itemStyle"]["color"])
            }
    donut = options.get("DonutOptions") or {}
    ring = RINGS.get((donut.get("ArcOptions") or {}).get("ArcThickness", "MEDIUM"), "50%")
    series: dict[str, Any] = {
        "type": "pie",
        "radius": [ring, "74%"],
        "center": ["50%", "50%"],
        "data": slices,
        "label": data_label({"Visibility": "VISIBLE", **labels}, chart.look, "outside"),
        "labelLine": {"length": 8, "length2": 8, "lineStyle": {"color": chart.look.theme.line}},
        "itemStyle": {
            "borderColor": chart.look.theme.tile_background
            or chart.look.theme.ui["PrimaryBackground"],
            "borderWidth": 1.5,
        },
        "avoidLabelOverlap": True,
        "minShowLabelAngle": 4,
        "percentPrecision": 1,
    }
    if ring != "0%" and not is_hidden(
        {"Visibility": (donut.get("DonutCenterOptions") or {}).get("LabelVisibility")}
    ):
        form = format_of(measures[0]).short() if measures else NumberFormat(scale="AUTO")
        series["center_text"] = write_number(total, form)
    return frame(
        chart,
        series=[series],
        tooltip=item_tooltip(),
        legend=legend(
            {"Visibility": "VISIBLE", **(options.get("Legend") or {})},
            chart.look,
            [one["name"] for one in slices],
            " · ".join(one.label for one in categories),
        ),
    )


def _slices(chart: Chart, categories: list[Field], measures: list[Field]) -> list[dict[str, Any]]:
    if not categories:
        row = chart.table.rows[0] if chart.table.rows else ()
        return [
            _slice(one.label, row[place], one, chart.paint.of_measure(one.field_id, rank), {})
            for rank, (place, one) in enumerate(
                zip(indexes(chart.table, measures), measures, strict=True)
            )
            if row
        ]
    places = indexes(chart.table, categories)
    found = []
    for rank, row in enumerate(chart.table.rows):
        values = [row[place] for place in places]
        name = label_of(values, categories)
        color = chart.paint.of_value(categories[0].field_id, plain(values[0]), name, rank)
        if measures:
            amount = row[indexes(chart.table, measures[:1])[0]]
            found.append(_slice(name, amount, measures[0], color, point_of(values, categories)))
    other = chart.result.other
    for row in other.rows if other and measures else ():
        amount = row[indexes(other, measures[:1])[0]]  # type: ignore[arg-type]
        found.append(_slice(OTHER, amount, measures[0], chart.look.theme.empty, {}))
    return found


def _slice(
    name: str, value: Any, measure: Field, color: str, point: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "value": number(value),
        "text": "" if value is None else write(value, measure),
        "short": "" if value is None else write(value, measure, is_short=True),
        "point": point,
        "itemStyle": {"color": color},
    }


def _label(name: str, amount: str, percent: str, labels: Any) -> str:
    content = labels.get("LabelContent", "PERCENT" if not labels else "VALUE")
    shows_name = labels.get("CategoryLabelVisibility", "VISIBLE") == "VISIBLE"
    shows_amount = labels.get("MeasureLabelVisibility", "VISIBLE") == "VISIBLE"
    said = {
        "VALUE": amount,
        "PERCENT": percent,
        "VALUE_AND_PERCENT": f"{amount} ({percent})",
    }.get(content, amount)
    return " ".join([*([name] if shows_name and name else []), *([said] if shows_amount else [])])
