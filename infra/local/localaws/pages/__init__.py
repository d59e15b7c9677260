"""Pages of folders at `/docs/`, for a person with a browser; only where `--pages` names some.

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
    from collections.abc import Iterable
    from pathlib import Path

    from localaws.host import Host

_PATH = re.compile(r"/docs(?P<file>/.*)?")
_INDEX = "index.html"


class Pages:
    """The files of some folders, each under its name, and nothing outside of them.

    The folder without a name is served at `/docs/` itself; a folder's name goes before its files.
    """

    def __init__(self, folders: Iterable[tuple[str, Path]]) -> None:
        self._folders = dict(folders)

    async def get(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        """A file, as it is at this moment."""
        asked = called.parameters["file"]
        if not asked:
            # So that what a page names beside itself is found.
            return wire.Response(308, {"location": "/docs/"}, b"")
        file = self._file(asked.strip("/"))
        if file is None:
            raise AwsError("NoSuchKey", f"There is no page {asked}.", 404)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind = f"{kind}; charset=utf-8"
        content = await asyncio.to_thread(file.read_bytes)
        return wire.Response(200, {"content-type": kind, "cache-control": "no-cache"}, content)

    def _file(self, asked: str) -> Path | None:
        name, _, rest = asked.partition("/")
        if name in self._folders:
            folder = self._folders[name]
        elif "" in self._folders:
            folder, rest = self._folders[""], asked
        else:
            return None
        file = (folder / (rest or _INDEX)).resolve()
        return file if file.is_relative_to(folder) and file.is_file() else None


def register(host: Host) -> None:
    """Serve the folders that the gateway was started with."""
    if host.options.pages:
        pages = Pages(host.options.pages)
        host.operations.add_routes("", [Route("Page", "GET", _PATH, pages.get)])
