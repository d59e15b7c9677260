"""What of a dashboard's, analysis' or template's definition is looked at: data sets and columns."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from localaws.quicksight.aliases import chosen_version, request_of
from localaws.quicksight.failures import invalid
from localaws.quicksight.kinds import DATA_SET, TEMPLATE
from localaws.quicksight.state import QuickSightStore, arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localaws.operations import Document
    from localaws.scope import Scope

_IDENTIFIER, _COLUMN = "DataSetIdentifier", "ColumnName"


class Definitions:
    """Definitions as they are asked for, and what is wrong with them."""

    def __init__(self, store: QuickSightStore) -> None:
        self._store = store

    def requested(self, scope: Scope, request: Document) -> Document:
        """The parts of a version that a request gives: a definition, or a template to take."""
        source = (request.get("SourceEntity") or {}).get("SourceTemplate")
        definition = request.get("Definition")
        if (source is None) == (definition is None):
            raise invalid("Give either Definition or SourceEntity.")
        if source is None:
            return {"Definition": definition}
        return {
            "Definition": self._from_template(scope, source),
            "SourceEntityArn": source["Arn"],
        }

    def errors(self, scope: Scope, definition: Document, is_strict: bool) -> list[Document]:
        """What makes a version CREATION_FAILED; a lenient check looks at data sets alone."""
        found: list[Document] = []
        columns: dict[str, set[str]] = {}
        for declared in definition.get("DataSetIdentifierDeclarations") or []:
            identifier, data_set_arn = declared["Identifier"], declared["DataSetArn"]
            name = data_set_arn.removeprefix(arn(DATA_SET, scope, ""))
            data_set = self._store.get(DATA_SET, scope, name)
            if data_set is None:
                message = f"Data set {data_set_arn} of {identifier} is not found."
                found.append(_error("DATA_SET_NOT_FOUND", message, f"data-set/{identifier}"))
                columns[identifier] = set()
                continue
            columns[identifier] = {one["Name"] for one in data_set["OutputColumns"]}
        missing = {identifier for identifier, names in columns.items() if not names}
        for field in definition.get("CalculatedFields") or []:
            columns.setdefault(field[_IDENTIFIER], set()).add(field["Name"])
        if not is_strict:
            return found
        known = {one["Identifier"] for one in definition.get("DataSetIdentifierDeclarations") or []}
        for path, identifier, column in sorted(set(_columns(definition, ""))):
            if identifier in missing:
                continue
            if identifier not in known:
                message = f"There is no data set {identifier} in the definition."
                found.append(_error("DATA_SET_NOT_FOUND", message, path))
            elif column not in columns[identifier]:
                message = f"The data set {identifier} has no column {column}."
                found.append(_error("COLUMN_REPLACEMENT_MISSING", message, path))
        return found

    def _from_template(self, scope: Scope, source: Document) -> Document:
        """A template's definition with data sets for its placeholders."""
        request = request_of(TEMPLATE, scope, source["Arn"])
        _, version = chosen_version(self._store, TEMPLATE, scope, request)
        if version["Status"] != "CREATION_SUCCESSFUL":
            raise invalid(f"{source['Arn']} is {version['Status']}.")
        made = deepcopy(version["Definition"])
        placeholders = [one["Placeholder"] for one in made.pop("DataSetConfigurations", None) or []]
        given = {
            one["DataSetPlaceholder"]: one["DataSetArn"] for one in source["DataSetReferences"]
        }
        if placeholders and (left := sorted(set(placeholders) - given.keys())):
            raise invalid(f"The template's placeholders {', '.join(left)} have no data set.")
        declarations = [
            {"Identifier": placeholder, "DataSetArn": given[placeholder]}
            for placeholder in placeholders or sorted(given)
        ]
        return {"DataSetIdentifierDeclarations": declarations, **made}


def data_set_arns(definition: Document) -> list[str]:
    declared = definition.get("DataSetIdentifierDeclarations") or []
    return [one["DataSetArn"] for one in declared if "DataSetArn" in one]


def sheets(definition: Document) -> list[Document]:
    """A definition's sheets as versions list them."""
    return [
        {key: sheet[key] for key in ("SheetId", "Name") if key in sheet}
        for sheet in definition.get("Sheets") or []
    ]


def _columns(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """(where, data set identifier, column) of every column that a definition names."""
    if isinstance(value, dict):
        if isinstance(value.get(_IDENTIFIER), str) and isinstance(value.get(_COLUMN), str):
            yield path, value[_IDENTIFIER], value[_COLUMN]
        for key, item in value.items():
            yield from _columns(item, f"{path}/{key}".strip("/"))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _columns(item, f"{path}/{_name_of(item) or number}")


def _name_of(item: Any) -> str:
    """How an entry of a list is known in a path: its id, else its place."""
    if not isinstance(item, dict):
        return ""
    inside = [item, *(one for one in item.values() if isinstance(one, dict))]
    for one in inside:
        for key in ("SheetId", "VisualId", "FilterGroupId", "FilterId", "FieldId"):
            if isinstance(one.get(key), str):
                return str(one[key])
    return ""


def _error(type_: str, message: str, path: str) -> Document:
    return {"Type": type_, "Message": message, "ViolatedEntities": [{"Path": path}]}
