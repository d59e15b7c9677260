"""Runs one statement from its text to its result: which file it leaves, with which columns."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localaws.athena.catalog import DEFAULT_CATALOG, is_iceberg, is_view
from localaws.athena.definitions import SHOWN, Definitions
from localaws.athena.dialect import parse_query
from localaws.athena.engine import Column, Query, Session
from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.hive_types import duckdb_of_hive, parse_duckdb
from localaws.athena.information_schema import all_columns
from localaws.athena.parameters import fill
from localaws.athena.statements import Statement, classify, options_of
from localaws.athena.views import view_input
from localaws.athena.writing import (
    Layout,
    Put,
    cast_to_columns,
    storage_descriptor,
    write_files,
)

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document

_VARCHAR = parse_duckdb("VARCHAR")
# The text of a prepared statement, by its name; QueryFailedError when there is none.
Prepared = Callable[[str], str]


@dataclass
class Result:
    """What a statement leaves: `extension` names the kind of file, `body` its place on disk."""

    extension: str
    body: Path
    columns: list[Column] = field(default_factory=list)
    has_header: bool = False
    update_count: int | None = None
    written: tuple[str, ...] = ()


@dataclass
class Execution:
    """One statement's surroundings."""

    session: Session
    definitions: Definitions
    call: Callable[[str, str, Document], Document]
    work_dir: Path
    put: Put
    # Where CREATE TABLE AS puts tables that name no place of their own.
    output_location: str
    prepared: Prepared
    # Keeps or forgets a prepared statement: (name, text or None).
    keep_prepared: Callable[[str, str | None], None]
    parameters: tuple[str, ...] = ()

    def run(self, text: str) -> Result:
        """Run it to its end; QueryFailedError when it fails."""
        statement = classify(text)
        if statement.kind in ("query", "execute"):
            return self._rows(self._bound(statement))
        if self.parameters and statement.kind not in ("ctas", "insert", "unload"):
            raise QueryFailedError(
                "INVALID_PARAMETER_USAGE", "Parameters are for queries only, not for this statement"
            )
        if self.session.tables.catalog_name != DEFAULT_CATALOG and statement.kind != "unload":
            raise not_supported(
                f"{statement.subtype} in the catalog {self.session.tables.catalog_name}"
            )
        special = {
            "unload": self._unload,
            "ctas": self._create_table_as,
            "insert": self._insert,
            "create_view": self._create_view,
            "explain": self._explain,
            "prepare": self._prepare,
            "deallocate": self._deallocate,
        }.get(statement.kind)
        if special is not None:
            return special(statement)
        lines = self.definitions.run(statement)
        names = SHOWN.get(statement.kind, [])
        return self._text(lines, [Column(name, _VARCHAR) for name in names])

    def _bound(self, statement: Statement) -> Query:
        if statement.kind == "execute":
            values = _values(statement.part("values")) or list(self.parameters)
            query = classify(self.prepared(statement.part("name")))
            if query.kind != "query":
                raise not_supported(f"EXECUTE of a prepared {query.subtype}")
            return self.session.bind(query.text, values)
        return self.session.bind(statement.text, self.parameters)

    def _rows(self, query: Query) -> Result:
        body = self._path()
        header = ",".join('"' + one.name.replace('"', '""') + '"' for one in query.columns)
        rows = self._path()
        try:
            query.write_csv(rows)
            with body.open("wb") as whole, rows.open("rb") as part:
                whole.write(header.encode() + b"\n")
                while piece := part.read(1 << 20):
                    whole.write(piece)
        finally:
            rows.unlink(missing_ok=True)
        return Result("csv", body, query.columns, has_header=True)

    def _unload(self, statement: Statement) -> Result:
        options = options_of(statement.part("options"))
        layout = _layout(options, "UNLOAD", default="")
        location = statement.part("location")
        self._require_empty(location)
        query = self._inner(statement)
        written = write_files(query, layout, location, self.work_dir, self.put)
        return Result("", self._path(b""), update_count=written.rows, written=written.addresses)

    def _create_table_as(self, statement: Statement) -> Result:
        options = options_of(statement.part("options"))
        if str(options.get("table_type", "HIVE")).upper() == "ICEBERG":
            raise not_supported("CREATE TABLE AS of Iceberg tables")
        layout = _layout(options, "CREATE TABLE AS", default="PARQUET")
        database, name = self.definitions.place(statement.names)
        self.definitions.require_database(database)
        if self.session.tables.catalog.table(database, name) is not None:
            if statement.part("unless"):
                return Result("csv", self._path(b""), update_count=0)
            raise QueryFailedError(
                "TABLE_ALREADY_EXISTS",
                f"line 1:1: Destination table 'awsdatacatalog.{database}.{name}' already exists",
            )
        location = (
            str(
                options.get("external_location")
                or f"{self.output_location.rstrip('/')}/tables/{uuid.uuid4()}"
            ).rstrip("/")
            + "/"
        )
        self._require_empty(location)
        query = self._inner(statement)
        descriptor = storage_descriptor(query.columns, layout, location)
        if statement.part("no_data"):
            nothing = f"SELECT * FROM ({query.sql}) WHERE false"  # noqa: S608 - our own SQL
            query = Query(self.session, nothing, query.columns)
        written = write_files(query, layout, location, self.work_dir, self.put)
        keys = [key.lower() for key in layout.partitioned_by]
        types = {one.name.lower(): one.type.hive for one in query.columns}
        table = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
            "StorageDescriptor": descriptor,
            "PartitionKeys": [{"Name": key, "Type": types[key]} for key in keys],
        }
        self.definitions.create(database, table)
        if keys:
            self.definitions.add_partitions(
                table | {"DatabaseName": database}, list(written.partitions)
            )
        return Result("", self._path(b""), update_count=written.rows, written=written.addresses)

    def _insert(self, statement: Statement) -> Result:
        _database, table = self.definitions.existing(statement.names)
        if is_iceberg(table):
            raise not_supported("INSERT INTO an Iceberg table; Spark writes them")
        if is_view(table):
            raise not_supported("INSERT INTO a view")
        if statement.part("columns"):
            raise not_supported("INSERT INTO with a list of columns")
        columns = [
            Column(one["Name"], parse_duckdb(duckdb_of_hive(one["Type"])))
            for one in all_columns(table)
        ]
        keys = tuple(key["Name"] for key in table.get("PartitionKeys", []))
        layout = _layout_of(table, keys)
        query = cast_to_columns(self.session, self._inner(statement), columns)
        location = table["StorageDescriptor"]["Location"]
        written = write_files(query, layout, location, self.work_dir, self.put)
        if keys:
            self.definitions.add_partitions(table, list(written.partitions))
        return Result("", self._path(b""), update_count=written.rows, written=written.addresses)

    def _create_view(self, statement: Statement) -> Result:
        database, name = self.definitions.place(statement.names)
        self.definitions.require_database(database)
        query = self.session.bind(statement.part("query"))
        existing = self.session.tables.catalog.table(database, name)
        table = view_input(name, database, statement.part("query"), query.columns)
        if existing is None:
            self.definitions.create(database, table)
        elif not is_view(existing):
            raise QueryFailedError(
                "TABLE_ALREADY_EXISTS", f"line 1:1: Table '{database}.{name}' is not a view"
            )
        elif not statement.part("replace"):
            raise QueryFailedError(
                "TABLE_ALREADY_EXISTS",
                f"line 1:1: View already exists: 'awsdatacatalog.{database}.{name}'",
            )
        else:
            self.definitions.replace(database, table)
        return self._text([], [])

    def _explain(self, statement: Statement) -> Result:
        """DuckDB's plan: the tables and the order of work, in another notation than Trino's."""
        inner = classify(statement.part("query"))
        if inner.kind != "query":
            raise not_supported(f"EXPLAIN of {inner.subtype}")
        query = self.session.bind(inner.text, self.parameters)
        plan = "\n".join(str(row[1]) for row in self.session.execute(f"EXPLAIN {query.sql}"))
        return self._text(plan.split("\n"), [Column("Query Plan", _VARCHAR)])

    def _prepare(self, statement: Statement) -> Result:
        classify(statement.part("query"))
        self.keep_prepared(statement.part("name"), statement.part("query"))
        return self._text([], [])

    def _deallocate(self, statement: Statement) -> Result:
        self.prepared(statement.part("name"))
        self.keep_prepared(statement.part("name"), None)
        return self._text([], [])

    def _inner(self, statement: Statement) -> Query:
        tree = fill(parse_query(statement.part("query")), self.parameters)
        while type(tree).__name__ == "Subquery" and not tree.args.get("alias"):
            tree = tree.this
        return self.session.bind_tree(tree, statement.part("query"))

    def _require_empty(self, location: str) -> None:
        if self.session.tables.catalog.files(location):
            raise QueryFailedError(
                "HIVE_PATH_ALREADY_EXISTS", f"Target directory for table already exists: {location}"
            )

    def _text(self, lines: list[str], columns: list[Column]) -> Result:
        return Result("txt", self._path("".join(f"{one}\n" for one in lines).encode()), columns)

    def _path(self, content: bytes | None = None) -> Path:
        self.work_dir.mkdir(parents=True, exist_ok=True)
        path = self.work_dir / uuid.uuid4().hex
        if content is not None:
            path.write_bytes(content)
        return path


def manifest(written: tuple[str, ...]) -> bytes:
    """The list of files beside a result, one address a line."""
    return "".join(f"{address}\n" for address in written).encode()


def _layout(options: dict[str, Any], what: str, default: str) -> Layout:
    known = {
        "format", "compression", "write_compression", "parquet_compression", "field_delimiter",
        "partitioned_by", "external_location", "table_type", "is_external", "compression_level",
    }  # fmt: skip
    if unknown := sorted(options.keys() - known):
        raise not_supported(f"the property {unknown[0]} of {what}")
    form = str(options.get("format", default)).upper()
    if not form:
        raise QueryFailedError("INVALID_ARGUMENTS", f"{what} needs a format")
    compression = (
        options.get("compression")
        or options.get("write_compression")
        or options.get("parquet_compression")
        or ""
    )
    keys = options.get("partitioned_by", [])
    return Layout(
        form,
        str(compression).upper(),
        str(options.get("field_delimiter", "\x01")).replace("\\t", "\t"),
        tuple(keys if isinstance(keys, list) else [keys]),
    )


def _layout_of(table: Document, keys: tuple[str, ...]) -> Layout:
    serde = table["StorageDescriptor"].get("SerdeInfo") or {}
    kind = str(serde.get("SerializationLibrary", "")).rpartition(".")[2]
    forms = {"ParquetHiveSerDe": "PARQUET", "JsonSerDe": "JSON", "LazySimpleSerDe": "TEXTFILE"}
    if kind not in forms:
        raise not_supported(f"INSERT INTO a table with the SerDe {kind}")
    parameters = serde.get("Parameters") or {}
    return Layout(forms[kind], "", parameters.get("field.delim", "\x01"), keys)


def _values(text: str) -> list[str]:
    """The values of USING, split at commas outside of quotes and parentheses."""
    if not text:
        return []
    tree: Any = parse_query(f"SELECT {text}")
    return [one.sql(dialect="trino") for one in tree.expressions]
