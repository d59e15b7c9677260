"""Invocations: an environment for each, its log and its metrics."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from localaws.lambda_functions.platform_log import ended, started
from localaws.lambda_functions.pool import Pool
from localaws.lambda_functions.process import Environment, InitError, Outcome
from localaws.telemetry import Series, Stream, Telemetry, series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from localaws.lambda_functions.function import Function
    from localaws.scope import Scope

_T = TypeVar("_T")

_LET_GO_SECONDS = 30.0
_NAMESPACE = "AWS/Lambda"
_UNITS = {
    "Invocations": "Count",
    "Errors": "Count",
    "Throttles": "Count",
    "Duration": "Milliseconds",
}


class Engine:
    """Runs Python functions under `python`, with their code unpacked below `folder`.

    `variables` are what a function's process needs to reach this gateway.
    """

    def __init__(
        self,
        python: Path,
        folder: Path,
        telemetry: Telemetry,
        variables: Callable[[Function], Mapping[str, str]],
    ) -> None:
        self._python = python
        self._folder = folder
        self._telemetry = telemetry
        self._variables = variables
        self._pools: dict[str, Pool] = {}
        self._loop = asyncio.get_running_loop()
        self._running: dict[tuple[str, str, str], int] = {}
        self._keeper = self._loop.create_task(self._let_go())

    async def invoke(
        self, function: Function, event: Any, invoked_arn: str, request_id: str | None = None
    ) -> Outcome:
        """Run the handler on one event; every way to fail is an outcome."""
        request_id = request_id or str(uuid.uuid4())
        began = time.monotonic()
        outcome, stream = await self._run(function, event, invoked_arn, request_id)
        milliseconds = (time.monotonic() - began) * 1000
        lines = outcome.lines
        if function.logs_platform_events:
            lines = [
                started(function, request_id),
                *lines,
                *ended(function, request_id, milliseconds, outcome.error),
            ]
        elif outcome.error is not None:
            lines = [*lines, json.dumps(outcome.error)]
        self._telemetry.log(Stream(function.scope, function.log_group, stream), lines)
        self._measure(function, invoked_arn, milliseconds, is_error=outcome.error is not None)
        return outcome

    def invoke_from_thread(
        self, function: Function, event: Any, invoked_arn: str, request_id: str
    ) -> Outcome:
        """The same for callers outside of the event loop."""
        return self._await(self.invoke(function, event, invoked_arn, request_id))

    def count_throttle(self, scope: Scope, name: str) -> None:
        """An invocation that found no room."""
        self._telemetry.measure(scope, _NAMESPACE, "Throttles", 1, "Count", FunctionName=name)

    def stop(self) -> None:
        """End every process."""
        self._await(self._close())

    async def _run(
        self, function: Function, event: Any, invoked_arn: str, request_id: str
    ) -> tuple[Outcome, str]:
        pool = self._pool(function)
        try:
            environment, _is_new = await pool.take()
        except InitError as error:
            return Outcome(error=error.document, lines=error.lines, is_over=True), "init"
        outcome = Outcome(is_over=True)
        try:
            outcome = await environment.invoke(
                json.dumps(event).encode(),
                {
                    "request_id": request_id,
                    "invoked_function_arn": invoked_arn,
                    "trace_id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
                },
            )
        finally:
            pool.give_back(environment, is_over=outcome.is_over)
        return outcome, environment.log_stream

    def _pool(self, function: Function) -> Pool:
        pool = self._pools.get(function.identity)
        if pool is None:
            self._close_predecessors(function)

            def log_leftover(stream: str, line: str) -> None:
                self._telemetry.log(Stream(function.scope, function.log_group, stream), [line])

            async def start() -> Environment:
                variables = self._variables(function)
                return await Environment.start(
                    function, self._python, self._folder, variables, log_leftover
                )

            pool = self._pools[function.identity] = Pool(start)
        return pool

    def _close_predecessors(self, function: Function) -> None:
        """Changed code or configuration: what ran before is of no use any more."""
        same = "\n".join(function.identity.split("\n")[:4]) + "\n"
        for identity in [known for known in self._pools if known.startswith(same)]:
            self._pools.pop(identity).close()

    def _measure(
        self, function: Function, invoked_arn: str, milliseconds: float, *, is_error: bool
    ) -> None:
        alias = next(iter(invoked_arn.split(":")[7:8]), "$LATEST")
        values = (1.0, float(is_error), 0.0, round(milliseconds, 2))
        for series in _series(function.scope, function.name, alias):
            self._telemetry.count(zip(series, values, strict=True))

    async def _let_go(self) -> None:
        while True:
            await asyncio.sleep(_LET_GO_SECONDS)
            for identity, pool in list(self._pools.items()):
                pool.let_go()
                if not pool.size:
                    del self._pools[identity]

    async def _close(self) -> None:
        self._keeper.cancel()
        for pool in self._pools.values():
            pool.close()

    def _await(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@lru_cache(maxsize=1024)
def _series(scope: Scope, name: str, alias: str) -> list[tuple[Series, ...]]:
    """What an invocation counts under: the function's metrics, and those of its alias."""
    found = [series_of(scope, _NAMESPACE, _UNITS, FunctionName=name)]
    if alias != "$LATEST":
        by = {"FunctionName": name, "Resource": f"{name}:{alias}"}
        found.append(series_of(scope, _NAMESPACE, _UNITS, **by))
    return found
