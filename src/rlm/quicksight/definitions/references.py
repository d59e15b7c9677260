"""References within a definition: whatever is named must be there, and ids must be unique."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from rlm.quicksight.definitions.findings import Finding, error, warning
from rlm.quicksight.definitions.index import Index, Part, SheetIndex, is_internal
from rlm.quicksight.definitions.paths import Path, mappings_with, path_text, walk

if TYPE_CHECKING:
    from rlm.quicksight.definitions.columns import Columns

# Keys whose text is the name of a parameter.
_PARAMETER_KEYS: Final = (
    "ParameterName",
    "SourceParameterName",
    "DestinationParameterName",
    "Parameter",
)
_SORTS: Final = ("FieldSort", "Field")
# `<<$Region>>` in texts and addresses.
_IN_TEXT: Final = re.compile(r"<<\$(\w+)>>")


def reference_findings(index: Index, columns: Mapping[str, Columns]) -> Iterator[Finding]:
    """All of them; columns are checked for the data sets whose columns are known."""
    yield from _unique(index)
    yield from _data_sets(index)
    yield from _columns(index, columns)
    yield from _parameters(index)
    yield from _filter_scopes(index)
    for sheet in index.sheets:
        yield from _controls(index, sheet)
        for visual in sheet.visuals:
            yield from _fields(visual)
            yield from _hierarchies(visual)
            yield from _actions(index, sheet, visual)


def _unique(index: Index) -> Iterator[Finding]:
    yield from _twice("data set identifier", [(name, ()) for name in index.data_sets])
    yield from _twice("parameter", [(one.id, one.path) for one in index.parameters])
    yield from _twice("sheet", [(one.id, one.path) for one in index.sheets])
    fields = [(f"{data_set}.{name}", path) for data_set, name, path in index.calculated]
    yield from _twice("calculated field", fields)
    yield from _twice("filter", [(one.id, one.path) for one in index.filters])
    groups = index.definition.get("FilterGroups")
    yield from _twice(
        "filter group",
        [
            (str(group.get("FilterGroupId")), ("FilterGroups", i))
            for i, group in enumerate(groups if isinstance(groups, list) else ())
            if isinstance(group, Mapping)
        ],
    )
    for sheet in index.sheets:
        yield from _twice("visual", [(one.id, one.path) for one in sheet.visuals])
        controls = (*sheet.parameter_controls, *sheet.filter_controls)
        yield from _twice("control", [(one.id, one.path) for one in controls])
        yield from _twice("text box", [(one.id, one.path) for one in sheet.text_boxes])


def _twice(what: str, named: Iterable[tuple[str, Path]]) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for name, path in named:
        if name in seen:
            first = path_text(seen[name])
            yield error(
                "not-unique",
                path_text(path),
                f"there is a second {what} `{name}`" + (f", the first is {first}" if first else ""),
                "rename one of them",
            )
        seen.setdefault(name, path)


def _data_sets(index: Index) -> Iterator[Finding]:
    for path, used in mappings_with(index.definition, "DataSetIdentifier"):
        name = used["DataSetIdentifier"]
        if isinstance(name, str) and name not in index.data_sets:
            place = (*path, "DataSetIdentifier")
            yield _missing("data-set", place, "data set identifier", name, index.data_sets)


def _columns(index: Index, columns: Mapping[str, Columns]) -> Iterator[Finding]:
    calculated: dict[str, set[str]] = {}
    for data_set, name, _ in index.calculated:
        calculated.setdefault(data_set, set()).add(name)
    for path, one in mappings_with(index.definition, "ColumnName"):
        data_set, name = str(one.get("DataSetIdentifier")), one["ColumnName"]
        if not isinstance(name, str) or data_set not in columns:
            continue
        if name in columns[data_set] or name in calculated.get(data_set, ()):
            continue
        known = [*columns[data_set], *calculated.get(data_set, ())]
        found = _missing("column", (*path, "ColumnName"), f"column of {data_set}", name, known)
        # A format of a column that is gone does no harm.
        is_harmless = path[0] == "ColumnConfigurations"
        yield _as_warning(found) if is_harmless else found


def _parameters(index: Index) -> Iterator[Finding]:
    names = [one.id for one in index.parameters]
    for path, value in walk(index.definition):
        if not isinstance(value, str) or not path or path[0] == "ParameterDeclarations":
            continue
        if path[-1] in _PARAMETER_KEYS and value not in names:
            yield _missing("parameter", path, "parameter", value, names)
        elif "<<$" in value:
            for name in _IN_TEXT.findall(value):
                if name not in names:
                    yield _as_warning(_missing("parameter", path, "parameter", name, names))


def _filter_scopes(index: Index) -> Iterator[Finding]:
    sheets = {one.id: one for one in index.sheets}
    for path, one in mappings_with(index.definition.get("FilterGroups"), "SheetId"):
        place = ("FilterGroups", *path)
        sheet = sheets.get(str(one["SheetId"]))
        if sheet is None:
            yield _missing("sheet", place, "sheet", str(one["SheetId"]), sheets)
            continue
        visuals = [visual.id for visual in sheet.visuals]
        given = one.get("VisualIds")
        for i, visual in enumerate(given if isinstance(given, list) else ()):
            if visual not in visuals:
                where = f"visual on sheet {_sheet_name(sheet)}"
                yield _missing("visual", (*place, "VisualIds", i), where, str(visual), visuals)


def _controls(index: Index, sheet: SheetIndex) -> Iterator[Finding]:
    filters = [one.id for one in index.filters]
    controls = {one.id for one in (*sheet.parameter_controls, *sheet.filter_controls)}
    for control in sheet.filter_controls:
        source = control.body.get("SourceFilterId")
        if isinstance(source, str) and source not in filters:
            yield _missing("filter", (*control.path, "SourceFilterId"), "filter", source, filters)
    for key in ("ParameterControls", "FilterControls"):
        for path, one in mappings_with(sheet.body.get(key), "SourceSheetControlId"):
            name = str(one["SourceSheetControlId"])
            if name not in controls:
                place = (*sheet.path, key, *path, "SourceSheetControlId")
                yield _as_warning(_missing("control", place, "control", name, controls))


def _fields(visual: Part) -> Iterator[Finding]:
    """Fields that sorting, formats and the like name must be in the visual's wells."""
    configuration = visual.body.get("ChartConfiguration")
    wells = configuration.get("FieldWells") if isinstance(configuration, Mapping) else None
    if wells is None:
        return
    in_wells = [one["FieldId"] for _, one in mappings_with(wells, "FieldId")]
    for name, count in Counter(map(str, in_wells)).items():
        if count > 1:
            yield warning(
                "not-unique",
                path_text((*visual.path, "ChartConfiguration", "FieldWells")),
                f"{count} fields have the id `{name}`",
                "give each its own, or sorting and formats meet only one of them",
            )
    for path, one in mappings_with(visual.body, "FieldId", visual.path):
        name = one["FieldId"]
        if isinstance(name, str) and name not in in_wells:
            what = "field in the wells of this visual"
            found = _missing("field", (*path, "FieldId"), what, name, in_wells)
            # By a field that is not there nothing can be sorted; formats of it do no harm.
            yield found if path[-1] in _SORTS else _as_warning(found)


def _hierarchies(visual: Part) -> Iterator[Finding]:
    declared = [
        (path, str(one["HierarchyId"]))
        for path, one in mappings_with(visual.body.get("ColumnHierarchies"), "HierarchyId")
    ]
    configuration = visual.body.get("ChartConfiguration")
    used = [
        ((*visual.path, "ChartConfiguration", *path), str(one["HierarchyId"]))
        for path, one in mappings_with(configuration, "HierarchyId")
    ]
    names = [name for _, name in declared]
    for path, name in used:
        if name not in names:
            place = (*path, "HierarchyId")
            yield _missing("hierarchy", place, "hierarchy of this visual", name, names)
    for path, name in declared:
        if name not in {one for _, one in used}:
            yield warning(
                "unused-hierarchy",
                path_text((*visual.path, "ColumnHierarchies", *path)),
                f"no field drills down by the hierarchy `{name}`",
                "give its id to a field as HierarchyId, or take the hierarchy away",
            )
    yield from _twice("hierarchy", [(name, (*visual.path, "ColumnHierarchies")) for name in names])


def _actions(index: Index, sheet: SheetIndex, visual: Part) -> Iterator[Finding]:
    sheets = [one.id for one in index.sheets]
    on_sheet = [one.id for one in sheet.visuals]
    fields = {
        str(one["FieldId"])
        for _, one in mappings_with(visual.body.get("ChartConfiguration"), "FieldId")
    }
    place = (*visual.path, "Actions")
    for path, value in walk(visual.body.get("Actions") or [], place):
        if not path or not isinstance(value, str):
            continue
        if path[-1] == "TargetSheetId" and value not in sheets:
            yield _missing("sheet", path, "sheet", value, sheets)
        elif len(path) > 1 and path[-2] == "TargetVisuals" and value not in on_sheet:
            where = f"visual on sheet {_sheet_name(sheet)}"
            # Exports keep the ids of visuals that were deleted.
            yield _as_warning(_missing("visual", path, where, value, on_sheet))
        elif value not in fields and {"SourceField", "SelectedFields"} & {*path[-2:]}:
            yield _missing("field", path, "field of this visual", value, fields)


def _sheet_name(sheet: SheetIndex) -> str:
    return f"`{sheet.body.get('Name') or sheet.id}`"


def _missing(kind: str, path: Path, what: str, name: str, known: Iterable[str]) -> Finding:
    """What is named is not there; a warning where QuickSight itself wrote an id for it."""
    names = [one for one in known if isinstance(one, str)]
    near = get_close_matches(name, names, 1)
    step = f"did you mean `{near[0]}`?" if near else _listed(names)
    found = error(f"unknown-{kind}", path_text(path), f"there is no {what} `{name}`", step)
    if kind in ("column", "parameter", "data-set") and is_internal(name):
        return _as_warning(found)
    return found


def _listed(names: list[str]) -> str:
    if not names:
        return "there are none at all"
    shown = ", ".join(f"`{one}`" for one in names[:8])
    return f"known are {shown}{f' and {len(names) - 8} more' if len(names) > 8 else ''}"


def _as_warning(found: Finding) -> Finding:
    return warning(found.rule, found.path, found.message, found.next_step)
