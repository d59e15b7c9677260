"""The SQL that a physical table of a database asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.source_errors import SourceError

if TYPE_CHECKING:
    from localaws.operations import Document
    from localaws.quicksight.fetched import Window


def query_of(table: Document, window: Window | None, default_catalog: str = "") -> str:
    """One SELECT for a RelationalTable or CustomSql, of a window's rows where there is one."""
    if "RelationalTable" in table:
        relational = table["RelationalTable"]
        place = [relational.get("Catalog") or default_catalog, relational.get("Schema")]
        name = ".".join(quoted(part) for part in (*place, relational["Name"]) if part)
        columns = ", ".join(quoted(column["Name"]) for column in relational["InputColumns"])
        query = f"SELECT {columns} FROM {name}"  # noqa: S608 - the data set's own words
    elif "CustomSql" in table:
        query = table["CustomSql"]["SqlQuery"].strip().rstrip(";")
    else:
        raise SourceError(
            "INVALID_DATA_SOURCE_CONFIG", f"A {next(iter(table))} cannot be read from a database."
        )
    if window is None:
        return query
    inside = f"SELECT * FROM (\n{query}\n) AS source"  # noqa: S608
    return f"{inside} WHERE {quoted(window.column)} >= TIMESTAMP '{window.since}'"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
