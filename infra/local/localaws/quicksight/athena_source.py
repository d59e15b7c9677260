"""Rows by Athena: the query runs there, its result file is fetched from S3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.quicksight.fetched import csv_with_quoted_values
from localaws.quicksight.source_errors import CancelledError, NoProgress, SourceError
from localaws.quicksight.sql_tables import query_of

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.quicksight.fetched import Fetched, Window
    from localaws.quicksight.source_errors import Progress
    from localaws.scope import Scope

_POLL_SECONDS = 0.05
_PIECE_BYTES = 64 * 1024 * 1024


class AthenaSource:
    """Data sources of type ATHENA."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call

    def check(self, scope: Scope, source: Document) -> None:
        try:
            self._run(scope, source, "SELECT 1", NoProgress())
        except SourceError as error:
            raise SourceError(error.type, error.message, "GENERIC_SQL_FAILURE") from error

    def fetch(
        self,
        scope: Scope,
        source: Document,
        table: Document,
        window: Window | None,
        folder: Path,
        progress: Progress,
    ) -> Fetched:
        query = query_of(table, window, "AwsDataCatalog")
        location = self._run(scope, source, query, progress)
        path = folder / "rows.csv"
        self._download(scope, location, path, progress)
        return csv_with_quoted_values(path)

    def _run(self, scope: Scope, source: Document, query: str, progress: Progress) -> str:
        """The address of the result of a query that succeeded."""
        parameters = (source.get("DataSourceParameters") or {}).get("AthenaParameters") or {}
        workgroup = parameters.get("WorkGroup") or "primary"

        def athena(operation: str, request: Document) -> Document:
            try:
                return self._call(
                    "athena", operation, request, region=scope.region, account=scope.account
                )
            except AwsError as error:
                raise SourceError("SQL_EXCEPTION", error.message) from error

        started = athena("StartQueryExecution", {"QueryString": query, "WorkGroup": workgroup})
        named = {"QueryExecutionId": started["QueryExecutionId"]}
        while True:
            execution = athena("GetQueryExecution", named)["QueryExecution"]
            status = execution["Status"]
            if status["State"] == "SUCCEEDED":
                return str(execution["ResultConfiguration"]["OutputLocation"])
            if status["State"] in ("FAILED", "CANCELLED"):
                message = status.get("StateChangeReason") or f"The query is {status['State']}."
                raise SourceError(
                    _type_of(message), f"{message} (query {named['QueryExecutionId']})"
                )
            try:
                progress.check()
            except (CancelledError, InterruptedError):
                athena("StopQueryExecution", named)
                raise
            time.sleep(_POLL_SECONDS)

    def _download(self, scope: Scope, location: str, path: Path, progress: Progress) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")

        def s3(operation: str, request: Document) -> Document:
            return self._call("s3", operation, request, region=scope.region, account=scope.account)

        try:
            size = int(s3("HeadObject", {"Bucket": bucket, "Key": key})["ContentLength"])
            with path.open("wb") as file:
                for start in range(0, size, _PIECE_BYTES):
                    progress.check()
                    asked = f"bytes={start}-{min(size, start + _PIECE_BYTES) - 1}"
                    got = s3("GetObject", {"Bucket": bucket, "Key": key, "Range": asked})
                    file.write(got["Body"])
        except AwsError as error:
            raise SourceError("S3_FILE_INACCESSIBLE", f"{location}: {error.message}") from error


def _type_of(message: str) -> str:
    lowered = message.lower()
    if "table_not_found" in lowered or "schema_not_found" in lowered:
        return "SQL_TABLE_NOT_FOUND"
    if "exhausted" in lowered or "bytes scanned limit" in lowered or "memory" in lowered:
        return "SOURCE_RESOURCE_LIMIT_EXCEEDED"
    if "timeout" in lowered or "timed out" in lowered:
        return "QUERY_TIMEOUT"
    if "numeric_value_out_of_range" in lowered:
        return "SQL_NUMERIC_OVERFLOW"
    return "SQL_EXCEPTION"
