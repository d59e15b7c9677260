"""Calls from inside the process to any service of the gateway, ours or ministack's.

A call takes the same way as one over HTTP (overrides, durability, errors), without the socket:
botocore's own models write the request and read the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

import botocore.awsrequest
import botocore.exceptions
import botocore.parsers
import botocore.serialize
import botocore.session

from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.operations import Document

AsgiApp = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]],
    Awaitable[None],
]

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"
# A handler may wait for another service, but never longer than a client would wait for it.
_TIMEOUT_SECONDS = 120.0


class InProcessCaller:
    """`caller("glue", "GetJob", {"JobName": "x"})` answers as boto3's `get_job` would."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._session = botocore.session.Session()
        self._models: dict[str, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop that serves the app; calls before this are a bug."""
        self._loop = loop

    def __call__(
        self,
        service: str,
        operation: str,
        payload: Document,
        region: str = DEFAULT_REGION,
        account: str = DEFAULT_ACCOUNT,
    ) -> Document:
        """Call from a worker thread; blocks until the answer is there and durable."""
        if self._loop is None:
            raise RuntimeError("the gateway is not serving yet")
        model = self._model(service)
        shape = model.operation_model(operation)
        protocol = model.resolved_protocol
        try:
            writer = botocore.serialize.create_serializer(protocol)
            sent = writer.serialize_to_request(payload, shape)
        except botocore.exceptions.ParamValidationError as invalid:
            raise AwsError("ValidationException", str(invalid)) from invalid
        signing_name = model.signing_name
        scope = _scope(sent, signing_name, region, account)
        answer = asyncio.run_coroutine_threadsafe(
            self._exchange(scope, _body(sent, scope)), self._loop
        ).result(_TIMEOUT_SECONDS)
        answer["context"] = {"operation_name": operation}
        streamed = None
        if shape.has_streaming_output and answer["status_code"] < 300:
            # The parser would make text of it, and fail where it is none.
            streamed, answer["body"] = answer["body"], b""
        parsed: Document = botocore.parsers.create_parser(protocol).parse(
            answer, shape.output_shape
        )
        if answer["status_code"] >= 300:
            error = parsed.get("Error", {})
            raise AwsError(
                str(error.get("Code", "InternalFailure")),
                str(error.get("Message", "")),
                answer["status_code"],
            )
        parsed.pop("ResponseMetadata", None)
        if streamed is not None:
            parsed[shape.output_shape.serialization["payload"]] = streamed
        return parsed

    def _model(self, service: str) -> Any:
        if service not in self._models:
            self._models[service] = self._session.get_service_model(service)
        return self._models[service]

    async def _exchange(self, scope: dict[str, Any], body: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        chunks: list[bytes] = []
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer["status_code"] = message["status"]
                answer["headers"] = botocore.awsrequest.HeadersDict(
                    {k.decode("latin-1"): v.decode("latin-1") for k, v in message["headers"]}
                )
            elif message["type"] == "http.response.body":
                chunks.append(bytes(message.get("body", b"")))

        await self._app(scope, receive, send)
        answer["body"] = b"".join(chunks)
        return answer


def _scope(sent: dict[str, Any], signing_name: str, region: str, account: str) -> dict[str, Any]:
    path, _, fixed_query = sent["url_path"].partition("?")
    query = sent["query_string"]
    pairs = urlencode(query, doseq=True) if isinstance(query, dict) else str(query)
    headers = {name.lower(): str(value) for name, value in sent["headers"].items()}
    headers["host"] = "localhost"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{signing_name}/aws4_request, "
        "SignedHeaders=host, Signature=in-process"
    )
    return {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": sent["method"],
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": "&".join(part for part in (fixed_query, pairs) if part).encode("latin-1"),
        "headers": [(k.encode("latin-1"), v.encode("utf-8")) for k, v in headers.items()],
        "client": ("127.0.0.1", 0),
    }


def _body(sent: dict[str, Any], scope: dict[str, Any]) -> bytes:
    body = sent["body"]
    if isinstance(body, dict):  # the query protocol leaves the form to the HTTP layer
        scope["headers"].append((b"content-type", b"application/x-www-form-urlencoded"))
        body = urlencode(body, doseq=True)
    if hasattr(body, "read"):
        body = body.read()
    encoded: bytes = body.encode("utf-8") if isinstance(body, str) else bytes(body or b"")
    if not any(name == b"content-length" for name, _ in scope["headers"]):
        scope["headers"].append((b"content-length", str(len(encoded)).encode("ascii")))
    return encoded
