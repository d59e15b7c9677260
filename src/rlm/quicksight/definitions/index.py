"""Everything in a definition that something else may refer to, by the name it is referred by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rlm.quicksight.definitions.paths import Path

# Names that QuickSight gives what it lost sight of, or knows by an id of its own.
_INTERNAL: Final = re.compile(
    r"^Missing(?:Column|DataSet|Parameter|Visual|Sheet|Filter)\w*[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_CONTROL_IDS: Final = ("ParameterControlId", "FilterControlId")


def is_internal(name: str) -> bool:
    """Whether a name is an id of QuickSight's own, as exports have for what was deleted."""
    return bool(_INTERNAL.search(name))


@dataclass(frozen=True)
class Part:
    """One thing with an id: a visual, a control, a text box."""

    id: str
    kind: str
    """The API's name: `BarChartVisual`, `Dropdown`, `SheetTextBox`."""
    path: Path
    """Of what is below its kind."""
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class SheetIndex:
    """The parts of one sheet."""

    id: str
    path: Path
    body: Mapping[str, Any] = field(repr=False)
    visuals: tuple[Part, ...]
    parameter_controls: tuple[Part, ...]
    filter_controls: tuple[Part, ...]
    text_boxes: tuple[Part, ...]
    images: tuple[Part, ...]


@dataclass(frozen=True)
class Index:
    """The parts of one definition."""

    definition: Mapping[str, Any] = field(repr=False)
    data_sets: tuple[str, ...]
    """Identifiers, as they are declared; one twice where it is declared twice."""
    sheets: tuple[SheetIndex, ...]
    parameters: tuple[Part, ...]
    filters: tuple[Part, ...]
    calculated: tuple[tuple[str, str, Path], ...]
    """Data set identifier, name, path."""


def index_of(definition: Mapping[str, Any]) -> Index:
    """The index; parts that are out of shape are left out, shapes are checked elsewhere."""
    declared = _mappings(definition.get("DataSetIdentifierDeclarations"))
    templates = _mappings(definition.get("DataSetConfigurations"))
    return Index(
        definition=definition,
        data_sets=(
            *(str(one.get("Identifier")) for _, one in declared),
            *(str(one.get("Placeholder")) for _, one in templates),
        ),
        sheets=tuple(
            _sheet(sheet, (key, index))
            for key in ("Sheets", "TooltipSheets")
            for index, sheet in _mappings(definition.get(key))
        ),
        parameters=tuple(_kinds(definition, "ParameterDeclarations", ("Name",))),
        filters=tuple(
            part
            for index, group in _mappings(definition.get("FilterGroups"))
            for part in _kinds(group, "Filters", ("FilterId",), ("FilterGroups", index))
        ),
        calculated=tuple(
            (str(one.get("DataSetIdentifier")), str(one.get("Name")), ("CalculatedFields", index))
            for index, one in _mappings(definition.get("CalculatedFields"))
        ),
    )


def _sheet(sheet: Mapping[str, Any], path: Path) -> SheetIndex:
    return SheetIndex(
        id=str(sheet.get("SheetId")),
        path=path,
        body=sheet,
        visuals=tuple(_kinds(sheet, "Visuals", ("VisualId",), path)),
        parameter_controls=tuple(_kinds(sheet, "ParameterControls", _CONTROL_IDS, path)),
        filter_controls=tuple(_kinds(sheet, "FilterControls", _CONTROL_IDS, path)),
        text_boxes=tuple(_plain(sheet, "TextBoxes", "SheetTextBoxId", "SheetTextBox", path)),
        images=tuple(_plain(sheet, "Images", "SheetImageId", "SheetImage", path)),
    )


def _mappings(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            if isinstance(one, Mapping):
                yield index, one


def _kinds(
    parent: Mapping[str, Any], key: str, ids: tuple[str, ...], path: Path = ()
) -> Iterator[Part]:
    """Items of a list that are of one kind each: `{"BarChartVisual": {...}}`."""
    for index, one in _mappings(parent.get(key)):
        for kind, body in one.items():
            if isinstance(body, Mapping):
                found = next((body[name] for name in ids if name in body), None)
                if isinstance(found, str):
                    yield Part(found, kind, (*path, key, index, kind), body)


def _plain(parent: Mapping[str, Any], key: str, name: str, kind: str, path: Path) -> Iterator[Part]:
    for index, one in _mappings(parent.get(key)):
        if isinstance(one.get(name), str):
            yield Part(one[name], kind, (*path, key, index), one)
