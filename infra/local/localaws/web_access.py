"""What a browser may do here: nothing for a page of another site, unless CORS allows it.

Whoever can open the port owns everything behind it, and every page that a person visits runs on
this machine: so a request must be addressed to this machine by name (a site whose own name leads
here could read all answers otherwise), and one that a page of another origin caused is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from localaws import asgi, wire
from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.ministack_seam import Receive, Send

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
# Whether the configuration of what is asked for allows this request of another origin.
Allows = Callable[[wire.Request], Awaitable[bool]]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# No resolver leads these names to a site: virtual hosts of buckets and APIs.
_LOOPBACK_SUFFIXES = (".localhost", ".127.0.0.1")
# Pages that people come to by a link; all that a visit does is show them.
_VISITED = ("/docs", "/inbox", "/cloudwatch")


class Guarded:
    """A gateway that browsers reach as far as they may."""

    def __init__(self, app: App, allows: Allows) -> None:
        self._app = app
        self._allows = allows

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = wire.request_of({"method": "GET", **scope})
        refused = refusal(request)
        is_allowed = refused is None or (
            scope["type"] == "http" and is_ours(request) and await self._allows(request)
        )
        if is_allowed:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            assert refused is not None  # noqa: S101 - else it would be allowed
            await asgi.send(send, wire.encode_error(request, refused, str(uuid.uuid4())))


def refusal(request: wire.Request) -> AwsError | None:
    """Why a request may not go on, as far as its headers tell; None for one that may."""
    if not is_ours(request):
        host = request.headers["host"]
        return AwsError("AccessDenied", f"This is not {host}: ask for 127.0.0.1.", 403)
    if is_foreign(request) and not _is_visit(request):
        return AwsError("AccessDenied", "Requests from web pages of other sites are refused.", 403)
    return None


def is_ours(request: wire.Request) -> bool:
    """Whether the request is addressed to this machine; programs may leave that out."""
    host = request.headers.get("host", "")
    return not host or _is_loopback(host)


def is_foreign(request: wire.Request) -> bool:
    """Whether a page of another site caused the request, as browsers tell."""
    origin = request.headers.get("origin")
    if origin is not None:
        parts = urlsplit(origin)
        return not _is_loopback(parts.netloc)
    return request.headers.get("sec-fetch-site") == "cross-site"


def _is_visit(request: wire.Request) -> bool:
    """Whether somebody follows a link to a page: it is shown to them and to nobody else."""
    return (
        request.method == "GET"
        and request.headers.get("sec-fetch-mode") == "navigate"
        and request.headers.get("sec-fetch-dest") == "document"
        and any(request.path == page or request.path.startswith(f"{page}/") for page in _VISITED)
        and "Action" not in request.query
    )


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in _LOOPBACK or name.endswith(_LOOPBACK_SUFFIXES)
