"""A visual's result as a drawing: which module draws which kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rlm.quicksight.drawing.actions import actions_of, fields_of
from rlm.quicksight.drawing.charts import CHARTS
from rlm.quicksight.drawing.charts.common import chart_of
from rlm.quicksight.drawing.drawing import Drawing
from rlm.quicksight.drawing.insights import insight_body
from rlm.quicksight.drawing.kpis import kpi_body
from rlm.quicksight.drawing.look import Look
from rlm.quicksight.drawing.markup import with_parameters
from rlm.quicksight.drawing.pivots import pivot_body
from rlm.quicksight.drawing.tables import MOST_ROWS, table_body
from rlm.quicksight.drawing.titles import NAMES, alternative_text, subtitle_of, title_of
from rlm.quicksight.drawing.words import word_body
from rlm.quicksight.results import ResultTable, VisualResult

BodyOf = Callable[[VisualResult, ResultTable, Look], dict[str, Any]]
TABLES: Mapping[str, tuple[str, BodyOf]] = {
    "TableVisual": ("table", table_body),
    "PivotTableVisual": ("pivot", pivot_body),
    "KPIVisual": ("kpi", kpi_body),
    "WordCloudVisual": ("words", word_body),
}
# Without a value these show how many rows each group has.
COUNTING = (
    "BarChartVisual",
    "ComboChartVisual",
    "FunnelChartVisual",
    "LineChartVisual",
    "PieChartVisual",
    "RadarChartVisual",
    "WaterfallVisual",
)

# Without these there is nowhere to draw.
NEEDED = {
    "FilledMapVisual": ("Geospatial",),
    "SankeyDiagramVisual": ("Source", "Destination"),
    "ScatterPlotVisual": ("XAxis", "YAxis"),
}


def draw(result: VisualResult, look: Look) -> Drawing:
    """What the browser shows of a result; what cannot be drawn rightly is a box that says why."""
    result = _labelled(result, look)
    title = title_of(result, look)
    common: dict[str, Any] = {
        "visual_id": result.visual_id,
        "title": title,
        "subtitle": subtitle_of(result, look),
        "label": alternative_text(result, title),
        "actions": actions_of(result.definition),
        "fields": fields_of(result, result.table) if result.table else {},
    }
    if result.unsupported:
        return box(result, look, result.unsupported)
    if result.kind == "InsightVisual":
        return Drawing(
            kind="insight", body=insight_body(result, look), notes=_notes(result), **common
        )
    if result.kind == "CustomContentVisual":
        return Drawing(kind="custom", body=_custom(result), **common)
    if result.kind == "EmptyVisual":
        return Drawing(kind="empty", body={"text": "This visual is empty."}, **common)
    if result.kind not in TABLES and result.kind not in CHARTS:
        return box(result, look, (f"{NAMES.get(result.kind, result.kind)} is not drawn here",))
    if result.table is None:
        return Drawing(kind="empty", body={"text": "This visual has no fields."}, **common)
    wells = {one.well for one in result.table.fields}
    missing = [one for one in NEEDED.get(result.kind, ()) if one not in wells]
    if missing:
        text = f"This visual has no field in {' and '.join(missing)}."
        return Drawing(kind="empty", body={"text": text}, **common)
    if not result.table.rows:
        text = ((result.definition.get("ChartConfiguration") or {}).get("NoDataVisibility")) or ""
        return Drawing(kind="empty", body={"text": text or "No data for this choice."}, **common)
    if result.kind in COUNTING and not any(one.is_measure for one in result.table.fields):
        return box(result, look, ("a visual without a value counts rows; they are not counted",))
    notes = _notes(result)
    if result.kind in TABLES:
        kind, body_of = TABLES[result.kind]
        body = body_of(result, result.table, look)
    else:
        kind = "chart"
        option = CHARTS[result.kind](chart_of(result, result.table, look))
        notes = (*option.pop("notes", ()), *notes)
        body = {"option": option}
    return Drawing(kind=kind, body=body, notes=notes, **common)


def _labelled(result: VisualResult, look: Look) -> VisualResult:
    """The result with parameters in its fields' labels filled in."""
    if result.table is None or not any("$" in one.label for one in result.table.fields):
        return result
    fields = tuple(
        replace(one, label=with_parameters(one.label, look.parameters))
        for one in result.table.fields
    )
    return replace(result, table=replace(result.table, fields=fields))


def box(result: VisualResult, look: Look, missing: tuple[str, ...]) -> Drawing:
    """A visible box in the visual's place, naming what is missing."""
    title = title_of(result, look)
    return Drawing(
        visual_id=result.visual_id,
        kind="box",
        title=title,
        label=f"{NAMES.get(result.kind, result.kind)}, not drawn",
        body={"name": NAMES.get(result.kind, result.kind)},
        missing=missing,
    )


def _custom(result: VisualResult) -> dict[str, Any]:
    options = result.definition.get("ChartConfiguration") or {}
    return {
        "address": options.get("ContentUrl", ""),
        "type": options.get("ContentType", "OTHER_EMBEDDED_CONTENT"),
    }


def _notes(result: VisualResult) -> tuple[str, ...]:
    notes = []
    rows = result.table.rows if result.table else ()
    if result.is_cut:
        notes.append(
            f"Only the first {len(rows):,} rows are shown."
            if result.kind in ("TableVisual", "ScatterPlotVisual")
            else "Not all groups are shown."
        )
    if result.kind == "TableVisual" and len(rows) > MOST_ROWS:
        notes.append(f"Only the first {MOST_ROWS:,} of {len(rows):,} rows are shown.")
    notes.extend(f"Not honoured: {one}" for one in result.ignored)
    return tuple(notes)
