"""The application: pages, their JSON, and the files that they are made of."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from rlm.quicksight.queries.state import State
from rlm.quicksight.server.boards import Boards, draw_sheet, outline
from rlm.quicksight.server.security import LoopbackOnly
from rlm.quicksight.server.source import NotThereError, Source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

PAGE = Path(__file__).parents[1] / "page"
NODE_MODULES = Path(__file__).parents[4] / "infra/web/node_modules"
# By the name under which the page asks for it.
LIBRARIES = {
    "echarts.js": "echarts/dist/echarts.min.js",
    "topojson.js": "topojson-client/dist/topojson-client.min.js",
    "world.json": "world-atlas/countries-110m.json",
    "states.json": "us-atlas/states-10m.json",
}
# How often a live dashboard is looked at for changes.
WATCH_SECONDS = 0.5
# The state of a sheet with every control and selection is some kilobytes.
MOST_BODY_BYTES = 1 << 20


class TooLargeError(Exception):
    """A request whose body no page of ours sends."""


def create_app(source: Source, node_modules: Path = NODE_MODULES) -> Starlette:
    """The application over a source of dashboards.

    Raises FileNotFoundError where the page's libraries are not installed.
    """
    missing = [name for name in LIBRARIES.values() if not (node_modules / name).exists()]
    if missing:
        raise FileNotFoundError(
            f"{node_modules} lacks {', '.join(missing)}; `make setup ENVS=node` installs them"
        )
    pages = _Pages(source, node_modules)
    return Starlette(
        routes=[
            Route("/", pages.page),
            Route("/dashboards/{dashboard}", pages.page),
            Route("/dashboards/{dashboard}/sheets/{sheet}", pages.page),
            Route("/healthz", pages.health),
            Route("/libraries/{name}", pages.library),
            Route("/api/dashboards", pages.listings),
            Route("/api/dashboards/{dashboard}", pages.outline),
            Route("/api/dashboards/{dashboard}/files/{file}", pages.static_file),
            Route("/api/dashboards/{dashboard}/changes", pages.changes),
            Route("/api/dashboards/{dashboard}/sheets/{sheet}", pages.sheet, methods=["POST"]),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(LoopbackOnly), Middleware(GZipMiddleware, minimum_size=2048)],
        exception_handlers={
            NotThereError: _not_there,
            TooLargeError: _too_large,
            ValueError: _bad_request,
        },
    )


class _Pages:
    """The routes of one source."""

    def __init__(self, source: Source, node_modules: Path) -> None:
        self._source = source
        self._boards = Boards(source)
        self._node_modules = node_modules

    async def page(self, request: Request) -> Response:
        """Index and dashboards are two pages that draw themselves."""
        name = "dashboard.html" if "dashboard" in request.path_params else "index.html"
        return FileResponse(PAGE / name, headers={"cache-control": "no-cache"})

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def library(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in LIBRARIES:
            raise NotThereError(f"there is no library {name}")
        path = self._node_modules / LIBRARIES[name]
        return FileResponse(path, headers={"cache-control": "max-age=86400"})

    async def listings(self, request: Request) -> Response:
        users = await run_in_threadpool(self._source.users)
        user = request.query_params.get("user") or (users[0] if users else "")
        found = await run_in_threadpool(self._source.listings, user)
        return _json(
            {
                "user": user,
                "users": list(users),
                "dashboards": [
                    {
                        "id": one.dashboard_id,
                        "name": one.name,
                        "description": one.description,
                        "sheets": [{"id": id_, "name": name} for id_, name in one.sheets],
                        "refreshedAt": (
                            one.refreshed_at.isoformat() + "Z" if one.refreshed_at else None
                        ),
                        "version": one.version,
                        "problem": one.problem,
                    }
                    for one in found
                ],
            }
        )

    async def outline(self, request: Request) -> Response:
        user = await self._user(request)
        kept = await run_in_threadpool(self._boards.get, request.path_params["dashboard"], user)
        users = await run_in_threadpool(self._source.users)
        return _json(
            {
                **outline(kept),
                "user": user,
                "users": list(users),
                "isLive": self._source.is_live,
                "stamp": kept.stamp,
            }
        )

    async def sheet(self, request: Request) -> Response:
        asked = json.loads(await _body(request))
        if not isinstance(asked, dict):
            raise ValueError("a sheet is asked for with a JSON object: state and known")
        state = State.from_json(asked.get("state") or {})
        known = asked.get("known") or {}
        user = await self._user(request)
        dashboard, sheet = request.path_params["dashboard"], request.path_params["sheet"]

        def drawn() -> dict[str, Any]:
            return draw_sheet(self._boards.get(dashboard, user), sheet, state, known)

        return _json(await run_in_threadpool(drawn))

    async def static_file(self, request: Request) -> Response:
        user = await self._user(request)
        dashboard, file = request.path_params["dashboard"], request.path_params["file"]
        content, media_type = await run_in_threadpool(
            self._source.static_file, dashboard, user, file
        )
        return Response(content, media_type=media_type)

    async def changes(self, request: Request) -> Response:
        """Server-sent events: one whenever the dashboard's stamp changes."""
        user = await self._user(request)
        dashboard = request.path_params["dashboard"]

        async def events() -> AsyncIterator[str]:
            last = request.query_params.get("stamp", "")
            while not await request.is_disconnected():
                try:
                    stamp = await run_in_threadpool(self._source.stamp, dashboard, user)
                except NotThereError:
                    stamp = "gone"
                if stamp != last:
                    yield f"event: change\ndata: {json.dumps(stamp)}\n\n"
                    last = stamp
                await asyncio.sleep(WATCH_SECONDS)

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _user(self, request: Request) -> str:
        asked = request.query_params.get("user")
        if asked:
            return asked
        users = await run_in_threadpool(self._source.users)
        return users[0] if users else ""


async def _body(request: Request) -> bytes:
    """What was sent, of any length that a page's state can have. Raises TooLargeError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise TooLargeError(f"at most {MOST_BODY_BYTES:,} bytes are taken")
    return body


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, headers={"cache-control": "no-store"})


async def _not_there(request: Request, problem: Exception) -> Response:
    return JSONResponse({"error": str(problem)}, status_code=404)


async def _too_large(request: Request, problem: Exception) -> Response:
    return JSONResponse({"error": str(problem)}, status_code=413)


async def _bad_request(request: Request, problem: Exception) -> Response:
    return JSONResponse({"error": str(problem)}, status_code=400)
