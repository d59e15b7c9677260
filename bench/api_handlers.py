"""What the API's functions cost without the network: a cold import, and a warm answer of 20 items.

    .venv/dev/bin/python bench/api_handlers.py

Cold: the packages that are deployed, under the functions' own interpreter, CPU time. Warm: the real
handlers with answers of AWS made up beneath botocore. Fails above 300 ms cold and 5 ms at p99 warm.
Writes bench/results/api_handlers.json.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
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

import botocore.awsrequest  # noqa: E402
import urllib3  # noqa: E402

MOST_COLD_MILLISECONDS = 300
MOST_WARM_MILLISECONDS = 5
COLD_RUNS, WARM_RUNS = 9, 2000
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


def warm() -> dict[str, float]:
    """Milliseconds at the 99th percentile of `/recommend` with 20 artists near, by CPU time."""
    os.environ.update(_ENVIRON)
    sys.path.insert(0, str(ROOT / "lambdas" / "recommend_artist"))
    from rlm.aws import request_clients

    request_clients._session().register("before-send.*", _answer)
    # The endpoint is asked without the SDK's client: beneath what signs, above the socket.
    urllib3.HTTPConnectionPool.urlopen = _answer_of_endpoint  # type: ignore[method-assign]
    handler = import_module("handler")
    times = []
    with contextlib.redirect_stdout(io.StringIO()):
        for number in range(WARM_RUNS + 50):
            event = _event(f"fan-{number}")
            began = time.process_time()
            answer = handler.handle(event, _Context())
            times.append(time.process_time() - began)
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


class _Body(io.BytesIO):
    def stream(self, **_options: Any) -> Any:
        yield self.read()

    def release_conn(self) -> None:
        """There is none."""


_ARTISTS = [f"artist-{number:03d}" for number in range(40)]


def _answer(request: Any, **_options: Any) -> Any:
    """What AWS would answer, in the words of the wire."""
    asked = json.loads(request.body)
    target = request.headers.get("X-Amz-Target", b"")
    operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
    found: dict[str, Any] = {}
    if operation == "Query":
        found = {"Items": [_texts(_concert(artist)) for artist in _ARTISTS]}
    elif operation == "BatchGetItem":
        ((table, keys),) = asked["RequestItems"].items()
        ids = [key["artist_id"]["S"] for key in keys["Keys"]]
        found = {"Responses": {table: [_texts({"artist_id": one, "name": one}) for one in ids]}}
    body = _Body(json.dumps(found).encode())
    headers = {"content-type": "application/json"}
    return botocore.awsrequest.AWSResponse(request.url, 200, headers, body)


def _answer_of_endpoint(
    _pool: Any, _method: str, _path: str, body: bytes, **_options: Any
) -> urllib3.HTTPResponse:
    candidates = json.loads(body)["questions"][0]["candidate_ids"]
    recommendations = [
        {
            "artist_id": artist,
            "score": 0.5,
            "is_known": False,
            "evidence": "fans",
            "reasons": [{"artist_id": _ARTISTS[0], "share": 1.0}],
        }
        for artist in candidates
    ]
    answer = {"source": "history", "recommendations": recommendations}
    content = json.dumps({"model_version": "m", "answers": [answer]}).encode()
    return urllib3.HTTPResponse(io.BytesIO(content), status=200)


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
    found["warm_milliseconds"] = warm()
    print(json.dumps(found))
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "api_handlers.json").write_text(json.dumps(found, indent=2))
    is_good = max(found["cold_milliseconds"].values()) <= MOST_COLD_MILLISECONDS
    return 0 if is_good and found["warm_milliseconds"]["p99"] <= MOST_WARM_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
