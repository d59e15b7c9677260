"""Embedding URLs of the local QuickSight: the page opens them as the user that they are for."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

_TIMEOUT_SECONDS = 10


def add_embedding(app: Starlette, endpoint: str) -> None:
    """Give the page the routes that `GenerateEmbedUrlForRegisteredUser` answers."""

    async def embed(request: Request) -> Response:
        code = request.query_params.get("code", "")
        session = await run_in_threadpool(_session, endpoint, code)
        if session is None:
            return PlainTextResponse("This address has expired: ask for a new one.", 403)
        user = str(session.get("user_arn") or "").partition(":user/")[2].partition("/")[2]
        if not user:
            return PlainTextResponse("Anonymous visitors are not drawn here.", 501)
        shown = session.get("dashboards")
        if not shown:
            return RedirectResponse(f"/?{urlencode({'user': user})}")
        path = f"/dashboards/{quote(shown[0], safe='')}"
        if session.get("sheet"):
            path += f"/sheets/{quote(session['sheet'], safe='')}"
        return RedirectResponse(f"{path}?{urlencode({'user': user})}")

    # Before the page's own routes, of which none begins so.
    app.router.routes.insert(0, Route("/embed/{session}/{rest:path}", embed))


def _session(endpoint: str, code: str) -> dict[str, Any] | None:
    """Whose session a code is; None where it is nobody's any more."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"{endpoint.rstrip('/')}/_localaws/quicksight/embed/{quote(code, safe='')}"
    try:
        with opener.open(url, timeout=_TIMEOUT_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return found
