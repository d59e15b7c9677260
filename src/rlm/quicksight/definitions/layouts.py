"""Where the parts of a sheet stand: everything has a place, and no two have the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions.findings import Finding, error, warning
from rlm.quicksight.definitions.paths import Path, mappings_with, path_text, value_at
from rlm.quicksight.definitions.titles import kind_label, visual_title

if TYPE_CHECKING:
    from rlm.quicksight.definitions.index import Index, Part, SheetIndex

# Columns of a grid.
GRID_COLUMNS: Final = 36


def layout_findings(index: Index) -> Iterator[Finding]:
    """All sheets' layouts."""
    for sheet in index.sheets:
        if sheet.path[0] == "Sheets":
            yield from _places(sheet)
            yield from _grids(sheet)


def _places(sheet: SheetIndex) -> Iterator[Finding]:
    parts = {
        "VISUAL": sheet.visuals,
        "PARAMETER_CONTROL": sheet.parameter_controls,
        "FILTER_CONTROL": sheet.filter_controls,
        "TEXT_BOX": sheet.text_boxes,
        "IMAGE": sheet.images,
    }
    placed: dict[str, Path] = {}
    layouts = sheet.body.get("Layouts")
    for key in ("Layouts", "SheetControlLayouts"):
        for path, element in mappings_with(sheet.body.get(key), "ElementId"):
            place = (*sheet.path, key, *path)
            name, kind = str(element["ElementId"]), str(element.get("ElementType"))
            of_kind = [part.id for part in parts.get(kind, ())]
            if name not in of_kind:
                yield error(
                    "unknown-element",
                    path_text((*place, "ElementId")),
                    f"there is no {kind.lower().replace('_', ' ')} `{name}` on this sheet",
                    "take the element away, or name one that is there",
                )
            if name in placed:
                yield warning(
                    "placed-twice",
                    path_text(place),
                    f"`{name}` has a place already: {path_text(placed[name])}",
                    "take one of the two away",
                )
            placed.setdefault(name, place)
    if not layouts:
        # QuickSight lays such a sheet out by itself.
        return
    for kind in ("VISUAL", "TEXT_BOX", "IMAGE"):
        for part in parts[kind]:
            if part.id not in placed:
                # The service takes such a definition, and puts the part where there is room.
                yield warning(
                    "no-place",
                    path_text(part.path),
                    f"{_called(part)} has no place in the layout",
                    "add an element with its id to Layouts, or take it away",
                )


def _grids(sheet: SheetIndex) -> Iterator[Finding]:
    names = {
        part.id: _called(part)
        for part in (*sheet.visuals, *sheet.text_boxes, *sheet.images, *sheet.parameter_controls,
                     *sheet.filter_controls)
    }  # fmt: skip
    for key in ("Layouts", "SheetControlLayouts"):
        for path, grid in mappings_with(sheet.body.get(key), "GridLayout"):
            elements = value_at(grid, ("GridLayout", "Elements"))
            place = (*sheet.path, key, *path, "GridLayout", "Elements")
            if isinstance(elements, list):
                yield from _grid(elements, place, names)


def _grid(elements: list[Any], place: Path, names: Mapping[str, str]) -> Iterator[Finding]:
    taken: dict[tuple[int, int], str] = {}
    for i, element in enumerate(elements):
        box = _box(element)
        if box is None:
            continue
        column, row, width, height = box
        name = str(element.get("ElementId"))
        if column + width > GRID_COLUMNS:
            yield error(
                "outside-grid",
                path_text((*place, i)),
                f"{names.get(name, name)} ends at column {column + width}, a grid has "
                f"{GRID_COLUMNS}",
                f"ColumnSpan may be {GRID_COLUMNS - column} at most",
            )
        cells = [(c, r) for c in range(column, column + width) for r in range(row, row + height)]
        others = dict.fromkeys(taken[cell] for cell in cells if cell in taken)
        for other in others:
            yield warning(
                "overlap",
                path_text((*place, i)),
                f"{names.get(name, name)} lies upon {names.get(other, other)}",
                "move one of them, or make it smaller",
            )
        for cell in cells:
            taken.setdefault(cell, name)


def _box(element: Any) -> tuple[int, int, int, int] | None:
    """Column, row, width, height; None for an element that flows to where there is room."""
    if not isinstance(element, Mapping):
        return None
    found = [element.get(k) for k in ("ColumnIndex", "RowIndex", "ColumnSpan", "RowSpan")]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in found):
        return None
    column, row, width, height = (int(one or 0) for one in found)
    # Whatever the definition says, counting its cells must end.
    return column, row, min(width, 100), min(height, 100)


def _called(part: Part) -> str:
    if part.kind.endswith("Visual"):
        title = visual_title(part.body)
        return f"the {kind_label(part.kind)} `{title or part.id}`"
    text = part.body.get("Title")
    return f"the {kind_label(part.kind)} `{text if isinstance(text, str) else part.id}`"
