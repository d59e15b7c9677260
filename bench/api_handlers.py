"""What the API's functions cost without the network: a cold import, and a warm answer of 20 items.

    .venv/dev/bin/python bench/api_handlers.py

Cold: the packages that are deployed, under the functions' own interpreter, CPU time. Warm: the real
handlers with answers of AWS made up in place of the socket. Fails above 300 ms cold and 5 ms at p99
warm.
Writes bench/results/api_handlers.json.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv/dev/bin/python"
if "dev" not in Path(sys.prefix).name:
    # Benchmarks are started by another runtime; this one needs that of the tests.
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - our own environment

from rlm.aws import signed_connection  # noqa: E402

MOST_COLD_MILLISECONDS = 300
MOST_WARM_MILLISECONDS = 5
COLD_RUNS, WARM_RUNS = 9, 2000
# A small city's, and as many as are ever read of one.
EVENTS = (40, 1000)
FUNCTIONS = ("fetch_trends", "fetch_event_analytics", "recommend_artist")
_COLD = (
    "import sys, time; sys.path.insert(0, sys.argv[1]); began = time.process_time();"
    "import handler; handler.function(); print(time.process_time() - began)"
)
_ENVIRON = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": "eu-west-1",
    "RLM_ENV": "dev",
    "RLM_STAFF_KEY_IDS": "staff",
}


def cold(function: str) -> float:
    """Milliseconds of CPU until the function could answer; the median of several starts."""
    package = ROOT / "build" / "functions" / f"{function}.zip"
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        times = sorted(
            float(
                subprocess.run(
                    [str(ROOT / ".venv/lambda/bin/python"), "-c", _COLD, folder],
                    env={**_ENVIRON, "PATH": os.environ["PATH"]},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(COLD_RUNS)
        )
    return round(1000 * times[len(times) // 2], 1)


def warm(events: int) -> dict[str, float]:
    """Milliseconds of `/recommend` for 20 artists of a city with so many events, by CPU time."""
    _Socket.events = events
    handler = import_module("handler")
    # As a new environment: nothing is kept.
    handler.function.cache_clear()
    times = []
    with contextlib.redirect_stdout(io.StringIO()):
        for number in range(WARM_RUNS + 50):
            event = _event(f"fan-{number}")
            _Socket.spent = 0.0
            began = time.process_time()
            answer = handler.handle(event, _Context())
            times.append(time.process_time() - began - _Socket.spent)
    if answer["statusCode"] != 200 or len(json.loads(answer["body"])["artists"]) != 20:
        raise AssertionError(answer)
    ordered = sorted(times[50:])
    return {
        "p50": round(1000 * ordered[WARM_RUNS // 2], 2),
        "p99": round(1000 * ordered[int(WARM_RUNS * 0.99)], 2),
    }


class _Context:
    function_name = "RecommendArtist"
    aws_request_id = "request"


def _event(fan: str) -> dict[str, Any]:
    query = {"fan_id": [fan], "city": ["Berlin, DE"], "limit": ["20"]}
    return {
        "httpMethod": "GET",
        "path": "/recommend",
        "resource": "/recommend",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": query,
        "requestContext": {"requestId": "request", "identity": {}},
        "body": None,
        "isBase64Encoded": False,
    }


class _Socket:
    """A connection to an AWS that has the answer at once; what it spent on that is not counted."""

    events = 0
    spent = 0.0

    def __init__(self, _url: str, _seconds: float) -> None:
        # Nobody ever writes to its other end: to who looks, it has not hung up.
        self._silent = socket.socketpair()
        self._answer = b""

    def fileno(self) -> int:
        return self._silent[0].fileno()

    def settimeout(self, _seconds: float) -> None:
        """Nothing is waited for."""

    def sendall(self, request: bytes) -> None:
        began = time.process_time()
        head, _, body = request.partition(b"\r\n\r\n")
        content = _answer(head.decode(), json.loads(body), _Socket.events)
        said = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n"
        self._answer = said.encode() + content
        _Socket.spent += time.process_time() - began

    def recv_into(self, buffer: memoryview) -> int:
        said, self._answer = self._answer[: len(buffer)], self._answer[len(buffer) :]
        buffer[: len(said)] = said
        return len(said)


def _answer(head: str, asked: Any, events: int) -> bytes:
    """What AWS would answer, in the words of the wire."""
    target = re.search(r"X-Amz-Target: \S+\.(\S+)", head)
    match target and target[1]:
        case "Query":
            items = [_texts(_concert(f"artist-{number:04d}")) for number in range(events)]
            return json.dumps({"Items": items}).encode()
        case "BatchGetItem":
            ((table, keys),) = asked["RequestItems"].items()
            ids = [key["artist_id"]["S"] for key in keys["Keys"]]
            items = [_texts({"artist_id": one, "name": one}) for one in ids]
            return json.dumps({"Responses": {table: items}}).encode()
        case "GetItem":
            return b"{}"
        case _:
            (question,) = asked["questions"]
            return _recommended(question["candidate_ids"][: question["count"]])


def _recommended(artists: list[str]) -> bytes:
    recommendations = [
        {
            "artist_id": artist,
            "score": 0.5,
            "is_known": False,
            "evidence": "fans",
            "reasons": [{"artist_id": artists[0], "share": 1.0}],
        }
        for artist in artists
    ]
    answer = {"source": "history", "recommendations": recommendations}
    return json.dumps({"model_version": "m", "answers": [answer]}).encode()


def _concert(artist: str) -> dict[str, str]:
    return {
        "event_id": f"event-{artist}",
        "name": artist,
        "status": "scheduled",
        "starts_at": "2099-06-01T18:00:00Z",
        "starts_on_local": "2099-06-01",
        "headliner_id": artist,
        "venue_name": "Hall",
        "city": "Berlin",
        "country": "DE",
    }


def _texts(item: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in item.items()}


def build_packages() -> None:
    """As the deployment does; what is up to date costs nothing."""
    program = (
        "import sys; from pathlib import Path; from assembly import synthesize;"
        "synthesize('dev', Path(sys.argv[1]))"
    )
    subprocess.run(
        [str(ROOT / ".venv/infra/bin/python"), "-c", program, str(ROOT)],
        cwd=ROOT / "infra" / "aws",
        check=True,
    )


def main() -> int:
    build_packages()
    found: dict[str, Any] = {"cold_milliseconds": {name: cold(name) for name in FUNCTIONS}}
    os.environ.update(_ENVIRON)
    sys.path.insert(0, str(ROOT / "lambdas" / "recommend_artist"))
    signed_connection._connected = _Socket  # type: ignore[assignment]
    found["warm_milliseconds"] = {f"{events} events": warm(events) for events in EVENTS}
    print(json.dumps(found))
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "api_handlers.json").write_text(json.dumps(found, indent=2))
    is_good = max(found["cold_milliseconds"].values()) <= MOST_COLD_MILLISECONDS
    slowest = max(one["p99"] for one in found["warm_milliseconds"].values())
    return 0 if is_good and slowest <= MOST_WARM_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
