"""The title and the subtitle of a visual, and what it is called where it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.markup import nodes, plain_text
from rlm.quicksight.results import Field, VisualResult  # noqa: TC001 - part of the public types

NAMES = {
    "BarChartVisual": "Bar chart",
    "BoxPlotVisual": "Box plot",
    "ComboChartVisual": "Combo chart",
    "CustomContentVisual": "Custom content",
    "EmptyVisual": "Empty visual",
    "FilledMapVisual": "Filled map",
    "FunnelChartVisual": "Funnel chart",
    "GaugeChartVisual": "Gauge",
    "GeospatialMapVisual": "Map",
    "HeatMapVisual": "Heat map",
    "HistogramVisual": "Histogram",
    "InsightVisual": "Insight",
    "KPIVisual": "KPI",
    "LayerMapVisual": "Layer map",
    "LineChartVisual": "Line chart",
    "PieChartVisual": "Pie chart",
    "PivotTableVisual": "Pivot table",
    "PluginVisual": "Plugin",
    "RadarChartVisual": "Radar chart",
    "SankeyDiagramVisual": "Sankey diagram",
    "ScatterPlotVisual": "Scatter plot",
    "TableVisual": "Table",
    "TreeMapVisual": "Tree map",
    "WaterfallVisual": "Waterfall chart",
    "WordCloudVisual": "Word cloud",
}


def title_of(result: VisualResult, look: Look) -> list[dict[str, Any]]:
    """The title as it is written; without one, what the visual shows by what."""
    given = result.definition.get("Title") or {}
    if given.get("Visibility") == "HIDDEN":
        return []
    written = _text(given.get("FormatText"), look)
    if written:
        return written
    if "Title" not in result.definition and result.kind in ("KPIVisual", "InsightVisual"):
        return [{"text": _automatic(result)}] if result.table else []
    return [{"text": _automatic(result)}]


def subtitle_of(result: VisualResult, look: Look) -> list[dict[str, Any]]:
    """The subtitle, if there is one."""
    given = result.definition.get("Subtitle") or {}
    if given.get("Visibility") == "HIDDEN":
        return []
    return _text(given.get("FormatText"), look)


def alternative_text(result: VisualResult, title: Sequence[Mapping[str, Any]]) -> str:
    """The visual in one sentence."""
    given = result.definition.get("VisualContentAltText")
    if given:
        return str(given)
    kind = NAMES.get(result.kind, result.kind)
    said = plain_text(title)
    if result.table is None:
        return f"{kind}: {said}" if said else kind
    rows = len(result.table.rows)
    return f"{kind}: {said or _automatic(result)}; {rows} {'row' if rows == 1 else 'rows'}"


def _text(formatted: Any, look: Look) -> list[dict[str, Any]]:
    if not isinstance(formatted, Mapping):
        return []
    if formatted.get("RichText"):
        content = nodes(formatted["RichText"], look.parameters)
        return content if plain_text(content) else []
    if formatted.get("PlainText"):
        return nodes(_escaped(formatted["PlainText"]), look.parameters)
    return []


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _automatic(result: VisualResult) -> str:
    """`Sum of Net sales by Month and Channel`."""
    fields = result.table.fields if result.table else ()
    measures = [_measure(one) for one in fields if one.is_measure]
    dimensions = [one.label for one in fields if not one.is_measure]
    if not fields:
        return NAMES.get(result.kind, result.kind)
    if not measures:
        return _listed(dimensions)
    return _listed(measures) + (f" by {_listed(dimensions)}" if dimensions else "")


def _measure(field: Field) -> str:
    return field.label


def _listed(words: Sequence[str]) -> str:
    unique = list(dict.fromkeys(words))
    if len(unique) > 4:
        unique = [*unique[:3], f"{len(unique) - 3} more"]
    if len(unique) <= 1:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} and {unique[-1]}"
