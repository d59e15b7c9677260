"""A request's body is read whole, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from localaws import asgi
from localaws.faults import Disturbed

FORM = b"Action=GetCallerIdentity&Version=2011-06-15"
SIGNED = (
    b"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sts/aws4_request, "
    b"SignedHeaders=host, Signature=x"
)
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/",
    "query_string": b"",
    "headers": [
        (b"authorization", SIGNED),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ],
    "client": ("127.0.0.1", 1),
}
FIRST = {"type": "http.request", "body": FORM[:10], "more_body": True}
REST = {"type": "http.request", "body": FORM[10:], "more_body": False}
LEFT = {"type": "http.disconnect"}


def from_client(*messages: dict[str, Any]) -> Any:
    coming = list(messages)

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    return receive


def test_a_body_that_is_complete_is_read_and_can_be_read_again() -> None:
    async def read_twice() -> tuple[bytes, bytes, dict[str, Any]]:
        receive = from_client(FIRST, REST, LEFT)
        body = await asgi.read(receive)
        again = asgi.replay(body, receive)
        return body, await asgi.read(again), await again()

    assert asyncio.run(read_twice()) == (FORM, FORM, LEFT)


def test_a_part_of_a_body_is_none() -> None:
    with pytest.raises(ConnectionError, match="before its request was complete"):
        asyncio.run(asgi.read(from_client(FIRST, LEFT)))


def test_a_request_that_its_client_left_is_not_passed_on_as_if_it_were_whole() -> None:
    served: list[bytes] = []

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        served.append(await asgi.read(receive))

    async def tell_nobody(*_: Any) -> None: ...

    async def send(_message: Any) -> None: ...

    disturbed = Disturbed(app, lambda *_: "GetCallerIdentity", tell_nobody, lambda _: None)
    asyncio.run(disturbed(SCOPE, from_client(FIRST, LEFT), send))
    assert served == []
    asyncio.run(disturbed(SCOPE, from_client(FIRST, REST), send))
    assert served == [FORM]
