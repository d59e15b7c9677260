"""One server of an endpoint: started, watched, started again, and given up in time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

# Answers /ping as a file beside it says; the address to listen on comes by the environment.
SERVE = """
import os, pathlib
from http.server import BaseHTTPRequestHandler, HTTPServer

health = pathlib.Path(os.environ["HEALTH"])

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(health.read_text()))
        self.end_headers()

    def log_message(self, *_):
        pass

host = os.environ.get("LISTEN") or os.environ["SAGEMAKER_BIND_TO_HOST"]
print("started", flush=True)
HTTPServer((host, int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


class Logs:
    """CloudWatch Logs as far as a server writes to it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def create_log_group(self, **_: str) -> None: ...

    def create_log_stream(self, **_: str) -> None: ...

    def put_log_events(self, logEvents: list[dict[str, Any]], **_: str) -> None:  # noqa: N803
        self.lines += [event["message"] for event in logEvents]


class Instance:
    """A server of a small program, and the file that says how it feels."""

    def __init__(self, folder: Path, startup_seconds: float, **variables: str) -> None:
        from localaws.sagemaker.images import Image
        from localaws.sagemaker.programs import Credentials
        from localaws.sagemaker.servers import Server, ServerPlan

        (folder / "image").mkdir()
        (folder / "image/serve").write_text(SERVE)
        image = Image("tiny", folder / "image", sys.executable)  # type: ignore[arg-type]
        self.health = folder / "health"
        self.health.write_text("200")
        self.logs = Logs()
        self.folder = folder / "instance"
        plan = ServerPlan(
            container={"Image": "tiny", "Environment": {"HEALTH": str(self.health), **variables}},
            image=lambda _: image,
            credentials=Credentials("http://127.0.0.1:1", "0" * 12, "us-east-1"),
            s3=None,
            logs=self.logs,
            log_group="g",
            log_stream="s",
            startup_seconds=startup_seconds,
        )
        self.server = Server(plan, self.folder)


def wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Instance]]:
    from localaws.sagemaker import servers

    monkeypatch.setattr(servers, "PING_SECONDS", 0.2)
    started: list[Instance] = []

    def start_one(startup_seconds: float = 20.0, health: int = 200, **variables: str) -> Instance:
        one = Instance(tmp_path, startup_seconds, **variables)
        one.health.write_text(str(health))
        one.server.start()
        started.append(one)
        return one

    yield start_one
    for one in started:
        one.server.ask_to_stop()
        one.server.join()
        assert not one.folder.exists()


def test_a_server_that_stops_to_answer_is_started_again(start: Callable[..., Instance]) -> None:
    one = start()
    wait(lambda: one.server.is_healthy)
    one.health.write_text("503")
    wait(lambda: not one.server.is_healthy)
    wait(lambda: one.logs.lines.count("started") == 2)
    one.health.write_text("200")
    wait(lambda: one.server.is_healthy)
    assert one.server.failure == ""


def test_a_server_that_never_answers_fails_when_its_time_is_over(
    start: Callable[..., Instance],
) -> None:
    one = start(startup_seconds=1.0, health=500)
    wait(lambda: bool(one.server.failure))
    assert "did not pass the ping health check" in one.server.failure
    assert one.server.was_healthy is False
    assert one.logs.lines == ["started"]


def test_a_server_for_the_whole_world_is_refused(start: Callable[..., Instance]) -> None:
    """Not AWS's answer: a container's port is its own, this machine's is everybody's."""
    one = start(LISTEN="0.0.0.0")  # noqa: S104 - what must not be
    wait(lambda: bool(one.server.failure))
    assert "listens on every address of this machine" in one.server.failure


def test_a_server_whose_supervisor_is_killed_leaves_nothing_behind(
    start: Callable[..., Instance],
) -> None:
    one = start()
    wait(lambda: one.server.is_healthy)
    before = processes(one.folder)
    supervisor = next(pid for pid in before if b"container.py" in command(pid))
    os.kill(supervisor, signal.SIGKILL)
    wait(lambda: not (set(before) & set(processes(one.folder))))
    wait(lambda: one.server.is_healthy)
    assert len(processes(one.folder)) == len(before)


def processes(folder: Path) -> list[int]:
    """The processes of an instance."""
    mark = f"SAGEMAKER_CONTAINER_DIR={folder}\0".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in environment.read_bytes():
                found.append(int(environment.parent.name))
    return found


def command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_second_under_load_leaves_few_values() -> None:
    from localaws.sagemaker.invocation_metrics import MOST_VALUES, grouped

    seen = Counter({float(value): 1 + value % 3 for value in range(1, 1_001)})
    kept = grouped(seen)
    assert len(kept) <= MOST_VALUES
    assert sum(count for _, count in kept) == seen.total()
    whole = sum(value * count for value, count in seen.items())
    assert sum(value * count for value, count in kept) == pytest.approx(whole)
    assert (kept[0][0], kept[-1][0]) == (1.0, 1000.0)
    assert grouped(Counter({0.0: 7, 1.0: 1})) == [(0.0, 7), (1.0, 1)]
