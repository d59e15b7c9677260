"""One platform for the end-to-end tests, brought up with `make run` on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "infra" / "platform"))
TICKET_SALES = 2_000
RUN_TIMEOUT_SECONDS = 1_200


@dataclass(frozen=True)
class MadePlatform:
    """A platform as its user has it: the make commands, and what they leave on disk."""

    state: Path
    aws_port: int
    airflow_port: int
    dashboards_port: int

    def make(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run `make <command>`; what it printed is in `stdout`."""
        environ = {
            **os.environ,
            "RLM_STATE_DIR": str(self.state),
            "RLM_AWS_PORT": str(self.aws_port),
            "RLM_AIRFLOW_PORT": str(self.airflow_port),
            "RLM_DASHBOARDS_PORT": str(self.dashboards_port),
            "RLM_TICKET_SALES": str(TICKET_SALES),
        }
        for name in ("SOURCE", "RLM_STARTED_AT", "RLM_SETUP_SECONDS", "PYTHONPATH"):
            environ.pop(name, None)
        with subprocess.Popen(
            ["make", command],
            cwd=REPOSITORY,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as step:
            try:
                output, _ = step.communicate(timeout=RUN_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(step.pid, signal.SIGKILL)
                raise
        sys.stdout.write(output)
        return subprocess.CompletedProcess(["make", command], step.returncode, output)

    def summary(self) -> dict[str, Any]:
        """What the last run wrote down."""
        read: dict[str, Any] = json.loads((self.state / "run-summary.json").read_text())
        return read

    def truth(self) -> dict[str, Any]:
        """What the generator planted."""
        (file,) = (self.state / "sources").glob("*/_truth/truth.json")
        read: dict[str, Any] = json.loads(file.read_text())
        return read

    def pid_files(self) -> list[Path]:
        return sorted((self.state / "run").glob("*.json"))

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{self.aws_port}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadePlatform]:
    """Running, with one generated delivery of a week ingested."""
    with socket.socket() as one, socket.socket() as other, socket.socket() as third:
        for probe in (one, other, third):
            probe.bind(("127.0.0.1", 0))
        ports = tuple(probe.getsockname()[1] for probe in (one, other, third))
    made = MadePlatform(tmp_path_factory.mktemp("state"), *ports)
    try:
        run = made.make("run")
        assert run.returncode == 0, "make run failed, see its output above"
        yield made
    finally:
        made.make("stop")
