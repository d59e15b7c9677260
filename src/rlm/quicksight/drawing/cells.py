"""Cells of tables and pivots: how one looks, and how the definition styles them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.markup import safe_href
from rlm.quicksight.drawing.themes import font_style, readable_on
from rlm.quicksight.results import Field  # noqa: TC001 - part of the public types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEX = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$")
SIDES = {"Top": "borderTop", "Bottom": "borderBottom", "Left": "borderLeft", "Right": "borderRight"}


def cell_style(given: Mapping[str, Any] | None) -> dict[str, str]:
    """A TableCellStyle as styles of the page."""
    options = given or {}
    style = font_style(options.get("FontConfiguration"))
    background = options.get("BackgroundColor")
    if isinstance(background, str) and _HEX.match(background):
        style["background"] = background
        # A dark cell with the theme's dark text could not be read.
        style.setdefault("color", readable_on(background[:7]))
    align = options.get("HorizontalTextAlignment")
    if align in ("LEFT", "CENTER", "RIGHT"):
        style["textAlign"] = align.lower()
    vertical = options.get("VerticalTextAlignment")
    if vertical in ("TOP", "MIDDLE", "BOTTOM"):
        style["verticalAlign"] = vertical.lower()
    if options.get("TextWrap"):
        style["whiteSpace"] = "normal" if options["TextWrap"] == "WRAP" else "nowrap"
    if options.get("Height"):
        style["height"] = f"{int(options['Height'])}px"
    border = options.get("Border") or {}
    if border.get("UniformBorder"):
        style["border"] = _border(border["UniformBorder"])
    for side, key in SIDES.items():
        one = (border.get("SideSpecificBorder") or {}).get(side)
        if one:
            style[key] = _border(one)
    return style


def _border(options: Mapping[str, Any]) -> str:
    if options.get("Style") == "NONE":
        return "none"
    width = int(options.get("Thickness", 1))
    color = options.get("Color") or "var(--line)"
    return f"{width}px solid {color}"


def zebra(given: Mapping[str, Any] | None) -> list[str]:
    """The colours that rows alternate between; empty: they do not."""
    options = given or {}
    if options.get("Status") != "ENABLED":
        return []
    return [str(one) for one in options.get("RowAlternateColors") or ()] or ["var(--zebra)"]


def alignment(field: Field) -> str:
    """Amounts stand on the right, names on the left."""
    return "right" if field.is_measure and field.type in ("INTEGER", "DECIMAL") else "left"


def value_cell(
    value: Any, field: Field, decision: Mapping[str, Any] | None = None
) -> str | dict[str, Any]:
    """A value as a cell: its text alone, or with what conditional formatting decided."""
    text = write(value, field)
    if not decision:
        return text
    cell: dict[str, Any] = {"text": text}
    for key in ("style", "icon", "hidesText"):
        if decision.get(key):
            cell[key] = decision[key]
    return cell


def data_bar(
    value: Any, extent: tuple[float, float], positive: str, negative: str
) -> dict[str, Any]:
    """A bar behind a number: where it begins and how long it is, in percent of the cell."""
    amount = number(value)
    low, high = min(extent[0], 0), max(extent[1], 0)
    span = high - low
    if amount is None or span == 0:
        return {}
    zero = -low / span * 100
    length = abs(amount) / span * 100
    return {
        "from": round(zero if amount >= 0 else zero - length, 2),
        "length": round(length, 2),
        "color": positive if amount >= 0 else negative,
    }


def link(template: str, field: Field, value: Any) -> str | None:
    """Where a cell leads: its own value, or a template with the value in it."""
    address = template.replace("<<" + field.field_id + ">>", str(value)) if template else str(value)
    return safe_href(address)


def extent_of(values: Sequence[Any]) -> tuple[float, float]:
    """The smallest and the greatest number; zeros where there is none."""
    found = [one for one in map(number, values) if one is not None]
    return (min(found), max(found)) if found else (0.0, 0.0)
