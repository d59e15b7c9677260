"""The recommender as it is deployed: the template's API and alarms, the image's programs."""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[3]
ENV = "dev"
ENDPOINT = names.endpoint(ENV)
LAKE = names.bucket(ENV, "lake")
ROLE = f"arn:aws:iam::000000000000:role/{names.sagemaker_role(ENV)}"
REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{REGISTRY}/{names.recommender_image(ENV)}:current"
FAULTY_IMAGE = f"{REGISTRY}/faulty:current"
PATIENCE_SECONDS = 90.0
CAPTURED = names.ENDPOINT_CAPTURE_PREFIX
FANS = 20

# The image's `serve`, of which everything after the warm-up goes wrong in the way FAULT says.
FAULTY_SERVE = """
import os, runpy, time

from rlm.recommend.server.answering import Answering

answers, warm_up = Answering.answers, Answering.warm_up

def faulty(self, body):
    if os.environ["FAULT"] == "wrong":
        raise RuntimeError("this model knows nobody")
    time.sleep(1.0)
    return answers(self, body)

def warm_up_then_fail(self):
    warm_up(self)
    Answering.answers = faulty

Answering.warm_up = warm_up_then_fail
runpy.run_path("{serve}", run_name="__main__")
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


class World:
    """A deployed recommender, with what it was trained on."""

    def __init__(self, gateway: Any, api: Any, channels: Path) -> None:
        self.gateway = gateway
        self.api = api
        self.alarms = [names.endpoint_alarm(ENV, alarm) for alarm in names.ENDPOINT_ALARMS]
        self.sagemaker = gateway.client("sagemaker")
        self._s3 = gateway.client("s3", s3={"addressing_style": "path"})
        self._s3.create_bucket(Bucket=LAKE)
        for file in sorted(channels.rglob("*.parquet")):
            self._s3.put_object(
                Bucket=LAKE, Key=f"training/{file.relative_to(channels)}", Body=file.read_bytes()
            )

    def train(self, job: str, model: str, live: str | None = None) -> dict[str, Any]:
        """A training job of the image, done; `live` is the model.tar.gz that it must beat."""
        channels = {name: f"training/{name}/" for name in ("activity", "artists", "concerts")}
        channels["fans"] = "training/fans/"
        sources = {name: f"s3://{LAKE}/{prefix}" for name, prefix in channels.items()}
        if live is not None:
            sources["live"] = live
        self.sagemaker.create_training_job(
            TrainingJobName=job,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            RoleArn=ROLE,
            HyperParameters={"model": model, "holdout_weeks": "4"},
            InputDataConfig=[
                {
                    "ChannelName": name,
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": uri,
                            "S3DataDistributionType": "FullyReplicated",
                        }
                    },
                }
                for name, uri in sources.items()
            ],
            OutputDataConfig={"S3OutputPath": f"s3://{LAKE}/models"},
            ResourceConfig={
                "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5
            },
            StoppingCondition={"MaxRuntimeInSeconds": 300},
        )  # fmt: skip
        found: dict[str, Any] = self.wait(
            lambda: self.sagemaker.describe_training_job(TrainingJobName=job),
            lambda seen: seen["TrainingJobStatus"] not in ("InProgress", "Stopping"),
        )
        assert found["TrainingJobStatus"] == "Completed", found.get("FailureReason")
        return found

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def captured(self) -> list[dict[str, Any]]:
        """What was captured of the endpoint so far."""
        keys = self._s3.list_objects_v2(Bucket=LAKE, Prefix=f"{CAPTURED}/").get("Contents", [])
        files = [self.read(f"s3://{LAKE}/{one['Key']}").decode() for one in keys]
        return [json.loads(line) for file in files for line in file.splitlines()]

    def logged(self, group: str) -> list[dict[str, Any]]:
        """The lines of a log group that are JSON documents."""
        logs = self.gateway.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def put(self, key: str, body: bytes) -> str:
        self._s3.put_object(Bucket=LAKE, Key=key, Body=body)
        return f"s3://{LAKE}/{key}"

    def keys(self, prefix: str) -> list[str]:
        """What the lake has there, in order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=LAKE, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def forget(self, prefix: str) -> None:
        """Delete what the lake has there: other tests' captures are none of the next one's."""
        for key in self.keys(prefix):
            self._s3.delete_object(Bucket=LAKE, Key=key)

    def configure(self, name: str, data: str, image: str = IMAGE, **variables: str) -> None:
        """A model and an endpoint configuration of one name."""
        container = {"Image": image, "ModelDataUrl": data, "Environment": variables}
        self.sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE
        )
        variant = {
            "VariantName": names.ENDPOINT_VARIANT,
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        # As train_recommender captures.
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[variant],
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{LAKE}/{CAPTURED}",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
            },
        )

    def update(self, config: str, canary_percent: int = 10, canary_seconds: int = 60) -> None:
        """Begin a rollout as train_recommender does."""
        self.sagemaker.update_endpoint(
            EndpointName=ENDPOINT,
            EndpointConfigName=config,
            DeploymentConfig={
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": canary_percent},
                        "WaitIntervalInSeconds": canary_seconds,
                    },
                    "TerminationWaitInSeconds": 0,
                },
                "AutoRollbackConfiguration": {
                    "Alarms": [{"AlarmName": alarm} for alarm in self.alarms]
                },
            },
        )

    def make_hurried_alarms(self, template: Path) -> None:
        """The template's alarms of the endpoint, over ten seconds instead of a minute."""
        cloudwatch = self.gateway.client("cloudwatch")
        kept = (
            *("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Threshold"),
            *("ExtendedStatistic", "ComparisonOperator", "EvaluationPeriods", "TreatMissingData"),
        )
        made = [one["Properties"] for one in json.loads(template.read_text())["Resources"].values()]
        alarms = [alarm for alarm in made if alarm.get("AlarmName") in self.alarms]
        assert len(alarms) == len(self.alarms)
        for alarm in alarms:
            as_asked = {key: value for key, value in alarm.items() if key in kept}
            cloudwatch.put_metric_alarm(**as_asked, Period=10)

    def wait_for_calm(self) -> None:
        """Until no alarm of the test before goes off any more."""
        cloudwatch = self.gateway.client("cloudwatch")
        self.wait(
            lambda: cloudwatch.describe_alarms(AlarmNames=self.alarms)["MetricAlarms"],
            lambda alarms: all(alarm["StateValue"] != "ALARM" for alarm in alarms),
        )

    def settled(self) -> dict[str, Any]:
        """The endpoint when it has stopped moving."""
        moving = ("Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting")
        found: dict[str, Any] = self.wait(
            lambda: self.sagemaker.describe_endpoint(EndpointName=ENDPOINT),
            lambda seen: seen["EndpointStatus"] not in moving,
        )
        return found

    def servers(self) -> list[int]:
        """The processes of the endpoint, workers too."""
        state, port = str(self.gateway.state_dir).encode(), b"SAGEMAKER_BIND_TO_PORT"
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                environ = (process / "environ").read_bytes()
                if state in environ and port in environ:
                    found.append(int(process.name))
        assert found
        return found

    def wait(self, look: Any, is_good: Any) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            seen = look()
            if is_good(seen):
                return seen
            time.sleep(0.1)
        pytest.fail(f"still {seen}\n{self.gateway.log()}")


class Callers:
    """Two callers of `/recommend`, some forty requests a second: what they were answered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.answers: Counter[tuple[str, str | None]] = Counter()
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(turn,)) for turn in range(2)]
        for thread in self._threads:
            thread.start()

    def _run(self, turn: int) -> None:
        while not self._stop.is_set():
            turn += 2
            query = {"fan_id": f"fan-{turn % FANS:03}", "city": "Graz, AT"}
            try:
                answer = self._world.api.ask("/recommend", query)
                body = answer.json()
                said = (body["source"], body["model_version"])
                is_good = answer.status == 200 and body["artists"]
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails by it
                is_good, body = False, repr(error)
            with self._lock:
                if is_good:
                    self.answers[said] += 1
                else:
                    self.failures.append(str(body))
            time.sleep(0.03)

    def seen(self, seconds: float) -> Counter[tuple[str, str | None]]:
        """Source and model version of the answers of the next seconds."""
        with self._lock:
            self.answers.clear()
        time.sleep(seconds)
        with self._lock:
            return Counter(self.answers)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests: rollouts leave the first model where they found it."""
    with deployed(tmp_path_factory.mktemp("recommender")) as made:
        yield made


@contextmanager
def deployed(folder: Path) -> Iterator[World]:
    """The stacks `recommender` and `api` on one gateway, a model trained and in service."""
    api_world = _module("api_world_of_recommender", REPOSITORY / "tests/contract/api/conftest.py")
    channel_files = _module(
        "channel_files_of_recommender", REPOSITORY / "tests/unit/recommend/channel_files.py"
    )
    localaws = api_world._localaws_conftest()
    channel_files.write_channels(folder / "opt/ml")
    options = (
        *("--lambda-python", str(localaws.interpreter("LAMBDA_PYTHON", "lambda"))),
        *("--sagemaker-images", str(_images(folder, localaws))),
    )
    gateway = localaws.GatewayProcess(folder / "state", options=options)
    directory = api_world.assembly_directory()
    gateway.start()
    try:
        api_world.make_tables(gateway)
        gateway.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String"
        )
        _make_lake(gateway)
        for subject in ("recommender", "api"):
            api_world.deploy(gateway, directory, names.stack(ENV, subject))
        api = api_world.deployed_api(gateway)
        _put_items(api)
        world = World(gateway, api, folder / "opt/ml/input/data")
        world.make_hurried_alarms(directory / f"{names.stack(ENV, 'monitoring')}.template.json")
        trained = world.train("first", "item-item")
        world.configure("first", trained["ModelArtifacts"]["S3ModelArtifacts"])
        world.sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="first")
        assert world.settled()["EndpointStatus"] == "InService"
        yield world
    finally:
        gateway.stop()


def _images(folder: Path, localaws: Any) -> Path:
    """The registry of the platform's image, and of one that serves with a fault."""
    programs = REPOSITORY / "include/sagemaker/recommender"
    (folder / "faulty").mkdir()
    faulty = FAULTY_SERVE.replace("{serve}", str(programs / "serve"))
    (folder / "faulty/serve").write_text(faulty)
    python = str(localaws.interpreter("RECOMMENDER_PYTHON", "recommender"))
    images = {
        names.recommender_image(ENV): {"programs": str(programs), "python": python},
        "faulty": {"programs": "faulty", "python": python},
    }
    registry = folder / "images.json"
    registry.write_text(json.dumps({"images": images}))
    return registry


def _make_lake(gateway: Any) -> None:
    """Databases and the workgroup of Athena, as the template makes them."""
    for layer in ("silver", "gold"):
        gateway.client("glue").create_database(DatabaseInput={"Name": names.database(ENV, layer)})
    output = {"OutputLocation": f"s3://{LAKE}/{names.ATHENA_RESULTS_PREFIX}/"}
    gateway.client("athena").create_work_group(
        Name=names.athena_workgroup(ENV), Configuration={"ResultConfiguration": output}
    )


def _put_items(api: Any) -> None:
    """Artists who play in Graz, and what is kept for each fan for when the endpoint is gone."""
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(days=20)).date().isoformat()
    artists = [f"artist-{number:02}" for number in range(12)]
    for artist in artists:
        api.put("Artists", {"artist_id": artist, "name": artist.title(), "genres": ["rock"]})
        api.put(
            "Events",
            {
                "event_id": f"event-{artist}",
                "name": f"{artist} live",
                "status": "scheduled",
                "is_sold_out": False,
                "starts_at": f"{soon}T18:00:00Z",
                "starts_on_local": soon,
                "headliner_id": artist,
                "venue_id": "hall",
                "venue_name": "Hall",
                "city": "Graz",
                "country": "AT",
                "place": "AT#Graz",
            },
        )
    for fan in range(FANS):
        kept = {
            "fan_id": f"fan-{fan:03}",
            "artist_ids": artists[:5],
            "scores": [1.0 / (n + 1) for n in range(5)],
            "are_known": [False] * 5,
            "source": "history",
            "model_version": "kept",
        }
        api.put("Recommendations", kept)


@pytest.fixture
def callers(world: World) -> Iterator[Callers]:
    """Running while the test does; not one request may fail."""
    world.wait_for_calm()
    running = Callers(world)
    try:
        yield running
    finally:
        running.stop()
    assert running.failures == []
