"""Definitions and data sets of anybody's, as files hold them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.findings import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path


def read_definition(file: Path) -> tuple[str, dict[str, Any]]:
    """Name and definition of a file: a definition, or what describe and create calls hold.

    JSON, or YAML where the file's name ends so.
    """
    text = file.read_text("utf-8")
    if file.suffix in (".yaml", ".yml"):
        content = yaml_text.read(text, str(file))
    else:
        try:
            content = json.loads(text)
        except ValueError as error:
            raise DefinitionError(f"expected JSON: {error}", file=str(file)) from error
    name, inner = file.stem, content
    while isinstance(inner, dict):
        name = str(inner.get("Name") or name)
        if "Sheets" in inner or "DataSetIdentifierDeclarations" in inner:
            return name, inner
        inner = next(
            (inner[key] for key in ("Definition", "Dashboard", "Template", "Analysis")
             if isinstance(inner.get(key), dict)),
            None,
        )  # fmt: skip
    raise DefinitionError(
        "expected a dashboard's definition, with Sheets and DataSetIdentifierDeclarations",
        file=str(file),
    )


def read_data_sets(folder: Path | None) -> list[dict[str, Any]]:
    """Data sets as JSON files hold them: DescribeDataSet's answers or CreateDataSet's requests."""
    found = []
    for file in sorted(folder.glob("*.json")) if folder else ():
        content = json.loads(file.read_text("utf-8"))
        inner = content.get("DataSet", content) if isinstance(content, dict) else {}
        if "PhysicalTableMap" in inner:
            found.append(inner)
    return found
