"""A light, steady load on the API through loopback, and what came back."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from bringup.local_aws import OPENER
from rlm import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATHS = (
    "recommend?fan_id=fan-0000000&limit=5",
    "fetch-trends?limit=5",
    "analyze?event_id=event-000000",
    "recommend?fan_id=fan-0000007&limit=5",
    "analyze?venue_id=venue-00000",
    "recommend?fan_id=nobody&limit=5",
)
PAUSE_SECONDS = 0.5
# API Gateway gives a function no longer.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Api:
    """Where the deployed API answers, and a key that opens all of it."""

    base: str
    key: str

    @classmethod
    def of(cls, client: Any, url: str, env: str) -> Api:
        """Found by its name, as any tool would."""
        name = names.rest_api(env)
        (api,) = [one for one in client.get_rest_apis(limit=500)["items"] if one["name"] == name]
        stage = client.get_stages(restApiId=api["id"])["item"][0]["stageName"]
        keys = client.get_api_keys(includeValues=True, limit=500)["items"]
        (key,) = [one["value"] for one in keys if one["name"] == f"rlm-{env}-staff"]
        return cls(f"{url}/restapis/{api['id']}/{stage}/_user_request_", key)

    def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and document; 0 where nobody answered, or no document came."""
        request = urllib.request.Request(  # noqa: S310 - http on loopback
            f"{self.base}/{path}", headers={"x-api-key": self.key}
        )
        try:
            with OPENER.open(request, timeout=PATIENCE_SECONDS) as response:
                return response.status, _document(response)
        except urllib.error.HTTPError as problem:
            with problem:
                try:
                    return problem.code, _document(problem)
                except (OSError, ValueError, http.client.HTTPException):
                    return problem.code, {}
        except (OSError, ValueError, http.client.HTTPException):
            return 0, {}


def _document(response: IO[bytes]) -> dict[str, Any]:
    """Raises ValueError for what is no JSON object: the API answers with nothing else."""
    document = json.load(response)
    if not isinstance(document, dict):
        raise ValueError(f"expected an object, found {document!r:.100}")
    return document


@dataclass(frozen=True)
class Asked:
    """One request: when, what, and how it was answered."""

    at: float
    path: str
    status: int
    source: str
    seconds: float


@dataclass
class ApiLoad:
    """Asks in a thread until stopped."""

    api: Api
    clock: Callable[[], float] = time.time
    asked: list[Asked] = field(default_factory=list)
    problem: str = ""
    """What ended it before it was stopped, or kept it from ending."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._go_on, name="api-load", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_SECONDS + 5)
            if self._thread.is_alive():
                self.problem = "a request to the API did not end"

    def _go_on(self) -> None:
        try:
            self._ask_all()
        except BaseException as problem:  # noqa: BLE001 - told in the report
            self.problem = f"{type(problem).__name__}: {problem}"

    def _ask_all(self) -> None:
        number = 0
        while not self._stop.wait(PAUSE_SECONDS):
            path = PATHS[number % len(PATHS)]
            number += 1
            began = self.clock()
            status, document = self.api.ask(path)
            self.asked.append(
                Asked(began, path, status, str(document.get("source") or ""), self.clock() - began)
            )


def unexcused(asked: Sequence[Asked], excuses: Sequence[tuple[float, float]]) -> list[Asked]:
    """Requests without a good answer that no excuse (a time from, to) covers."""
    return [
        one
        for one in asked
        if (one.status == 0 or one.status >= 500)
        and not any(start <= one.at + one.seconds and one.at <= end for start, end in excuses)
    ]
