"""Reads items for a request: within a bounded time, and a failure says which fault it was."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions
from botocore.config import Config

from rlm.aws.faults import NONSENSE, DependencyError, fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

CONNECT_TIMEOUT_SECONDS: Final = 0.3
READ_TIMEOUT_SECONDS: Final = 0.7
# Reads may be repeated; a second try meets another partition's or connection's luck.
ATTEMPTS: Final = 2
LONGEST_WAIT_SECONDS: Final = 0.05
# After so long no further read of the same request begins: each may be slow and succeed.
BUDGET_SECONDS: Final = 2.0
_DEPENDENCY: Final = "dynamodb"
_KEYS_A_BATCH: Final = 100

READER_CONFIG: Final = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    # Retries are ours: the SDK's own wait for up to a second between them.
    retries={"total_max_attempts": 1},
    max_pool_connections=16,
    # It looks at every attribute again, which is half of what a small read costs.
    parameter_validation=False,
    tcp_keepalive=True,
)


class ItemReader:
    """Items as plain dicts: numbers are int or float, absent values None.

    Every method raises DependencyError when two attempts failed; the client is one of
    READER_CONFIG.
    """

    def __init__(
        self,
        client: Any,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._jitter = jitter
        self._clock = clock
        self._ends_at = float("inf")
        client.meta.events.register("response-received.dynamodb", _refuse_what_is_no_document)

    def begin(self) -> None:
        """A request begins: from now on its time is counted."""
        self._ends_at = self._clock() + BUDGET_SECONDS

    def get(self, table: str, key: Mapping[str, str]) -> dict[str, Any] | None:
        answer = self._ask("get_item", TableName=table, Key=_texts(key))
        return plain_item(answer["Item"]) if "Item" in answer else None

    def batch_get(
        self, table: str, keys: Sequence[Mapping[str, str]], attributes: Sequence[str]
    ) -> list[dict[str, Any]]:
        """The items that there are, in any order; keys must differ from one another."""
        names, projection = _projection(attributes)
        found: list[dict[str, Any]] = []
        for start in range(0, len(keys), _KEYS_A_BATCH):
            wanted: Any = [_texts(key) for key in keys[start : start + _KEYS_A_BATCH]]
            for _ in range(ATTEMPTS):
                answer = self._ask(
                    "batch_get_item",
                    RequestItems={
                        table: {
                            "Keys": wanted,
                            "ProjectionExpression": projection,
                            "ExpressionAttributeNames": names,
                        }
                    },
                )
                found += [plain_item(item) for item in answer["Responses"].get(table, ())]
                wanted = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys")
                if not wanted:
                    break
            else:
                raise DependencyError(_DEPENDENCY, "throttled", f"{len(wanted)} keys left")
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
        names = {"#p": partition[0]}
        values = {":p": {"S": partition[1]}}
        condition = "#p = :p"
        if between is not None:
            names["#s"] = between[0]
            values |= {":first": {"S": between[1]}, ":last": {"S": between[2]}}
            condition += " AND #s BETWEEN :first AND :last"
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "Limit": most,
            "ScanIndexForward": not is_newest_first,
        }
        if index is not None:
            request["IndexName"] = index
        if attributes:
            more, request["ProjectionExpression"] = _projection(attributes)
            names |= more
        return list(self._pages("query", request | {"ExpressionAttributeNames": names}, most))

    def scan(self, table: str, attributes: Sequence[str], most: int) -> list[dict[str, Any]]:
        """Any `most` items of a small table."""
        names, projection = _projection(attributes)
        request = {
            "TableName": table,
            "ProjectionExpression": projection,
            "ExpressionAttributeNames": names,
        }
        return list(self._pages("scan", request, most))

    def _pages(self, operation: str, request: dict[str, Any], most: int) -> Iterator[Any]:
        left = most
        while True:
            answer = self._ask(operation, **request)
            for item in answer["Items"][:left]:
                yield plain_item(item)
            left -= len(answer["Items"])
            if left <= 0 or "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _ask(self, operation: str, **request: Any) -> Any:
        if self._clock() > self._ends_at:
            raise DependencyError(_DEPENDENCY, "timeout", "the request's time is used up")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return getattr(self._client, operation)(**request)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                fault = fault_of(error)
                # What does not pass by itself is not asked twice.
                if attempt == ATTEMPTS or fault == "gone":
                    raise DependencyError(_DEPENDENCY, fault, str(error)) from error
            except NONSENSE as error:
                if attempt == ATTEMPTS:
                    raise DependencyError(_DEPENDENCY, "malformed", repr(error)) from error
            self._sleep(self._jitter() * LONGEST_WAIT_SECONDS)
        raise AssertionError("the last attempt returns or raises")


def _refuse_what_is_no_document(response_dict: Any, **_other: Any) -> None:
    """To botocore a page of HTML is an answer without an item."""
    if response_dict and response_dict["status_code"] == 200:
        body = response_dict["body"]
        if not body.lstrip().startswith(b"{"):
            raise ValueError(f"no JSON document but {body[:40]!r}")


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


def _projection(attributes: Sequence[str]) -> tuple[dict[str, str], str]:
    names = {f"#a{number}": name for number, name in enumerate(attributes)}
    return names, ", ".join(names)
