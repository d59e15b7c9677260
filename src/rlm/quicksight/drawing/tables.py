"""Tables: columns, rows, totals, links, data bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.cells import (
    alignment,
    cell_style,
    data_bar,
    extent_of,
    link,
    value_cell,
    zebra,
)
from rlm.quicksight.drawing.conditions import Decisions
from rlm.quicksight.drawing.formats.values import write
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.markup import with_parameters
from rlm.quicksight.drawing.points import point_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.results import Field, ResultTable, VisualResult

# More rows than this are not sent to a browser.
MOST_ROWS = 10_000


def table_body(result: VisualResult, table: ResultTable, look: Look) -> dict[str, Any]:
    """What the page needs to show a TableVisual."""
    options = result.definition.get("ChartConfiguration") or {}
    styles = options.get("TableOptions") or {}
    chosen = _field_options(options.get("FieldOptions") or {})
    shown = [
        one
        for one in _ordered(table.fields, options.get("FieldOptions") or {})
        if chosen.get(one.field_id, {}).get("Visibility") != "HIDDEN"
    ]
    places = {one.field_id: place for place, one in enumerate(table.fields)}
    pinned = set(
        ((options.get("FieldOptions") or {}).get("PinnedFieldOptions") or {}).get(
            "PinnedLeftFields"
        )
        or ()
    )
    dimensions = [one for one in table.fields if not one.is_measure]
    bars = _bars(options, table, places, look)
    decisions = Decisions.of(result)
    rows = []
    for place, row in enumerate(table.rows[:MOST_ROWS]):
        cells = []
        for one in shown:
            value = row[places[one.field_id]]
            cell = value_cell(value, one, decisions.of_cell(one.field_id, place))
            cell = _linked(cell, one, value, row, table, chosen.get(one.field_id, {}))
            if one.field_id in bars:
                extent, positive, negative = bars[one.field_id]
                bar = data_bar(value, extent, positive, negative)
                if bar:
                    cell = {**(cell if isinstance(cell, dict) else {"text": cell}), "bar": bar}
            cells.append(cell)
        drawn: dict[str, Any] = {"cells": cells}
        style = decisions.of_row(place)
        if style:
            drawn["style"] = dict(style)
        if dimensions:
            drawn["point"] = point_of([row[places[one.field_id]] for one in dimensions], dimensions)
        rows.append(drawn)
    body: dict[str, Any] = {
        "columns": [
            {
                "id": one.field_id,
                "label": with_parameters(
                    chosen.get(one.field_id, {}).get("CustomLabel") or one.label, look.parameters
                ),
                "align": alignment(one),
                "width": _width(chosen.get(one.field_id, {}).get("Width")),
                "isMeasure": one.is_measure,
                "isPinned": one.field_id in pinned,
            }
            for one in shown
        ],
        "rows": rows,
        "header": {
            "isHidden": (styles.get("HeaderStyle") or {}).get("Visibility") == "HIDDEN",
            "style": cell_style(styles.get("HeaderStyle")),
        },
        "cell": cell_style(styles.get("CellStyle")),
        "zebra": zebra(styles.get("RowAlternateColorOptions")),
        "isTransposed": styles.get("Orientation") == "HORIZONTAL",
        "paginates": bool(options.get("PaginatedReportOptions")),
    }
    totals = _totals(result, options.get("TotalOptions") or {}, shown)
    if totals:
        body["totals"] = totals
    return body


def _field_options(options: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["FieldId"]: one for one in options.get("SelectedFieldOptions") or ()}


def _ordered(fields: Sequence[Field], options: Mapping[str, Any]) -> list[Field]:
    """The fields in the order that the definition gives; others keep theirs, after them."""
    rank = {field_id: place for place, field_id in enumerate(options.get("Order") or ())}
    return sorted(fields, key=lambda one: rank.get(one.field_id, len(rank)))


def _width(width: Any) -> int | None:
    digits = str(width or "").removesuffix("px")
    return int(float(digits)) if digits.replace(".", "", 1).isdigit() else None


def _bars(
    options: Mapping[str, Any], table: ResultTable, places: Mapping[str, int], look: Look
) -> dict[str, tuple[tuple[float, float], str, str]]:
    found: dict[str, tuple[tuple[float, float], str, str]] = {}
    for one in options.get("TableInlineVisualizations") or ():
        bars = one.get("DataBars") or {}
        field_id = str(bars.get("FieldId"))
        if field_id in places:
            extent = extent_of([row[places[field_id]] for row in table.rows])
            found[field_id] = (
                extent,
                bars.get("PositiveColor") or look.theme.colors[0],
                bars.get("NegativeColor") or look.theme.ui["Danger"],
            )
    return found


def _linked(
    cell: str | dict[str, Any],
    field: Field,
    value: Any,
    row: Sequence[Any],
    table: ResultTable,
    chosen: Mapping[str, Any],
) -> str | dict[str, Any]:
    """A cell that is a link or an image, if its field is styled as one."""
    styling = chosen.get("URLStyling") or {}
    if value is None or not styling:
        return cell
    drawn = dict(cell) if isinstance(cell, dict) else {"text": cell}
    if styling.get("LinkConfiguration"):
        href = link("", field, value)
        if href is None:
            return cell
        content = styling["LinkConfiguration"].get("Content") or {}
        custom = (content.get("CustomTextContent") or {}).get("Value")
        drawn["href"] = href
        drawn["newTab"] = styling["LinkConfiguration"].get("Target") != "SAME_TAB"
        if custom:
            drawn["text"] = custom
        if content.get("CustomIconContent"):
            drawn["text"] = "🔗"
    return drawn


def _totals(
    result: VisualResult, options: Mapping[str, Any], shown: Sequence[Field]
) -> dict[str, Any] | None:
    table = result.totals.get(())
    if options.get("TotalsVisibility", "HIDDEN") != "VISIBLE" or table is None or not table.rows:
        return None
    places = {one.field_id: place for place, one in enumerate(table.fields)}
    cells = []
    for one in shown:
        if one.field_id in places and one.is_measure:
            value = table.rows[0][places[one.field_id]]
            cells.append("" if value is None else write(value, one))
        else:
            cells.append("")
    label = options.get("CustomLabel") or "Total"
    if cells and not cells[0]:
        cells[0] = label
    return {
        "cells": cells,
        "label": label,
        "isFirst": options.get("Placement") == "START",
        "style": cell_style(options.get("TotalCellStyle")),
    }
