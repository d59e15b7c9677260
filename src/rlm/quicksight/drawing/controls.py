"""Controls as the page shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping  # noqa: TC003 - part of the public types
from typing import Any

from rlm.quicksight.drawing.formats.dates import write_date
from rlm.quicksight.drawing.formats.values import told
from rlm.quicksight.drawing.markup import parse, plain_text, render
from rlm.quicksight.queries.controls import ControlResult  # noqa: TC001 - part of the public types

# How the page shows each kind.
KINDS = {
    "Dropdown": "dropdown",
    "HierarchyDropdown": "dropdown",
    "List": "list",
    "HierarchyList": "list",
    "TextField": "text",
    "TextArea": "textarea",
    "Slider": "slider",
    "DateTimePicker": "date",
    "RelativeDateTime": "relative",
}


def control_json(control: ControlResult) -> dict[str, Any]:
    """What the page needs to show a control."""
    options = control.definition
    display = options.get("DisplayOptions") or {}
    kind = KINDS.get(control.kind, control.kind)
    is_range = options.get("Type") in ("DATE_RANGE", "RANGE")
    shown: dict[str, Any] = {
        "id": control.control_id,
        "kind": kind,
        "label": _label(control),
        "isLabelled": (display.get("TitleOptions") or {}).get("Visibility") != "HIDDEN",
        "changes": control.changes,
        "name": control.name,
        "options": [{"value": told(one), "label": write_option(one)} for one in control.options],
        "chosen": [told(one) for one in control.chosen],
        "isAll": control.is_all,
        "isMultiple": control.is_multi_select,
        "takesAll": (display.get("SelectAllOptions") or {}).get("Visibility") != "HIDDEN",
        "place": control.place,
        "isCut": control.is_cut,
        "missing": list(control.unsupported),
        "info": (display.get("InfoIconLabelOptions") or {}).get("InfoIconText") or "",
    }
    if kind in ("slider", "date", "relative"):
        shown["isRange"] = is_range
        shown["minimum"] = told(control.minimum)
        shown["maximum"] = told(control.maximum)
    if kind == "slider":
        shown["from"] = options.get("MinimumValue", 0)
        shown["to"] = options.get("MaximumValue", 100)
        shown["step"] = options.get("StepSize", 1)
    if kind == "date":
        pattern = display.get("DateTimeFormat") or ""
        shown["hasTime"] = any(letter in pattern for letter in "Hhm")
    if control.relative is not None:
        shown["relative"] = dict(control.relative)
    return shown


def write_option(value: Any) -> str:
    """A value in a list of choices."""
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        is_day = (value.hour, value.minute, value.second) == (0, 0, 0)
        return write_date(value, "MMM D, YYYY" if is_day else "MMM D, YYYY h:mm A")
    return str(value) if value != "" else "(blank)"


def _label(control: ControlResult) -> str:
    title: Mapping[str, Any] = control.definition.get("ControlTitleFormatText") or {}
    if title.get("RichText"):
        return plain_text(render(parse(title["RichText"]).children, {})) or control.label
    return str(title.get("PlainText") or control.label)
