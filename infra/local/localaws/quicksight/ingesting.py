"""Carries ingestions: from the sources, through the data set's preparation, into SPICE."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from localaws.errors import AwsError
from localaws.quicksight import loading
from localaws.quicksight.fetched import Window
from localaws.quicksight.kinds import DATA_SET
from localaws.quicksight.preparation import prepare
from localaws.quicksight.source_errors import CancelledError, SourceError
from localaws.quicksight.state import QuickSightStore, name_in, resource_arn

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document
    from localaws.quicksight.preparation import Base, Prepared
    from localaws.quicksight.sources import Sources
    from localaws.quicksight.spice import Spice
    from localaws.scope import Scope
    from localaws.telemetry import Telemetry

_log = logging.getLogger("localaws.quicksight")

ENDED = ("COMPLETED", "FAILED", "CANCELLED")
_AT_ONCE = 2
# As many broken rows as QuickSight leaves out before it gives up.
_MOST_DROPPED = 10_000
_SHUT_DOWN_SECONDS = 10.0
_WINDOW_HOURS = {"HOUR": 1, "DAY": 24, "WEEK": 24 * 7}


@dataclass(frozen=True)
class _Outcome:
    ingested: int
    dropped: int
    total: int
    size: int


class Ingesting:
    """Ingestions, each in a thread, one at a time for each data set."""

    def __init__(
        self, store: QuickSightStore, sources: Sources, spice: Spice, telemetry: Telemetry
    ) -> None:
        self._store = store
        self._kept = store.table("ingestions")
        self._sources = sources
        self._spice = spice
        self._telemetry = telemetry
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
        key = scope.key(data_set_id, ingestion_id)
        ingestion: Document = {
            "Arn": ingestion_arn(scope, data_set_id, ingestion_id),
            "IngestionId": ingestion_id,
            "DataSetId": data_set_id,
            "IngestionStatus": "INITIALIZED",
            "CreatedTime": time.time(),
            "RequestSource": source,
            "RequestType": type_,
        }
        self._kept.put(key, ingestion)
        thread = threading.Thread(
            target=self._carry, args=(scope, key), name="quicksight-ingestion", daemon=True
        )
        self._threads[key] = thread
        thread.start()
        return ingestion

    def cancel(self, scope: Scope, data_set_id: str, ingestion_id: str) -> None:
        """Ask an ingestion to stop; it ends as CANCELLED unless it is done before."""
        key = scope.key(data_set_id, ingestion_id)
        self._cancelled.add(key)
        with self._lock:
            if key in self._connections:
                self._connections[key].interrupt()

    def resume(self) -> None:
        """End what the last process began and did not end; SPICE holds what it held."""
        for key, ingestion in self._kept.items():
            if ingestion["IngestionStatus"] not in ENDED:
                self._end(key, "FAILED", "INTERNAL_SERVICE_ERROR", "The ingestion was interrupted.")
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
        ingestion = self._kept.get(key) or {}
        name = ingestion["DataSetId"]
        began = time.monotonic()
        try:
            with self._turn(scope, key, ingestion), self._slots:
                self.check(key)
                began = time.monotonic()
                self._change(key, {"IngestionStatus": "RUNNING", "QueueInfo": None})
                outcome = self._ingest(scope, key, ingestion)
                took = time.monotonic() - began
                self._measure(scope, name, took, outcome)
        except InterruptedError:
            return  # the next process says so
        except CancelledError:
            self._end(key, "CANCELLED", "INGESTION_CANCELED", "The ingestion was cancelled.")
        except SourceError as error:
            self._fail(scope, key, name, error.type, error.message)
        except AwsError as error:
            self._fail(scope, key, name, "INVALID_DATAPREP_SYNTAX", error.message)
        except Exception as error:  # noqa: BLE001 - an ingestion must not run for ever
            _log.exception("quicksight: ingestion %s", key.replace("\n", "/"))
            message = f"{type(error).__name__}: {error}"
            self._fail(scope, key, name, "INTERNAL_SERVICE_ERROR", message)
        finally:
            self._threads.pop(key, None)
            self._cancelled.discard(key)

    def _ingest(self, scope: Scope, key: str, ingestion: Document) -> _Outcome:
        name, ingestion_id = ingestion["DataSetId"], ingestion["IngestionId"]
        data_set = self._data_set(scope, name)
        prepared = prepare(data_set, lambda arn: self._parent(scope, arn)["OutputColumns"])
        window = self._window(ingestion, data_set)
        folder = self._spice.work_folder(ingestion_id)
        began = time.monotonic()
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
        outcome = _Outcome(loaded.kept, loaded.dropped, total, made.stat().st_size)
        self._spice.bring_in(scope, name, ingestion_id, made)
        self._swap(scope, key, data_set, outcome, time.monotonic() - began)
        shutil.rmtree(folder, ignore_errors=True)
        return outcome

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
        if base.physical is None:
            parent = self._parent(scope, str(base.data_set_arn))
            path = self._spice.current(scope, parent)
            if path is None:
                raise SourceError(
                    "SPICE_TABLE_NOT_FOUND", f"The data set {base.data_set_arn} has no rows yet."
                )
            loading.read_spice(connection, base, path)
            return
        inside = folder / base.relation
        inside.mkdir()
        # Only where the window's column is the source's own can the source apply it.
        is_pushed = window is not None and prepared.comes_from_source(window.column)
        pushed = window if is_pushed else None
        fetched = self._sources.fetch(scope, base.physical, pushed, inside, _Progress(self, key))
        loading.read_text(connection, base, fetched)

    def _window(self, ingestion: Document, data_set: Document) -> Window | None:
        """The look-back window of an incremental refresh; None where all rows are wanted.

        The first refresh of a data set, or of one that was changed, takes all.
        """
        if ingestion["RequestType"] != "INCREMENTAL_REFRESH":
            return None
        kept = data_set.get("Spice") or {}
        if kept.get("Revision") != data_set["Revision"]:
            return None
        properties = data_set["RefreshProperties"]["RefreshConfiguration"]["IncrementalRefresh"]
        given = properties["LookbackWindow"]
        hours = given["Size"] * _WINDOW_HOURS[given["SizeUnit"]]
        since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
        return Window(given["ColumnName"], since.strftime("%Y-%m-%d %H:%M:%S"))

    def _swap(
        self, scope: Scope, key: str, data_set: Document, outcome: _Outcome, seconds: float
    ) -> None:
        """Make the new copy the data set's, unless the data set changed meanwhile."""
        ingestion_id = key.rpartition("\n")[2]
        name = data_set["DataSetId"]
        with self._store.transaction():
            now = self._data_set(scope, name)
            if now["Revision"] == data_set["Revision"]:
                spice = {
                    "IngestionId": ingestion_id,
                    "Revision": data_set["Revision"],
                    "Rows": outcome.total,
                    "Bytes": outcome.size,
                }
                changed = {"Spice": spice, "ConsumedSpiceCapacityInBytes": outcome.size}
                self._store.change(DATA_SET, scope, name, lambda _: changed)
                self._change(
                    key,
                    {
                        "IngestionStatus": "COMPLETED",
                        "RowInfo": {
                            "RowsIngested": outcome.ingested,
                            "RowsDropped": outcome.dropped,
                            "TotalRowsInDataset": outcome.total,
                        },
                        "IngestionSizeInBytes": outcome.size,
                        "IngestionTimeInSeconds": round(seconds),
                    },
                )
        self._spice.remove_others(scope, name)
        if now["Revision"] != data_set["Revision"]:
            raise SourceError("INGESTION_SUPERSEDED", "The data set was changed meanwhile.")

    def _data_set(self, scope: Scope, name: str) -> Document:
        data_set = self._store.get(DATA_SET, scope, name)
        if data_set is None:
            raise SourceError("DATA_SET_DELETED", f"The data set {name} was deleted.")
        return data_set

    def _parent(self, scope: Scope, arn: str) -> Document:
        return self._store.existing(DATA_SET, scope, name_in(DATA_SET, scope, arn))

    def _turn(self, scope: Scope, key: str, ingestion: Document) -> threading.Lock:
        """What lets one ingestion of a data set at a time through; a queued one says so."""
        with self._lock:
            turn = self._turns.setdefault(scope.key(ingestion["DataSetId"]), threading.Lock())
        if turn.locked():
            self._change(key, {"IngestionStatus": "QUEUED"})
        return turn

    def check(self, key: str) -> None:
        """Raise when an ingestion shall not go on."""
        if key in self._cancelled:
            raise CancelledError
        if self._shutting_down:
            raise InterruptedError

    def _fail(self, scope: Scope, key: str, data_set: str, type_: str, message: str) -> None:
        self._end(key, "FAILED", type_, message)
        self._count(scope, data_set, IngestionErrorCount=1.0, IngestionInvocationCount=1.0)

    def _end(self, key: str, status: str, type_: str, message: str) -> None:
        error = {"Type": type_, "Message": message}
        self._change(key, {"IngestionStatus": status, "ErrorInfo": error, "QueueInfo": None})

    def _change(self, key: str, changed: Document) -> None:
        with self._store.transaction():
            found = self._kept.get(key)
            if found is not None:
                merged = found | changed
                kept = {name: value for name, value in merged.items() if value is not None}
                self._kept.put(key, kept)

    def _measure(self, scope: Scope, data_set: str, seconds: float, outcome: _Outcome) -> None:
        self._telemetry.measure(
            scope, "AWS/QuickSight", "IngestionLatency", seconds, "Seconds", DatasetId=data_set
        )
        self._count(
            scope,
            data_set,
            IngestionErrorCount=0.0,
            IngestionInvocationCount=1.0,
            IngestionRowCount=float(outcome.ingested),
        )

    def _count(self, scope: Scope, data_set: str, **counts: float) -> None:
        for metric, value in counts.items():
            self._telemetry.measure(
                scope, "AWS/QuickSight", metric, value, "Count", DatasetId=data_set
            )


class _Progress:
    """One ingestion, as its sources see it."""

    def __init__(self, ingesting: Ingesting, key: str) -> None:
        self._ingesting = ingesting
        self._key = key

    def check(self) -> None:
        self._ingesting.check(self._key)


def ingestion_arn(scope: Scope, data_set_id: str, ingestion_id: str) -> str:
    return resource_arn(scope, f"dataset/{data_set_id}/ingestion/{ingestion_id}")
