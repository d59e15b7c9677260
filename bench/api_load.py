"""Load on the API of a local AWS: each route beside a function that does nothing, in one run.

    .venv/dev/bin/python bench/api_load.py [--rate 300] [--seconds 10]

The stacks of the template, a model of the recommender's image behind its endpoint, the client on
the same machine. Each route is asked as fast as it answers (eight connections), and at a steady
rate, at which its p99 is compared with that of the function that does nothing. In the middle of the
last run every process of the endpoint is killed; not one request may fail, and others than the
model must have answered some.
Writes bench/results/api_load.json; fails for a failed request, for answers of the model alone after
the kill, and below the asked rate.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv/dev/bin/python"
if "dev" not in Path(sys.prefix).name:
    # Benchmarks are started by another runtime; this one needs that of the tests.
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - our own environment
CONNECTIONS = 8
# A steady rate waits for nobody: enough callers that one is free when a request is due.
STEADY_CALLERS = 16
WARM_UP_SECONDS = 3.0


def _module(name: str, path: Path) -> Any:
    """A helper of the tests: they are no package, so it is loaded by its path."""
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Route:
    """What is asked: one of the paths at a time."""

    name: str
    paths: list[str]
    key: str


@dataclass
class Measured:
    """What one route did under load. A request at a steady rate takes from when it was due."""

    route: str
    load: str
    requests: int = 0
    failed: int = 0
    requests_a_second: float = 0.0
    p50_milliseconds: float = 0.0
    p99_milliseconds: float = 0.0
    sources: dict[str, int] = field(default_factory=dict)


class Caller:
    """One kept connection to the gateway."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, key: str) -> tuple[bool, bytes]:
        """Whether it was a 200, and the body."""
        for _ in range(2):
            if self._reader is None or self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            lines = (f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", f"x-api-key: {key}")
            try:
                self._writer.write("\r\n".join((*lines, "", "")).encode())
                head = await self._reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                # A server closes a kept connection after some requests: HTTP clients ask again.
                self._writer.close()
                self._reader = None
                continue
            (length,) = (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            return b" 200 " in head[:20], await self._reader.readexactly(length)
        return False, b""

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def load(port: int, route: Route, seconds: float, rate: float | None) -> Measured:
    """At `rate` requests a second, or as fast as answers come."""
    times: list[float] = []
    sources: Counter[str] = Counter()
    failed = 0
    turns = random.Random(1)  # noqa: S311 - the same load in each run
    began = time.monotonic()
    nth = 0

    async def call() -> None:
        nonlocal failed, nth
        caller = Caller(port)
        while (now := time.monotonic()) < began + seconds:
            due = now
            if rate is not None:
                due, nth = began + nth / rate, nth + 1
                await asyncio.sleep(max(0.0, due - now))
            is_good, body = await caller.ask(turns.choice(route.paths), route.key)
            times.append(time.monotonic() - due)
            if not is_good:
                failed += 1
            elif body.startswith(b'{"recommendation_id"'):
                sources[json.loads(body)["source"]] += 1
        caller.close()

    await asyncio.gather(*(call() for _ in range(STEADY_CALLERS if rate else CONNECTIONS)))
    spent = time.monotonic() - began
    times.sort()
    return Measured(
        route.name,
        f"{rate:g} a second" if rate else "as fast as it answers",
        len(times),
        failed,
        round(len(times) / spent, 1),
        round(1000 * times[len(times) // 2], 2),
        round(1000 * times[int(len(times) * 0.99)], 2),
        dict(sources),
    )


def make_no_op(gateway: Any) -> str:
    """A REST API whose function does nothing; the path that calls it."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(
            "app.py",
            "def handle(event, context):\n    return {'statusCode': 200, 'body': '{}'}\n",
        )
    functions, apis = gateway.client("lambda"), gateway.client("apigateway")
    arn = functions.create_function(
        FunctionName="no-op",
        Runtime="python3.12",
        Handler="app.handle",
        Role="arn:aws:iam::000000000000:role/no-op",
        Code={"ZipFile": package.getvalue()},
        # As the API's functions: without Lambda's own lines.
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName="no-op")
    api = apis.create_rest_api(name="no-op")["id"]
    root = apis.get_resources(restApiId=api)["items"][0]["id"]
    apis.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    apis.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    apis.create_deployment(restApiId=api, stageName="v1")
    return f"/_aws/execute-api/{api}/v1/"


def routes_of(world: Any, fans: int) -> list[Route]:
    """Every route of the API between two rounds of the function that does nothing."""
    api = world.api
    base, key, no_op = api.base_path, api.keys["public"], make_no_op(world.gateway)
    near = [f"{base}/recommend?fan_id=fan-{n:03}&city={quote('Graz, AT')}" for n in range(fans)]
    return [
        Route("no-op", [no_op], key),
        Route("fetch-trends", [f"{base}/fetch-trends?limit=20"], key),
        Route("recommend", near, key),
        Route("analyze", [f"{base}/analyze?venue_id=v"], api.keys["staff"]),
        Route("no-op again", [no_op], key),
    ]


async def measure(world: Any, routes: list[Route], given: Any) -> list[Measured]:
    port, found = world.gateway.port, []

    async def note(route: Route, rate: float | None) -> None:
        found.append(await load(port, route, given.seconds, rate))
        print(found[-1], flush=True)

    for route in routes:
        # Environments are made in the first seconds, which is not what is measured.
        await load(port, route, WARM_UP_SECONDS, None)
        await note(route, None)
        await note(route, given.rate)
    (recommend,) = (route for route in routes if route.name == "recommend")

    async def kill() -> None:
        await asyncio.sleep(given.seconds / 3)
        for process in world.servers():
            os.kill(process, signal.SIGKILL)

    # Who cannot be killed ends the benchmark.
    killing = asyncio.create_task(kill())
    await note(Route("recommend, endpoint killed", recommend.paths, recommend.key), given.rate)
    await killing
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each load of each route")
    given = parser.parse_args()
    contract = ROOT / "tests/contract"
    recommender = _module("recommender_world", contract / "recommender/conftest.py")
    trends = _module("api_world", contract / "api/conftest.py")
    analyze = _module("api_analyze", contract / "api/test_analyze.py")
    with (
        tempfile.TemporaryDirectory() as scratch,
        recommender.deployed(Path(scratch)) as world,
    ):
        world.api.put("Trends", trends.ranking("7d#all#all", 100))
        sales = analyze.sales("venue#v", "2026-06", {"2026-06-01": 1})
        world.api.put("EventAnalytics", sales)
        found = asyncio.run(measure(world, routes_of(world, recommender.FANS), given))
    steady = {one.route: one for one in found if one.load != "as fast as it answers"}
    floor = max(steady["no-op"].p99_milliseconds, steady["no-op again"].p99_milliseconds)
    ratios = {
        route: round(one.p99_milliseconds / floor, 2)
        for route, one in steady.items()
        if not route.startswith("no-op")
    }
    print(f"p99 at {given.rate:g} a second, as a multiple of no-op's: {ratios}")
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    document = {"measured": [asdict(one) for one in found], "p99_ratios": ratios}
    (results / "api_load.json").write_text(json.dumps(document, indent=2))
    return 0 if is_good(found, given.rate) else 1


def is_good(found: list[Measured], rate: float) -> bool:
    """The last one is that in which the endpoint is killed."""
    return (
        not any(one.failed for one in found)
        and all(one.requests_a_second >= 0.97 * rate for one in found)
        and {"model"} < found[-1].sources.keys()
    )


if __name__ == "__main__":
    sys.exit(main())
