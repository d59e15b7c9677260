"""Queries on Athena, with typed rows."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 2.0
# Athena's largest page.
_PAGE_ROWS = 1000

Row = dict[str, Any]


class QueryFailedError(RuntimeError):
    """Athena did not answer the query; the message is Athena's, with the query's id."""


class Query(Protocol):
    """What runs SQL and gives rows."""

    def rows(self, sql: str, parameters: Sequence[str] = ()) -> Iterator[Row]:
        """The rows, by column name; each `?` of the SQL is one parameter, an SQL literal."""


@dataclass(frozen=True)
class Athena:
    workgroup: str
    output: str
    """`s3://` folder of result files; a workgroup that enforces its own one overrides it."""
    client: Any

    @classmethod
    def of(cls, workgroup: str, output: str) -> Athena:
        return cls(workgroup, output, boto3.client("athena"))

    def rows(self, sql: str, parameters: Sequence[str] = ()) -> Iterator[Row]:
        """Runs the query to its end, then gives its rows page by page.

        Raises `QueryFailedError` where Athena ends it as FAILED or CANCELLED.
        """
        given = {"ExecutionParameters": list(parameters)} if parameters else {}
        query_id = self.client.start_query_execution(
            QueryString=sql,
            WorkGroup=self.workgroup,
            ResultConfiguration={"OutputLocation": self.output},
            **given,
        )["QueryExecutionId"]
        self._wait(query_id)
        pages = self.client.get_paginator("get_query_results").paginate(
            QueryExecutionId=query_id, PaginationConfig={"PageSize": _PAGE_ROWS}
        )
        is_header = True
        for page in pages:
            result = page["ResultSet"]
            columns = [
                (column["Name"], _READERS.get(column["Type"], str))
                for column in result["ResultSetMetadata"]["ColumnInfo"]
            ]
            for row in result["Rows"]:
                # The first row of a SELECT's first page repeats the columns' names.
                if not is_header:
                    yield {
                        name: read(cell["VarCharValue"]) if "VarCharValue" in cell else None
                        for (name, read), cell in zip(columns, row["Data"], strict=True)
                    }
                is_header = False

    def _wait(self, query_id: str) -> None:
        wait = _FIRST_WAIT_SECONDS
        while True:
            execution = self.client.get_query_execution(QueryExecutionId=query_id)
            status = execution["QueryExecution"]["Status"]
            match status["State"]:
                case "SUCCEEDED":
                    return
                case "FAILED" | "CANCELLED":
                    reason = status.get("StateChangeReason", "no reason given")
                    raise QueryFailedError(f"query {query_id} {status['State']}: {reason}")
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_SECONDS)


def _timestamp(text: str) -> dt.datetime:
    """Athena's timestamps have no zone; the lake's are UTC."""
    return dt.datetime.fromisoformat(text.removesuffix(" UTC")).replace(tzinfo=dt.UTC)


_READERS: dict[str, Callable[[str], Any]] = {
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "float": float,
    "double": float,
    "decimal": Decimal,
    "boolean": lambda text: text == "true",
    "date": dt.date.fromisoformat,
    "timestamp": _timestamp,
    "timestamp with time zone": _timestamp,
}
