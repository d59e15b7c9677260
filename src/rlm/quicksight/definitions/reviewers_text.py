"""A definition as a reviewer reads it: names instead of ids, one order, nothing left out.

Ids mean nothing to a reader and change when a dashboard is drawn anew in the console; here a
visual is called by its kind and title, a field by its column, a filter by what it filters.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.index import is_internal
from rlm.quicksight.definitions.paths import mappings_of, mappings_with, value_at
from rlm.quicksight.definitions.titles import kind_label, plain_text, visual_title

# What a reader wants to know first; everything else follows by the alphabet.
_FIRST: Final = (
    "Name",
    "Title",
    "Subtitle",
    "Description",
    "DataSetIdentifier",
    "ColumnName",
    "Column",
    "Expression",
    "AggregationFunction",
    "Filters",
    "FieldWells",
    "Sheets",
)
# Texts at these keys, and lists of texts, name something by its id.
_ID_KEYS: Final = frozenset(
    [
        "VisualId", "VisualIds", "TargetVisuals", "ElementId", "SheetId", "TargetSheetId",
        "FilterId", "SourceFilterId", "FilterGroupId", "ParameterControlId",
        "FilterControlId", "SourceSheetControlId", "FieldId", "SelectedFields",
        "SourceField", "MeasureFieldId", "HierarchyId", "CustomActionId", "ComputationId",
        "SheetTextBoxId", "SheetImageId", "StaticFileId", "SectionId", "Order",
    ]
)  # fmt: skip
# Lists whose items get a heading, and the key of the id that the heading makes needless.
_HEADED: Final = {
    "Sheets": "SheetId",
    "TooltipSheets": "SheetId",
    "Visuals": "VisualId",
    "Filters": "FilterId",
    "FilterGroups": "FilterGroupId",
    "ParameterControls": "ParameterControlId",
    "FilterControls": "FilterControlId",
    "TextBoxes": "SheetTextBoxId",
    "Images": "SheetImageId",
    "Actions": "CustomActionId",
    "ColumnHierarchies": "HierarchyId",
}
_SORTED: Final = ("CalculatedFields", "ColumnConfigurations", "ParameterDeclarations")


def reviewers_text(definition: Mapping[str, Any]) -> str:
    """The whole definition as text; the same for two that differ by ids and orders of keys."""
    names = _Names()
    _name_sheets(definition, names)
    _name_filters(definition, names)
    for key in ("Sheets", "TooltipSheets"):
        for sheet in mappings_of(definition.get(key)):
            _name_parts(sheet, names)
    return yaml_text.write(_told(definition, names, ()))


def reviewers_diff(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: tuple[str, str] = ("before", "after"),
) -> str:
    """A unified diff of the two texts; each hunk says in which part it is. Empty: no difference."""
    old, new = (reviewers_text(one).splitlines() for one in (before, after))
    lines = []
    for line in difflib.unified_diff(old, new, *names, lineterm=""):
        hunk = re.match(r"@@ -(\d+).* \+(\d+)(?:,(\d+))? @@", line)
        if hunk:
            # The place of its middle: its first lines may still belong to what is before.
            middle = int(hunk[2]) - 1 + int(hunk[3] or 1) // 2
            lines.append(f"{line} {_place(new, middle)}".rstrip())
        else:
            lines.append(line)
    return "".join(f"{line}\n" for line in lines)


@dataclass
class _Names:
    """What ids are called: in the whole dashboard, on one sheet, in one visual."""

    everywhere: dict[str, str] = field(default_factory=dict)
    of_sheets: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the id of the sheet."""
    of_visuals: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """By the ids of sheet and visual."""

    def name(self, text: str, scope: tuple[str, ...]) -> str:
        """The name of an id, seen from within a sheet and a visual."""
        if len(scope) > 1 and text in (inner := self.of_visuals.get((scope[0], scope[1]), {})):
            return inner[text]
        if scope and text in (inner := self.of_sheets.get(scope[0], {})):
            return inner[text]
        # Exports keep ids of what was deleted; they say nothing, and differ between two exports.
        return self.everywhere.get(text, "what is gone" if is_internal(text) else text)


def _told(value: Any, names: _Names, scope: tuple[str, ...], key: str = "") -> Any:
    """The value with names for ids, keys in order, and headings for items of lists."""
    if isinstance(value, Mapping):
        inner = scope
        if isinstance(value.get("SheetId"), str):
            inner = (value["SheetId"],)
        elif isinstance(value.get("VisualId"), str) and scope:
            inner = (scope[0], value["VisualId"])
        return {
            name: _told(value[name], names, inner, name)
            for name in sorted(value, key=_by_importance)
        }
    if isinstance(value, list):
        if key in _HEADED:
            return [_headed(one, key, names, scope) for one in value]
        told = [_told(one, names, scope, key) for one in value]
        return sorted(told, key=yaml_text.write) if key in _SORTED else told
    if isinstance(value, str):
        if key in _ID_KEYS:
            return names.name(value, scope)
        if key == "DataSetArn":
            # The account and region of an environment are no change of a dashboard.
            return value.rpartition("/")[2]
    return value


def _headed(item: Any, key: str, names: _Names, scope: tuple[str, ...]) -> Any:
    """`{heading: item}` without the item's id, and without its kind: that is in the heading."""
    id_key = _HEADED[key]
    body = item
    if isinstance(item, Mapping) and id_key not in item and len(item) == 1:
        body = next(iter(item.values()))
    if not isinstance(body, Mapping) or not isinstance(body.get(id_key), str):
        return _told(item, names, scope, key)
    inner = scope
    if id_key == "SheetId":
        inner = (body["SheetId"],)
    told = _told(body, names, scope, key)
    heading = names.name(body[id_key], (*inner[:1], *scope[1:]))
    return {heading: {name: one for name, one in told.items() if name != id_key}}


def _by_importance(key: str) -> tuple[int, str]:
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), key)


def _name_sheets(definition: Mapping[str, Any], names: _Names) -> None:
    taken: set[str] = set()
    for key, word in (("Sheets", "sheet"), ("TooltipSheets", "tooltip sheet")):
        for sheet in mappings_of(definition.get(key)):
            name = f"{word} {_quoted(sheet.get('Name') or sheet.get('Title'))}".strip()
            names.everywhere[str(sheet.get("SheetId"))] = _unique(name, taken)
    for one in mappings_of(definition.get("StaticFiles")):
        for kind, body in one.items():
            if isinstance(body, Mapping):
                label = _unique(kind_label(kind), taken)
                names.everywhere[str(body.get("StaticFileId"))] = label


def _name_filters(definition: Mapping[str, Any], names: _Names) -> None:
    taken: set[str] = set()
    for group in mappings_of(definition.get("FilterGroups")):
        members = []
        for one in mappings_of(group.get("Filters")):
            for kind, body in one.items():
                if isinstance(body, Mapping):
                    name = f"{kind_label(kind)} on {_column(body)}"
                    names.everywhere[str(body.get("FilterId"))] = _unique(name, taken)
                    members.append(_column(body))
        scope = _scope(group, names)
        label = f"filter on {' or '.join(dict.fromkeys(members)) or 'nothing'}, {scope}"
        names.everywhere[str(group.get("FilterGroupId"))] = _unique(label, taken)


def _scope(group: Mapping[str, Any], names: _Names) -> str:
    """Where a filter group acts, by sheets."""
    scope = group.get("ScopeConfiguration")
    if value_at(scope, ("AllSheets",)) is not None:
        return "all sheets"
    sheets = [names.name(str(one["SheetId"]), ()) for _, one in mappings_with(scope, "SheetId")]
    return ", ".join(dict.fromkeys(sheets)) or "no sheet"


def _name_parts(sheet: Mapping[str, Any], names: _Names) -> None:
    sheet_id = str(sheet.get("SheetId"))
    found = names.of_sheets.setdefault(sheet_id, {})
    taken: set[str] = set()
    for key, id_key in (
        ("ParameterControls", "ParameterControlId"),
        ("FilterControls", "FilterControlId"),
    ):
        word = "parameter" if key.startswith("Parameter") else "filter"
        for one in mappings_of(sheet.get(key)):
            for kind, body in one.items():
                if isinstance(body, Mapping):
                    title = body.get("Title") or body.get("SourceParameterName")
                    if title is None:
                        title = names.name(str(body.get("SourceFilterId")), ())
                    label = f"{word} control {_quoted(title)} ({kind_label(kind)})"
                    found[str(body.get(id_key))] = _unique(label, taken)
    for box in mappings_of(sheet.get("TextBoxes")):
        text = plain_text(str(box.get("Content") or ""))
        label = f"text box {_quoted(text[:40])}".strip()
        found[str(box.get("SheetTextBoxId"))] = _unique(label, taken)
    for image in mappings_of(sheet.get("Images")):
        label = f"image {_quoted(image.get('ImageContentAltText'))}".strip()
        found[str(image.get("SheetImageId"))] = _unique(label, taken)
    for visual in mappings_of(sheet.get("Visuals")):
        for kind, body in visual.items():
            if isinstance(body, Mapping):
                label = f"{kind_label(kind)} {_quoted(visual_title(body))}".strip()
                found[str(body.get("VisualId"))] = _unique(label, taken)
                inner: dict[str, str] = {}
                names.of_visuals[sheet_id, str(body.get("VisualId"))] = inner
                _name_fields(body, inner)
    for i, (_, section) in enumerate(mappings_with(sheet.get("Layouts"), "SectionId")):
        found[str(section["SectionId"])] = f"section {i + 1}"


def _name_fields(body: Mapping[str, Any], found: dict[str, str]) -> None:
    taken: set[str] = set()
    wells = value_at(body, ("ChartConfiguration", "FieldWells")) or body
    for _, one in mappings_with(wells, "FieldId"):
        if isinstance(one.get("Column"), Mapping) or isinstance(one.get("Expression"), str):
            what = _aggregate(one.get("AggregationFunction"))
            cut = str(one.get("DateGranularity") or "").lower()
            name = " ".join(part for part in (what, _column(one), cut and f"by {cut}") if part)
            found.setdefault(str(one["FieldId"]), _unique(name, taken))
    for _, one in mappings_with(body.get("ColumnHierarchies"), "HierarchyId"):
        columns = one.get("Columns")
        said = ", ".join(_column({"Column": c}) for c in mappings_of(columns)) or "dates"
        found[str(one["HierarchyId"])] = _unique(f"hierarchy {said}", taken)
    for _, one in mappings_with(body, "CustomActionId"):
        found[str(one["CustomActionId"])] = _unique(f"action {_quoted(one.get('Name'))}", taken)
    for _, one in mappings_with(body, "ComputationId"):
        name = f"computation {_quoted(one.get('Name'))}".strip()
        found[str(one["ComputationId"])] = _unique(name, taken)


def _aggregate(told: Any) -> str:
    """`sum of`, where a field says how it is aggregated."""
    while isinstance(told, Mapping):
        told = next(iter(told.values()), None)
    return f"{str(told).lower().replace('_', ' ')} of" if isinstance(told, str) else ""


def _column(body: Mapping[str, Any]) -> str:
    column = body.get("Column")
    if isinstance(column, Mapping):
        return str(column.get("ColumnName"))
    return str(body.get("Expression") or "something")


def _quoted(text: Any) -> str:
    return f"'{text}'" if isinstance(text, str) and text else ""


def _unique(name: str, taken: set[str]) -> str:
    """The name, or with a number where there is one like it before."""
    label, number = name, 2
    while label in taken:
        label, number = f"{name} #{number}", number + 1
    taken.add(label)
    return label


def _place(lines: list[str], index: int) -> str:
    """The headings above a line, outermost first."""
    index = min(index, len(lines) - 1)
    if index < 0:
        return ""
    headings: list[str] = []
    indent = len(lines[index]) - len(lines[index].lstrip(" "))
    for line in reversed(lines[:index]):
        width = len(line) - len(line.lstrip(" "))
        if line.strip() and width < indent:
            indent = width
            heading = line.strip().removeprefix("- ").rstrip(":")
            is_quoted = heading[:1] in ("'", '"') and heading[-1:] == heading[:1]
            headings.append(heading[1:-1] if is_quoted else heading)
    shown = [one for one in reversed(headings) if len(one) < 80]
    return " / ".join(shown[:4])
