"""The inbox of everybody's e-mail: what SNS would have sent, on a page at `/inbox/`.

A bucket called `inbox` is then out of reach for requests without a signature, and for those alone.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localaws import wire
from localaws.errors import AwsError
from localaws.operations import RestCall, Route

if TYPE_CHECKING:
    from localaws.ministack_sns_seam import Message
    from localaws.state import Store

_PATH = re.compile(r"/inbox(?P<file>/[a-z.]*)?")
_PAGE = Path(__file__).with_name("page")
_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "inbox.css": ("inbox.css", "text/css; charset=utf-8"),
    "inbox.js": ("inbox.js", "text/javascript; charset=utf-8"),
}
# Older ones are thrown away: an alarm that flaps must not fill the disk.
_MOST_KEPT = 1000
_MOST_SHOWN = 200


class Inbox:
    """What was sent is on the disk before its publisher hears of success."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = store.table("sns.inbox")

    def add(self, message: Message, to: str, protocol: str) -> None:
        sent = {
            "sent_at": time.time(),
            "to": to,
            "protocol": protocol,
            "topic": message.topic,
            "subject": message.subject or "AWS Notification Message",
            "message": message.text,
            "message_id": message.id,
        }
        with self._store.transaction():
            self._kept.put(f"{time.time_ns():020d}-{message.id}", sent)
            self._kept.keep_newest(_MOST_KEPT)

    def newest(self, count: int = _MOST_SHOWN) -> list[dict[str, Any]]:
        """The last ones, newest first."""
        return [{"id": key, **sent} for key, sent in reversed(self._kept.items())][:count]

    def routes(self) -> list[Route]:
        return [Route("Inbox", "GET", _PATH, self.get)]

    async def get(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        """The page, its parts, or the messages as JSON."""
        asked = called.parameters["file"]
        if not asked:
            return wire.Response(308, {"location": "/inbox/"}, b"")
        name = asked.strip("/")
        if name == "messages":
            messages = json.dumps({"messages": self.newest()}).encode()
            return wire.Response(200, {"content-type": "application/json"}, messages)
        if name not in _FILES:
            raise AwsError("NoSuchKey", f"There is no page {asked}.", 404)
        file, kind = _FILES[name]
        headers = {"content-type": kind, "cache-control": "no-cache"}
        return wire.Response(200, headers, (_PAGE / file).read_bytes())
