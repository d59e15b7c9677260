"""Reads items for a request: within a bounded time, and a failure says which fault it was."""

from __future__ import annotations

import json
import random
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rlm.aws.faults import NONSENSE, DependencyError
from rlm.aws.signed_connection import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rlm.aws.signed_connection import SignedConnection

_T = TypeVar("_T")

READS: Final = Service("dynamodb", "dynamodb", connect_seconds=0.3, answer_seconds=0.7)
# Reads may be repeated; a second try meets another partition's or connection's luck.
ATTEMPTS: Final = 2
LONGEST_WAIT_SECONDS: Final = 0.05
# After so long nothing more is asked for the same request: each may be slow and succeed.
BUDGET_SECONDS: Final = 2.0
_KEYS_A_BATCH: Final = 100
_OPERATION: Final = "DynamoDB_20120810.{}"
_CONTENT_TYPE: Final = "application/x-amz-json-1.0"


class ItemReader:
    """Items as plain dicts: numbers are int or float, absent values None.

    Every method raises DependencyError when two attempts failed, also for an answer that makes no
    sense; the connection is one for READS.
    """

    def __init__(
        self,
        connection: SignedConnection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._sleep = sleep
        self._jitter = jitter
        self._clock = clock
        self._ends_at = float("inf")

    def begin(self) -> None:
        """A request begins: from now on its time is counted."""
        self._ends_at = self._clock() + BUDGET_SECONDS

    def get(
        self, table: str, key: Mapping[str, str], attributes: Sequence[str] = ()
    ) -> dict[str, Any] | None:
        """None where there is no item, or none of these attributes."""
        request = {"TableName": table, "Key": _texts(key), **_projection(attributes)}
        return self._ask("GetItem", request, _item)

    def batch_get(
        self, table: str, keys: Sequence[Mapping[str, str]], attributes: Sequence[str]
    ) -> list[dict[str, Any]]:
        """The items that there are, in any order; keys must differ from one another."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(keys), _KEYS_A_BATCH):
            left: Any = [_texts(key) for key in keys[start : start + _KEYS_A_BATCH]]
            for _ in range(ATTEMPTS):
                wanted = {table: {"Keys": left, **_projection(attributes)}}
                request = {"RequestItems": wanted}
                items, left = self._ask("BatchGetItem", request, partial(_batch, table))
                found += items
                if not left:
                    break
            else:
                raise DependencyError(READS.dependency, "throttled", f"{len(left)} keys left")
        return found

    def query(
        self,
        table: str,
        partition: tuple[str, str],
        between: tuple[str, str, str] | None = None,
        *,
        index: str | None = None,
        attributes: Sequence[str] = (),
        most: int = 1000,
        is_newest_first: bool = False,
    ) -> list[dict[str, Any]]:
        """Items of one partition, in the order of the sort key, at most `most` of them.

        `partition` is attribute and value, `between` attribute, first and last, both included.
        """
        request: dict[str, Any] = {"TableName": table, **_projection(attributes)}
        names = {"#p": partition[0]}
        values = {":p": {"S": partition[1]}}
        condition = "#p = :p"
        if between is not None:
            names["#s"] = between[0]
            values |= {":first": {"S": between[1]}, ":last": {"S": between[2]}}
            condition += " AND #s BETWEEN :first AND :last"
        if index is not None:
            request["IndexName"] = index
        request |= {
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": request.get("ExpressionAttributeNames", {}) | names,
            "ExpressionAttributeValues": values,
            "Limit": most,
            "ScanIndexForward": not is_newest_first,
        }
        return self._pages("Query", request, most)

    def scan(self, table: str, attributes: Sequence[str], most: int) -> list[dict[str, Any]]:
        """Any `most` items of a small table."""
        return self._pages("Scan", {"TableName": table, **_projection(attributes)}, most)

    def _pages(self, operation: str, request: dict[str, Any], most: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            items, last = self._ask(operation, request, _page)
            found += items
            if last is None or len(found) >= most:
                return found[:most]
            request = request | {"ExclusiveStartKey": last}

    def _ask(self, operation: str, request: Mapping[str, Any], read: Callable[[Any], _T]) -> _T:
        """What `read` makes of the answer; what it stumbles over is malformed."""
        headers = {"Content-Type": _CONTENT_TYPE, "X-Amz-Target": _OPERATION.format(operation)}
        body = json.dumps(request, separators=(",", ":")).encode()
        for attempt in range(1, ATTEMPTS + 1):
            if self._clock() > self._ends_at:
                break
            try:
                return read(json.loads(self._connection.post("/", headers, body)))
            except DependencyError as error:
                # What does not pass by itself is not asked twice.
                if attempt == ATTEMPTS or error.fault == "gone":
                    raise
            except NONSENSE as error:
                if attempt == ATTEMPTS:
                    raise DependencyError(READS.dependency, "malformed", repr(error)) from error
            self._sleep(self._jitter() * LONGEST_WAIT_SECONDS)
        raise DependencyError(READS.dependency, "timeout", "the request's time is used up")


def _item(answer: Any) -> dict[str, Any] | None:
    return plain_item(answer.get("Item", {})) or None


def _batch(table: str, answer: Any) -> tuple[list[dict[str, Any]], Any]:
    """The items, and the keys that there was no time for."""
    left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys")
    return [plain_item(item) for item in answer["Responses"].get(table, ())], left


def _page(answer: Any) -> tuple[list[dict[str, Any]], Any]:
    """The items, and the key after which there are more."""
    return [plain_item(item) for item in answer["Items"]], answer.get("LastEvaluatedKey")


def plain_item(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """An item of the wire as plain values."""
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return float(content) if "." in content or "E" in content.upper() else int(content)
        case "L":
            return [_plain(one) for one in content]
        case "NULL":
            return None
        case "M":
            return plain_item(content)
        case _:
            return content


def _texts(key: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in key.items()}


def _projection(attributes: Sequence[str]) -> dict[str, Any]:
    """The members of a question for some attributes only; none for all."""
    names = {f"#a{number}": name for number, name in enumerate(attributes)}
    if not names:
        return {}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
