"""What an ASGI application does with a request's body and an answer that it has whole."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localaws.ministack_seam import Receive, Send
    from localaws.wire import Response


async def read(receive: Receive) -> bytes:
    """The whole body; ConnectionError when the client leaves before it is complete."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the client left before its request was complete")
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive channel that gives the body that was already read, then what follows it."""
    pending = [body]

    async def replayed() -> Any:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replayed


async def send(to: Send, response: Response) -> None:
    """Answer in one piece."""
    headers = response.headers | {
        "content-length": str(len(response.body)),
        # Clients set their clocks by it.
        "date": formatdate(usegmt=True),
    }
    await to(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
        }
    )
    await to({"type": "http.response.body", "body": response.body, "more_body": False})
