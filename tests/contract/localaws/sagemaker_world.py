"""A gateway with images of a test's own: small programs that keep the container contract."""

from __future__ import annotations

import io
import json
import sys
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"
REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
BUCKET = "models"
PATIENCE_SECONDS = 60.0

TRAIN = """
import json, os, pathlib, signal, sys, time

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
parameters = json.loads((base / "input/config/hyperparameters.json").read_text())
files = sorted(p for p in (base / "input/data").rglob("*") if p.is_file())
print("files", [str(p.relative_to(base / "input/data")) for p in files])
for epoch, loss in enumerate((0.5, 0.25)):
    print(f"epoch={epoch} loss={loss}")
model = {"words": "".join(p.read_text() for p in files).split(), "parameters": parameters}
(base / "model/model.json").write_text(json.dumps(model))
if "fail" in parameters:
    (base / "output/failure").write_text(parameters["fail"])
    sys.exit(3)
if "sleep" in parameters:
    def stopped(*_):
        (base / "model/stopped").write_text("yes")
        sys.exit(0)
    signal.signal(signal.SIGTERM, stopped)
    print("sleeping")
    time.sleep(float(parameters["sleep"]))
(base / "output/data/notes.txt").write_text("seen")
"""

# What it does is in model.json: {"answer": ..., "ping": 200, "start_seconds": 0, ...}.
SERVE = """
import json, os, pathlib, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
model = json.loads((base / "model/model.json").read_text())
print("serving", model.get("answer"), flush=True)
if model.get("crash"):
    sys.exit("this model cannot be loaded")
time.sleep(model.get("start_seconds", 0))

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.answer(model.get("ping", 200), b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"die":
            os._exit(9)
        if body.startswith(b"status "):
            return self.answer(int(body.split()[1]), b"no such artist")
        if body.startswith(b"sleep "):
            time.sleep(float(body.split()[1]))
        if model.get("fails"):
            return self.answer(500, b"broken model")
        time.sleep(model.get("seconds", 0))
        said = {"answer": model.get("answer"), "sent": body.decode("utf-8", "replace"),
                "pid": os.getpid(), "accept": self.headers.get("Accept"),
                "type": self.headers.get("Content-Type"), "env": os.environ.get("GREETING"),
                "custom": self.headers.get("X-Amzn-SageMaker-Custom-Attributes")}
        self.answer(200, json.dumps(said).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.headers.get("X-Amzn-SageMaker-Custom-Attributes"):
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", "seen")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

address = (os.environ["SAGEMAKER_BIND_TO_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"]))
ThreadingHTTPServer(address, Handler).serve_forever()
"""


def write_images(folder: Path) -> Path:
    """An image `tiny` with both programs, run by the tests' own Python; its registry file."""
    programs = folder / "tiny"
    programs.mkdir(parents=True)
    (programs / "train").write_text(TRAIN)
    (programs / "serve").write_text(SERVE)
    (programs / "report.py").write_text("import sys; print('report', sys.argv[1:])")
    registry = folder / "images.json"
    tiny = {"programs": "tiny", "python": sys.executable, "environment": {"FROM_IMAGE": "1"}}
    registry.write_text(json.dumps({"images": {"tiny": tiny}}))
    return registry


class World:
    """Clients of a gateway, and the short way to what a test needs of it."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.api = gateway.client("sagemaker")
        self.runtime = gateway.client("sagemaker-runtime")
        self.s3 = gateway.client("s3", s3={"addressing_style": "path"})
        self.logs = gateway.client("logs")
        self.cloudwatch = gateway.client("cloudwatch")
        self.s3.create_bucket(Bucket=BUCKET)

    @property
    def image(self) -> str:
        return f"{REGISTRY}/tiny:1"

    def put(self, key: str, body: bytes | str) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def archive(self, uri: str) -> dict[str, bytes]:
        """The files of a .tar.gz by name."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as packed:
            members = [one for one in packed.getmembers() if one.isfile()]
            return {one.name: packed.extractfile(one).read() for one in members}  # type: ignore[union-attr]

    def model_data(self, name: str, **model: Any) -> str:
        """A model.tar.gz for the image's `serve`."""
        packed = io.BytesIO()
        body = json.dumps({"answer": name, **model}).encode()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            member = tarfile.TarInfo("model.json")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        return self.put(f"{name}/model.tar.gz", packed.getvalue())

    def train(self, name: str, parameters: dict[str, str] | None = None, **job: Any) -> None:
        given = {
            "AlgorithmSpecification": {
                "TrainingImage": self.image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=([0-9.]+)"}],
            },
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }  # fmt: skip
        self.api.create_training_job(
            **({"RoleArn": ROLE, "HyperParameters": parameters or {}} | given | job),
            TrainingJobName=name,
        )

    def trained(self, name: str) -> dict[str, Any]:
        """The job when it has ended."""
        return self.wait(
            lambda: self.api.describe_training_job(TrainingJobName=name),
            lambda job: job["TrainingJobStatus"] not in ("InProgress", "Stopping"),
        )

    def create_model(
        self, name: str, environment: dict[str, str] | None = None, **model: Any
    ) -> Any:
        container = {
            "Image": self.image,
            "ModelDataUrl": self.model_data(name, **model),
            "Environment": environment or {},
        }
        return self.api.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE
        )

    def create_config(
        self, name: str, *variants: dict[str, Any], instances: int = 1, **config: Any
    ) -> None:
        """A configuration of the model that is called as it is, unless variants are given."""
        own = {
            "VariantName": "main",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": instances,
        }
        self.api.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=list(variants) or [own], **config
        )

    def serve(self, name: str, **model: Any) -> None:
        """Model, configuration and endpoint of one name, in service."""
        self.create_model(name, **model)
        self.create_config(name)
        self.api.create_endpoint(EndpointName=name, EndpointConfigName=name)
        assert self.settled(name)["EndpointStatus"] == "InService"

    def settled(self, name: str) -> dict[str, Any]:
        """The endpoint when it has stopped moving."""
        moving = ("Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting")
        return self.wait(
            lambda: self.api.describe_endpoint(EndpointName=name),
            lambda endpoint: endpoint["EndpointStatus"] not in moving,
        )

    def ask(self, name: str, body: str = "hello", **call: Any) -> dict[str, Any]:
        answer = self.runtime.invoke_endpoint(EndpointName=name, Body=body, **call)
        said: dict[str, Any] = json.loads(answer["Body"].read())
        return said

    def log_lines(self, group: str, prefix: str) -> list[str]:
        streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)
        lines: list[str] = []
        for stream in streams["logStreams"]:
            events = self.logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )
            lines += [event["message"] for event in events["events"]]
        return lines

    def wait(self, look: Callable[[], Any], is_good: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            seen = look()
            if is_good(seen):
                return seen
            time.sleep(0.1)
        pytest.fail(f"still {seen}\n{self.gateway.log()}")
