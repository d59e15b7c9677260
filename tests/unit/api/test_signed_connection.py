"""One connection, one deadline: whatever a server does, a fault says it in time."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, CredentialRetrievalError
from urllib3.util.wait import wait_for_read

from rlm.aws.faults import DependencyError
from rlm.aws.signed_connection import Service, SignedConnection, _authorities

from .stub_server import StubServer, answers, is_silent, says, trickles

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENT = Service("shop", "dynamodb", connect_seconds=10, answer_seconds=10)
HASTY = Service("shop", "dynamodb", connect_seconds=0.2, answer_seconds=0.2)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def running() -> Iterator[StubServer]:
    server = StubServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(running: StubServer) -> Iterator[StubServer]:
    yield running
    running.forget()


@pytest.fixture(scope="module")
def credentials() -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKID", "secret", "token")
    return session.get_credentials()


def post(connection: SignedConnection) -> bytes:
    return connection.post("/", {"Content-Type": "application/json"}, b"{}")


def fault_of(connection: SignedConnection) -> str:
    with pytest.raises(DependencyError) as raised:
        post(connection)
    assert raised.value.dependency == "shop"
    return raised.value.fault


def test_one_connection_serves_one_request_after_another(
    server: StubServer, credentials: Any
) -> None:
    server.behaviour = answers(body=b"x" * 100_000)
    kept = SignedConnection(server.url, "eu-west-1", credentials, PATIENT)
    for _ in range(3):
        assert post(kept) == b"x" * 100_000
    assert (len(server.asked), len(server.connections)) == (3, 1)


def test_a_connection_that_was_hung_up_is_made_anew(server: StubServer, credentials: Any) -> None:
    kept = SignedConnection(server.url, "eu-west-1", credentials, PATIENT)
    server.behaviour = says(WHOLE + b"twelve bytes")
    assert post(kept) == b"twelve bytes"
    assert wait_for_read(kept._socket, timeout=10)
    assert post(kept) == b"twelve bytes"
    assert len(server.connections) == 2


@pytest.mark.parametrize("head", [b"", WHOLE], ids=["from the first byte", "in the body"])
def test_an_answer_that_trickles_is_not_waited_for(
    server: StubServer, credentials: Any, head: bytes
) -> None:
    """Each byte comes long before a read would time out; the whole takes ten times the time."""

    def trickle(handler: Any) -> None:
        handler.write(head)
        trickles((WHOLE + b"twelve bytes").removeprefix(head), 0.15)(handler)

    server.behaviour = trickle
    assert fault_of(SignedConnection(server.url, "eu-west-1", credentials, HASTY)) == "timeout"
    assert len(server.asked) == 1


def test_after_a_fault_the_next_request_has_a_connection_of_its_own(
    server: StubServer, credentials: Any
) -> None:
    """Else it would be told the rest of the answer before."""
    kept = SignedConnection(server.url, "eu-west-1", credentials, HASTY)
    server.behaviour = is_silent
    assert fault_of(kept) == "timeout"
    server.behaviour = answers(body=b"mine")
    assert post(kept) == b"mine"
    assert len(server.connections) == 2


@pytest.mark.parametrize(
    "said",
    [b"", WHOLE + b"ten bytes", b"<html>\r\n\r\n", CHUNKED + b"z\r\n"],
    ids=["nothing", "half a body", "no HTTP", "no chunk"],
)
def test_who_hangs_up_too_early_refuses(server: StubServer, credentials: Any, said: bytes) -> None:
    server.behaviour = says(said)
    assert fault_of(SignedConnection(server.url, "eu-west-1", credentials, PATIENT)) == "refused"


def test_nobody_there_is_a_refusal(credentials: Any) -> None:
    gone = SignedConnection("http://127.0.0.1:1", "eu-west-1", credentials, PATIENT)
    assert fault_of(gone) == "refused"


def test_who_takes_no_connection_is_waited_for_once_however_many_addresses(
    credentials: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    class Silent(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"10.0.0.{n}", 80)) for n in (1, 2)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    monkeypatch.setattr(socket, "socket", Silent)
    silent = SignedConnection("http://shop.example", "eu-west-1", credentials, HASTY)
    assert fault_of(silent) == "timeout"
    assert tried == [("10.0.0.1", 80)]


def test_an_address_that_refuses_gives_way_to_the_next(
    server: StubServer, credentials: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.server_address[1]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", p)) for p in (1, port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    assert post(SignedConnection("http://shop.example", "eu-west-1", credentials, PATIENT)) == b"{}"


@pytest.mark.parametrize(
    ("status", "named", "fault"),
    [
        (400, "ThrottlingException", "throttled"),
        (400, "ValidationError:http://internal.amazon.com/", "gone"),
        (
            400,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            "throttled",
        ),
        (400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "gone"),
        (403, "AccessDeniedException", "gone"),
        (424, "ModelError", "failed"),
        (503, "", "failed"),
    ],
)
@pytest.mark.parametrize("where", ["header", "body"])
def test_an_error_is_told_by_its_fault(
    server: StubServer, credentials: Any, status: int, named: str, fault: str, where: str
) -> None:
    """REST services name it in a header, DynamoDB in the body."""
    if where == "header":
        server.behaviour = answers(status, b'{"message": "no"}', {"x-amzn-ErrorType": named})
    else:
        server.behaviour = answers(status, json.dumps({"__type": named}).encode())
    kept = SignedConnection(server.url, "eu-west-1", credentials, PATIENT)
    assert fault_of(kept) == fault
    assert fault_of(kept) == fault
    assert len(server.connections) == 1


@pytest.mark.parametrize("body", [b"<html>", b"7", b"{}", b"[" * 100_000])
def test_an_error_without_a_name_has_failed(
    server: StubServer, credentials: Any, body: bytes
) -> None:
    server.behaviour = answers(500, body)
    assert fault_of(SignedConnection(server.url, "eu-west-1", credentials, PATIENT)) == "failed"


class Refused:
    """Credentials that cannot be fetched."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_frozen_credentials(self) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("credentials", "fault"),
    [
        (None, "failed"),
        (Refused(CredentialRetrievalError(provider="iam-role", error_msg="no")), "failed"),
        (Refused(ConnectTimeoutError(endpoint_url="http://169.254.170.2")), "timeout"),
        (
            Refused(ClientError({"Error": {"Code": "ThrottlingException"}}, "AssumeRole")),
            "throttled",
        ),
    ],
    ids=["none", "not there", "silent", "throttled"],
)
def test_without_credentials_nobody_is_asked(
    server: StubServer, credentials: Any, fault: str
) -> None:
    assert fault_of(SignedConnection(server.url, "eu-west-1", credentials, PATIENT)) == fault
    assert server.asked == []


def test_tls_is_by_the_sdks_authorities_and_a_stranger_is_refused(
    credentials: Any,
) -> None:
    """A server that speaks no TLS stands for one whose certificate is not good."""
    assert _authorities().check_hostname
    assert _authorities().get_ca_certs()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            taken, _ = listening.accept()
            with taken:
                taken.recv(1)
                taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=hang_up, daemon=True).start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        assert fault_of(SignedConnection(url, "eu-west-1", credentials, PATIENT)) == "failed"
