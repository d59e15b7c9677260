"""Runs Athena's queries on DuckDB: one database in memory, one connection for each query.

engine = Engine(Path("spill"))
answer = engine.query("SELECT 1", LocalCatalog({"db.t": "…/v3.metadata.json"}), "db").rows()
"""

from __future__ import annotations

import importlib
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from localaws.athena import failures, macros
from localaws.athena.catalog import DEFAULT_CATALOG, no_other_catalogs
from localaws.athena.dialect import parse_query, placed
from localaws.athena.failures import CancelledError, QueryFailedError
from localaws.athena.hive_types import ColumnType, parse_duckdb
from localaws.athena.parameters import fill
from localaws.athena.rendering import rendered
from localaws.athena.tables import Tables
from localaws.athena.translation import UNNAMED, Translator, only_query

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from localaws.athena.catalog import Catalog, Federated

# Loaded from their packages: nothing is fetched when a query runs.
EXTENSIONS = ("icu", "json", "parquet", "avro", "httpfs", "iceberg")
_BUILT_IN = ("json", "parquet")


@dataclass(frozen=True)
class ObjectStore:
    """Where s3:// addresses are read from, and as whose."""

    endpoint: str
    account: str = "000000000000"
    region: str = "us-east-1"


@dataclass(frozen=True)
class Column:
    """One column of a result."""

    name: str
    type: ColumnType


@dataclass
class Engine:
    """DuckDB with Trino's semantics; safe to use from any thread."""

    spill_dir: Path
    store: ObjectStore | None = None
    memory_limit: str = "2GB"
    threads: int = 2
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _database: duckdb.DuckDBPyConnection | None = None

    def query(
        self,
        statement: str,
        catalog: Catalog,
        database: str = "default",
        parameters: Sequence[str] = (),
        now: datetime | None = None,
    ) -> Query:
        """The statement, translated and bound; QueryFailedError when it cannot be."""
        session = self.session(catalog, database, now)
        try:
            return session.bind(statement, parameters)
        except BaseException:
            session.close()
            raise

    def session(
        self,
        catalog: Catalog,
        database: str = "default",
        now: datetime | None = None,
        federated: Federated = no_other_catalogs,
        catalog_name: str = DEFAULT_CATALOG,
    ) -> Session:
        """A connection for one query; `catalog_name` is meant where a table names none."""
        moment = now or datetime.now(UTC)
        return Session(self._cursor(), catalog, database, moment, federated, catalog_name)

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._database is None:
                self._database = self._open()
            cursor = self._database.cursor()
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute("SET default_null_order = 'NULLS_LAST'")
        return cursor

    def _open(self) -> duckdb.DuckDBPyConnection:
        self.spill_dir.mkdir(parents=True, exist_ok=True)
        database = duckdb.connect(
            config={
                "memory_limit": self.memory_limit,
                "threads": str(self.threads),
                "temp_directory": str(self.spill_dir),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                # Every query reads its bytes anew, as Athena does and counts them.
                "enable_external_file_cache": "false",
            }
        )
        importer = importlib.import_module("duckdb_extensions")
        for name in EXTENSIONS:
            if name not in _BUILT_IN:
                importer.import_extension(name)
                database.execute(f"LOAD {name}")
        if self.store is not None:
            host = self.store.endpoint.partition("://")[2]
            database.execute(
                f"CREATE SECRET (TYPE s3, KEY_ID '{self.store.account}', SECRET 'local',"
                f" REGION '{self.store.region}', ENDPOINT '{host}', URL_STYLE 'path',"
                " USE_SSL false)"
            )
        for statement in macros.statements():
            database.execute(statement)
        return database


class Session:
    """One query's connection: its views, its interruption, what it has read."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        database: str,
        now: datetime,
        federated: Federated = no_other_catalogs,
        catalog_name: str = DEFAULT_CATALOG,
    ) -> None:
        self.connection = connection
        self.now = now
        self.bytes_read = 0
        self._cancelled = False
        self.tables = Tables(self, catalog, database, federated, catalog_name)
        self.execute("SET enable_profiling = 'no_output'")

    def bind(self, statement: str, parameters: Sequence[str] = ()) -> Query:
        """Parse, translate and plan one query."""
        return self.bind_tree(fill(parse_query(statement), parameters), statement)

    def bind_tree(self, tree: Any, statement: str) -> Query:
        only_query(tree)
        written = tree.copy()
        try:
            sql = self.translate(tree, statement, self.tables.database)
            described = self.describe(sql)
        except QueryFailedError as failed:
            raise placed(failed, written, statement) from failed
        columns = [
            Column(f"_col{index}" if name.startswith(UNNAMED) else name, kind)
            for index, (name, kind) in enumerate(described)
        ]
        return Query(self, sql, columns)

    def translate(self, tree: Any, statement: str, database: str) -> str:
        """DuckDB's SQL for a query, whose tables are made views of this connection."""
        translator = Translator(
            statement, self.tables.resolver(database), self.now, self._type_over
        )
        return translator.query(tree)

    def describe(self, sql: str) -> list[tuple[str, ColumnType]]:
        """Names and types of a query's columns."""
        found = self.execute(f"DESCRIBE {sql}")
        return [(name, parse_duckdb(kind)) for name, kind, *_ in found]

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a statement of DuckDB's; failures in Athena's words."""
        if self._cancelled:
            raise CancelledError
        try:
            rows: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        except duckdb.InterruptException as error:
            raise CancelledError from error
        except duckdb.Error as error:
            if self._cancelled:
                raise CancelledError from error
            raise failures.of_duckdb(error) from error
        return rows

    def scan(self, sql: str) -> list[tuple[Any, ...]]:
        """As `execute`, for what reads tables: counts the bytes that it read."""
        rows = self.execute(sql)
        profile = json.loads(self.connection.get_profiling_information(format="json"))
        self.bytes_read += int(profile.get("total_bytes_read", 0))
        return rows

    def cancel(self) -> None:
        """Stop what runs, from another thread."""
        self._cancelled = True
        self.connection.interrupt()

    def close(self) -> None:
        self.connection.close()

    def _type_over(self, expression: Any, select: Any) -> ColumnType:
        """The type of an expression over the tables that a select names before it."""
        from localaws.athena.unnesting import probe

        sql = probe(expression, select)
        try:
            return self.describe(sql)[0][1]
        except QueryFailedError:
            # Aggregates beside columns that are grouped by.
            return self.describe(f"{sql} GROUP BY ALL")[0][1]


@dataclass
class Query:
    """A bound query: its columns are known, its rows not yet read."""

    session: Session
    sql: str
    columns: list[Column]

    def rows(self) -> list[list[str | None]]:
        """Every row as Athena's texts; closes the session."""
        try:
            return [list(row) for row in self.session.scan(self.rendered_sql())]
        finally:
            self.session.close()

    def write_csv(self, path: Path) -> int:
        """The rows, without a header, as Athena's result file has them; how many."""
        target = str(path).replace("'", "''")
        (counted,) = self.session.scan(
            f"COPY ({self.rendered_sql()}) TO '{target}'"
            " (FORMAT csv, HEADER false, FORCE_QUOTE *, DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
        )
        return int(counted[0])

    def rendered_sql(self) -> str:
        """Every column as text; order and number of rows stay."""
        if not self.columns:
            raise QueryFailedError("SYNTAX_ERROR", "the query has no columns")
        digits = 6 if self.session.tables.has_read_iceberg else 3
        names = [f"c{index}" for index in range(len(self.columns))]
        shown = ", ".join(
            f"{rendered(name, column.type, digits)} AS {name}"
            for name, column in zip(names, self.columns, strict=True)
        )
        return f"SELECT {shown} FROM ({self.sql}) AS athena_rows({', '.join(names)})"  # noqa: S608
