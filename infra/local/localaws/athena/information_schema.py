"""`information_schema` of the Data Catalog: what QuickSight and JDBC tools look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.athena.catalog import DEFAULT_CATALOG, Catalog, is_view
from localaws.athena.failures import not_supported
from localaws.athena.sources import quoted, string

if TYPE_CHECKING:
    from localaws.operations import Document


def information_schema(catalog: Catalog, table: str) -> str:
    """A SELECT of one of its tables."""
    if table == "schemata":
        rows = [[one["Name"]] for one in catalog.databases()]
        return _rows(["schema_name"], rows)
    if table == "tables":
        rows = [
            [database, one["Name"], "VIEW" if is_view(one) else "BASE TABLE"]
            for database, one in _tables(catalog)
        ]
        return _rows(["table_schema", "table_name", "table_type"], rows)
    if table == "columns":
        rows = [
            [database, one["Name"], column["Name"], str(index), column["Type"]]
            for database, one in _tables(catalog)
            for index, column in enumerate(all_columns(one), start=1)
        ]
        names = ["table_schema", "table_name", "column_name", "ordinal_position", "data_type"]
        return _rows(names, rows)
    raise not_supported(f"information_schema.{table}")


def all_columns(table: Document) -> list[Document]:
    """A table's columns, partition keys last."""
    columns: list[Document] = (table.get("StorageDescriptor") or {}).get("Columns", [])
    keys: list[Document] = table.get("PartitionKeys", [])
    return columns + keys


def _tables(catalog: Catalog) -> list[tuple[str, Document]]:
    return [
        (database["Name"], table)
        for database in catalog.databases()
        for table in catalog.tables(database["Name"])
    ]


def _rows(names: list[str], rows: list[list[str]]) -> str:
    prefix = names[0].removesuffix("_schema") if names[0] == "table_schema" else "catalog"
    catalog_name = f"{prefix}_catalog" if prefix == "table" else "catalog_name"
    shown = ", ".join(
        f"CAST({quoted(name)} AS BIGINT) AS {quoted(name)}"
        if name == "ordinal_position"
        else quoted(name)
        for name in names
    )
    values = ", ".join("(" + ", ".join(string(value) for value in row) + ")" for row in rows)
    filled = values or "(" + ", ".join("'0'" for _ in names) + ")"
    nothing = "" if rows else " WHERE false"
    return (
        f"SELECT {string(DEFAULT_CATALOG)} AS {catalog_name}, {shown}"  # noqa: S608 - quoted
        f" FROM (VALUES {filled}) AS t({', '.join(quoted(name) for name in names)}){nothing}"
    )
