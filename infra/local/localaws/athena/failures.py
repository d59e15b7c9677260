"""How a query fails: Athena's words for the reason, and its class of error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

# AthenaError.ErrorCategory
SYSTEM, USER = 1, 2
# AthenaError.ErrorType, by the error's name; what is not here is a generic user error.
_TYPES = {
    "SYNTAX_ERROR": 1001,
    "TABLE_NOT_FOUND": 1006,
    "SCHEMA_NOT_FOUND": 1006,
    "COLUMN_NOT_FOUND": 1001,
    "NOT_SUPPORTED": 1003,
    "TYPE_MISMATCH": 1001,
    "DIVISION_BY_ZERO": 1100,
    "INVALID_CAST_ARGUMENT": 1100,
    "NUMERIC_VALUE_OUT_OF_RANGE": 1100,
    "EXCEEDED_MEMORY_LIMIT": 1007,
    "HIVE_PATH_ALREADY_EXISTS": 1200,
    "HIVE_BAD_DATA": 1203,
    "GENERIC_INTERNAL_ERROR": 233,
}
_GENERIC_USER = 1000
# What error() in our macros begins with, so that it is told from DuckDB's own messages.
RAISED = "athena!"


@dataclass
class QueryFailedError(Exception):
    """A query that ends FAILED; `reason` is its StateChangeReason."""

    name: str
    message: str
    category: int = USER

    @property
    def reason(self) -> str:
        return f"{self.name}: {self.message}"

    def __str__(self) -> str:
        return self.reason

    def athena_error(self) -> dict[str, Any]:
        """GetQueryExecution's Status.AthenaError."""
        return {
            "ErrorCategory": self.category,
            "ErrorType": _TYPES.get(self.name, _GENERIC_USER),
            "Retryable": self.category == SYSTEM,
            "ErrorMessage": self.reason,
        }


class CancelledError(Exception):
    """The query was stopped while it ran."""


def not_supported(construct: str) -> QueryFailedError:
    """What the local Athena cannot do as Athena would; the construct is named."""
    return QueryFailedError("NOT_SUPPORTED", f"the local Athena does not support {construct}")


def syntax_error(message: str, line: int = 1, column: int = 1) -> QueryFailedError:
    return QueryFailedError("SYNTAX_ERROR", f"line {line}:{column}: {message}")


def at(position: tuple[int, int] | None, message: str) -> str:
    """The message with the place in the statement that it is about, where one is known."""
    return f"line {position[0]}:{position[1]}: {message}" if position else message


_COLUMN = re.compile(
    r'Referenced column "(?P<name>[^"]+)"'
    r'|does not have a column named "(?P<other>[^"]+)"'
    r"|column \"?(?P<third>[\w.]+)\"? (?:not found|does not exist)",
)
_GROUPING = re.compile(r'column "(?P<name>[^"]+)" must appear in the GROUP BY')
_FROM_TABLE = re.compile(r'Referenced table "(?P<name>[^"]+)"')
_CAST = re.compile(
    r"Could not convert string ['\"](?P<value>.*?)['\"] to (?P<type>[\w(), ]+)"
    r"|(?:date|timestamp) field value out of range: \"(?P<date>[^\"]*)\""
    r"|invalid (?P<kind>date|timestamp) field format: \"(?P<date2>[^\"]*)\"",
)


_COMPARED = re.compile(
    r"Cannot compare values of type (?P<left>.+?) and (?:values of )?type (?P<right>.+?)(?: in | -)"
)


def of_duckdb(error: Exception) -> QueryFailedError:
    """The failure that Athena would report where DuckDB reports this.

    What is not recognised keeps DuckDB's words: a wrong name is worse than a foreign one.
    """
    text = str(error)
    if RAISED in text:
        name, _, message = text.split(RAISED, 1)[1].partition("|")
        return QueryFailedError(name, message.split("\n")[0])
    kind = type(error).__name__
    first = text.split("\n")[0].partition(": ")[2] or text
    if found := _COLUMN.search(text):
        name = found["name"] or found["other"] or found["third"]
        return QueryFailedError("COLUMN_NOT_FOUND", f"Column '{name}' cannot be resolved")
    if found := _FROM_TABLE.search(text):
        return QueryFailedError("COLUMN_NOT_FOUND", f"Column '{found['name']}' cannot be resolved")
    if found := _GROUPING.search(text):
        return QueryFailedError(
            "EXPRESSION_NOT_AGGREGATE",
            f"'{found['name']}' must be an aggregate expression or appear in GROUP BY clause",
        )
    if found := _CAST.search(text):
        value = found["value"] or found["date"] or found["date2"] or ""
        wanted = (found["type"] or found["kind"] or "date").strip().lower()
        wanted = {"int32": "integer", "int64": "bigint", "bool": "boolean"}.get(wanted, wanted)
        return QueryFailedError("INVALID_CAST_ARGUMENT", f"Cannot cast '{value}' to {wanted}")
    if found := _COMPARED.search(text):
        return QueryFailedError(
            "TYPE_MISMATCH",
            f"Cannot apply operator: {_shown(found['left'])} = {_shown(found['right'])}",
        )
    if kind == "OutOfRangeException" or "out of range" in text:
        return QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", first)
    if kind == "OutOfMemoryException":
        return QueryFailedError("EXCEEDED_MEMORY_LIMIT", first)
    if "Ambiguous reference" in text:
        return QueryFailedError("AMBIGUOUS_NAME", first)
    if kind in ("IOException", "HTTPException", "InvalidInputException") and "s3://" in text:
        return QueryFailedError("HIVE_BAD_DATA", first)
    if kind in ("NotImplementedException", "ParserException"):
        return QueryFailedError("NOT_SUPPORTED", f"the local Athena cannot run this: {first}")
    if kind == "BinderException":
        return QueryFailedError("TYPE_MISMATCH", first)
    return QueryFailedError("GENERIC_USER_ERROR", first)


def _shown(kind: str) -> str:
    """A type of DuckDB's as Athena's messages name it."""
    named = {
        "TIMESTAMP_MS": "timestamp(3)",
        "TIMESTAMP": "timestamp(6)",
        "TIMESTAMP WITH TIME ZONE": "timestamp(6) with time zone",
        "HUGEINT": "bigint",
    }
    return named.get(kind, kind.lower())
