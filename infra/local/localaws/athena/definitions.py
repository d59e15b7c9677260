"""Statements on databases, tables, views and partitions, by the Glue Data Catalog's operations."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from localaws.athena.catalog import DEFAULT_CATALOG, Catalog, is_iceberg, is_view
from localaws.athena.failures import QueryFailedError, not_supported, syntax_error
from localaws.athena.information_schema import all_columns
from localaws.athena.statements import Statement, split_name
from localaws.athena.table_definitions import parse_create_table, show_create_table
from localaws.athena.views import view_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document

    Call = Callable[[str, str, Document], Document]

_BATCH = 100
_VALUE = re.compile(r"(?P<key>[\w`\"]+)\s*=\s*(?:'(?P<text>[^']*)'|(?P<number>-?[\w.]+))")
_PARTITION = re.compile(
    r"PARTITION\s*\((?P<spec>[^)]*)\)\s*(?:LOCATION\s*'(?P<location>[^']*)')?\s*,?\s*",
    re.IGNORECASE,
)
# The columns of what statements show.
SHOWN = {
    "show_databases": ["database_name"],
    "show_tables": ["tab_name"],
    "show_views": ["views"],
    "show_partitions": ["partition"],
    "show_columns": ["field"],
    "show_create_table": ["createtab_stmt"],
    "show_create_view": ["Create View"],
    "show_properties": ["prpt_name", "prpt_value"],
    "describe": ["col_name", "data_type", "comment"],
}


class Definitions:
    """Runs one statement of those; its lines of text, if it shows any."""

    def __init__(self, catalog: Catalog, call: Call, database: str) -> None:
        self._catalog = catalog
        self._call = call
        self._database = database

    def run(self, statement: Statement) -> list[str]:
        run = getattr(self, f"_{statement.kind}", None)
        if run is None:
            raise not_supported(f"{statement.kind} statements")
        lines: list[str] | None = run(statement)
        return lines or []

    def place(self, names: list[str]) -> tuple[str, str]:
        """(database, table) of a name with one, two or three parts."""
        if len(names) == 3 and names[0] != DEFAULT_CATALOG:
            raise QueryFailedError("CATALOG_NOT_FOUND", f"Catalog '{names[0]}' not found")
        return (names[-2] if len(names) > 1 else self._database), names[-1]

    def existing(self, names: list[str]) -> tuple[str, Document]:
        database, name = self.place(names)
        table = self._catalog.table(database, name)
        if table is None:
            raise QueryFailedError("TABLE_NOT_FOUND", f"Table {database}.{name} does not exist")
        return database, {"DatabaseName": database, **table}

    def require_database(self, database: str) -> None:
        if self._catalog.database(database) is None:
            raise QueryFailedError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")

    def create(self, database: str, table: Document) -> None:
        self.require_database(database)
        self._call("glue", "CreateTable", {"DatabaseName": database, "TableInput": table})

    def replace(self, database: str, table: Document) -> None:
        self._call("glue", "UpdateTable", {"DatabaseName": database, "TableInput": table})

    def add_partitions(self, table: Document, found: list[tuple[tuple[str, ...], str]]) -> None:
        """Those that are not known yet."""
        known = {
            tuple(one["Values"])
            for one in self._catalog.partitions(table["DatabaseName"], table["Name"])
        }
        new = [
            {
                "Values": list(values),
                "StorageDescriptor": {**table["StorageDescriptor"], "Location": location},
            }
            for values, location in found
            if values not in known
        ]
        for start in range(0, len(new), _BATCH):
            self._call(
                "glue",
                "BatchCreatePartition",
                {
                    "DatabaseName": table["DatabaseName"],
                    "TableName": table["Name"],
                    "PartitionInputList": new[start : start + _BATCH],
                },
            )

    def _create_table(self, statement: Statement) -> None:
        names, table, unless_exists = parse_create_table(statement.text)
        database, name = self.place(names)
        self.require_database(database)
        if self._catalog.table(database, name) is not None:
            if unless_exists:
                return
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                f"FAILED: Execution Error: AlreadyExistsException: Table {name} already exists",
            )
        self.create(database, table)

    def _create_database(self, statement: Statement) -> None:
        name = split_name(statement.part("database"))[0]
        if self._catalog.database(name) is not None:
            if statement.part("unless"):
                return
            raise QueryFailedError(
                "GENERIC_USER_ERROR", f"FAILED: Execution Error: Database {name} already exists"
            )
        given: Document = {"Name": name}
        if statement.part("comment"):
            given["Description"] = statement.part("comment")
        if statement.part("location"):
            given["LocationUri"] = statement.part("location")
        self._call("glue", "CreateDatabase", {"DatabaseInput": given})

    def _drop_database(self, statement: Statement) -> None:
        name = split_name(statement.part("database"))[0]
        if self._catalog.database(name) is None:
            if statement.part("if_exists"):
                return
            raise QueryFailedError("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist")
        if self._catalog.tables(name) and not statement.part("cascade"):
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                f"FAILED: Execution Error: InvalidOperationException: Database {name} is not empty."
                " One or more tables exist.",
            )
        self._call("glue", "DeleteDatabase", {"Name": name})

    def _drop_table(self, statement: Statement) -> None:
        """AWS: the files of an external table stay; an Iceberg table's would go."""
        database, name = self.place(statement.names)
        table = self._catalog.table(database, name)
        if table is None and statement.part("if_exists"):
            return
        _, table = self.existing(statement.names)
        if is_view(table):
            raise QueryFailedError("GENERIC_USER_ERROR", f"{name} is a view; use DROP VIEW")
        if is_iceberg(table):
            raise not_supported("DROP TABLE of an Iceberg table, which deletes its files")
        self._call("glue", "DeleteTable", {"DatabaseName": database, "Name": name})

    def _drop_view(self, statement: Statement) -> None:
        database, name = self.place(statement.names)
        table = self._catalog.table(database, name)
        if table is None or not is_view(table):
            if table is None and statement.part("if_exists"):
                return
            raise QueryFailedError(
                "TABLE_NOT_FOUND", f"View '{DEFAULT_CATALOG}.{database}.{name}' does not exist"
            )
        self._call("glue", "DeleteTable", {"DatabaseName": database, "Name": name})

    def _repair(self, statement: Statement) -> list[str]:
        """Partitions whose folders are key=value below the table's location."""
        _, table = self._partitioned(statement)
        keys = [key["Name"] for key in table["PartitionKeys"]]
        location = table["StorageDescriptor"]["Location"].rstrip("/") + "/"
        found: dict[tuple[str, ...], str] = {}
        for file in self._catalog.files(location):
            folders = file.address[len(location) :].split("/")[:-1][: len(keys)]
            pairs = [folder.partition("=") for folder in folders]
            if [pair[0].lower() for pair in pairs] == keys:
                found[tuple(pair[2] for pair in pairs)] = location + "/".join(folders) + "/"
        known = {
            tuple(one["Values"])
            for one in self._catalog.partitions(table["DatabaseName"], table["Name"])
        }
        self.add_partitions(table, sorted(found.items()))
        shown = [
            f"{table['Name']}:" + "/".join(f"{k}={v}" for k, v in zip(keys, values, strict=True))
            for values in sorted(found.keys() - known)
        ]
        if not shown:
            return []
        missing = "\t".join(shown)
        return [f"Partitions not in metastore:\t{missing}"] + [
            f"Repair: Added partition to metastore {one}" for one in shown
        ]

    def _add_partition(self, statement: Statement) -> None:
        _, table = self._partitioned(statement)
        known = {
            tuple(one["Values"])
            for one in self._catalog.partitions(table["DatabaseName"], table["Name"])
        }
        wanted = _partitions(statement, table)
        for values, _ in wanted:
            if values in known and not statement.part("unless"):
                raise QueryFailedError(
                    "GENERIC_USER_ERROR", "FAILED: Execution Error: Partition already exists."
                )
        self.add_partitions(table, wanted)

    def _drop_partition(self, statement: Statement) -> None:
        database, table = self._partitioned(statement)
        known = {
            tuple(one["Values"])
            for one in self._catalog.partitions(table["DatabaseName"], table["Name"])
        }
        for values, _ in _partitions(statement, table):
            if values not in known:
                if statement.part("if_exists"):
                    continue
                raise QueryFailedError("GENERIC_USER_ERROR", f"Partition not found: {list(values)}")
            asked = {"DatabaseName": database, "TableName": table["Name"]}
            self._call("glue", "DeletePartition", asked | {"PartitionValues": list(values)})

    def _show_databases(self, statement: Statement) -> list[str]:
        return _like([one["Name"] for one in self._catalog.databases()], statement)

    def _show_tables(self, statement: Statement) -> list[str]:
        return _like([one["Name"] for one in self._in(statement)], statement)

    def _show_views(self, statement: Statement) -> list[str]:
        return _like([one["Name"] for one in self._in(statement) if is_view(one)], statement)

    def _show_partitions(self, statement: Statement) -> list[str]:
        _, table = self._partitioned(statement)
        keys = [key["Name"] for key in table["PartitionKeys"]]
        return [
            "/".join(f"{key}={value}" for key, value in zip(keys, one["Values"], strict=True))
            for one in self._catalog.partitions(table["DatabaseName"], table["Name"])
        ]

    def _show_columns(self, statement: Statement) -> list[str]:
        names = statement.names
        if statement.part("database"):
            names = [*split_name(statement.part("database")), names[-1]]
        _, table = self.existing(names)
        return [f"{column['Name']:<20}" for column in all_columns(table)]

    def _show_create_table(self, statement: Statement) -> list[str]:
        database, table = self.existing(statement.names)
        return show_create_table(database, table)

    def _show_create_view(self, statement: Statement) -> list[str]:
        database, table = self.existing(statement.names)
        if not is_view(table):
            raise QueryFailedError("NOT_SUPPORTED", f"Relation '{table['Name']}' is not a view")
        return f"CREATE VIEW {database}.{table['Name']} AS\n{view_query(table)}".split("\n")

    def _show_properties(self, statement: Statement) -> list[str]:
        _, table = self.existing(statement.names)
        return [f"{name}\t{value}" for name, value in sorted(table.get("Parameters", {}).items())]

    def _describe(self, statement: Statement) -> list[str]:
        _, table = self.existing(statement.names)
        lines = [_described(column) for column in all_columns(table)]
        if keys := table.get("PartitionKeys"):
            lines += ["\t \t ", "# Partition Information\t \t "]
            lines += [f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}", "\t \t "]
            lines += [_described(key) for key in keys]
        return lines

    def _in(self, statement: Statement) -> list[Document]:
        names = split_name(statement.part("database"))
        database = names[0] if names else self._database
        self.require_database(database)
        return self._catalog.tables(database)

    def _partitioned(self, statement: Statement) -> tuple[str, Document]:
        database, table = self.existing(statement.names)
        if is_iceberg(table) or not table.get("PartitionKeys"):
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                f"FAILED: Execution Error: Table {database}.{table['Name']} is not a partitioned"
                " table",
            )
        return database, table


def _described(column: Document) -> str:
    return f"{column['Name']:<20}\t{column['Type']:<20}\t{column.get('Comment', ''):<20}"


def _like(names: list[str], statement: Statement) -> list[str]:
    """Athena's patterns: * for anything, | for or."""
    pattern = statement.part("like")
    options = [one.strip().lower() for one in pattern.split("|")] if pattern else ["*"]
    return sorted(
        name for name in names if any(fnmatch.fnmatchcase(name.lower(), one) for one in options)
    )


def _partitions(statement: Statement, table: Document) -> list[tuple[tuple[str, ...], str]]:
    keys = [key["Name"] for key in table["PartitionKeys"]]
    text, made, position = statement.part("partitions"), [], 0
    while position < len(text):
        found = _PARTITION.match(text, position)
        if found is None:
            raise syntax_error(f"mismatched input '{text[position : position + 40]}'")
        given = {
            one["key"].strip('`"').lower(): one["text"]
            if one["text"] is not None
            else one["number"]
            for one in _VALUE.finditer(found["spec"])
        }
        if given.keys() != set(keys):
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                f"FAILED: SemanticException partition spec {given} must name each of {keys}",
            )
        base = table["StorageDescriptor"]["Location"].rstrip("/")
        folder = "/".join(f"{key}={given[key]}" for key in keys)
        location = found["location"] or f"{base}/{folder}/"
        made.append((tuple(given[key] for key in keys), location))
        position = found.end()
    return made
