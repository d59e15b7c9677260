"""Carries queries from QUEUED to their end, a few at a time, off the event loop."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from typing import TYPE_CHECKING

from localaws.athena.catalog import DEFAULT_CATALOG, GlueCatalog
from localaws.athena.definitions import Definitions
from localaws.athena.engine import Engine, ObjectStore, Session
from localaws.athena.execution import Execution, Result, manifest
from localaws.athena.failures import SYSTEM, CancelledError, QueryFailedError
from localaws.athena.results import column_info, metadata_file
from localaws.athena.saved_queries import statement_of
from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from localaws.athena.catalog import FederatedCatalog
    from localaws.athena.federation import Federation
    from localaws.athena.state import AthenaStore
    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.scope import Scope

    Ask = Callable[[str, str, Document], Document]

_log = logging.getLogger("localaws.athena")

# DuckDB works on several threads for each: more at a time would only share the same cores.
QUERIES_AT_A_TIME = 4
SHUT_DOWN_SECONDS = 10.0


class Runner:
    """Queries, each in a thread of its own, `slots` of them at a time."""

    def __init__(
        self,
        store: AthenaStore,
        federation: Federation,
        call: InProcessCall,
        endpoint: str,
        work_dir: Path,
        slots: int = QUERIES_AT_A_TIME,
    ) -> None:
        self._store = store
        self._federation = federation
        self._call = call
        self._endpoint = endpoint
        self._work_dir = work_dir
        self._slots = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._sessions: dict[str, Session] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._shutting_down = False

    def start(self, scope: Scope, execution: Document) -> None:
        """Let a query that is kept as QUEUED run when there is room; returns at once."""
        name = execution["QueryExecution"]["QueryExecutionId"]
        thread = threading.Thread(
            target=self._carry, args=(scope, name), name=f"athena-{name[:8]}", daemon=True
        )
        self._threads[name] = thread
        thread.start()

    def stop(self, scope: Scope, execution_id: str) -> None:
        """End a query as CANCELLED; one that has ended stays as it is."""
        self._end(scope, execution_id, "CANCELLED", reason="Query cancelled by user")
        with self._lock:
            session = self._sessions.get(execution_id)
        if session is not None:
            session.cancel()

    def resume(self) -> None:
        """After a restart: what waited runs; what ran has failed, as after a fault of AWS's."""
        shutil.rmtree(self._work_dir, ignore_errors=True)
        self._store.expire(time.time())
        for scope, execution in self._store.unfinished():
            name = execution["QueryExecution"]["QueryExecutionId"]
            if execution["QueryExecution"]["Status"]["State"] == "QUEUED":
                self.start(scope, execution)
            else:
                self._end(scope, name, "FAILED", failure=_interrupted())

    def shut_down(self) -> None:
        """Interrupt what runs; what waits is taken up at the next start."""
        self._shutting_down = True
        with self._lock:
            sessions = list(self._sessions.values())
        for session in sessions:
            session.cancel()
        give_up = time.monotonic() + SHUT_DOWN_SECONDS
        for thread in list(self._threads.values()):
            if thread.name in {f"athena-{name[:8]}" for name in self._sessions}:
                thread.join(max(0.0, give_up - time.monotonic()))

    def _carry(self, scope: Scope, execution_id: str) -> None:
        with self._slots:
            try:
                if not self._shutting_down:
                    self._run(scope, execution_id)
            finally:
                self._threads.pop(execution_id, None)

    def _run(self, scope: Scope, execution_id: str) -> None:
        started = time.time()

        def begin(kept: Document) -> None:
            kept["QueryExecution"]["Status"]["State"] = "RUNNING"

        execution = self._store.change_execution(scope, execution_id, begin)
        if execution is None or execution["QueryExecution"]["Status"]["State"] != "RUNNING":
            return
        session = None
        try:
            session = self._session(scope, execution)
            with self._lock:
                self._sessions[execution_id] = session
            result = self._execution(scope, execution, session).run(
                execution["QueryExecution"]["Query"]
            )
            self._keep(scope, execution, session, result, started)
        except CancelledError:
            # The end was kept by whoever stopped it, unless the process is going down.
            self._end(scope, execution_id, "FAILED", failure=_interrupted())
        except QueryFailedError as failed:
            self._fail(scope, execution_id, failed, session, started)
        except AwsError as error:
            failure = QueryFailedError("GENERIC_USER_ERROR", f"{error.code}: {error.message}")
            self._fail(scope, execution_id, failure, session, started)
        except Exception as error:  # noqa: BLE001 - a query must not stay RUNNING for ever
            _log.exception("athena: query %s", execution_id)
            failure = QueryFailedError(
                "GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}", SYSTEM
            )
            self._fail(scope, execution_id, failure, session, started)
        finally:
            with self._lock:
                self._sessions.pop(execution_id, None)
            if session is not None:
                session.close()
            shutil.rmtree(self._work_dir / execution_id, ignore_errors=True)

    def _keep(
        self, scope: Scope, execution: Document, session: Session, result: Result, started: float
    ) -> None:
        """Put the result files, then let the query read SUCCEEDED."""
        query = execution["QueryExecution"]
        cutoff = execution.get("Cutoff")
        if cutoff and session.bytes_read > cutoff:
            self._end(
                scope,
                query["QueryExecutionId"],
                "CANCELLED",
                session=session,
                started=started,
                reason="Bytes scanned limit was exceeded",
            )
            return
        location = query["ResultConfiguration"]["OutputLocation"]
        columns = [column_info(column) for column in result.columns]
        put = _Uploads(self, scope, query["ResultConfiguration"])
        if result.extension:
            put.file(location, result.body)
        listed = f"{execution['BaseLocation']}/{query['QueryExecutionId']}-manifest.csv"
        if result.written or result.update_count is not None:
            put.bytes(listed, manifest(result.written))
        put.bytes(f"{location}.metadata", metadata_file(columns))
        size = result.body.stat().st_size

        def succeed(kept: Document) -> None:
            kept["Columns"] = columns
            kept["ResultBytes"] = size
            kept["Rows"] = {"OutputBytes": size}
            if result.update_count is not None:
                kept["UpdateCount"] = result.update_count
                kept["QueryExecution"]["Statistics"]["DataManifestLocation"] = listed

        self._end(
            scope,
            query["QueryExecutionId"],
            "SUCCEEDED",
            session=session,
            started=started,
            change=succeed,
        )

    def _fail(
        self,
        scope: Scope,
        execution_id: str,
        failure: QueryFailedError,
        session: Session | None,
        started: float,
    ) -> None:
        self._end(scope, execution_id, "FAILED", failure=failure, session=session, started=started)

    def _end(
        self,
        scope: Scope,
        execution_id: str,
        state: str,
        failure: QueryFailedError | None = None,
        reason: str = "",
        session: Session | None = None,
        started: float | None = None,
        change: object = None,
    ) -> None:
        now = time.time()

        def finish(kept: Document) -> None:
            query = kept["QueryExecution"]
            status = query["Status"]
            status |= {"State": state, "CompletionDateTime": now}
            if reason:
                status["StateChangeReason"] = reason
            if failure is not None:
                status["StateChangeReason"] = failure.reason
                status["AthenaError"] = failure.athena_error()
            submitted = status["SubmissionDateTime"]
            begun = started if started is not None else now
            query["Statistics"] |= {
                "DataScannedInBytes": session.bytes_read if session is not None else 0,
                "EngineExecutionTimeInMillis": _millis(now - begun),
                "TotalExecutionTimeInMillis": _millis(now - submitted),
                "QueryQueueTimeInMillis": _millis(begun - submitted),
                "ServicePreProcessingTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            }
            if callable(change):
                change(kept)

        self._store.change_execution(scope, execution_id, finish)

    def _session(self, scope: Scope, execution: Document) -> Session:
        context = execution["QueryExecution"]["QueryExecutionContext"]
        catalog_name = context.get("Catalog", DEFAULT_CATALOG).lower()
        ask = self._asker(scope)

        def federated(name: str) -> FederatedCatalog | None:
            return self._federation.connector(scope, name, ask)

        if catalog_name != DEFAULT_CATALOG and federated(catalog_name) is None:
            raise QueryFailedError("CATALOG_NOT_FOUND", f"Catalog '{catalog_name}' not found")
        # awswrangler quotes it for DESCRIBE and SHOW, as Hive would have it.
        database = context.get("Database", "default").strip("`").lower()
        return self._engine(scope).session(
            GlueCatalog(ask), database, federated=federated, catalog_name=catalog_name
        )

    def _execution(self, scope: Scope, execution: Document, session: Session) -> Execution:
        query = execution["QueryExecution"]
        ask = self._asker(scope)

        def prepared(name: str) -> str:
            found = self._store.prepared(scope, query["WorkGroup"], name)
            if found is None:
                raise QueryFailedError("NOT_FOUND", f"PreparedStatement {name} was not found")
            return str(found["QueryStatement"])

        def keep_prepared(name: str, text: str | None) -> None:
            if text is None:
                self._store.delete_prepared(scope, query["WorkGroup"], name)
                return
            given = {"StatementName": name, "QueryStatement": text, "WorkGroup": query["WorkGroup"]}
            self._store.put_prepared(scope, statement_of(given))

        return Execution(
            session=session,
            definitions=Definitions(session.tables.catalog, ask, session.tables.database),
            call=ask,
            work_dir=self._work_dir / query["QueryExecutionId"],
            put=_Uploads(self, scope, query["ResultConfiguration"]).file,
            output_location=execution["BaseLocation"],
            prepared=prepared,
            keep_prepared=keep_prepared,
            parameters=tuple(query.get("ExecutionParameters", ())),
        )

    def _engine(self, scope: Scope) -> Engine:
        """One DuckDB for each account and region: it holds their access to S3."""
        key = scope.key()
        with self._lock:
            if key not in self._engines:
                store = ObjectStore(self._endpoint, scope.account, scope.region)
                self._engines[key] = Engine(self._work_dir / "spill", store)
            return self._engines[key]

    def _asker(self, scope: Scope) -> Ask:
        def ask(service: str, operation: str, payload: Document) -> Document:
            return self._call(
                service, operation, payload, region=scope.region, account=scope.account
            )

        return ask


class _Uploads:
    """Puts files into S3, encrypted as the result configuration says."""

    def __init__(self, runner: Runner, scope: Scope, configuration: Document) -> None:
        self._ask = runner._asker(scope)
        encryption = configuration.get("EncryptionConfiguration") or {}
        self._extra: Document = {}
        if encryption.get("EncryptionOption") == "SSE_S3":
            self._extra = {"ServerSideEncryption": "AES256"}
        elif encryption.get("EncryptionOption") == "SSE_KMS":
            self._extra = {
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": encryption.get("KmsKey", ""),
            }

    def file(self, address: str, path: Path) -> None:
        self.bytes(address, path.read_bytes())

    def bytes(self, address: str, content: bytes) -> None:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        self._ask("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": content} | self._extra)


def _interrupted() -> QueryFailedError:
    return QueryFailedError(
        "GENERIC_INTERNAL_ERROR", "The local AWS was stopped while the query ran", SYSTEM
    )


def _millis(seconds: float) -> int:
    return max(0, round(seconds * 1000))
