"""Rows for dashboards that are drawn here: copies of what stands in the local QuickSight's SPICE.

On AWS only QuickSight itself reads SPICE; there `SpiceUnreadableError` says what to do instead.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import os
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import duckdb

from rlm.quicksight.queries.storing import drop, few_values, store, whole_days
from rlm.quicksight.query import ColumnType, DataSet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TIMEOUT_SECONDS = 60
# A board that is drawn right now may still read the copy before the newest.
_KEPT_COPIES = 2


class SpiceUnreadableError(RuntimeError):
    """The rows cannot be had; the message says which and what to do."""


@dataclass(frozen=True)
class SpiceCopy:
    """One data set's rows as a file that never changes."""

    data_set_id: str
    ingestion_id: str
    path: Path
    refreshed_at: dt.datetime | None
    """UTC, without a zone."""


class SpiceReader:
    """Fetches copies from the local QuickSight into a folder; each ingestion once."""

    def __init__(self, endpoint: str, account: str, region: str, folder: Path) -> None:
        self._base = f"{endpoint.rstrip('/')}/_localaws/quicksight/spice/{account}"
        self._is_local = urlsplit(endpoint).hostname in ("127.0.0.1", "localhost", "::1")
        self._region = region
        self._folder = folder
        # A proxy that the machine may have set knows nothing of loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ingestion_id(self, data_set_id: str) -> str | None:
        """Of the newest copy; None where there is none yet."""
        answer = self._ask(data_set_id, "HEAD")
        return None if answer is None else _etag(answer.headers)

    def fetch(self, data_set_id: str) -> SpiceCopy | None:
        """The newest copy; None where there is none yet."""
        answer = self._ask(data_set_id, "GET", have=self._newest_here(data_set_id))
        if answer is None:
            return None
        ingestion_id = _etag(answer.headers)
        path = self._path(data_set_id, ingestion_id)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
            partial.write_bytes(answer.body)
            partial.replace(path)
            self._forget_old(data_set_id)
        moment = path.stat().st_mtime if answer.modified is None else answer.modified
        when = dt.datetime.fromtimestamp(moment, dt.UTC).replace(tzinfo=None)
        return SpiceCopy(data_set_id, ingestion_id, path, when)

    def _ask(self, data_set_id: str, method: str, have: str | None = None) -> _Answer | None:
        if not self._is_local:
            raise SpiceUnreadableError(
                f"rows of {data_set_id} stand in SPICE, which only QuickSight reads; draw with"
                " --samples, or from the local AWS (AWS_ENDPOINT_URL=http://127.0.0.1:4566)"
            )
        url = f"{self._base}/{quote(data_set_id, safe='')}?region={self._region}"
        request = urllib.request.Request(url, method=method)  # noqa: S310 - loopback only
        if have:
            request.add_header("If-None-Match", f'"{have}"')
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                return _Answer(response.headers, response.read(), _modified(response.headers))
        except urllib.error.HTTPError as error:
            if error.code == 304:
                return _Answer(error.headers, b"", _modified(error.headers))
            if error.code == 404:
                return None
            raise SpiceUnreadableError(f"{url}: {error}") from error
        except (urllib.error.URLError, OSError) as error:
            raise SpiceUnreadableError(
                f"{url}: {error}; does the local AWS run? `make run` starts it"
            ) from error

    def _path(self, data_set_id: str, ingestion_id: str) -> Path:
        name = f"{quote(ingestion_id, safe='')}.parquet"
        return self._folder / quote(data_set_id, safe="") / name

    def _newest_here(self, data_set_id: str) -> str | None:
        files = self._files(data_set_id)
        return unquote(files[0].stem) if files else None

    def _files(self, data_set_id: str) -> list[Path]:
        folder = self._path(data_set_id, "x").parent
        return sorted(folder.glob("*.parquet"), key=lambda f: f.stat().st_mtime, reverse=True)

    def _forget_old(self, data_set_id: str) -> None:
        for path in self._files(data_set_id)[_KEPT_COPIES:]:
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Answer:
    headers: Any
    body: bytes
    modified: float | None


class Warehouse:
    """One DuckDB that all boards share: each copy is read into it once."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        # Several threads give rows that tie in another order each time.
        self._connection.execute("SET threads = 1")
        self._lock = threading.Lock()
        self._held: dict[str, list[str]] = {}
        self._known: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of the caller's own over the same tables."""
        return self._connection.cursor()

    def data_set(self, identifier: str, copy: SpiceCopy) -> DataSet:
        """The rows of a copy as a table."""
        table = f"{copy.data_set_id} {copy.ingestion_id}"
        relation = _quoted(table)
        with self._lock, self.cursor() as cursor:
            held = self._held.setdefault(copy.data_set_id, [])
            if table not in held:
                path = str(copy.path).replace("'", "''")
                store(cursor, f"read_parquet('{path}')", table)
                self._known[table] = whole_days(cursor, table), few_values(cursor, table)
                held.append(table)
                for old in held[:-_KEPT_COPIES]:
                    drop(cursor, old)
                    del self._known[old]
                del held[:-_KEPT_COPIES]
            columns = columns_of(cursor, relation)
            days, few = self._known[table]
        return DataSet(identifier, relation, columns, whole_days=days, few_values=few)

    def empty(self, identifier: str, columns: Mapping[str, ColumnType]) -> DataSet:
        """No rows: of a data set that was never copied."""
        relation = _quoted(f"never copied {identifier}")
        told = ", ".join(f"{_quoted(n)} {_SQL_TYPES[kind]}" for n, kind in columns.items())
        with self._lock, self.cursor() as cursor:
            cursor.execute(f"CREATE OR REPLACE TABLE {relation} ({told or 'nothing INTEGER'})")
        return DataSet(identifier, relation, dict(columns))

    def rows(self, data_set: DataSet) -> list[dict[str, Any]]:
        """Every row: of a small one, such as rules of row-level security."""
        with self.cursor() as cursor:
            found = cursor.execute(f"FROM {data_set.relation}")
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


_SQL_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DOUBLE",
    ColumnType.DATETIME: "TIMESTAMP",
    ColumnType.BOOLEAN: "BOOLEAN",
}


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, ColumnType]:
    """Names and types of a table's columns."""
    found = connection.execute(f"DESCRIBE {relation}").fetchall()
    return {str(row[0]): _column_type(str(row[1])) for row in found}


def _column_type(sql_type: str) -> ColumnType:
    name = sql_type.partition("(")[0]
    if name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UINTEGER", "UBIGINT"):
        return ColumnType.INTEGER
    if name in ("FLOAT", "DOUBLE", "DECIMAL"):
        return ColumnType.DECIMAL
    if name.startswith("TIMESTAMP") or name == "DATE":
        return ColumnType.DATETIME
    return ColumnType.BOOLEAN if name == "BOOLEAN" else ColumnType.STRING


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _etag(headers: Any) -> str:
    return str(headers.get("etag") or "").strip('"')


def _modified(headers: Any) -> float | None:
    told = headers.get("last-modified")
    return email.utils.parsedate_to_datetime(told).timestamp() if told else None
