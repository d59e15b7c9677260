"""Where things stand on a sheet: grid, free-form and sections, as units that the page places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = 36
# What a tile takes where nothing is said.
DEFAULT_SPAN = (18, 12)
DEFAULT_WIDTH = 1600
# Points of a page, by paper and by what is left between its margins.
SECTION_WIDTH = 1100


def layout_of(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet's layout: `kind`, `width` in pixels, and the elements.

    In a grid x, y, w and h count columns and rows (x and y may be missing: the next free place);
    otherwise they are pixels.
    """
    layouts = sheet.get("Layouts") or ()
    configuration = (layouts[0].get("Configuration") or {}) if layouts else {}
    if "FreeFormLayout" in configuration:
        return _free_form(configuration["FreeFormLayout"])
    if "SectionBasedLayout" in configuration:
        return _sections(configuration["SectionBasedLayout"])
    return _grid(configuration.get("GridLayout") or {"Elements": _tiled(sheet)})


def control_order(sheet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The controls above the sheet with their widths in columns; those on the sheet are not."""
    on_sheet = {
        one["id"]
        for one in layout_of(sheet)["elements"]
        if one["type"] in ("FILTER_CONTROL", "PARAMETER_CONTROL")
    }
    placed: list[Mapping[str, Any]] = []
    for layout in sheet.get("SheetControlLayouts") or ():
        grid = (layout.get("Configuration") or {}).get("GridLayout") or {}
        placed.extend(grid.get("Elements") or ())
    placed.sort(key=lambda one: (one.get("RowIndex", 0), one.get("ColumnIndex", 0)))
    order = [{"id": one["ElementId"], "w": one.get("ColumnSpan", 2)} for one in placed]
    known = {one["id"] for one in order} | on_sheet
    rest = [one for one in control_ids(sheet) if one not in known]
    return [*order, *({"id": one, "w": 2} for one in rest)]


def control_ids(sheet: Mapping[str, Any]) -> list[str]:
    """The ids of all controls of a sheet."""
    found: list[str] = []
    for key, id_key in (
        ("ParameterControls", "ParameterControlId"),
        ("FilterControls", "FilterControlId"),
    ):
        for one in sheet.get(key) or ():
            found.extend(inner[id_key] for inner in one.values() if id_key in inner)
    return found


def _tiled(sheet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A sheet without a layout: everything in its order, two in a row."""
    visuals = [visual for one in sheet.get("Visuals") or () for visual in one.values()]
    return [
        *(
            _tile(one["SheetTextBoxId"], "TEXT_BOX", COLUMNS, 3)
            for one in sheet.get("TextBoxes") or ()
        ),
        *(_tile(one["VisualId"], "VISUAL", *DEFAULT_SPAN) for one in visuals),
        *(_tile(one["SheetImageId"], "IMAGE", *DEFAULT_SPAN) for one in sheet.get("Images") or ()),
    ]


def _tile(element_id: str, kind: str, width: int, height: int) -> dict[str, Any]:
    return {"ElementId": element_id, "ElementType": kind, "ColumnSpan": width, "RowSpan": height}


def _grid(grid: Mapping[str, Any]) -> dict[str, Any]:
    screen = (grid.get("CanvasSizeOptions") or {}).get("ScreenCanvasSizeOptions") or {}
    elements = []
    for one in grid.get("Elements") or ():
        element = {
            "id": one["ElementId"],
            "type": one["ElementType"],
            "w": min(int(one.get("ColumnSpan", DEFAULT_SPAN[0])), COLUMNS),
            "h": int(one.get("RowSpan", DEFAULT_SPAN[1])),
            **_tile_style(one),
        }
        if one.get("ColumnIndex") is not None:
            element["x"] = int(one["ColumnIndex"])
        if one.get("RowIndex") is not None:
            element["y"] = int(one["RowIndex"])
        elements.append(element)
    return {
        "kind": "grid",
        "width": _pixels(screen.get("OptimizedViewPortWidth"), DEFAULT_WIDTH),
        "isFixed": screen.get("ResizeOption") == "FIXED",
        "elements": elements,
    }


def _free_form(free: Mapping[str, Any], top: int = 0) -> dict[str, Any]:
    screen = (free.get("CanvasSizeOptions") or {}).get("ScreenCanvasSizeOptions") or {}
    elements = _placed(free.get("Elements") or (), top)
    width = _pixels(screen.get("OptimizedViewPortWidth"), 0)
    if not width:
        width = max([DEFAULT_WIDTH, *(one["x"] + one["w"] for one in elements)])
    return {"kind": "free", "width": width, "height": _bottom(elements), "elements": elements}


def _placed(elements: Sequence[Mapping[str, Any]], top: int) -> list[dict[str, Any]]:
    found = []
    for one in elements:
        if one.get("Visibility") == "HIDDEN":
            continue
        found.append(
            {
                "id": one["ElementId"],
                "type": one["ElementType"],
                "x": _pixels(one.get("XAxisLocation"), 0),
                "y": _pixels(one.get("YAxisLocation"), 0) + top,
                "w": _pixels(one.get("Width"), 400),
                "h": _pixels(one.get("Height"), 300),
                **_tile_style(one),
            }
        )
    return found


def _sections(layout: Mapping[str, Any]) -> dict[str, Any]:
    """Header, bodies and footer below one another, as on one long page."""
    elements: list[dict[str, Any]] = []
    top = 0
    order = [
        *((one, one.get("Layout")) for one in layout.get("HeaderSections") or ()),
        *(
            (one, (one.get("Content") or {}).get("Layout"))
            for one in layout.get("BodySections") or ()
        ),
        *((one, one.get("Layout")) for one in layout.get("FooterSections") or ()),
    ]
    for section, inner in order:
        placed = _placed(((inner or {}).get("FreeFormLayout") or {}).get("Elements") or (), top)
        elements.extend(placed)
        height = _pixels((section.get("Style") or {}).get("Height"), 0)
        top = max(top + height, _bottom(placed))
    width = max([SECTION_WIDTH, *(one["x"] + one["w"] for one in elements)])
    return {
        "kind": "free",
        "width": width,
        "height": max(top, _bottom(elements)),
        "elements": elements,
    }


def _bottom(elements: Sequence[Mapping[str, Any]]) -> int:
    return max((one["y"] + one["h"] for one in elements), default=0)


def _tile_style(one: Mapping[str, Any]) -> dict[str, Any]:
    """What an element says of its own background and border."""
    style: dict[str, str] = {}
    background = one.get("BackgroundStyle") or {}
    if background.get("Visibility") == "HIDDEN":
        style["background"] = "transparent"
    elif background.get("Color"):
        style["background"] = background["Color"]
    border = one.get("BorderStyle") or {}
    if border.get("Visibility") == "HIDDEN":
        style["border"] = "1px solid transparent"
    elif border.get("Color"):
        style["border"] = f"{_pixels(border.get('Width'), 1)}px solid {border['Color']}"
    if one.get("BorderRadius"):
        style["borderRadius"] = f"{_pixels(one['BorderRadius'], 10)}px"
    if one.get("Padding"):
        style["padding"] = f"{_pixels(one['Padding'], 12)}px"
    return {"style": style} if style else {}


def _pixels(length: Any, default: int) -> int:
    text = str(length if length is not None else "").strip().removesuffix("px")
    try:
        return round(float(text))
    except ValueError:
        return default
