"""Who runs and gives no sign of life is ended, so that it is started again."""

from __future__ import annotations

import subprocess
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bringup.processes import Process, condition, start
from chaos import supervisor as module
from chaos.supervisor import SILENT_SECONDS, Restart, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_000_000.0


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Process]:
    """A process that never ends by itself."""
    command = ("/bin/sleep", "600")
    process = Process(
        "airflow-scheduler", command, {}, tmp_path, tmp_path / "run", tmp_path / "log"
    )
    pid = start(process)
    yield process
    subprocess.run(["/bin/kill", "-9", str(pid)], check=False, stderr=subprocess.DEVNULL)


def watching(process: Process, heartbeat: float, monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    platform: Any = SimpleNamespace(
        airflow=SimpleNamespace(url="http://127.0.0.1:1"), process=lambda _name: process
    )
    signs = SimpleNamespace(heartbeats=lambda: {"scheduler": heartbeat})
    monkeypatch.setattr(module, "AirflowApi", lambda _url: signs)
    return Supervisor(platform, clock=lambda: NOW)


def test_a_silent_component_is_ended(scheduler: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = watching(scheduler, NOW - SILENT_SECONDS - 1, monkeypatch)

    supervisor.end_silent()

    deadline = time.monotonic() + 10
    while condition(scheduler.pid_file) == "running" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition(scheduler.pid_file) == "died"


@pytest.mark.parametrize(
    ("heartbeat", "restarts"),
    [
        (NOW - SILENT_SECONDS + 1, []),
        # Its last sign is that of the process before it.
        (NOW - 600, [Restart("airflow-scheduler", NOW - 30, NOW - 20)]),
    ],
)
def test_one_that_has_its_time_left_goes_on(
    heartbeat: float,
    restarts: list[Restart],
    scheduler: Process,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supervisor = watching(scheduler, heartbeat, monkeypatch)
    supervisor.restarts += restarts

    supervisor.end_silent()

    assert condition(scheduler.pid_file) == "running"
