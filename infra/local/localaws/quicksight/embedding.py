"""Embedding URLs: of the local dashboards page, each with a code that the page can check.

`GET /_localaws/quicksight/embed/{code}` tells whose session a code is, as long as it is one.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from localaws import wire
from localaws.errors import AwsError
from localaws.operations import RestCall, Route
from localaws.quicksight.failures import invalid, not_found, not_served
from localaws.quicksight.kinds import DASHBOARD
from localaws.quicksight.state import QuickSightStore, name_in, resource_arn
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler
    from localaws.quicksight.users import Users

_PATH = re.compile(r"/_localaws/quicksight/embed/(?P<code>[^/]+)")
# A URL must be opened within five minutes; the session then lasts as long as was asked.
_OPEN_SECONDS = 300
_DEFAULT_MINUTES = 600


class Embedding:
    """The operations that give embedding URLs."""

    def __init__(self, store: QuickSightStore, users: Users, base: str | None) -> None:
        self._store = store
        self._users = users
        self._sessions = store.table("embed-sessions")
        self._base = base

    def handlers(self) -> dict[str, Handler]:
        return {
            "GenerateEmbedUrlForRegisteredUser": self.registered,
            "GenerateEmbedUrlForAnonymousUser": self.anonymous,
            "GetDashboardEmbedUrl": self.dashboard,
        }

    def routes(self) -> list[Route]:
        return [Route("ReadEmbedSession", "GET", _PATH, self._read)]

    def registered(self, request: Document, call: Call) -> Document:
        """A URL for a user of this account."""
        scope = Scope.of(call)
        try:
            user = self._users.by_arn(scope, request["UserArn"])
        except AwsError as error:
            raise AwsError("QuickSightUserNotFoundException", error.message, 404) from error
        ((kind, wanted),) = request["ExperienceConfiguration"].items()
        session = {"user_arn": user["Arn"], "namespace": user["Namespace"], "dashboards": None}
        if kind == "QuickSightConsole":
            path = "/start/dashboards"
            return {"EmbedUrl": self._url(scope, request, path, session)}
        path, inside = self._experience(scope, kind, wanted)
        return {"EmbedUrl": self._url(scope, request, path, session | inside)}

    def anonymous(self, request: Document, call: Call) -> Document:
        """A URL for somebody without a user, who sees what the request authorizes."""
        scope, namespace = Scope.of(call), request["Namespace"]
        self._users.check_namespace(scope, namespace)
        ((kind, wanted),) = request["ExperienceConfiguration"].items()
        path, inside = self._experience(scope, kind, wanted)
        authorized = [name_in(DASHBOARD, scope, one) for one in request["AuthorizedResourceArns"]]
        if inside["dashboards"][0] not in authorized:
            raise invalid(
                f"The dashboard {inside['dashboards'][0]} is not among AuthorizedResourceArns."
            )
        session = {
            "user_arn": None,
            "namespace": namespace,
            "session_tags": {one["Key"]: one["Value"] for one in request.get("SessionTags") or []},
        }
        inside["dashboards"] = authorized
        url = self._url(scope, request, path, session | inside)
        visitor = resource_arn(scope, f"anonymousUser/{namespace}/{uuid.uuid4().hex}")
        return {"EmbedUrl": url, "AnonymousUserArn": visitor}

    def dashboard(self, request: Document, call: Call) -> Document:
        """The older operation, for a registered user."""
        if request["IdentityType"] == "ANONYMOUS" or not request.get("UserArn"):
            raise not_served("GetDashboardEmbedUrl without UserArn; generate_embed_url_for_...")
        shown = {"Dashboard": {"InitialDashboardId": request["DashboardId"]}}
        return self.registered(request | {"ExperienceConfiguration": shown}, call)

    def _experience(self, scope: Scope, kind: str, wanted: Document) -> tuple[str, Document]:
        """Which page a URL opens, and what its session may see."""
        if kind == "Dashboard":
            name = wanted["InitialDashboardId"]
            self._store.existing(DASHBOARD, scope, name)
            return f"/dashboards/{quote(name, safe='')}", {"dashboards": [name]}
        if kind == "DashboardVisual":
            visual = wanted["InitialDashboardVisualId"]
            name = visual["DashboardId"]
            self._store.existing(DASHBOARD, scope, name)
            parts = (name, "sheets", visual["SheetId"], "visuals", visual["VisualId"])
            path = "/dashboards/" + "/".join(quote(part, safe="") for part in parts)
            only = {"sheet": visual["SheetId"], "visual": visual["VisualId"]}
            return path, {"dashboards": [name], **only}
        raise not_served(f"embedding of {kind}")

    def _url(self, scope: Scope, request: Document, path: str, session: Document) -> str:
        if self._base is None:
            raise invalid(
                "The local AWS does not know where dashboards are shown: "
                "start it with --dashboards-url."
            )
        minutes = request.get("SessionLifetimeInMinutes") or _DEFAULT_MINUTES
        code = secrets.token_urlsafe(32)
        self._sessions.put(
            _digest(code),
            {
                "account": scope.account,
                "region": scope.region,
                "allowed_domains": request.get("AllowedDomains") or [],
                "minutes": minutes,
                "open_until": time.time() + _OPEN_SECONDS,
                **session,
            },
        )
        query = urlencode({"code": code, "identityprovider": "quicksight", "isauthcode": "true"})
        return f"{self._base.rstrip('/')}/embed/{uuid.uuid4().hex}{path}?{query}"

    async def _read(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        """Whose session a code is. The first reading opens it, and it lasts from then."""
        key, now = _digest(called.parameters["code"]), time.time()
        with self._store.transaction():
            for old, session in self._sessions.items():
                if max(session["open_until"], session.get("expires_at", 0.0)) < now:
                    self._sessions.delete(old)
            found = self._sessions.get(key)
            if found is None:
                raise not_found("Embedding session", "of this code")
            if "expires_at" not in found:
                found["expires_at"] = now + found["minutes"] * 60
                self._sessions.put(key, found)
        told = {
            name: value for name, value in found.items() if name not in ("minutes", "open_until")
        }
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        return wire.Response(200, headers, json.dumps(told).encode())


def _digest(code: str) -> str:
    """What is kept of a code: whoever reads the state cannot open a session with it."""
    return hashlib.sha256(code.encode()).hexdigest()
