"""The platform's API, an endpoint and all of the template's alarms, on a clock that runs fast.

Somebody listens to both topics, callers ask all the while, and every fault is ended by its test.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import sys
import tarfile
import threading
import time
import urllib.request
import zipfile
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rlm import names
from rlm.aws.metrics import put_metrics
from rlm.monitoring import metrics
from rlm.monitoring.alarms import Thresholds, metric_alarms
from rlm.monitoring.pipeline import WATCHED_DAGS
from rlm.monitoring.pipeline_values import run_values, source_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REPOSITORY = Path(__file__).parents[3]
ENV = "dev"
# A minute in three seconds: the local AWS gathers metrics for one.
SPEED = 20
# On top of what alarms need by their definition: requests, telemetry and a busy machine.
SLACK_SECONDS = 30.0
# Everything but the alarms under test, after which the pipeline stands still.
STOPS_AFTER_SECONDS = 30.0
STOPPED_DAGS = ("ingest_sources", "refresh_dashboards")
ALARMS = metric_alarms(ENV, Thresholds(400, 800))

# What stands for the model: answers well, but not every eighth time while there is the file.
SERVE = """
import itertools, json, os, pathlib, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

mode, count = pathlib.Path("{mode}"), itertools.count()
artists = [{{"artist_id": f"artist-{{n}}", "score": 1.0 / n, "is_known": False,
            "evidence": "fans", "reasons": []}} for n in range(1, 4)]
good = {{"model_version": "1", "answers": [{{"source": "history", "recommendations": artists}}]}}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.answer(200, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"slow":
            time.sleep(0.6)
        elif mode.exists() and next(count) % 8 == 0:
            return self.answer(500, b"broken")
        self.answer(200, json.dumps(good).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

address = (os.environ["SAGEMAKER_BIND_TO_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"]))
ThreadingHTTPServer(address, Handler).serve_forever()
"""


def _module(name: str, path: Path) -> Any:
    """A helper of other tests: they are no package, so it is loaded by its path."""
    spec = util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Topic:
    """What somebody who subscribed to a topic was told."""

    def __init__(self, gateway: Any, severity: str, subscriber: Any) -> None:
        self._subscriber = subscriber
        region_account = "us-east-1:000000000000"
        arn = f"arn:aws:sns:{region_account}:{names.alarm_topic(ENV, severity)}"
        gateway.client("sns").subscribe(TopicArn=arn, Protocol="http", Endpoint=subscriber.url)
        subscriber.confirm()

    def told(self, state: str) -> list[str]:
        """The alarms of which it was told that they are in this state, as often as it was.

        That a new alarm is OK, for the first time, is no news.
        """
        messages = [json.loads(one.envelope["Message"]) for one in self._subscriber.notifications()]
        return [
            one["AlarmName"]
            for one in messages
            if one["NewStateValue"] == state
            and (state, one["OldStateValue"]) != ("OK", "INSUFFICIENT_DATA")
        ]

    def forget(self) -> None:
        self._subscriber.heard.clear()

    def close(self) -> None:
        self._subscriber.close()


class Callers:
    """Asks one thing after the other, over and over: one environment a function, warm."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self._stopped = threading.Event()
        self.asks: list[Callable[[], tuple[str, dict[str, str], str]]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stopped.wait(0.1):
            for ask in list(self.asks):
                path, query, key = ask()
                with contextlib.suppress(OSError):
                    self._api.ask(path, query, key=key)


class World:
    """What faults are made with."""

    speed = SPEED
    slack_seconds = SLACK_SECONDS
    stops_after_seconds = STOPS_AFTER_SECONDS
    stopped_dags = STOPPED_DAGS

    def __init__(self, api: Any, mode: Path) -> None:
        self.api = api
        self.gateway = api.gateway
        self.functions = self.gateway.client("lambda")
        self.sagemaker = self.gateway.client("sagemaker")
        self.runtime = self.gateway.client("sagemaker-runtime")
        self.dynamodb = self.gateway.client("dynamodb")
        self.cloudwatch = self.gateway.client("cloudwatch")
        self.callers = Callers(api)
        self.pages: Topic
        self.tickets: Topic
        self._mode = mode

    # Metrics, as the DAGs publish them

    def put(self, data: Sequence[dict[str, Any]], namespace: str, ago_seconds: float = 0) -> None:
        """Values as of so long ago."""
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago_seconds)
        put_metrics(self.cloudwatch, namespace, [{**one, "Timestamp": at} for one in data])

    def end_run(self, dag: str, *, succeeded: bool = True, ago_seconds: float = 0) -> None:
        values = run_values(ENV, dag, has_succeeded=succeeded, seconds=60.0)
        self.put(values, metrics.PIPELINE_NAMESPACE, ago_seconds)

    def report(self, **counts: int) -> None:
        """A run of ingest_sources that cleaned `events`."""
        none = dict.fromkeys(("rows_in", "rows_loaded", "rows_quarantined", "rows_duplicate"), 0)
        report = {"sources": {"events": {"status": "loaded", **none, **counts}}}
        self.put(source_values(ENV, report), metrics.PIPELINE_NAMESPACE)

    def judge_model(
        self, lift: float, drift: float, coverage: float, joined: float, weight: int = 1
    ) -> None:
        """What monitor_model found, today and the day before; alarms read means."""
        data = [
            metrics.HIT_RATE_LIFT.datum(lift, environment=ENV),
            metrics.INPUT_DRIFT.datum(drift, environment=ENV),
            metrics.COVERAGE.datum(coverage, environment=ENV),
            metrics.JOINED_ANSWERS.datum(joined, environment=ENV),
        ]
        for days in (1.5, 0):
            self.put(weight * data, metrics.MODEL_NAMESPACE, days * 86_400 / SPEED)

    # Faults of the running platform

    def disturb(self, operation: str, kind: str) -> None:
        """Calls of DynamoDB go wrong from now on."""
        rule = {"service": "dynamodb", "operation": operation, "kind": kind}
        self._faults("POST", json.dumps(rule).encode())

    def disturb_no_more(self) -> None:
        self._faults("DELETE")

    def _faults(self, method: str, body: bytes | None = None) -> None:
        url = f"{self.gateway.endpoint_url}/_localaws/faults"
        request = urllib.request.Request(url, method=method, data=body)  # noqa: S310 - loopback
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - the same

    def deploy_version(self, function: str, handler: str) -> Callable[[], None]:
        """Another handler takes the traffic; call what is returned to go back, as people would."""
        name = names.lambda_function(ENV, function)
        before = self.functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as packed:
            packed.writestr("handler.py", handler)
        made = self.functions.update_function_code(
            FunctionName=name, ZipFile=package.getvalue(), Publish=True
        )
        self._point(name, made["Version"])
        return lambda: self._point(name, before)

    def _point(self, name: str, version: str) -> None:
        self.functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    def allow_concurrency(self, function: str, *, is_allowed: bool) -> None:
        name = names.lambda_function(ENV, function)
        if is_allowed:
            self.functions.delete_function_concurrency(FunctionName=name)
        else:
            self.functions.put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=0
            )

    def make_model_ill(self) -> None:
        self._mode.write_text("ill")

    def make_model_well(self) -> None:
        self._mode.unlink(missing_ok=True)

    def create_endpoint(self) -> None:
        endpoint = names.endpoint(ENV)
        self.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="model")
        self.wait(
            lambda: self.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"],
            lambda status: status != "Creating",
            60,
        )

    def delete_endpoint(self) -> None:
        self.sagemaker.delete_endpoint(EndpointName=names.endpoint(ENV))

    # What came of it

    def states(self) -> dict[str, str]:
        """Of every alarm, composite ones among them."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return {
            alarm["AlarmName"]: alarm["StateValue"]
            for page in pages
            for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
        }

    def in_alarm(self) -> set[str]:
        """Metric alarms that are off, by name."""
        known = {alarm.name for alarm in ALARMS}
        return {n for n, state in self.states().items() if state == "ALARM" and n in known}

    def wait_for_calm(self) -> None:
        def off() -> set[str]:
            return {name for name, state in self.states().items() if state == "ALARM"}

        self.wait(off, lambda found: not found, 60 + SLACK_SECONDS)

    def wait(self, look: Callable[[], Any], is_good: Callable[[Any], bool], seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while not is_good(found := look()):
            if time.monotonic() > deadline:
                pytest.fail(f"after {seconds:.0f} s still {found}; {sorted(self.in_alarm())} off")
            time.sleep(0.2)
        return found


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests; each leaves every alarm as it found it."""
    folder = tmp_path_factory.mktemp("monitoring")
    api_world = _module("api_world_of_monitoring", REPOSITORY / "tests/contract/api/conftest.py")
    listening = _module(
        "monitoring_world", REPOSITORY / "tests/contract/localaws/monitoring_world.py"
    )
    localaws = api_world._localaws_conftest()
    options = (
        *("--lambda-python", str(localaws.interpreter("LAMBDA_PYTHON", "lambda"))),
        *("--sagemaker-images", str(_image(folder))),
        *("--monitoring-speed", str(SPEED), "--faults"),
    )
    gateway = localaws.GatewayProcess(folder / "state", options=options)
    directory = api_world.assembly_directory()
    gateway.start()
    made: World | None = None
    try:
        api = _deploy_api(api_world, gateway, directory)
        made = World(api, folder / "mode")
        _serve(made)
        _fill_metrics(made)
        made.callers.start()
        api_world.deploy(gateway, directory, names.stack(ENV, "monitoring"))
        # Everything but two DAGs runs; those two ran for the last time when it is nearly too late.
        for dag in STOPPED_DAGS:
            made.end_run(dag, ago_seconds=seconds_until_stale(dag) - STOPS_AFTER_SECONDS)
        made.wait_for_calm()
        made.pages = Topic(gateway, "page", listening.Subscriber())
        made.tickets = Topic(gateway, "ticket", listening.Subscriber())
        yield made
        made.pages.close()
        made.tickets.close()
    finally:
        if made is not None:
            made.callers.stop()
        gateway.stop()


@pytest.fixture(autouse=True)
def _quiet_before_and_after(world: World) -> Iterator[None]:
    """Whatever a test breaks, the next one begins with a platform that is well."""
    yield
    world.disturb_no_more()
    world.make_model_well()
    world.wait_for_calm()
    world.pages.forget()
    world.tickets.forget()


@pytest.fixture
def running_pipeline(world: World) -> None:
    """All DAGs run again, also where the test of those that do not was left out."""
    for dag in STOPPED_DAGS:
        world.end_run(dag)


def seconds_until_stale(dag: str) -> float:
    """After a good run: CloudWatch looks one period further back than the alarm says."""
    (alarm,) = (one for one in ALARMS if one.name == names.alarm(ENV, f"dag-{dag}-stale"))
    return (alarm.evaluation_periods + 1) * alarm.period_seconds / SPEED


def _image(folder: Path) -> Path:
    programs = folder / "image"
    programs.mkdir()
    (programs / "serve").write_text(SERVE.format(mode=folder / "mode"))
    registry = folder / "images.json"
    image = {"programs": str(programs), "python": sys.executable}
    registry.write_text(json.dumps({"images": {names.recommender_image(ENV): image}}))
    return registry


def _deploy_api(api_world: Any, gateway: Any, directory: Path) -> Any:
    api_world.make_tables(gateway)
    gateway.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String"
    )
    logs = gateway.client("logs")
    for stream in ("output", "error"):
        logs.create_log_group(logGroupName=f"{names.glue_log_prefix(ENV)}/{stream}")
    api_world.deploy(gateway, directory, names.stack(ENV, "api"))
    api = api_world.deployed_api(gateway)
    api.put("Trends", api_world.ranking("7d#all#all"))
    for number in range(1, 4):
        artist = f"artist-{number}"
        api.put("Artists", {"artist_id": artist, "name": artist.title(), "genres": ["rock"]})
    return api


def _serve(world: World) -> None:
    """The endpoint, behind which is the image's program and no model."""
    packed = io.BytesIO()
    tarfile.open(fileobj=packed, mode="w:gz").close()
    s3 = world.gateway.client("s3")
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="model.tar.gz", Body=packed.getvalue())
    image = f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{names.recommender_image(ENV)}:1"
    world.sagemaker.create_model(
        ModelName="model",
        PrimaryContainer={"Image": image, "ModelDataUrl": "s3://models/model.tar.gz"},
        ExecutionRoleArn=f"arn:aws:iam::000000000000:role/{names.sagemaker_role(ENV)}",
    )
    world.sagemaker.create_endpoint_config(
        EndpointConfigName="model",
        ProductionVariants=[
            {
                "VariantName": names.ENDPOINT_VARIANT,
                "ModelName": "model",
                "InstanceType": "ml.t2.large",
                "InitialInstanceCount": 1,
            }
        ],
    )
    world.create_endpoint()


def _fill_metrics(world: World) -> None:
    """A platform that ran well this morning, and callers of whom each asks something else."""
    for watched in WATCHED_DAGS:
        if watched.dag not in STOPPED_DAGS:
            world.end_run(watched.dag)
    world.report(rows_in=100, rows_loaded=100)
    world.judge_model(lift=0.05, drift=0.02, coverage=0.06, joined=150)
    world.callers.asks += [
        lambda: ("/fetch-trends", {}, "public"),
        lambda: ("/recommend", {"fan_id": "fan-1"}, "public"),
        lambda: ("/recommend", {"fan_id": "fan-2"}, "public"),
    ]
