"""The execution environments of one function version: reused, made when all are busy, let go."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from localaws.lambda_functions.process import Environment

# A warm environment comes free sooner than a cold one is made: a burst of requests that wait so
# long does not start as many processes. A function that calls itself waits no longer either.
PATIENCE_SECONDS = 0.05
# More than this machine can run; the next one waits.
MOST_ENVIRONMENTS = 64
IDLE_SECONDS = 300.0


class Pool:
    """On the event loop only. `start` makes an environment; it may raise InitError."""

    def __init__(self, start: Callable[[], Awaitable[Environment]]) -> None:
        self._start = start
        self._idle: list[Environment] = []
        self._waiting: deque[asyncio.Future[Environment]] = deque()
        self._busy = 0
        self._starting = asyncio.Lock()
        self._is_closed = False

    @property
    def size(self) -> int:
        return self._busy + len(self._idle)

    async def take(self) -> tuple[Environment, bool]:
        """An environment of the caller's own, and whether it was just made."""
        while True:
            if (idle := self._take_idle()) is not None:
                return idle, False
            if self.size and (given := await self._wait()) is not None:
                return given, False
            if self.size >= MOST_ENVIRONMENTS:
                continue
            # One at a time: while one starts, others come free.
            async with self._starting:
                if (idle := self._take_idle()) is not None:
                    return idle, False
                self._busy += 1
                try:
                    return await self._start(), True
                except BaseException:
                    self._busy -= 1
                    raise

    def give_back(self, environment: Environment, *, is_over: bool) -> None:
        """The caller is done with it; to whoever waits longest, or to the idle ones."""
        self._busy -= 1
        if is_over or not environment.is_alive or self._is_closed:
            environment.kill()
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._busy += 1
                waiter.set_result(environment)
                return
        environment.idle_since = time.monotonic()
        self._idle.append(environment)

    def let_go(self, idle_seconds: float = IDLE_SECONDS) -> None:
        """End the environments that nobody needed for so long."""
        oldest = time.monotonic() - idle_seconds
        kept = []
        for environment in self._idle:
            if environment.idle_since < oldest or not environment.is_alive:
                environment.kill()
            else:
                kept.append(environment)
        self._idle = kept

    def close(self) -> None:
        """End all: idle ones now, busy ones when they are given back."""
        self._is_closed = True
        for environment in self._idle:
            environment.kill()
        self._idle = []

    def _take_idle(self) -> Environment | None:
        while self._idle:
            # The one used last: the others get their chance to be let go.
            environment = self._idle.pop()
            if environment.is_alive:
                self._busy += 1
                return environment
        return None

    async def _wait(self) -> Environment | None:
        waiter: asyncio.Future[Environment] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            # Counted as busy by whoever hands it over.
            return await asyncio.wait_for(asyncio.shield(waiter), PATIENCE_SECONDS)
        except TimeoutError:
            if waiter.done():
                return waiter.result()
            self._waiting.remove(waiter)
            return None
        except asyncio.CancelledError:
            if waiter.done():
                self.give_back(waiter.result(), is_over=False)
            else:
                waiter.cancel()
            raise
