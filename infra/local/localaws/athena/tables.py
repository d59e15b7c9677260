"""The tables of one query, as views of its connection."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from localaws.athena import failures
from localaws.athena.catalog import DEFAULT_CATALOG, Catalog, is_iceberg, is_view
from localaws.athena.dialect import parse_query
from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.iceberg_tables import IcebergTable
from localaws.athena.information_schema import information_schema
from localaws.athena.sources import hive_source, quoted

if TYPE_CHECKING:
    from localaws.athena.catalog import Federated
    from localaws.athena.engine import Session
    from localaws.athena.table_names import Resolve, TableName
    from localaws.operations import Document

VIEW_PREFIX = "/* Presto View: "
_DEPTH_LIMIT = 32


class Tables:
    """Makes a view of each table that a query names, once."""

    def __init__(
        self,
        session: Session,
        catalog: Catalog,
        database: str,
        federated: Federated,
        catalog_name: str,
    ) -> None:
        self.catalog = catalog
        self.database = database.lower()
        self.catalog_name = catalog_name
        self._federated = federated
        self.has_read_iceberg = False
        self.sources: list[tuple[str, str]] = []
        self._session = session
        self._made: dict[tuple[str, ...], str] = {}
        self._depth = 0

    def resolver(self, database: str) -> Resolve:
        """What the translator asks, for a statement whose default database is this one."""

        def resolve(table: TableName, place: tuple[int, int] | None) -> str:
            catalog = table.catalog or self.catalog_name
            if catalog != DEFAULT_CATALOG:
                return self._federated_view(catalog, table, table.db_or(database), place)
            return self._view(table, table.db_or(database), place)

        return resolve

    def _federated_view(
        self, name: str, table: TableName, database: str, place: tuple[int, int] | None
    ) -> str:
        """A view of all rows that a connector gives, once."""
        key = (name, database, table.name)
        if key in self._made:
            return self._made[key]
        catalog = self._federated(name)
        if catalog is None:
            raise QueryFailedError(
                "CATALOG_NOT_FOUND", failures.at(place, f"Catalog '{name}' not found")
            )
        if table.travel_kind or database == "information_schema":
            raise not_supported(f"{table.travel_kind or database} of the catalog {name}")
        if catalog.database(database) is None:
            raise QueryFailedError(
                "SCHEMA_NOT_FOUND", failures.at(place, f"Schema '{database}' does not exist")
            )
        found = catalog.table(database, table.name)
        if found is None:
            missing = f"Table '{name}.{database}.{table.name}' does not exist"
            raise QueryFailedError("TABLE_NOT_FOUND", failures.at(place, missing))
        rows = catalog.rows(found)
        self._session.bytes_read += rows.scanned_bytes
        view = f"athena_table_{len(self._made)}"
        self._made[key] = view
        self._session.connection.register(view, rows.table)
        return view

    def _view(self, table: TableName, database: str, place: tuple[int, int] | None) -> str:
        travel = table.travel_to.sql() if table.travel_to is not None else ""
        key = (database, table.name, table.travel_kind, travel)
        if key not in self._made:
            source = self._source(table, database, place)
            name = f"athena_table_{len(self._made)}"
            self._made[key] = name
            self._session.execute(f"CREATE TEMP VIEW {name} AS {source}")
        return self._made[key]

    def _source(self, table: TableName, database: str, place: tuple[int, int] | None) -> str:
        if database == "information_schema":
            return information_schema(self.catalog, table.name)
        name, _, kind = table.name.partition("$")
        found = self.catalog.table(database, name)
        if found is None:
            if self.catalog.database(database) is None:
                raise QueryFailedError(
                    "SCHEMA_NOT_FOUND", failures.at(place, f"Schema '{database}' does not exist")
                )
            raise QueryFailedError(
                "TABLE_NOT_FOUND",
                failures.at(
                    place, f"Table '{DEFAULT_CATALOG}.{database}.{table.name}' does not exist"
                ),
            )
        self.sources.append((database, name))
        if is_iceberg(found):
            return self._iceberg(found, table, kind)
        if table.travel_kind:
            raise not_supported(f"time travel on {name}, which is no Iceberg table")
        if is_view(found):
            return self._view_source(found, database)
        if kind == "partitions":
            return self._hive_partitions(found)
        if kind:
            raise not_supported(f"the metadata table ${kind} of {name}")
        return hive_source(
            self.catalog,
            {"DatabaseName": database, **found},
            lambda sql: [column for column, _ in self._session.describe(sql)],
        )

    def _iceberg(self, found: Document, table: TableName, kind: str) -> str:
        self.has_read_iceberg = True
        location = found["Parameters"].get("metadata_location")
        if not location:
            raise QueryFailedError(
                "ICEBERG_INVALID_METADATA", f"Table {table.name} has no metadata_location"
            )
        iceberg = IcebergTable.read(location, self._session.execute)
        if kind:
            return iceberg.metadata_rows(kind)
        snapshot = iceberg.current
        if table.travel_kind == "TIMESTAMP":
            at_ms, shown = self._moment(table.travel_to)
            snapshot = iceberg.at_time(table.name, at_ms, shown)
        elif table.travel_kind == "VERSION":
            version = self._constant(table.travel_to)
            snapshot = iceberg.at_version(version if isinstance(version, str) else int(version))
        return iceberg.rows(snapshot)

    def _moment(self, expression: Any) -> tuple[int, str]:
        sql = self._translated(expression)
        rows = self._session.execute(
            f"SELECT epoch_ms(CAST({sql} AS TIMESTAMPTZ)), CAST({sql} AS VARCHAR)"
        )
        return int(rows[0][0]), str(rows[0][1])

    def _constant(self, expression: Any) -> Any:
        return self._session.execute(f"SELECT {self._translated(expression)}")[0][0]

    def _translated(self, expression: Any) -> str:
        tree = parse_query(f"SELECT {expression.sql(dialect='trino')} AS moment")
        sql = self._session.translate(tree, "", self.database)
        return f"({sql})"

    def _view_source(self, found: Document, database: str) -> str:
        text = str(found.get("ViewOriginalText", ""))
        if not text.startswith(VIEW_PREFIX):
            raise not_supported(f"the view {found['Name']}, which Athena did not make")
        view = json.loads(base64.b64decode(text.removeprefix(VIEW_PREFIX).removesuffix(" */")))
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise QueryFailedError("VIEW_IS_RECURSIVE", "Statement would create a recursive view")
        tree = parse_query(view["originalSql"])
        sql = self._session.translate(
            tree, view["originalSql"], str(view.get("schema") or database).lower()
        )
        self._depth -= 1
        names = ", ".join(quoted(column["name"]) for column in view["columns"])
        return f"SELECT * FROM ({sql}) AS athena_view({names})"  # noqa: S608 - names are quoted

    def _hive_partitions(self, found: Document) -> str:
        keys = [key["Name"] for key in found.get("PartitionKeys", [])]
        rows = [
            "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in one["Values"]) + ")"
            for one in self.catalog.partitions(found["DatabaseName"], found["Name"])
        ]
        names = ", ".join(quoted(key) for key in keys)
        if not rows:
            nothing = ", ".join(f"'' AS {quoted(key)}" for key in keys)
            return f"SELECT {nothing} WHERE false"
        return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t({names})"  # noqa: S608
