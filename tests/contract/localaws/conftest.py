"""A gateway in its own process, for tests that call it with boto3 as any program would."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).parents[3]
# Starting takes about a second; a loaded machine takes longer.
_START_TIMEOUT_SECONDS = 60.0


def _world(name: str) -> Any:
    """The module beside this one: tests are no package, so it is loaded by its path."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def interpreter(variable: str, environment: str) -> Path:
    """The python of one of the repository's environments; `variable` overrides it."""
    path = Path(os.environ.get(variable, REPOSITORY / ".venv" / environment / "bin" / "python"))
    if not path.exists():
        pytest.fail(f"{path} is missing: run make setup, or name another in {variable}")
    return path


class GatewayProcess:
    """A gateway that a test may stop, kill and start again on the same port and state."""

    def __init__(
        self, state_dir: Path, glue_runtime: bool = False, options: tuple[str, ...] = ()
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.state_dir = state_dir
        self.log_path = state_dir.parent / f"{state_dir.name}.log"
        self._glue_runtime = glue_runtime
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self) -> list[str]:
        python = interpreter("LOCAL_AWS_PYTHON", "local-aws")
        command = [str(python), "-m", "localaws", "--port", str(self.port)]
        command += ["--state-dir", str(self.state_dir)]
        if self._glue_runtime:
            command += ["--glue-python", str(interpreter("GLUE_PYTHON", "glue"))]
            command += ["--jars", os.environ.get("GLUE_JARS", str(REPOSITORY / ".local/jars"))]
        return [*command, *self._options]

    def start(self) -> GatewayProcess:
        """Start and wait until it answers."""
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "infra/local")}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), env=environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                pytest.fail(f"the gateway ended at start:\n{self.log()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.get("/_localaws/health")
                return self
            time.sleep(0.05)
        pytest.fail(f"the gateway did not answer in {_START_TIMEOUT_SECONDS:.0f} s:\n{self.log()}")

    def kill(self) -> None:
        """As the kernel's out-of-memory killer would: no handler runs."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As `make stop` does; the exit code. Whatever it was told must have been kept."""
        code = self._end(signal.SIGTERM)
        if self.log_path.exists():
            lost = "the state cannot be written"
            assert lost not in self.log_path.read_text(errors="replace"), self.log()
        return code

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")[-4000:]

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of a plain GET, as a browser or curl would send it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def client(self, service: str, **config: Any) -> Any:
        """A boto3 client of this gateway; it does not retry, so that faults show."""
        settings = {"retries": {"max_attempts": 0}, "read_timeout": 60, **config}
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(**settings),
        )

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(timeout=30)
        self._process = None
        return code


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway a test module: tests in it use names of their own."""
    process = GatewayProcess(tmp_path_factory.mktemp("localaws") / "state").start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def glue_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway a test module that can run Glue jobs."""
    process = GatewayProcess(tmp_path_factory.mktemp("glue") / "state", glue_runtime=True).start()
    yield process
    process.stop()


@pytest.fixture
def new_gateway(tmp_path: Path) -> Iterator[Callable[..., GatewayProcess]]:
    """Start gateways of the test's own, to kill and restart; `glue_runtime=True` can run jobs."""
    started: list[GatewayProcess] = []

    def start(glue_runtime: bool = False) -> GatewayProcess:
        process = GatewayProcess(tmp_path / f"state{len(started)}", glue_runtime).start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()


@pytest.fixture(scope="module")
def sagemaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One gateway a test module that has an image to train and serve with."""
    world = _world("sagemaker_world")
    folder = tmp_path_factory.mktemp("sagemaker")
    options = ("--sagemaker-images", str(world.write_images(folder / "images")))
    process = GatewayProcess(folder / "state", options=options).start()
    yield world.World(process)
    process.stop()


@pytest.fixture
def new_sagemaker(tmp_path: Path) -> Iterator[Any]:
    """A gateway of the test's own with an image, to kill and restart."""
    world = _world("sagemaker_world")
    options = ("--sagemaker-images", str(world.write_images(tmp_path / "images")))
    process = GatewayProcess(tmp_path / "state", options=options).start()
    yield world.World(process)
    process.stop()


@pytest.fixture(scope="module")
def notebook_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway a test module whose notebook instances have a Jupyter."""
    options = ("--notebook-python", str(interpreter("NOTEBOOK_PYTHON", "notebook")))
    process = GatewayProcess(tmp_path_factory.mktemp("notebook") / "state", options=options).start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def lambda_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway a test module whose functions run in their own environment."""
    options = ("--lambda-python", str(interpreter("LAMBDA_PYTHON", "lambda")))
    process = GatewayProcess(tmp_path_factory.mktemp("lambda") / "state", options=options).start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def monitoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One gateway for all tests of monitoring; its hours pass in a minute."""
    world = _world("monitoring_world")
    folder = tmp_path_factory.mktemp("monitoring")
    process = GatewayProcess(folder / "state", options=world.OPTIONS).start()
    yield world.World(process)
    process.stop()


@pytest.fixture
def subscriber() -> Iterator[Any]:
    """Somebody on this machine whom topics are told to."""
    listening = _world("monitoring_world").Subscriber()
    yield listening
    listening.close()


@pytest.fixture(scope="session")
def quicksight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One gateway for all tests of QuickSight, with a lake to read; they use names of their own.

    It believes in a page at port 9, which nobody opens.
    """
    options = ("--dashboards-url", "http://127.0.0.1:9")
    folder = tmp_path_factory.mktemp("quicksight")
    process = GatewayProcess(folder / "state", options=options).start()
    world = _world("quicksight_world").World(process)
    world.build_lake()
    yield world
    process.stop()


@pytest.fixture
def new_quicksight(new_gateway: Callable[..., GatewayProcess]) -> Any:
    """A gateway of the test's own with a lake to read, to kill and restart."""
    world = _world("quicksight_world").World(new_gateway())
    world.build_lake()
    return world
