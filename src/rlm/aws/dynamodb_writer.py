"""Writes and reads many items of one DynamoDB table: in batches, in parallel, with patience."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_T = TypeVar("_T")

WRITES_A_BATCH: Final = 25
READS_A_BATCH: Final = 100
# Full jitter, as AWS recommends against throttling: a wait between nothing and twice the last.
_FIRST_WAIT_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 20.0
# About two minutes of waiting in which not one item was taken.
_TRIES_WITHOUT_PROGRESS: Final = 15
_THROTTLED: Final = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
}


class ThrottledError(Exception):
    """DynamoDB took nothing for minutes; what was written before stays written."""


@dataclass(frozen=True)
class Put:
    """Put this item in the place of the one with its key."""

    item: Mapping[str, Any]


@dataclass(frozen=True)
class Delete:
    """Remove the item with this key, if there is one."""

    key: Mapping[str, Any]


@dataclass
class WriteCounts:
    """What a table took."""

    written: int = 0
    deleted: int = 0
    resent: int = 0
    """Items that had to be sent again, because the table was busy."""


class ItemTable:
    """One table. The client must not retry: what is sent is decided here, each time anew."""

    def __init__(
        self,
        client: Any,
        name: str,
        *,
        threads: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._client = client
        self._threads = threads
        self._sleep = sleep
        self._jitter = jitter

    def table_id(self) -> str:
        """Another one where the table was deleted and made again."""
        answer = self._patiently("describe_table", TableName=self.name)
        return str(answer["Table"]["TableId"])

    def write(
        self, changes: Iterable[Put | Delete], may_send: Callable[[], None] = lambda: None
    ) -> WriteCounts:
        """Send every change; no key may come twice.

        `may_send` is asked before each request and stops everything by raising.
        Raises `ThrottledError`; a rerun may send the same changes again.
        """
        counts, lock, stopped = WriteCounts(), threading.Lock(), threading.Event()

        def send(batch: list[Put | Delete]) -> None:
            requests = [_request(change) for change in batch]
            try:
                resent = self._send_batch(requests, may_send, stopped)
            except BaseException:
                stopped.set()
                raise
            with lock:
                counts.written += sum(isinstance(change, Put) for change in batch)
                counts.deleted += sum(isinstance(change, Delete) for change in batch)
                counts.resent += resent

        batches = _batches(changes, WRITES_A_BATCH)
        with ThreadPoolExecutor(self._threads, "dynamodb-writer") as pool:
            running: set[Future[None]] = set()
            try:
                for batch in batches:
                    running.add(pool.submit(send, batch))
                    # A few wait, so that no thread does; not all, so that memory stays flat.
                    if len(running) >= 2 * self._threads:
                        done, running = wait(running, return_when=FIRST_COMPLETED)
                        for future in done:
                            future.result()
                for future in running:
                    future.result()
            except BaseException:
                stopped.set()
                raise
        return counts

    def read(self, keys: Iterable[Mapping[str, Any]], attributes: Sequence[str]) -> Iterator[Any]:
        """These attributes of the items with these keys that exist, as they are now."""
        names = {f"#a{n}": attribute for n, attribute in enumerate(attributes)}
        for batch in _batches(keys, READS_A_BATCH):
            left: list[Any] = [{n: marshalled(v) for n, v in key.items()} for key in batch]
            tries = 0
            while left:
                request = {
                    "Keys": left,
                    "ConsistentRead": True,
                    "ProjectionExpression": ", ".join(names),
                    "ExpressionAttributeNames": names,
                }
                answer = self._patiently("batch_get_item", RequestItems={self.name: request})
                yield from map(unmarshalled_item, answer["Responses"].get(self.name, []))
                unread = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
                tries = 0 if len(unread) < len(left) else tries + 1
                left = unread
                if left:
                    self._wait(tries)

    def scan(self, attributes: Sequence[str]) -> Iterator[Any]:
        """These attributes of every item."""
        names = {f"#a{n}": attribute for n, attribute in enumerate(attributes)}
        start: dict[str, Any] = {}
        while True:
            answer = self._patiently(
                "scan",
                TableName=self.name,
                ConsistentRead=True,
                ProjectionExpression=", ".join(names),
                ExpressionAttributeNames=names,
                **start,
            )
            yield from map(unmarshalled_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _send_batch(
        self, requests: list[Any], may_send: Callable[[], None], stopped: threading.Event
    ) -> int:
        """Send until nothing is left; how many requests had to be sent again."""
        resent, tries = 0, 0
        while requests:
            if stopped.is_set():
                return resent
            may_send()
            try:
                answer = self._client.batch_write_item(RequestItems={self.name: requests})
                left = answer.get("UnprocessedItems", {}).get(self.name, [])
            except (ClientError, HTTPClientError, UnreachableError) as problem:
                if not _is_passing(problem):
                    raise
                left = requests
            tries = 0 if len(left) < len(requests) else tries + 1
            resent += len(left)
            requests = left
            if requests:
                self._wait(max(tries, 1))
        return resent

    def _patiently(self, operation: str, **arguments: Any) -> Any:
        tries = 0
        while True:
            try:
                return getattr(self._client, operation)(**arguments)
            except (ClientError, HTTPClientError, UnreachableError) as problem:
                if not _is_passing(problem):
                    raise
                tries += 1
                self._wait(tries)

    def _wait(self, tries: int) -> None:
        if tries >= _TRIES_WITHOUT_PROGRESS:
            raise ThrottledError(
                f"{self.name} took nothing in {tries} tries; is its capacity enough?"
                " What is missing comes with the next run; docs/runbooks/load_serving_tables.md"
            )
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**tries)
        self._sleep(longest * self._jitter())


def marshalled(value: Any) -> dict[str, Any]:
    """`{"S": "text"}`: a text, number, truth, list or nothing as DynamoDB's protocol has it."""
    # By exact type, and the most frequent first: every attribute of every item comes by here.
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is int or kind is Decimal:
        return {"N": str(value)}
    if kind is bool:
        return {"BOOL": value}
    if kind is list:
        return {"L": [marshalled(part) for part in value]}
    if value is None:
        return {"NULL": True}
    raise TypeError(f"no attribute can be made of {value!r}")


def unmarshalled(value: Mapping[str, Any]) -> Any:
    """What `marshalled` was given; every number as a `Decimal`."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return Decimal(content)
        case "L":
            return [unmarshalled(part) for part in content]
        case "NULL":
            return None
    raise TypeError(f"an attribute of type {kind} is none that we write")


def unmarshalled_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of one item."""
    return {name: unmarshalled(value) for name, value in item.items()}


def _request(change: Put | Delete) -> dict[str, Any]:
    if isinstance(change, Put):
        return {"PutRequest": {"Item": {n: marshalled(v) for n, v in change.item.items()}}}
    return {"DeleteRequest": {"Key": {n: marshalled(v) for n, v in change.key.items()}}}


def _is_passing(problem: Exception) -> bool:
    """Whether the same request may be answered otherwise in a moment."""
    if isinstance(problem, ClientError):
        status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return problem.response["Error"]["Code"] in _THROTTLED or status >= 500
    return True


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
