"""Pages of a folder at `/docs/`, for a person with a browser; only where `--pages` names one.

A bucket called `docs` is then out of reach for requests without a signature, and for those alone.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from typing import TYPE_CHECKING

from localaws import wire
from localaws.errors import AwsError
from localaws.operations import RestCall, Route

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.host import Host

_PATH = re.compile(r"/docs(?P<file>/.*)?")
_INDEX = "index.html"


class Pages:
    """The files of one folder, and nothing outside of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def get(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        """A file, as it is at this moment."""
        asked = called.parameters["file"]
        if not asked:
            # So that what a page names beside itself is found.
            return wire.Response(308, {"location": "/docs/"}, b"")
        file = (self._folder / (asked.strip("/") or _INDEX)).resolve()
        if not file.is_relative_to(self._folder) or not file.is_file():
            raise AwsError("NoSuchKey", f"There is no page {asked}.", 404)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind = f"{kind}; charset=utf-8"
        content = await asyncio.to_thread(file.read_bytes)
        return wire.Response(200, {"content-type": kind, "cache-control": "no-cache"}, content)


def register(host: Host) -> None:
    """Serve the folder that the gateway was started with."""
    if host.options.pages is not None:
        pages = Pages(host.options.pages)
        host.operations.add_routes("", [Route("Page", "GET", _PATH, pages.get)])
