"""InvokeEndpoint: a request goes to a healthy server of the endpoint, and its answer back."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp

from localaws.errors import AwsError, not_implemented
from localaws.operations import RestCall, Route
from localaws.scope import Scope
from localaws.wire import Request, Response

if TYPE_CHECKING:
    from localaws.sagemaker.capture import Capture
    from localaws.sagemaker.fleets import Fleet, Variant
    from localaws.sagemaker.hosting import Hosting
    from localaws.sagemaker.invocation_metrics import InvocationMetrics
    from localaws.sagemaker.servers import Server
    from localaws.sagemaker.traffic import Traffic

# AWS's limits: of a request's and an answer's size, and of the time that a container has.
PAYLOAD_BYTES = 6_291_456
MODEL_SECONDS = 60.0
# How long a request waits for a server that is being started again.
RECOVERY_SECONDS = 30.0
WAIT_SECONDS = 0.02
_CUSTOM = "x-amzn-sagemaker-custom-attributes"
_HANDED_ON = ("content-type", "accept", _CUSTOM, "x-amzn-sagemaker-inference-id")
# What only multi-model, multi-container, stateful and explaining endpoints understand.
_REFUSED = (
    "x-amzn-sagemaker-target-model",
    "x-amzn-sagemaker-target-container-hostname",
    "x-amzn-sagemaker-inference-component",
    "x-amzn-sagemaker-enable-explanations",
    "x-amzn-sagemaker-session-id",
)


@dataclass(frozen=True)
class Answered:
    """What a container said; status 0 when it said nothing."""

    status: int
    headers: dict[str, str]
    body: bytes
    model_seconds: float
    log_stream: str


class Runtime:
    """The operations of the service's runtime."""

    def __init__(self, hosting: Hosting, metrics: InvocationMetrics, capture: Capture) -> None:
        self._hosting = hosting
        self._metrics = metrics
        self._capture = capture
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def routes(self) -> list[Route]:
        path = "/endpoints/(?P<endpoint>[^/]+)/"
        return [
            Route("InvokeEndpoint", "POST", re.compile(path + "invocations"), self.invoke),
            Route(
                "InvokeEndpointAsync", "POST", re.compile(path + "async-invocations"), self.refuse
            ),
            Route(
                "InvokeEndpointWithResponseStream",
                "POST",
                re.compile(path + "invocations-response-stream"),
                self.refuse,
            ),
        ]

    async def refuse(self, _request: Request, called: RestCall, _body: bytes) -> Response:
        raise not_implemented("sagemaker", called.call.operation)

    async def invoke(self, request: Request, called: RestCall, body: bytes) -> Response:
        began = time.perf_counter()
        scope, name = Scope.of(called.call), called.parameters["endpoint"]
        for header in _REFUSED:
            if header in request.headers:
                raise not_implemented("sagemaker", f"InvokeEndpoint with {header}")
        if len(body) > PAYLOAD_BYTES:
            raise AwsError(
                "ValidationError", f"The payload is larger than {PAYLOAD_BYTES} bytes.", 413
            )
        traffic = self._hosting.traffic(scope, name)
        if traffic is None:
            raise _not_found(name, scope)
        target = request.headers.get("x-amzn-sagemaker-target-variant")
        give_up = time.monotonic() + RECOVERY_SECONDS
        while True:
            fleet, variant, server = await self._server(traffic, name, scope, target, give_up)
            answered = await self._ask(server, request, body)
            if answered is not None:
                break
            # Nothing reached a program: another server, or the same one started again, may do.
            await asyncio.sleep(WAIT_SECONDS)
        total = time.perf_counter() - began
        self._metrics.record(
            scope,
            name,
            variant.name,
            status=answered.status,
            instances=len(variant.servers),
            model_seconds=answered.model_seconds,
            overhead_seconds=max(0.0, total - answered.model_seconds),
        )
        if not 200 <= answered.status < 300:
            raise _model_error(answered, name, called)
        capturing = fleet.snapshot.get("DataCaptureConfig")
        if capturing:
            self._capture.see(
                scope,
                name,
                variant.name,
                capturing,
                request,
                body,
                answered,
                called.call.request_id,
            )
        return _response(answered, variant.name, called.call.request_id)

    async def _server(
        self, traffic: Traffic, name: str, scope: Scope, target: str | None, give_up: float
    ) -> tuple[Fleet, Variant, Server]:
        """A healthy server; one that is being started again is waited for."""
        while True:
            chosen = traffic.choose(target)
            if chosen is None and traffic.blue is not None and target is not None:
                raise AwsError("ValidationError", f"Variant {target} of {name} not found.")
            if chosen is None and traffic.blue is None and not traffic.is_coming_back:
                raise _not_found(name, scope)
            server = chosen[1].pick() if chosen is not None else None
            if chosen is not None and server is not None:
                return (*chosen, server)
            if time.monotonic() > give_up:
                raise AwsError("ServiceUnavailable", f"{name} has no healthy instance.", 503)
            await asyncio.sleep(WAIT_SECONDS)

    async def _ask(self, server: Server, request: Request, body: bytes) -> Answered | None:
        """What the server answered; None when the request did not reach it."""
        headers = {key: request.headers[key] for key in _HANDED_ON if key in request.headers}
        reached = SimpleNamespace(reused=False)
        server.outstanding += 1
        began = time.perf_counter()
        try:
            async with self._client().post(
                f"http://127.0.0.1:{server.port}/invocations",
                data=body,
                headers=headers,
                trace_request_ctx=reached,
            ) as answer:
                content = await answer.read()
                seconds = time.perf_counter() - began
                said = {key.lower(): value for key, value in answer.headers.items()}
                return Answered(answer.status, said, content, seconds, server.log_stream)
        except aiohttp.ClientConnectorError:
            return None
        except (aiohttp.ClientError, TimeoutError) as error:
            # A connection that had been kept open may have been closed just before.
            if reached.reused and isinstance(error, aiohttp.ServerDisconnectedError):
                return None
            return _silence(server, time.perf_counter() - began)
        finally:
            server.outstanding -= 1

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            tracing = aiohttp.TraceConfig()

            async def reused(_session: Any, context: Any, _params: Any) -> None:
                context.trace_request_ctx.reused = True

            tracing.on_connection_reuseconn.append(reused)
            self._loop = asyncio.get_running_loop()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=MODEL_SECONDS),
                auto_decompress=False,
                trace_configs=[tracing],
            )
        return self._session

    def close(self) -> None:
        """Close what is kept open to servers; from a thread beside the loop."""
        if self._session is not None and self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result(5)


def _not_found(name: str, scope: Scope) -> AwsError:
    return AwsError("ValidationError", f"Endpoint {name} of account {scope.account} not found.")


def _silence(server: Server, seconds: float) -> Answered:
    return Answered(0, {}, b"", seconds, server.log_stream)


def _model_error(answered: Answered, name: str, called: RestCall) -> AwsError:
    """AWS's 424: what the container said is inside of it, whatever it was."""
    said = answered.body.decode("utf-8", errors="replace")
    if answered.status == 0:
        said = (
            "Your invocation timed out while waiting for a response from container primary, or "
            "the container closed the connection. Review the latency metrics for each container "
            "in Amazon CloudWatch, resolve the issue, and try again."
        )
    kind = "client" if 400 <= answered.status < 500 else "server"
    call = called.call
    stream = (
        f"arn:aws:logs:{call.region}:{call.account}:log-group:/aws/sagemaker/Endpoints/{name}"
        f":log-stream:{answered.log_stream}"
    )
    return AwsError(
        "ModelError",
        f'Received {kind} error ({answered.status}) from primary with message "{said}". '
        f"See the log group /aws/sagemaker/Endpoints/{name} in account {call.account} "
        "for more information.",
        status=424,
        details={
            "OriginalStatusCode": answered.status,
            "OriginalMessage": said,
            "LogStreamArn": stream,
        },
    )


def _response(answered: Answered, variant: str, request_id: str) -> Response:
    headers = {
        "content-type": answered.headers.get("content-type", "application/octet-stream"),
        "x-amzn-invoked-production-variant": variant,
        "x-amzn-requestid": request_id,
    }
    if _CUSTOM in answered.headers:
        headers[_CUSTOM] = answered.headers[_CUSTOM]
    return Response(200, headers, answered.body)
