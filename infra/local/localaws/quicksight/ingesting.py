"""Carries ingestions: from the sources, through the data set's preparation, into SPICE."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import threading
import time
from typing import TYPE_CHECKING

import duckdb

from localaws.errors import AwsError
from localaws.quicksight import loading
from localaws.quicksight.fetched import Window
from localaws.quicksight.ingestion_records import IngestionRecords, Outcome
from localaws.quicksight.kinds import DATA_SET
from localaws.quicksight.preparation import prepare
from localaws.quicksight.source_errors import CancelledError, SourceError
from localaws.quicksight.state import QuickSightStore, name_in

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document
    from localaws.quicksight.preparation import Base, Prepared
    from localaws.quicksight.sources import Sources
    from localaws.quicksight.spice import Spice
    from localaws.scope import Scope

_log = logging.getLogger("localaws.quicksight")

_AT_ONCE = 2
# As many broken rows as QuickSight leaves out before it gives up.
_MOST_DROPPED = 10_000
_SHUT_DOWN_SECONDS = 10.0
_WINDOW_HOURS = {"HOUR": 1, "DAY": 24, "WEEK": 24 * 7}


class Ingesting:
    """Ingestions, each in a thread, one at a time for each data set."""

    def __init__(
        self, store: QuickSightStore, records: IngestionRecords, sources: Sources, spice: Spice
    ) -> None:
        self._store = store
        self._records = records
        self._sources = sources
        self._spice = spice
        self._slots = threading.Semaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._cancelled: set[str] = set()
        self._connections: dict[str, duckdb.DuckDBPyConnection] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._shutting_down = False

    def start(
        self, scope: Scope, data_set_id: str, ingestion_id: str, type_: str, source: str = "MANUAL"
    ) -> Document:
        """Keep a new ingestion and set it in motion; the ids must be known to be right."""
        ingestion = self._records.add(scope, data_set_id, ingestion_id, type_, source)
        key = self._records.key(scope, data_set_id, ingestion_id)
        thread = threading.Thread(
            target=self._carry, args=(scope, key), name="quicksight-ingestion", daemon=True
        )
        self._threads[key] = thread
        thread.start()
        return ingestion

    def cancel(self, scope: Scope, data_set_id: str, ingestion_id: str) -> None:
        """Ask an ingestion to stop; it ends as CANCELLED unless it is done before."""
        key = self._records.key(scope, data_set_id, ingestion_id)
        self._cancelled.add(key)
        with self._lock:
            if key in self._connections:
                self._connections[key].interrupt()

    def check(self, key: str) -> None:
        """Raise when an ingestion shall not go on."""
        if key in self._cancelled:
            raise CancelledError
        if self._shutting_down:
            raise InterruptedError

    def resume(self) -> None:
        """End what the last process began and did not end; SPICE holds what it held."""
        for key in self._records.unfinished():
            message = "The ingestion was interrupted."
            self._records.end(key, "FAILED", "INTERNAL_SERVICE_ERROR", message)
        self._spice.clean()

    def shut_down(self) -> None:
        self._shutting_down = True
        with self._lock:
            for connection in self._connections.values():
                connection.interrupt()
        give_up = time.monotonic() + _SHUT_DOWN_SECONDS
        for thread in list(self._threads.values()):
            thread.join(max(0.0, give_up - time.monotonic()))

    def _carry(self, scope: Scope, key: str) -> None:
        ingestion = self._records.get(key)
        name = ingestion["DataSetId"]
        try:
            with self._turn(scope, key, name), self._slots:
                self.check(key)
                self._records.change(key, {"IngestionStatus": "RUNNING", "QueueInfo": None})
                outcome = self._ingest(scope, key, ingestion)
                self._records.measure_completed(scope, name, outcome)
        except InterruptedError:
            return  # the next process says so
        except CancelledError:
            message = "The ingestion was cancelled."
            self._records.end(key, "CANCELLED", "INGESTION_CANCELED", message)
        except Exception as error:  # noqa: BLE001 - an ingestion must not run for ever
            type_, message = _told(error)
            if type_ == "INTERNAL_SERVICE_ERROR":
                _log.exception("quicksight: ingestion %s", key.replace("\n", "/"))
            self._records.end(key, "FAILED", type_, message)
            self._records.measure_failed(scope, name)
        finally:
            self._threads.pop(key, None)
            self._cancelled.discard(key)

    def _ingest(self, scope: Scope, key: str, ingestion: Document) -> Outcome:
        name, ingestion_id = ingestion["DataSetId"], ingestion["IngestionId"]
        data_set = self._data_set(scope, name)
        folder = self._spice.work_folder(key)
        try:
            outcome = self._make(scope, key, ingestion, data_set, folder)
            self._spice.bring_in(scope, name, ingestion_id, folder / "spice.parquet")
            self._swap(scope, key, data_set, outcome)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._spice.remove_others(scope, name)
        return outcome

    def _make(
        self, scope: Scope, key: str, ingestion: Document, data_set: Document, folder: Path
    ) -> Outcome:
        """Write the new copy into the folder; nobody reads it yet."""
        began = time.monotonic()
        prepared = prepare(data_set, lambda arn: self._parent(scope, arn)["OutputColumns"])
        window = _window(ingestion, data_set)
        connection = loading.connect(folder)
        with self._lock:
            self._connections[key] = connection
        try:
            for base in prepared.bases:
                self._load(scope, key, connection, folder, base, prepared, window)
            loaded = loading.write(connection, prepared, folder / "loaded.parquet")
            if loaded.dropped > _MOST_DROPPED:
                raise SourceError(
                    "DATA_TOLERANCE_EXCEPTION", f"{loaded.dropped} rows do not fit their columns."
                )
            made = folder / "spice.parquet"
            old = self._spice.current(scope, data_set) if window else None
            total = loading.merge(
                connection, prepared, folder / "loaded.parquet", made, old, window
            )
            self.check(key)
        except duckdb.InterruptException:
            self.check(key)
            raise
        finally:
            with self._lock:
                del self._connections[key]
            connection.close()
        seconds = time.monotonic() - began
        return Outcome(loaded.kept, loaded.dropped, total, made.stat().st_size, seconds)

    def _load(
        self,
        scope: Scope,
        key: str,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        base: Base,
        prepared: Prepared,
        window: Window | None,
    ) -> None:
        inside = folder / base.relation
        inside.mkdir()
        if base.physical is None:
            path = inside / "rows.parquet"
            # A copy of its own: the parent may be filled anew meanwhile.
            os.link(self._parents_rows(scope, str(base.data_set_arn)), path)
            loading.read_spice(connection, base, path)
            return
        # Only where the window's column is the source's own can the source apply it.
        is_pushed = window is not None and prepared.comes_from_source(window.column)
        pushed = window if is_pushed else None
        fetched = self._sources.fetch(scope, base.physical, pushed, inside, _Progress(self, key))
        loading.read_text(connection, base, fetched)

    def _parents_rows(self, scope: Scope, arn: str) -> Path:
        parent = self._parent(scope, arn)
        path = self._spice.current(scope, parent)
        if path is None or parent["Spice"]["Revision"] != parent["Revision"]:
            raise SourceError("SPICE_TABLE_NOT_FOUND", f"The data set {arn} is not filled yet.")
        return path

    def _swap(self, scope: Scope, key: str, data_set: Document, outcome: Outcome) -> None:
        """Make the new copy the data set's, unless the data set changed meanwhile."""
        name = data_set["DataSetId"]
        with self._store.transaction():
            now = self._data_set(scope, name)
            if not self._records.get(key):  # it went with a data set that had this id before
                raise SourceError("DATA_SET_DELETED", f"The data set {name} was deleted.")
            if now["Revision"] != data_set["Revision"]:
                raise SourceError("INGESTION_SUPERSEDED", "The data set was changed meanwhile.")
            spice = {
                "IngestionId": key.rpartition("\n")[2],
                "Revision": data_set["Revision"],
                "Rows": outcome.total,
                "Bytes": outcome.bytes,
            }
            changed = {"Spice": spice, "ConsumedSpiceCapacityInBytes": outcome.bytes}
            self._store.change(DATA_SET, scope, name, lambda _: changed)
            self._records.complete(key, outcome)

    def _data_set(self, scope: Scope, name: str) -> Document:
        data_set = self._store.get(DATA_SET, scope, name)
        if data_set is None:
            raise SourceError("DATA_SET_DELETED", f"The data set {name} was deleted.")
        return data_set

    def _parent(self, scope: Scope, arn: str) -> Document:
        return self._store.existing(DATA_SET, scope, name_in(DATA_SET, scope, arn))

    def _turn(self, scope: Scope, key: str, data_set_id: str) -> threading.Lock:
        """What lets one ingestion of a data set at a time through; a queued one says so."""
        with self._lock:
            turn = self._turns.setdefault(scope.key(data_set_id), threading.Lock())
        if turn.locked():
            self._records.change(key, {"IngestionStatus": "QUEUED"})
        return turn


class _Progress:
    """One ingestion, as its sources see it."""

    def __init__(self, ingesting: Ingesting, key: str) -> None:
        self._ingesting = ingesting
        self._key = key

    def check(self) -> None:
        self._ingesting.check(self._key)


def _window(ingestion: Document, data_set: Document) -> Window | None:
    """The look-back window of an incremental refresh; None where all rows are wanted.

    The first refresh of a data set, or of one that was changed, takes all.
    """
    if ingestion["RequestType"] != "INCREMENTAL_REFRESH":
        return None
    if (data_set.get("Spice") or {}).get("Revision") != data_set["Revision"]:
        return None
    configuration = (data_set.get("RefreshProperties") or {}).get("RefreshConfiguration")
    if not configuration:
        return None
    given = configuration["IncrementalRefresh"]["LookbackWindow"]
    hours = given["Size"] * _WINDOW_HOURS[given["SizeUnit"]]
    since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
    return Window(given["ColumnName"], since.strftime("%Y-%m-%d %H:%M:%S"))


def _told(error: Exception) -> tuple[str, str]:
    """An ingestion's error type and message."""
    if isinstance(error, SourceError):
        return error.type, error.message
    if isinstance(error, AwsError):
        return "INVALID_DATAPREP_SYNTAX", error.message
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "SOURCE_RESOURCE_LIMIT_EXCEEDED", message
    if isinstance(error, duckdb.OutOfRangeException):
        return "SQL_NUMERIC_OVERFLOW", message
    if isinstance(error, duckdb.InvalidInputException):
        is_json = "json" in message.lower()
        return "FAILURE_TO_PROCESS_JSON_FILE" if is_json else "CUSTOMER_ERROR", message
    return "INTERNAL_SERVICE_ERROR", message
