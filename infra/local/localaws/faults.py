"""Faults on request: calls of AWS that are throttled, fail, wait, or lose their answer.

Only there when the gateway was started with `--faults`; calls inside of the process and requests
that nobody signed (pages, the API) are never disturbed.
Rules are told and asked at `/_localaws/faults`: POST adds one and answers it with its id, GET lists
them with what they hit, DELETE forgets all, or the one of `?id=`.
`/_localaws/faults/calls` counts what was called.
All of it lives in memory: a killed gateway comes back whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from localaws import asgi, wire
from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from localaws.ministack_seam import Receive, Send

    App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

PATH = "/_localaws/faults"
Kind = Literal["throttle", "error", "timeout", "slow", "torn"]
# Of those that wait.
_SECONDS = 5.0
# What AWS's services call it when they are asked too often.
_THROTTLES = {
    "s3": ("SlowDown", 503),
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "monitoring": ("Throttling", 400),
    "cloudformation": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "lambda": ("TooManyRequestsException", 429),
    "athena": ("TooManyRequestsException", 400),
}
_S3_BY_METHOD = {
    ("GET", "key"): "GetObject",
    ("PUT", "key"): "PutObject",
    ("HEAD", "key"): "HeadObject",
    ("DELETE", "key"): "DeleteObject",
    ("GET", "bucket"): "ListObjects",
    ("HEAD", "bucket"): "HeadBucket",
    ("POST", "bucket"): "DeleteObjects",
    ("POST", "key"): "MultipartUpload",
}


@dataclass
class Rule:
    """Which calls go wrong, how, how often and for how long.

    - `throttle`, `error`: answered with the service's own code, nothing is done.
    - `timeout`: no answer for `seconds`, then the connection is cut; nothing is done.
    - `slow`: done after `seconds`.
    - `torn`: done, and the connection cut instead of an answer: whoever tries again does it twice.
    """

    service: str
    kind: Kind
    operation: str = "*"
    rate: float = 1.0
    count: int = 0
    """Calls to hit at most; 0 for all until `until`."""
    until: float = 0.0
    """Epoch seconds; 0 for no end."""
    seconds: float = _SECONDS
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    hits: int = 0
    hit_at: list[float] = field(default_factory=list)
    answered_at: float = 0.0
    """When such a call was answered well again after the last hit."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind is {self.kind!r}, expected one of {', '.join(get_args(Kind))}")
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate is {self.rate}, expected more than 0 and at most 1")

    def is_over(self, now: float) -> bool:
        return bool((self.count and self.hits >= self.count) or (self.until and now >= self.until))

    def is_about(self, service: str, operation: str) -> bool:
        return fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)


class Rules:
    """The rules in their order; the first that fits a call and the dice decides."""

    def __init__(self, dice: random.Random, clock: Callable[[], float] = time.time) -> None:
        self._rules: list[Rule] = []
        self._dice = dice
        self._clock = clock

    def add(self, rule: Rule) -> Rule:
        self._rules.append(rule)
        return rule

    def forget(self, rule_id: str = "") -> None:
        """Forget one rule, or all of them."""
        self._rules[:] = [rule for rule in self._rules if rule_id not in ("", rule.id)]

    def list(self) -> list[dict[str, Any]]:
        """Each with its hits, those that are over among them."""
        now = self._clock()
        return [asdict(rule) | {"is_over": rule.is_over(now)} for rule in self._rules]

    def strike(self, service: str, operation: str) -> Rule | None:
        """The rule that this call falls under; it counts as hit."""
        now = self._clock()
        for rule in self._rules:
            if rule.is_over(now) or not rule.is_about(service, operation):
                continue
            if self._dice.random() < rule.rate:
                rule.hits += 1
                rule.hit_at.append(now)
                rule.answered_at = 0.0
                return rule
        return None

    def note_answer(self, service: str, operation: str) -> None:
        """A call was answered, and not with a fault of the server's."""
        for rule in self._rules:
            if rule.hits and not rule.answered_at and rule.is_about(service, operation):
                rule.answered_at = self._clock()


class Disturbed:
    """The gateway behind its faults: an ASGI application around another."""

    def __init__(
        self,
        app: App,
        name_of: Callable[[wire.Request, bytes], str],
        tell_throttle: Callable[[wire.Request, str, bytes], Awaitable[None]],
        cut: Callable[[Any], None],
    ) -> None:
        self._app = app
        self._name_of = name_of
        self._tell_throttle = tell_throttle
        self._rules = Rules(random.Random())  # noqa: S311 - dice of a test
        self._cut = cut
        self._calls: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A client that leaves before its request is complete gets no answer.
        with contextlib.suppress(ConnectionError):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        request = wire.request_of(scope)
        if request.path.startswith(PATH):
            await asgi.send(send, self._administer(request, await asgi.read(receive)))
            return
        service = request.scope[0]
        if not service:
            await self._app(scope, receive, send)
            return
        if request.has_form:  # the operation stands in the body
            body = await asgi.read(receive)
            receive = asgi.replay(body, receive)
            operation = self._name_of(request, body)
        else:
            operation = self._name_of(request, b"")
        self._calls[service, operation] += 1
        rule = self._rules.strike(service, operation)
        if rule is None:

            async def watched(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start" and message["status"] < 500:
                    self._rules.note_answer(service, operation)
                await send(message)

            await self._app(scope, receive, watched)
        else:
            await self._disturb(rule, request, operation, scope, receive, send)

    async def _disturb(
        self,
        rule: Rule,
        request: wire.Request,
        operation: str,
        scope: dict[str, Any],
        receive: Receive,
        send: Send,
    ) -> None:
        if rule.kind in ("throttle", "error"):
            body = await asgi.read(receive)
            if rule.kind == "throttle":
                await self._tell_throttle(request, operation, body)
            answer = wire.encode_error(request, _error(rule.kind, request), uuid.uuid4().hex)
            await asgi.send(send, answer)
        elif rule.kind == "slow":
            await asyncio.sleep(rule.seconds)
            await self._app(scope, receive, send)
        else:
            if rule.kind == "timeout":
                await asyncio.sleep(rule.seconds)
            else:
                await self._app(scope, receive, _nowhere)
            self._cut(scope["client"])

    def _administer(self, request: wire.Request, body: bytes) -> wire.Response:
        if request.path == f"{PATH}/calls":
            calls = [[*call, times] for call, times in sorted(self._calls.items())]
            return _json(calls)
        if request.method == "DELETE":
            self._rules.forget(request.query.get("id", [""])[0])
        if request.method != "POST":
            return _json(self._rules.list())
        try:
            rule = self._rules.add(Rule(**json.loads(body)))
        except (TypeError, ValueError) as error:
            return _json({"message": str(error)}, 400)
        return _json(asdict(rule))


def operation_name(request: wire.Request, form: bytes, routed: str = "") -> str:
    """The operation that a rule can name; for S3, by what a request does to a key or a bucket."""
    named = request.operation(form) or routed
    if named:
        return named
    if request.scope[0] == "s3":
        return _S3_BY_METHOD.get((request.method, request.s3_level), request.method)
    return f"{request.method} {request.path}"


def _error(kind: Kind, request: wire.Request) -> AwsError:
    service = request.scope[0]
    if kind == "throttle":
        code, status = _THROTTLES.get(service, ("ThrottlingException", 400))
        return AwsError(code, "Rate exceeded: a fault on request.", status)
    code = "InternalError" if service == "s3" else "InternalServerError"
    return AwsError(code, "We encountered an internal error: a fault on request.", 500)


def _json(document: object, status: int = 200) -> wire.Response:
    headers = {"content-type": "application/json"}
    return wire.Response(status, headers, json.dumps(document).encode())


async def _nowhere(_message: dict[str, Any]) -> None:
    """Where an answer goes that is lost."""
