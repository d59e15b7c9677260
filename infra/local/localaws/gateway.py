"""The ASGI application: our operations first, everything else to ministack."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import json
import logging
import re
import uuid
from typing import TYPE_CHECKING, Any

from localaws import asgi, query_protocol, unsupported, wire
from localaws.calls import DEFAULT_REGION, InProcessCaller
from localaws.cors import Cors
from localaws.durability import Durability, NotKeptError
from localaws.dynamodb_throttles import NAMESPACE as DYNAMODB_METRICS
from localaws.dynamodb_throttles import throttle_events
from localaws.errors import AwsError, not_implemented
from localaws.faults import operation_name
from localaws.host import Host, Options, register_packages
from localaws.ministack_s3_seam import watching_writes
from localaws.ministack_seam import Ministack, Receive, Send
from localaws.operations import Call, Document, Handler, Operations, RestCall, Route
from localaws.state import Store
from localaws.write_needs import Need

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger("localaws.gateway")
_HEALTH_PATH = "/_localaws/health"
_ACCESS_KEY = re.compile(r"Credential=(?P<key>[^/,\s]+)/")
_WATCH_SECONDS = 1.0
# So many collections of younger objects come before one of all; Python's default is 10.
_YOUNG_COLLECTIONS = 1000
_UNSIGNED_OPERATIONS = {"ConfirmSubscription": "sns", "Unsubscribe": "sns"}


class Gateway:
    """One endpoint for every service; routes by the signature's scope."""

    def __init__(self, options: Options) -> None:
        options.state_dir.mkdir(parents=True, exist_ok=True)
        self._ministack = Ministack(options.port, options.state_dir)
        self._caller = InProcessCaller(self)
        self._beneath_caller = InProcessCaller(self._beneath)
        self._operations = Operations()
        self._host = Host(
            options=options,
            store=Store(options.state_dir / "localaws.sqlite"),
            operations=self._operations,
            call=self._caller,
            call_beneath=self._beneath_caller,
        )
        # S3's files are not forced to the disk either: together they survive a kill.
        kept = Store(options.state_dir / "ministack.sqlite", synchronous="NORMAL")
        self._durability = Durability(self._ministack, kept)
        self._cors = Cors(self._ask_options)
        self._watch_task: asyncio.Task[None] | None = None
        self._packages = register_packages(self._host)
        self._status = "starting"

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http":
            # A client that leaves before its request is complete gets no answer.
            with contextlib.suppress(ConnectionError):
                await self._serve(scope, receive, send)
        else:
            await self._ministack(scope, receive, send)

    def operation_of(self, request: wire.Request, form: bytes) -> str:
        """What faults call the operation that a request names, in its body, headers or path."""
        found = self._operations.find_route(request.scope[0], request)
        return operation_name(request, form, found[0].operation if found else "")

    async def tell_throttle(self, request: wire.Request, operation: str, body: bytes) -> None:
        """Let CloudWatch know of a call that a fault refused: DynamoDB counts those itself."""
        data = throttle_events(operation, body) if request.scope[0] == "dynamodb" else []
        if data:
            told = {"Namespace": DYNAMODB_METRICS, "MetricData": data}
            region, account = request.scope[1] or DEFAULT_REGION, self._account(request)
            await asyncio.to_thread(
                self._caller, "cloudwatch", "PutMetricData", told, region=region, account=account
            )

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        request = wire.request_of(scope)
        if request.path == _HEALTH_PATH:
            await asgi.send(send, self._health())
            return
        service = request.scope[0]
        body: bytes | None = None
        if request.has_form:  # the query protocol names its operation in the body
            body = await asgi.read(receive)
        operation = request.operation(body or b"")
        handler = self._operations.find(service, operation)
        if handler is not None:
            body = await asgi.read(receive) if body is None else body
            call = self._call(request, operation)
            await asgi.send(send, await self._answer(handler, request, call, body))
            return
        if not operation and (routed := self._operations.find_route(service, request)):
            route, parameters = routed
            called = self._call(request, route.operation)
            body = await asgi.read(receive) if body is None else body
            await asgi.send(
                send, await _answer_rest(route, request, RestCall(called, parameters), body)
            )
            return
        await self._pass_on(scope, receive, send, request, operation, body)

    async def _beneath(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve a request without our own operations."""
        request = wire.request_of(scope)
        body = await asgi.read(receive)
        operation = request.operation(body if request.has_form else b"")
        await self._pass_on(scope, receive, send, request, operation, body)

    async def _pass_on(
        self,
        scope: dict[str, Any],
        receive: Receive,
        send: Send,
        request: wire.Request,
        operation: str,
        body: bytes | None,
    ) -> None:
        """Let ministack answer; hold a success back until it is kept.

        An answer that says "unknown operation" is replaced by an error that names it.
        """
        service = request.scope[0]
        if refused := unsupported.refusal(request, service, operation, request.s3_level):
            await asgi.send(send, wire.encode_error(request, refused, str(uuid.uuid4())))
            return
        # The URLs in SNS's messages are visited without a signature.
        owner = service or _UNSIGNED_OPERATIONS.get(operation, "")
        plan = self._durability.plan(request, owner, operation)
        if plan.need is Need.JOURNAL and body is None:
            body = await asgi.read(receive)

        held: list[dict[str, Any]] = []

        async def kept_send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                if 400 <= message["status"] < 500:
                    held.append(message)
                    return
                if message["status"] < 400 and lost:
                    raise NotKeptError(lost[0])
                if message["status"] < 400:
                    await self._durability.commit(plan, scope, body or b"")
            elif held:
                start = held.pop()
                if unsupported.is_unknown(start["status"], bytes(message["body"])):
                    name = operation or f"{request.method} {request.path}"
                    error = not_implemented(service, name)
                    await asgi.send(send, wire.encode_error(request, error, str(uuid.uuid4())))
                    return
                await send(start)
            await send(message)

        try:
            with watching_writes() as lost:
                await self._ministack(
                    scope, receive if body is None else asgi.replay(body, receive), kept_send
                )
        except NotKeptError as error:
            code = "InternalError" if service == "s3" else "InternalFailure"
            failure = AwsError(code, str(error), 500)
            await asgi.send(send, wire.encode_error(request, failure, str(uuid.uuid4())))

    async def _answer(
        self, handler: Handler, request: wire.Request, call: Call, body: bytes
    ) -> wire.Response:
        try:
            payload = (
                query_protocol.decode(call.service, call.operation, body)
                if request.has_form
                else wire.decode_json(body)
            )
            with self._ministack.request_scope(call.account, call.region):
                document = await _run(handler, payload, call)
        except AwsError as error:
            return wire.encode_error(request, error, call.request_id)
        except Exception as error:  # noqa: BLE001 - other callers are served on; AWS's 500, logged
            _log.exception("%s:%s failed", call.service, call.operation)
            failure = AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500)
            return wire.encode_error(request, failure, call.request_id)
        if request.has_form:
            answer = query_protocol.encode(call.service, call.operation, document, call.request_id)
            return wire.xml(answer, call.request_id)
        return wire.encode_json(request, document, call.request_id)

    def _call(self, request: wire.Request, operation: str) -> Call:
        service, region = request.scope
        return Call(
            service=service,
            operation=operation,
            region=region or DEFAULT_REGION,
            account=self._account(request),
            request_id=str(uuid.uuid4()),
        )

    def _account(self, request: wire.Request) -> str:
        found = _ACCESS_KEY.search(request.headers.get("authorization", ""))
        return self._ministack.account_of(found["key"] if found else "")

    async def allows_origin(self, request: wire.Request) -> bool:
        """Whether CORS of what is asked for allows a request that a page of another site sends."""
        return await self._cors.allows(request)

    async def _ask_options(self, request: wire.Request) -> dict[str, str]:
        """The headers of the answer to a browser's question before a request."""
        method = request.headers.get("access-control-request-method") or request.method
        headers = {**request.headers, "access-control-request-method": method}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": "OPTIONS",
            "path": request.path,
            "raw_path": request.path.encode(),
            "query_string": b"",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
            "client": ("127.0.0.1", 0),
        }
        found: dict[str, str] = {}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            for name, value in message.get("headers", ()):
                found[name.decode("latin-1").lower()] = value.decode("latin-1")

        await self._serve(scope, receive, send)
        return found

    def _health(self) -> wire.Response:
        document = {
            "status": self._status,
            "services": self._ministack.service_names(),
            "own_operations": self._operations.services(),
            "packages": self._packages,
        }
        return wire.Response(
            200, {"content-type": "application/json"}, json.dumps(document).encode()
        )

    async def _lifespan(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        async def started_send(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._start()
            await send(message)

        async def stopping_receive() -> Any:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._stop()
            return message

        await self._ministack(scope, stopping_receive, started_send)

    async def _start(self) -> None:
        self._caller.attach(asyncio.get_running_loop())
        self._beneath_caller.attach(asyncio.get_running_loop())
        await self._durability.restore()
        self._durability.start()
        self._watch_task = asyncio.create_task(self._watch())
        await _run_hooks(self._host.on_start)
        # A look through everything holds all requests up for a tenth of a second, to find little:
        # what is in cycles here dies young.
        gc.set_threshold(*gc.get_threshold()[:2], _YOUNG_COLLECTIONS)
        self._status = "running"

    async def _watch(self) -> None:
        """Some states change with time alone: data grows old, and missing data says something."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            for watch in self._host.every_second:
                try:
                    if watch():
                        self._durability.note_change()
                except Exception:  # noqa: BLE001 - the next second may be better; logged
                    _log.exception("what happens every second failed")

    async def _stop(self) -> None:
        self._status = "stopping"
        if self._watch_task is not None:
            self._watch_task.cancel()
        await _run_hooks(self._host.on_stop)
        await self._durability.stop()


async def _answer_rest(
    route: Route, request: wire.Request, called: RestCall, body: bytes
) -> wire.Response:
    request_id = called.call.request_id
    try:
        return await route.handler(request, called, body)
    except AwsError as error:
        return wire.encode_error(request, error, request_id)
    except Exception as error:  # noqa: BLE001 - other callers are served on; AWS's 500, logged
        _log.exception("%s:%s failed", called.call.service, route.operation)
        failure = AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500)
        return wire.encode_error(request, failure, request_id)


async def _run(handler: Handler, payload: Document, call: Call) -> Document:
    if inspect.iscoroutinefunction(handler):
        answered = await handler(payload, call)
    else:
        answered = await asyncio.to_thread(handler, payload, call)
    if not isinstance(answered, dict):
        raise TypeError(f"{call.operation} answered {type(answered).__name__}, expected a dict")
    return answered


async def _run_hooks(hooks: Iterable[Any]) -> None:
    for hook in hooks:
        await asyncio.to_thread(hook)
