"""Rows by PostgreSQL: an RDS instance's, or any server's."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import psycopg

from localaws.errors import AwsError
from localaws.quicksight.fetched import csv_with_quoted_values
from localaws.quicksight.source_errors import SourceError
from localaws.quicksight.sql_tables import query_of

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.quicksight.fetched import Fetched, Window
    from localaws.quicksight.source_errors import Progress
    from localaws.scope import Scope

_CONNECT_SECONDS = 5
_DIRECT = ("PostgreSqlParameters", "AuroraPostgreSqlParameters")
_CANCEL_POLL_SECONDS = 0.1


class PostgresSource:
    """Data sources of types POSTGRESQL and AURORA_POSTGRESQL."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call

    def check(self, scope: Scope, source: Document) -> None:
        with self._connect(scope, source) as connection:
            connection.execute("SELECT 1")

    def fetch(
        self,
        scope: Scope,
        source: Document,
        table: Document,
        window: Window | None,
        folder: Path,
        progress: Progress,
    ) -> Fetched:
        query = query_of(table, window)
        path = folder / "rows.csv"
        with self._connect(scope, source) as connection, _Watch(connection, progress):
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("SET DateStyle TO ISO")
            text = f"COPY (\n{query}\n) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *)"
            try:
                with path.open("wb") as file, connection.cursor().copy(text.encode()) as copy:
                    for piece in copy:
                        file.write(piece)
            except psycopg.Error as error:
                progress.check()
                raise SourceError(_type_of(error), str(error).strip()) from error
        return csv_with_quoted_values(path)

    def _connect(self, scope: Scope, source: Document) -> psycopg.Connection[Any]:
        host, port, database = self._server(scope, source)
        user, password = self._credentials(scope, source)
        try:
            return psycopg.connect(
                host=host,
                port=port,
                dbname=database,
                user=user,
                password=password,
                connect_timeout=_CONNECT_SECONDS,
                autocommit=True,
            )
        except psycopg.Error as error:
            raise _unreachable(str(error).strip(), host) from error

    def _server(self, scope: Scope, source: Document) -> tuple[str, int, str]:
        given = source["DataSourceParameters"]
        for name in _DIRECT:
            if name in given:
                server = given[name]
                return server["Host"], int(server["Port"]), server["Database"]
        wanted = given["RdsParameters"]
        try:
            answer = self._call(
                "rds",
                "DescribeDBInstances",
                {"DBInstanceIdentifier": wanted["InstanceId"]},
                region=scope.region,
                account=scope.account,
            )
        except AwsError as error:
            raise SourceError("DATA_SOURCE_CONNECTION_FAILED", error.message) from error
        endpoint = answer["DBInstances"][0].get("Endpoint") or {}
        if "Address" not in endpoint:
            raise SourceError(
                "DATA_SOURCE_CONNECTION_FAILED",
                f"The instance {wanted['InstanceId']} has no endpoint yet.",
                "TIMEOUT",
            )
        return endpoint["Address"], int(endpoint["Port"]), wanted["Database"]

    def _credentials(self, scope: Scope, source: Document) -> tuple[str, str]:
        given = source.get("Credentials") or {}
        if "CredentialPair" in given:
            return given["CredentialPair"]["Username"], given["CredentialPair"]["Password"]
        if "SecretArn" not in given:
            raise SourceError(
                "DATA_SOURCE_AUTH_FAILED", "The data source has no credentials.", "ACCESS_DENIED"
            )
        try:
            secret = self._call(
                "secretsmanager",
                "GetSecretValue",
                {"SecretId": given["SecretArn"]},
                region=scope.region,
                account=scope.account,
            )
            value = json.loads(secret["SecretString"])
            return value["username"], value["password"]
        except AwsError as error:
            raise SourceError("DATA_SOURCE_AUTH_FAILED", error.message, "ACCESS_DENIED") from error
        except (KeyError, ValueError) as error:
            raise SourceError(
                "DATA_SOURCE_AUTH_FAILED",
                "The secret must be JSON with username and password.",
                "ACCESS_DENIED",
            ) from error


class _Watch:
    """Cancels a connection's statement when the ingestion is asked to stop."""

    def __init__(self, connection: psycopg.Connection[Any], progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quicksight-cancel", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(_CANCEL_POLL_SECONDS):
            try:
                self._progress.check()
            except Exception:  # noqa: BLE001 - whatever says stop; the fetching thread raises it too
                self._connection.cancel()
                return


def _unreachable(message: str, host: str) -> SourceError:
    lowered = message.lower()
    if "password authentication failed" in lowered or "does not exist" in lowered:
        return SourceError("PASSWORD_AUTHENTICATION_FAILURE", message, "ACCESS_DENIED")
    if "resolve host" in lowered or "name or service not known" in lowered:
        return SourceError("UNRESOLVABLE_HOST", f"{host}: {message}", "UNKNOWN_HOST")
    if "timeout" in lowered:
        return SourceError("UNROUTABLE_HOST", message, "TIMEOUT")
    return SourceError("CONNECTION_FAILURE", message, "TIMEOUT")


def _type_of(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return "SQL_TABLE_NOT_FOUND"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "PERMISSION_DENIED"
    if isinstance(error, psycopg.errors.QueryCanceled):
        return "QUERY_TIMEOUT"
    if isinstance(error, psycopg.OperationalError):
        return "CONNECTION_FAILURE"
    return "SQL_EXCEPTION"
