"""Whether a bucket or an API allows a request of another origin, as their CORS settings say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from localaws import ministack_s3_seam

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from localaws import wire

_API_PATH = re.compile(r"/_aws/execute-api/[^/]+/[^/]+(/.*)?", re.DOTALL)


class Cors:
    """Asks the API's own OPTIONS, and the rules of the bucket that a path names."""

    def __init__(self, ask_options: Callable[[wire.Request], Awaitable[dict[str, str]]]) -> None:
        self._ask_options = ask_options

    async def allows(self, request: wire.Request) -> bool:
        """A request that names no origin cannot be allowed by one."""
        origin = request.headers.get("origin")
        if origin is None:
            return False
        method = _method(request)
        if _API_PATH.fullmatch(request.path):
            answer = await self._ask_options(request)
            methods = re.split(r"\s*,\s*", answer.get("access-control-allow-methods", ""))
            return answer.get("access-control-allow-origin") in ("*", origin) and (
                method in methods or "*" in methods
            )
        bucket = request.path.lstrip("/").partition("/")[0]
        asked = request.headers.get("access-control-request-headers", "")
        headers = [name.strip() for name in asked.split(",") if name.strip()]
        return _is_for_s3(request) and ministack_s3_seam.cors_allows(
            bucket, origin, method, headers
        )


def _method(request: wire.Request) -> str:
    """What the request is or, before a browser sends it, will be."""
    if request.method == "OPTIONS":
        return request.headers.get("access-control-request-method", "")
    return request.method


def _is_for_s3(request: wire.Request) -> bool:
    """Whether nothing but S3 can answer it: other services are named in many places."""
    return (
        request.scope[0] in ("", "s3")
        and not request.path.startswith(("/_", "/service/"))
        and not request.has_form
        and "x-amz-target" not in request.headers
        and "Action" not in request.query
    )
