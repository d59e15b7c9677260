"""Requests to REST APIs: answered as ministack's API Gateway does, measured as CloudWatch would.

`http://127.0.0.1:<port>/_aws/execute-api/<api id>/<stage>/<path>` stands for
`https://<api id>.execute-api.<region>.amazonaws.com/<stage>/<path>`.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from localaws import wire
from localaws.ministack_apigateway_seam import RestApis
from localaws.operations import RestCall, Route
from localaws.telemetry import Series, Telemetry, series_of

if TYPE_CHECKING:
    from localaws.host import Host
    from localaws.scope import Scope

_PATH = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)/(?P<stage>[^/]+)(?P<path>/.*)?", re.DOTALL)
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_NAMESPACE = "AWS/ApiGateway"
_UNITS = {"Count": "Count", "4XXError": "Count", "5XXError": "Count", "Latency": "Milliseconds"}
_WITHOUT_BODY = (204, 304)
# API Gateway's limit of a request's body, and the answer that it has for more.
_LARGEST_BODY = 10_485_760
_TOO_LARGE = {"message": f"HTTP content length exceeded {_LARGEST_BODY} bytes."}


class Executions:
    """The data plane of REST APIs; other APIs are ministack's alone."""

    def __init__(self, apis: RestApis, telemetry: Telemetry) -> None:
        self._apis = apis
        self._telemetry = telemetry

    async def execute(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        """Answer a request to a stage, whoever signed it."""
        api_id, stage = called.parameters["api"], called.parameters["stage"]
        scope = self._apis.scope_of(api_id)
        began = time.monotonic()
        request_id = str(uuid.uuid4())
        if len(body) > _LARGEST_BODY:
            headers = {"content-type": "application/json", "x-amzn-RequestId": request_id}
            return wire.Response(413, headers, json.dumps(_TOO_LARGE).encode())
        status, headers, answer = await self._apis.execute(
            api_id,
            stage,
            request.method,
            called.parameters["path"] or "/",
            request.headers,
            request.query,
            body,
            request_id,
        )
        if scope is not None:
            self._measure(scope, api_id, stage, status, (time.monotonic() - began) * 1000)
        # A function that answers without a body says so with null; a mock, with what it was sent.
        content = b"" if status in _WITHOUT_BODY else answer or b""
        return wire.Response(status, _joined(headers, request_id), content)

    def _measure(
        self, scope: Scope, api_id: str, stage: str, status: int, milliseconds: float
    ) -> None:
        name = self._apis.name_of(scope, api_id)
        is_client_error, is_server_error = 400 <= status < 500, status >= 500
        values = (1.0, float(is_client_error), float(is_server_error), float(round(milliseconds)))
        for series in _series(scope, name, stage):
            self._telemetry.count(zip(series, values, strict=True))


def register(host: Host) -> None:
    """Serve the data plane, for requests with and without a signature."""
    telemetry = Telemetry(host.call, "apigateway-telemetry")
    executions = Executions(RestApis(), telemetry)
    routes = [Route("Execute", method, _PATH, executions.execute) for method in _METHODS]
    for signed_for in ("", "execute-api"):
        host.operations.add_routes(signed_for, routes)
    host.on_start.append(telemetry.start)
    host.on_stop.append(telemetry.stop)


def _joined(headers: dict[str, Any], request_id: str) -> dict[str, str]:
    """One line a header, under AWS's own names for what every answer carries."""
    lines = {
        name: ", ".join(value) if isinstance(value, list) else str(value)
        for name, value in headers.items()
        if name.lower() not in ("content-length", "x-amzn-requestid")
    }
    return lines | {"x-amzn-RequestId": request_id}


@lru_cache(maxsize=1024)
def _series(scope: Scope, name: str, stage: str) -> tuple[tuple[Series, ...], ...]:
    """What a request counts under: the API's metrics, and its stage's."""
    return (
        series_of(scope, _NAMESPACE, _UNITS, ApiName=name),
        series_of(scope, _NAMESPACE, _UNITS, ApiName=name, Stage=stage),
    )
