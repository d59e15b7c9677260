"""What is asked of the endpoint is what the SDK asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.awsrequest
import botocore.session
import pytest

from rlm.aws.endpoint_connection import ENDPOINT, EndpointConnection
from rlm.aws.signed_connection import SignedConnection

from .stub_server import StubServer

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


@pytest.fixture
def server() -> Iterator[StubServer]:
    server = StubServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def session() -> Any:
    made = botocore.session.Session()
    made.set_credentials("AKID", "secret", "token")
    return made


def connection(session: Any, url: str) -> EndpointConnection:
    return EndpointConnection(
        SignedConnection(url, "eu-west-1", session.get_credentials(), ENDPOINT)
    )


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


def test_the_request_is_the_one_that_the_sdk_makes(server: StubServer, session: Any) -> None:
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
