"""Messages on their way to HTTP subscribers: kept until they arrived or are given up."""

from __future__ import annotations

import base64
import heapq
import http.client
import logging
import threading
import time
import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from localaws.sns.envelopes import Posted
from localaws.sns.retries import delays, is_worth_retrying

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from localaws.state import Store

_log = logging.getLogger("localaws.sns")
# As SNS waits for a subscriber.
_TIMEOUT_SECONDS = 15.0
_AT_ONCE = 8
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refusal(endpoint: str) -> str:
    """Why the local AWS cannot deliver to an endpoint; "" for one that it can."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"{endpoint} is no URL ({error})"
    if not endpoint.isascii():
        return f"{endpoint} is no URL: other characters than ASCII's must be percent-encoded"
    if host not in _LOOPBACK:
        return f"the local AWS delivers to this machine only, not to {endpoint}"
    return ""


class Deliveries:
    """Delivers at least once: after a death of the process what is kept is tried again.

    `give_up(delivery)` hears of what could not be delivered.
    """

    def __init__(self, store: Store, give_up: Callable[[dict[str, Any]], None]) -> None:
        self._kept = store.table("sns.deliveries")
        self._give_up = give_up
        self._wanted = threading.Condition()
        self._queue: list[tuple[float, str]] = []
        self._is_stopped = False
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._thread = threading.Thread(target=self._run, name="sns-deliveries", daemon=True)

    def start(self) -> None:
        with self._wanted:
            for key, delivery in self._kept.items():
                heapq.heappush(self._queue, (float(delivery["next_at"]), key))
        self._thread.start()

    def stop(self) -> None:
        with self._wanted:
            self._is_stopped = True
            self._wanted.notify()

    def add(
        self, posted: Posted, endpoint: str, policy: dict[str, Any], dead_letters: str = ""
    ) -> None:
        """Deliver as soon as possible; returns when the message is on the disk."""
        key = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        now = time.time()
        delivery = {
            "posted": vars(posted).copy(),
            "endpoint": endpoint,
            "delays": delays(policy),
            "dead_letters": dead_letters,
            "next_at": now,
        }
        self._kept.put(key, delivery)
        self._push(now, key)

    def _push(self, at: float, key: str) -> None:
        with self._wanted:
            heapq.heappush(self._queue, (at, key))
            self._wanted.notify()

    def _run(self) -> None:
        while True:
            with self._wanted:
                while not self._is_stopped and (not self._queue or self._queue[0][0] > time.time()):
                    wait = self._queue[0][0] - time.time() if self._queue else None
                    self._wanted.wait(wait)
                if self._is_stopped:
                    return
                _, key = heapq.heappop(self._queue)
            self._free.acquire()
            # A daemon: a subscriber that does not answer must not hold up the end of the process.
            threading.Thread(target=self._attempt, args=(key,), daemon=True).start()

    def _attempt(self, key: str) -> None:
        try:
            self._deliver(key)
        finally:
            self._free.release()

    def _deliver(self, key: str) -> None:
        delivery = self._kept.get(key)
        if delivery is None:
            return
        status = _post(delivery["endpoint"], Posted(**delivery["posted"]))
        if status is not None and 200 <= status < 300:
            self._kept.delete(key)
        elif is_worth_retrying(status) and delivery["delays"]:
            wait, *delivery["delays"] = delivery["delays"]
            delivery["next_at"] = time.time() + wait
            self._kept.put(key, delivery)
            self._push(delivery["next_at"], key)
        else:
            answer = "no answer" if status is None else f"HTTP {status}"
            _log.warning("%s is given up: %s", delivery["endpoint"], answer)
            self._give_up(delivery)
            self._kept.delete(key)


def _post(endpoint: str, posted: Posted) -> int | None:
    """The subscriber's answer; None when there is none."""
    try:
        parts = urlsplit(endpoint)
        headers = posted.headers()
        if parts.username is not None:
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        with closing(_connection(parts)) as connection:
            connection.request("POST", path, posted.body.encode(), headers)
            return connection.getresponse().status
    # A ValueError says that the address or the message cannot be written.
    except (OSError, http.client.HTTPException, ValueError):
        return None


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
