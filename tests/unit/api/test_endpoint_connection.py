"""What is asked of the endpoint is what the SDK asks, and an error is told by its fault."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import botocore.awsrequest
import botocore.session
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, CredentialRetrievalError

from rlm.aws.endpoint_connection import EndpointConnection
from rlm.aws.faults import DependencyError

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b'{"questions":[]}'
IDS = ("request-1", "caller-22")
SIGNED = (
    "accept",
    "content-type",
    "host",
    "x-amz-date",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-inference-id",
)


class Server:
    """Answers what it is told to, and keeps what it was asked on which connection."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, dict[str, str](), b"{}"
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.connections: set[Any] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sent = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append((self.path, sent, body))
                server.connections.add(self.client_address)
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                self.wfile.write(server.body)
                self.wfile.flush()

            def log_message(self, *_args: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def server(running: Server) -> Server:
    running.status, running.headers, running.body = 200, {}, b"{}"
    running.asked.clear()
    running.connections.clear()
    return running


@pytest.fixture
def session() -> Any:
    made = botocore.session.Session()
    made.set_credentials("AKID", "secret", "token")
    return made


def connection(session: Any, url: str) -> EndpointConnection:
    return EndpointConnection(url, "eu-west-1", session.get_credentials())


def by_the_sdk(session: Any, url: str) -> Any:
    """The request that the SDK makes of the same call."""
    client = session.create_client(
        "sagemaker-runtime", region_name="eu-west-1", endpoint_url=url, aws_access_key_id=None
    )
    sent: list[Any] = []

    def keep(request: Any, **_other: Any) -> Any:
        sent.append(request)
        return botocore.awsrequest.AWSResponse(request.url, 200, {}, None)

    client.meta.events.register("before-send.sagemaker-runtime.InvokeEndpoint", keep)
    client.invoke_endpoint(
        EndpointName="an-endpoint",
        ContentType="application/json",
        Accept="application/json",
        Body=BODY,
        InferenceId=IDS[0],
        CustomAttributes=f"request_id={IDS[0]};correlation_id={IDS[1]}",
    )
    return sent[0]


def test_the_request_is_the_one_that_the_sdk_makes(server: Server, session: Any) -> None:
    assert connection(session, server.url).invoke("an-endpoint", BODY, *IDS) == b"{}"
    ((path, ours, body),) = server.asked
    theirs = by_the_sdk(session, server.url)
    other = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in theirs.headers.items()
    }
    assert (server.url + path, body) == (theirs.url, theirs.body)
    for name in ("content-type", "accept", *(one for one in SIGNED if one.startswith("x-amzn"))):
        assert ours[name] == other[name], name
    assert ours["x-amz-security-token"] == "token"
    # The same key for the same day, region and service; they sign a few headers more.
    scope, names, _ = ours["authorization"].split(", ")
    assert other["authorization"].startswith(scope)
    assert set(SIGNED) <= set(names.removeprefix("SignedHeaders=").split(";"))


def test_one_connection_serves_one_request_after_another(server: Server, session: Any) -> None:
    kept = connection(session, server.url)
    for _ in range(3):
        kept.invoke("an-endpoint", BODY, *IDS)
    assert (len(server.asked), len(server.connections)) == (3, 1)


@pytest.mark.parametrize(
    ("status", "error_type", "fault"),
    [
        (400, "ThrottlingException", "throttled"),
        (400, "ValidationError:http://internal.amazon.com/", "gone"),
        (403, "AccessDeniedException", "gone"),
        (424, "ModelError", "failed"),
        (503, "", "failed"),
    ],
)
def test_an_error_is_told_by_its_fault(
    server: Server, session: Any, status: int, error_type: str, fault: str
) -> None:
    server.status, server.headers = status, {"x-amzn-ErrorType": error_type}
    server.body = json.dumps({"message": "no"}).encode()
    with pytest.raises(DependencyError) as raised:
        connection(session, server.url).invoke("an-endpoint", BODY, *IDS)
    assert (raised.value.dependency, raised.value.fault) == ("recommender", fault)
    assert len(server.asked) == 1


def test_nobody_there_is_a_refusal(session: Any) -> None:
    with pytest.raises(DependencyError, match="recommender refused"):
        connection(session, "http://127.0.0.1:1").invoke("an-endpoint", BODY, *IDS)


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
def test_without_credentials_nobody_is_asked_and_the_fallback_answers(
    server: Server, credentials: Any, fault: str
) -> None:
    unsigned = EndpointConnection(server.url, "eu-west-1", credentials)
    with pytest.raises(DependencyError) as raised:
        unsigned.invoke("an-endpoint", BODY, *IDS)
    assert (raised.value.dependency, raised.value.fault) == ("recommender", fault)
    assert server.asked == []


def test_an_address_of_aws_is_asked_over_tls_with_the_sdks_authorities(session: Any) -> None:
    made = connection(session, "https://runtime.sagemaker.eu-west-1.amazonaws.com")
    assert made._pool.scheme == "https"
    assert made._pool.ca_certs.endswith(".pem")  # type: ignore[attr-defined]
