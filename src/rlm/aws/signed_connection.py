"""Signed POSTs to one service on one kept connection; each is answered whole by its deadline.

An SDK's client bounds each read from a socket: a server that sends a byte now and then is waited
for without end. It also takes many times the CPU time, for what such a request has no use for.
What is left is botocore's signature and Python's own reading of HTTP;
docs/decisions/api-functions.md has what was measured.
"""

from __future__ import annotations

import io
import json
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path
from urllib3.util.wait import wait_for_read

from rlm.aws.faults import NONSENSE, DependencyError, fault_of, fault_of_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.aws.faults import Fault


@dataclass(frozen=True)
class Service:
    """What is asked: as faults name it, as it is signed for, and for how long it is waited for.

    `connect_seconds` are for the connection with all that secures it, `answer_seconds` from the
    question's first byte to the answer's last.
    """

    dependency: str
    signed_for: str
    connect_seconds: float
    answer_seconds: float


class SignedConnection:
    """One service at one address; `credentials` are those of a botocore session.

    None where it found none: each request then fails, as with the SDK. For one request at a time,
    as functions answer them.
    """

    def __init__(self, url: str, region: str, credentials: Any, service: Service) -> None:
        self._url = url.rstrip("/")
        self._region = region
        self._credentials = credentials
        self._service = service
        self._socket: socket.socket | None = None

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """The body of a 200. Raises DependencyError; never asks twice."""
        request = self._signed(path, headers, body)
        try:
            answer, content = self._exchange(request)
        except (OSError, HTTPException) as error:
            self._close()
            raise self._error(_fault_of(error), repr(error)) from error
        if answer.status != 200:
            code = _code(answer, content)
            said = content[:200].decode("utf-8", "replace")
            raise self._error(fault_of_code(code), f"{answer.status} {code}: {said}")
        return content

    def _signed(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Credentials may have to be fetched anew, from a service that may fail as any other."""
        host = {"Host": urlsplit(self._url).netloc, "Accept-Encoding": "identity"}
        request = AWSRequest("POST", self._url + path, {**host, **headers}, body)
        try:
            if self._credentials is None:
                raise NoCredentialsError
            frozen = self._credentials.get_frozen_credentials()
            SigV4Auth(frozen, self._service.signed_for, self._region).add_auth(request)
        except (BotoCoreError, ClientError) as error:
            raise self._error(fault_of(error), str(error)) from error
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join((f"POST {path} HTTP/1.1", *lines, f"Content-Length: {len(body)}"))
        return f"{head}\r\n\r\n".encode() + body

    def _exchange(self, request: bytes) -> tuple[HTTPResponse, bytes]:
        if self._socket is not None and wait_for_read(self._socket, timeout=0):
            # Nothing was asked: what there is to read is that the other side has hung up.
            self._close()
        if self._socket is None:
            self._socket = _connected(self._url, self._service.connect_seconds)
        until = _Until(self._socket, self._service.answer_seconds)
        self._socket.sendall(request)
        answer = HTTPResponse(until, method="POST")  # type: ignore[arg-type]
        answer.begin()
        content = answer.read()
        if answer.will_close:
            self._close()
        return answer, content

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _error(self, fault: Fault, detail: str) -> DependencyError:
        return DependencyError(self._service.dependency, fault, detail)


class _Until(io.RawIOBase):
    """What a socket has to say until its time is up: each wait is for what is left of it."""

    def __init__(self, connected: socket.socket, seconds: float) -> None:
        self._socket = connected
        self._ends_at = time.monotonic() + seconds
        connected.settimeout(seconds)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As http.client asks a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_left(self._ends_at))
        return self._socket.recv_into(buffer)


def _connected(url: str, seconds: float) -> socket.socket:
    """A connection, secured where the address says so.

    Addresses of a name that refuse give way to the next; who is silent takes all the time.
    """
    address = urlsplit(url)
    is_secure, host = address.scheme == "https", address.hostname or ""
    authorities = _authorities() if is_secure else None
    found = socket.getaddrinfo(
        host, address.port or (443 if is_secure else 80), type=socket.SOCK_STREAM
    )
    ends_at = time.monotonic() + seconds
    for place, (family, kind, protocol, _, where) in enumerate(found):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            opened.settimeout(_left(ends_at))
            opened.connect(where)
            opened.settimeout(_left(ends_at))
            return authorities.wrap_socket(opened, server_hostname=host) if authorities else opened
        except OSError as error:
            opened.close()
            if isinstance(error, TimeoutError) or place == len(found) - 1:
                raise
    raise OSError(f"{host} has no address")


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is up")
    return left


@cache
def _authorities() -> ssl.SSLContext:
    """The SDK's."""
    return ssl.create_default_context(cafile=get_cert_path(True))


def _code(answer: HTTPResponse, content: bytes) -> str:
    """The error's name, which is in a header or, of DynamoDB, in the body."""
    named = answer.headers.get("x-amzn-errortype")
    if not named:
        try:
            named = str(json.loads(content)["__type"])
        except NONSENSE:
            return ""
    return named.partition(":")[0].rpartition("#")[2]


def _fault_of(error: OSError | HTTPException) -> Fault:
    if isinstance(error, TimeoutError):
        return "timeout"
    return "failed" if isinstance(error, ssl.SSLError) else "refused"
