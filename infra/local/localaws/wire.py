"""How AWS requests name a service and an operation, and how answers and errors are shaped.

Requests of the JSON protocol (Glue, Logs, Application Auto Scaling, SageMaker, ...) are
decoded and encoded here; other protocols are recognised, and their errors shaped.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from localaws.errors import AwsError

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_CBOR_PATH = re.compile(r"^/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)$")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """One HTTP request, decoded as far as every protocol shares it. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]

    @property
    def scope(self) -> tuple[str, str]:
        """(service, region) of the signature, header or presigned; ("", "") when unsigned."""
        signed = self.headers.get("authorization", "")
        if not signed and "X-Amz-Credential" in self.query:
            signed = f"Credential={self.query['X-Amz-Credential'][0]}"
        found = _SCOPE.search(unquote(signed))
        return (found["service"], found["region"]) if found else ("", "")

    @property
    def s3_level(self) -> str:
        """Whether an S3 request is about a "bucket" or a "key" in it."""
        host = self.headers.get("host", "").split(":")[0]
        path_style = host == "localhost" or host.replace(".", "").isdigit()
        path = self.path.lstrip("/")
        return "key" if (path.partition("/")[2] if path_style else path) else "bucket"

    @property
    def has_form(self) -> bool:
        """Whether the body is a form, where the query protocol puts the operation's name."""
        return self.headers.get("content-type", "").startswith(_FORM)

    def operation(self, form: bytes = b"") -> str:
        """The operation that the request names; "" for REST protocols, which name none."""
        target = self.headers.get("x-amz-target", "")
        if target:
            return target.rpartition(".")[2]
        if rpc := _CBOR_PATH.match(self.path):
            return rpc["operation"]
        fields = parse_qs(form.decode("utf-8", "replace")) if form else self.query
        return fields.get("Action", [""])[0]


@dataclass(frozen=True)
class Response:
    """An HTTP response with its whole body."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_of(scope: dict[str, Any]) -> Request:
    """The request of an ASGI scope; repeated headers are joined as HTTP allows."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    return Request(scope["method"], scope["path"], headers, query)


def decode_json(body: bytes) -> dict[str, Any]:
    """The parameters of a JSON protocol request."""
    try:
        payload = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", f"The body is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise AwsError("SerializationException", "The body must be a JSON object.")
    return payload


def encode_json(request: Request, document: dict[str, Any], request_id: str) -> Response:
    """A success of the JSON protocol: times are epoch seconds, bytes are base64."""
    body = json.dumps(document, default=_json_value).encode()
    return Response(200, _json_headers(request, request_id), body)


def xml(body: bytes, request_id: str) -> Response:
    """A success of a protocol that answers in XML."""
    return Response(200, _xml_headers(request_id), body)


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """The document as JSON carries it: what the wire would make of times and bytes."""
    copied: dict[str, Any] = json.loads(json.dumps(document, default=_json_value))
    return copied


def encode_error(request: Request, error: AwsError, request_id: str) -> Response:
    """The error in the shape of the protocol that the request speaks."""
    if _CBOR_PATH.match(request.path):
        body = b"\xa2" + b"".join(
            _cbor_text(part) for part in ("__type", error.code, "message", error.message)
        )
        headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Response(error.status, headers | {"x-amzn-requestid": request_id}, body)
    if "x-amz-target" in request.headers:
        document = {"__type": error.code, "message": error.message, **error.details}
        return Response(
            error.status, _json_headers(request, request_id), json.dumps(document).encode()
        )
    if request.has_form or "Action" in request.query:
        fault = "Receiver" if error.status >= 500 else "Sender"
        text = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{error.code}</Code>"
            f"<Message>{escape(error.message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Response(error.status, _xml_headers(request_id), text.encode())
    if request.scope[0] in ("s3", ""):
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
            f"<Resource>{escape(request.path)}</Resource><RequestId>{request_id}</RequestId></Error>"
        )
        return Response(error.status, _xml_headers(request_id), text.encode())
    headers = _json_headers(request, request_id) | {"x-amzn-errortype": error.code}
    headers["content-type"] = "application/json"
    document = {"message": error.message, **error.details}
    return Response(error.status, headers, json.dumps(document).encode())


def _cbor_text(text: str) -> bytes:
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded


def _json_headers(request: Request, request_id: str) -> dict[str, str]:
    asked = request.headers.get("content-type", "")
    content_type = asked if asked.startswith("application/x-amz-json") else "application/json"
    return {"content-type": content_type, "x-amzn-requestid": request_id}


def _xml_headers(request_id: str) -> dict[str, str]:
    return {
        "content-type": "text/xml",
        "x-amzn-requestid": request_id,
        "x-amz-request-id": request_id,
    }


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
