"""A dashboard's folder and its definition: split into small files, assembled without loss.

```
dashboard.yaml                                Name, ThemeName, DataSets, ..., and small keys of
                                              the definition: Options, AnalysisDefaults, ...
parameters.yaml, filters.yaml, column_configurations.yaml
calculated_fields/<data set identifier>.yaml
sheets/<nn>-<slug>/sheet.yaml                 the sheet without its visuals
sheets/<nn>-<slug>/visuals/<nn>-<slug>.yaml   one visual a file
tooltip_sheets/...                            as sheets
```
Folders and files are read in the order of their names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.findings import DefinitionError, Finding
from rlm.quicksight.definitions.paths import Path, mappings_of, parse_path
from rlm.quicksight.definitions.placeholders import Placeholders
from rlm.quicksight.definitions.shapes import Shapes, canonical, definition_shape
from rlm.quicksight.definitions.titles import visual_label

if TYPE_CHECKING:
    from pathlib import Path as FilePath

# Keys of dashboard.yaml that say how a dashboard is deployed, in the order in which they stand.
SETTINGS: Final = (
    "Name",
    "ThemeName",
    "ThemeArn",
    "DashboardPublishOptions",
    "FolderNames",
    "Permissions",
    "LinkSharingConfiguration",
    "Tags",
)
_LISTS: Final = {
    "ParameterDeclarations": "parameters.yaml",
    "FilterGroups": "filters.yaml",
    "ColumnConfigurations": "column_configurations.yaml",
}
_SHEETS: Final = {"Sheets": "sheets", "TooltipSheets": "tooltip_sheets"}
# Written only where data sets' fields stand mixed: how many of which come after one another.
_ORDER: Final = "CalculatedFieldOrder"


@dataclass(frozen=True)
class Source:
    """Which file a part of the definition was read from."""

    file: str
    path: Path
    """Within the file."""


@dataclass(frozen=True)
class Assembled:
    """One dashboard, ready to be checked, drawn and deployed."""

    definition: Mapping[str, Any]
    settings: Mapping[str, Any]
    """The keys of `SETTINGS` that dashboard.yaml has."""
    data_sets: Mapping[str, str]
    """Identifier -> name of the data set (a file below data_sets/), or an ARN."""
    files: Mapping[str, str] = field(repr=False)
    sources: Mapping[Path, Source] = field(repr=False)

    def locate(self, path: Path) -> tuple[str, int | None]:
        """File and line of what stands at a path of the definition."""
        for length in range(len(path), -1, -1):
            source = self.sources.get(path[:length])
            if source:
                inner = (*source.path, *path[length:])
                return source.file, yaml_text.line_of(self.files[source.file], inner)
        return "dashboard.yaml", yaml_text.line_of(self.files["dashboard.yaml"], path)

    def located(self, finding: Finding) -> Finding:
        """The finding with file and line."""
        file, line = self.locate(parse_path(finding.path))
        return replace(finding, file=file, line=line)


def split(
    definition: Mapping[str, Any],
    shapes: Shapes,
    *,
    settings: Mapping[str, Any] | None = None,
    data_set_names: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Path -> text of every file of the dashboard's folder.

    `settings` are keys of `SETTINGS`; `data_set_names` says which ARN is which data set of ours,
    any other is written as it is.
    """
    whole = canonical(definition, definition_shape(definition), shapes)
    settings = settings or {}
    head: dict[str, Any] = {key: settings[key] for key in SETTINGS if key in settings}
    files: dict[str, Any] = {}
    for key, value in whole.items():
        if key == "DataSetIdentifierDeclarations" and _are_data_sets(value):
            head["DataSets"] = {
                one["Identifier"]: (data_set_names or {}).get(str(one["DataSetArn"]))
                or one["DataSetArn"]
                for one in value
            }
        elif key in _LISTS and isinstance(value, list):
            files[_LISTS[key]] = value
        elif key == "CalculatedFields" and _are_calculated(value):
            files |= _calculated_field_files(value, whole)
            order = [
                [k, len(list(g))] for k, g in groupby(one["DataSetIdentifier"] for one in value)
            ]
            names = [name for name, _ in order]
            if names != list(_calculated_field_names(value, whole)):
                head[_ORDER] = [{"DataSetIdentifier": k, "Count": n} for k, n in order]
        elif key in _SHEETS and _are_mappings(value):
            files |= _sheet_files(_SHEETS[key], value)
        else:
            head[key] = value
    texts = {path: yaml_text.write(value) for path, value in files.items()}
    return {"dashboard.yaml": yaml_text.write(head)} | texts


def read_files(folder: FilePath) -> dict[str, str]:
    """Path -> text of every YAML file below a dashboard's folder."""
    if not (folder / "dashboard.yaml").is_file():
        raise DefinitionError(
            "there is no dashboard.yaml; every dashboard has one", file=folder.as_posix()
        )
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*.yaml"))
    }


def assemble(
    files: Mapping[str, str], shapes: Shapes, placeholders: Placeholders | None = None
) -> Assembled:
    """The dashboard that the files make up; raises `DefinitionError` on files out of place.

    Data sets by name need `${data_set.<name>.arn}` among the placeholders.
    """
    placeholders = placeholders or Placeholders()
    read = {path: yaml_text.read(text, path) for path, text in files.items()}
    head = read.pop("dashboard.yaml", None)
    if not isinstance(head, Mapping):
        raise DefinitionError("expected keys such as Name and DataSets", file="dashboard.yaml")
    sources: dict[Path, Source] = {}
    definition: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    data_sets: dict[str, str] = {}
    order: list[Any] = []
    for key, value in head.items():
        if key in SETTINGS:
            settings[key] = value
        elif key == "DataSets":
            data_sets, definition["DataSetIdentifierDeclarations"] = _data_sets(value, placeholders)
            for i, identifier in enumerate(data_sets):
                place = Source("dashboard.yaml", ("DataSets", identifier))
                sources["DataSetIdentifierDeclarations", i] = place
        elif key == _ORDER:
            order = _list(value, "dashboard.yaml")
        else:
            definition[key] = value
    if "StaticFiles" in definition:
        definition["StaticFiles"] = placeholders.fill_tree(
            definition["StaticFiles"], file="dashboard.yaml", path=("StaticFiles",)
        )
    for key, file in _LISTS.items():
        if file in read:
            definition[key] = _list(read.pop(file), file)
            sources[(key,)] = Source(file, ())
    _put_calculated_fields(read, order, definition, sources)
    for key, folder in _SHEETS.items():
        _put_sheets(read, folder, key, definition, sources)
    if read:
        known = "parameters.yaml, filters.yaml, column_configurations.yaml, calculated_fields/, "
        raise DefinitionError(
            f"no file of a dashboard; known are {known}sheets/<nn>-<slug>/sheet.yaml and "
            "sheets/<nn>-<slug>/visuals/<nn>-<slug>.yaml",
            file=min(read),
        )
    if "ThemeArn" in settings:
        settings["ThemeArn"] = placeholders.fill_tree(
            settings["ThemeArn"], file="dashboard.yaml", path=("ThemeArn",)
        )
    whole = canonical(definition, definition_shape(definition), shapes)
    return Assembled(whole, settings, data_sets, files, sources)


def slug(text: str, otherwise: str = "untitled") -> str:
    """The text as part of a file name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > 50:
        # Whole words, where there are several.
        words = words[:51].rpartition("-")[0] or words[:50]
    return words or otherwise


def _numbered(count: int, index: int, text: str, otherwise: str) -> str:
    """`03-sales-by-city`; wide enough that names sort as the items stand."""
    return f"{index + 1:0{max(2, len(str(count)))}d}-{slug(text, otherwise)}"


def _are_mappings(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _are_data_sets(value: Any) -> bool:
    """Whether a mapping from identifier to ARN says all that these declarations say."""
    return (
        _are_mappings(value)
        and all(one.keys() == {"Identifier", "DataSetArn"} for one in value)
        and all(isinstance(one["Identifier"], str) and one["DataSetArn"] for one in value)
        and len({one["Identifier"] for one in value}) == len(value)
    )


def _are_calculated(value: Any) -> bool:
    return _are_mappings(value) and all(
        isinstance(one.get("DataSetIdentifier"), str) for one in value
    )


def _calculated_field_names(
    fields: Sequence[Mapping[str, Any]], definition: Mapping[str, Any]
) -> Iterator[str]:
    """Data sets with calculated fields: as they are declared, others after them."""
    used = dict.fromkeys(one["DataSetIdentifier"] for one in fields)
    declared = mappings_of(definition.get("DataSetIdentifierDeclarations"))
    templates = mappings_of(definition.get("DataSetConfigurations"))
    names = dict.fromkeys(
        [
            *(str(one.get("Identifier")) for one in declared),
            *(str(one.get("Placeholder")) for one in templates),
        ]
    )
    yield from (name for name in names if name in used)
    yield from sorted(name for name in used if name not in names)


def _calculated_field_files(
    fields: Sequence[Mapping[str, Any]], definition: Mapping[str, Any]
) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for identifier in _calculated_field_names(fields, definition):
        file, number = f"calculated_fields/{slug(identifier, 'data-set')}.yaml", 2
        while file in files:
            file = f"calculated_fields/{slug(identifier, 'data-set')}-{number}.yaml"
            number += 1
        files[file] = {
            "DataSetIdentifier": identifier,
            "CalculatedFields": [
                {key: value for key, value in one.items() if key != "DataSetIdentifier"}
                for one in fields
                if one["DataSetIdentifier"] == identifier
            ],
        }
    return files


def _sheet_files(folder: str, sheets: list[Mapping[str, Any]]) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for index, sheet in enumerate(sheets):
        name = sheet.get("Name")
        place = f"{folder}/{_numbered(len(sheets), index, str(name or ''), 'sheet')}"
        visuals = sheet.get("Visuals")
        if not _are_mappings(visuals):
            files[f"{place}/sheet.yaml"] = dict(sheet)
            continue
        files[f"{place}/sheet.yaml"] = {k: v for k, v in sheet.items() if k != "Visuals"}
        for i, visual in enumerate(visuals or ()):
            file = _numbered(len(visuals or ()), i, visual_label(visual), "visual")
            files[f"{place}/visuals/{file}.yaml"] = visual
    return files


def _list(value: Any, file: str) -> list[Any]:
    if not isinstance(value, list):
        raise DefinitionError("expected a list: items that begin with `- `", file=file, line=1)
    return value


def _data_sets(
    value: Any, placeholders: Placeholders
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    if not isinstance(value, Mapping):
        raise DefinitionError(
            "expected identifier: name of a data set", file="dashboard.yaml", path="DataSets"
        )
    declarations = []
    for identifier, name in value.items():
        arn = name
        if isinstance(name, str):
            by_name = not name.startswith("arn:") and "${" not in name
            arn = placeholders.fill(
                f"${{data_set.{name}.arn}}" if by_name else name,
                file="dashboard.yaml",
                path=f"DataSets.{identifier}",
            )
        declarations.append({"DataSetArn": arn, "Identifier": identifier})
    return dict(value), declarations


def _put_calculated_fields(
    read: dict[str, Any],
    order: list[Any],
    definition: dict[str, Any],
    sources: dict[Path, Source],
) -> None:
    waiting: dict[str, list[tuple[str, int, Any]]] = {}
    for file in sorted(f for f in read if f.startswith("calculated_fields/")):
        content = read.pop(file)
        if not isinstance(content, Mapping) or not content.keys() >= {
            "DataSetIdentifier",
            "CalculatedFields",
        }:
            raise DefinitionError(
                "expected the keys DataSetIdentifier and CalculatedFields", file=file, line=1
            )
        unknown = sorted(content.keys() - {"DataSetIdentifier", "CalculatedFields"})
        if unknown:
            raise DefinitionError(
                f"unknown key `{unknown[0]}`; fields stand below CalculatedFields",
                file=file,
            )
        fields = _list(content["CalculatedFields"], file)
        waiting.setdefault(content["DataSetIdentifier"], []).extend(
            (file, index, one) for index, one in enumerate(fields)
        )
    if not waiting:
        return
    flat = [{"DataSetIdentifier": name} for name, of_name in waiting.items() for _ in of_name]
    turns = [(one.get("DataSetIdentifier", ""), int(one.get("Count", 0))) for one in order]
    turns += [(name, len(waiting[name])) for name in _calculated_field_names(flat, definition)]
    fields = definition.setdefault("CalculatedFields", [])
    for name, count in turns:
        taken, waiting[name] = waiting.get(name, [])[:count], waiting.get(name, [])[count:]
        for file, index, one in taken:
            sources["CalculatedFields", len(fields)] = Source(file, ("CalculatedFields", index))
            fields.append({"DataSetIdentifier": name} | one)


def _put_sheets(
    read: dict[str, Any],
    folder: str,
    key: str,
    definition: dict[str, Any],
    sources: dict[Path, Source],
) -> None:
    places = sorted({"/".join(f.split("/")[:2]) for f in read if f.startswith(f"{folder}/")})
    for place in places:
        file = f"{place}/sheet.yaml"
        if file not in read:
            raise DefinitionError("a sheet's folder needs a sheet.yaml", file=place)
        sheet = read.pop(file)
        if not isinstance(sheet, Mapping):
            raise DefinitionError("expected keys such as SheetId and Name", file=file, line=1)
        sheet = dict(sheet)
        index = len(definition.setdefault(key, []))
        sources[key, index] = Source(file, ())
        visuals = sorted(f for f in read if f.startswith(f"{place}/visuals/"))
        for visual in visuals:
            shown = sheet.setdefault("Visuals", [])
            sources[key, index, "Visuals", len(shown)] = Source(visual, ())
            shown.append(read.pop(visual))
        definition[key].append(sheet)
