"""Views as Athena keeps them in the Glue Data Catalog: a Presto view in base64."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from localaws.athena.catalog import DEFAULT_CATALOG

if TYPE_CHECKING:
    from localaws.athena.engine import Column
    from localaws.operations import Document

PREFIX, SUFFIX = "/* Presto View: ", " */"


def view_input(name: str, database: str, query: str, columns: list[Column]) -> Document:
    """The TableInput of a view."""
    kept = {
        "originalSql": query,
        "catalog": DEFAULT_CATALOG,
        "schema": database,
        "columns": [{"name": column.name, "type": _presto(column.type.text)} for column in columns],
    }
    encoded = base64.b64encode(json.dumps(kept).encode()).decode()
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"{PREFIX}{encoded}{SUFFIX}",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {
            "Columns": [{"Name": one.name.lower(), "Type": one.type.hive} for one in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "PartitionKeys": [],
    }


def view_query(table: Document) -> str:
    """The SQL of a view."""
    text = str(table.get("ViewOriginalText", "")).removeprefix(PREFIX).removesuffix(SUFFIX)
    query: str = json.loads(base64.b64decode(text))["originalSql"]
    return query


def _presto(kind: str) -> str:
    named = {"TIMESTAMP_MS": "timestamp(3)", "TIMESTAMP": "timestamp(6)", "HUGEINT": "bigint"}
    return named.get(kind, kind.lower())
