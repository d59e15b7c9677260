"""Load on the API of a local AWS: each route beside a function that does nothing, in one run.

    PYTHONPATH=infra/local .venv/dev/bin/python bench/api_load.py [--seconds 8] [--connections 8]

Writes bench/results/api_load.json. The client runs on the same machine. In the middle of the last
run the recommender's endpoint is killed; not one request may fail.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import signal
import subprocess
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
FANS, ARTISTS, CITIES = 500, 200, 20


def _module(name: str, path: Path) -> Any:
    """A helper of the tests: they are no package, so it is loaded by its path."""
    sys.path.insert(0, str(path.parent))
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Measured:
    """What one route did under load."""

    route: str
    requests: int = 0
    failed: int = 0
    requests_a_second: float = 0.0
    p50_milliseconds: float = 0.0
    p99_milliseconds: float = 0.0
    sources: dict[str, int] = field(default_factory=dict)
    reconnected: int = 0


async def load(
    port: int, route: str, paths: list[str], key: str, seconds: float, connections: int
) -> Measured:
    """Ask as fast as answers come, over so many kept connections."""
    times: list[float] = []
    sources: Counter[str] = Counter()
    failed = reconnected = 0
    ends = time.monotonic() + seconds
    turns = random.Random(1)  # noqa: S311 - the same load in each run

    async def caller() -> None:
        nonlocal failed, reconnected
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < ends:
            path = turns.choice(paths)
            began = time.monotonic()
            asked = (f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"x-api-key: {key}")
            try:
                writer.write("\r\n".join((*asked, "", "")).encode())
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                # A server closes a kept connection after some requests: HTTP clients ask again.
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                reconnected += 1
                continue
            lengths = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            body = await reader.readexactly(int(lengths[0].split(b":")[1]))
            times.append(time.monotonic() - began)
            if b" 200 " not in head[:20]:
                failed += 1
            elif body.startswith(b'{"recommendation_id"'):
                sources[json.loads(body)["source"]] += 1
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(connections)))
    spent = time.monotonic() - began
    times.sort()
    return Measured(
        route,
        len(times),
        failed,
        round(len(times) / spent, 1),
        round(1000 * times[len(times) // 2], 2),
        round(1000 * times[int(len(times) * 0.99)], 2),
        dict(sources),
        reconnected,
    )


def make_world(api: Any, helpers: Any) -> None:
    """Fans, artists who play in twenty cities, rankings, one event with its sales."""
    soon = "2027-06-01"
    cities = [f"City {number}" for number in range(CITIES)]
    for number in range(ARTISTS):
        artist = f"artist-{number:04d}"
        city = cities[number % CITIES]
        api.put(
            "Artists",
            {
                "artist_id": artist,
                "name": artist.title(),
                "genres": ["rock"],
                "popularity_score": 1,
            },
        )
        api.put(
            "Events",
            {
                "event_id": f"event-{number}",
                "name": f"{artist} live",
                "status": "scheduled",
                "is_sold_out": False,
                "starts_at": f"{soon}T18:00:00Z",
                "starts_on_local": soon,
                "headliner_id": artist,
                "venue_id": f"venue-{city}",
                "city": city,
                "country": "DE",
                "place": f"DE#{city}",
            },
        )
    api.put("Trends", helpers["world"].ranking("7d#all#all", 100))
    api.put("EventAnalytics", helpers["analyze"].sales("venue#v", "2026-06", {"2026-06-01": 1}))


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


def attach_endpoint(gateway: Any, url: str) -> None:
    """Let RecommendArtist find its model there."""
    client, name = gateway.client("lambda"), "rlm-dev-RecommendArtist"
    found = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = {**found, "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": url}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)


def start_endpoint() -> tuple[subprocess.Popen[str], str]:
    """The stub of the contract tests as a process of its own, to be killed."""
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1]);"
        "from stub_endpoint import StubEndpoint; s = StubEndpoint();"
        "print(s.url, flush=True); time.sleep(3600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(ROOT / "tests/contract/api")],
        stdout=subprocess.PIPE,
        text=True,
    )
    url = process.stdout.readline().strip() if process.stdout else ""
    return process, url


async def measure(api: Any, no_op: str, endpoint: Any, given: Any) -> list[Measured]:
    port, base, key = api.gateway.port, api.base_path, api.keys["public"]
    turns = random.Random(2)  # noqa: S311 - the same load in each run
    near = [
        f"{base}/recommend?fan_id=fan-{turns.randrange(FANS)}&city="
        + quote(f"City {turns.randrange(CITIES)}, DE")
        for _ in range(FANS)
    ]
    routes = (
        ("no-op", [no_op], key),
        ("fetch-trends", [f"{base}/fetch-trends?limit=20"], key),
        ("recommend", near, key),
        ("analyze", [f"{base}/analyze?venue_id=v"], api.keys["staff"]),
        ("no-op again", [no_op], key),
    )
    found = []
    for route, paths, opened_by in routes:
        # Environments are made in the first second, which is not what is measured.
        await load(port, route, paths, opened_by, 3.0, given.connections)
        found.append(await load(port, route, paths, opened_by, given.seconds, given.connections))
        print(found[-1], flush=True)
    killing = asyncio.get_running_loop().call_later(
        given.seconds / 2, endpoint.send_signal, signal.SIGKILL
    )
    route = "recommend, endpoint killed in the middle"
    found.append(await load(port, route, near, key, given.seconds, given.connections))
    killing.cancel()
    print(found[-1], flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    tests = ROOT / "tests/contract/api"
    world = _module("api_conftest", tests / "conftest.py")
    helpers = {
        "world": world,
        "analyze": _module("api_analyze", tests / "test_analyze.py"),
    }
    localaws = world._localaws_conftest()
    directory = world.assembly_directory()
    endpoint, url = start_endpoint()
    with tempfile.TemporaryDirectory() as scratch:
        options = ("--lambda-python", str(localaws.interpreter("LAMBDA_PYTHON", "lambda")))
        gateway = localaws.GatewayProcess(Path(scratch) / "state", options=options)
        gateway.start()
        try:
            world.make_tables(gateway)
            gateway.client("ssm").put_parameter(
                Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String"
            )
            world.deploy(gateway, directory, "rlm-dev-api")
            api = world.deployed_api(gateway)
            make_world(api, helpers)
            attach_endpoint(gateway, url)
            found = asyncio.run(measure(api, make_no_op(gateway), endpoint, given))
        finally:
            gateway.stop()
            endpoint.kill()
            endpoint.wait()
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "api_load.json").write_text(json.dumps([asdict(one) for one in found], indent=2))
    return 0 if not any(one.failed for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
