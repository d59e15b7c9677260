"""`train` and `serve` as SageMaker runs them: files in, files out, answers over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest
from channel_files import PROGRAMS, environment, run_train, write_channels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/opt/ml after a training."""
    opt_ml = tmp_path_factory.mktemp("trained") / "opt/ml"
    write_channels(opt_ml, model="item-item")
    done = run_train(opt_ml, "job-1")
    assert done.returncode == 0, done.stderr
    (opt_ml / "log").write_text(done.stdout)
    return opt_ml


@pytest.fixture(scope="module")
def evaluation(trained: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((trained / "output/data/evaluation.json").read_text())
    return found


class Served:
    """A running endpoint program."""

    def __init__(self, opt_ml: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAMS / "serve")],
            env=environment(opt_ml)
            | {
                "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
                "SAGEMAKER_BIND_TO_PORT": str(self.port),
                "SAGEMAKER_MODEL_SERVER_WORKERS": "2",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask("GET", "/ping")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"never healthy: {self.process.poll()}")

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] = JSON
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def questions(self, *questions: dict[str, Any]) -> tuple[int, Any]:
        return self.ask("POST", "/invocations", json.dumps({"questions": questions}).encode())


@pytest.fixture(scope="module")
def served(trained: Path) -> Iterator[Served]:
    endpoint = Served(trained)
    try:
        endpoint.wait()
        yield endpoint
    finally:
        endpoint.process.terminate()
        endpoint.process.wait(20)


def test_tastes_are_found_and_the_model_is_approved(evaluation: dict[str, Any]) -> None:
    assert evaluation["split"] == "time"
    models = evaluation["models"]
    assert (
        models["candidate"]["metrics"]["ndcg"]["low"]
        > models["popularity"]["metrics"]["ndcg"]["high"]
    )
    assert evaluation["verdict"]["is_approved"]
    assert evaluation["model_version"] == "job-1"
    # Whom it was judged on, for monitor_model: every held-out fan is in one group of a feature.
    for groups in evaluation["population"].values():
        assert sum(groups.values()) == evaluation["fans"]
    assert set(evaluation["population"]) == {"known_fans", "known_artists", "place"}
    assert evaluation["held_out_weeks"] == 4


def test_the_log_has_metrics_as_the_job_looks_for_them(
    trained: Path, evaluation: dict[str, Any]
) -> None:
    log = (trained / "log").read_text()
    found = re.search(r"metric candidate:ndcg=([0-9.]+);", log)
    assert found
    expected = evaluation["models"]["candidate"]["metrics"]["ndcg"]["mean"]
    assert float(found[1]) == pytest.approx(expected, abs=1e-6)


def test_the_same_model_again_is_rejected_and_the_live_one_was_met_as_it_was_judged(
    trained: Path, tmp_path: Path
) -> None:
    again = tmp_path / "opt/ml"
    write_channels(again, model="item-item")
    live = again / "input/data/live"
    live.mkdir()
    with tarfile.open(live / "model.tar.gz", "w:gz") as archive:
        archive.add(trained / "model", arcname=".")
    done = run_train(again, "job-2")
    assert done.returncode == 0, done.stderr
    evaluation = json.loads((again / "output/data/evaluation.json").read_text())
    assert evaluation["live_version"] == "job-1"
    models = evaluation["models"]
    assert models["live"]["metrics"] == models["candidate"]["metrics"]
    assert not evaluation["verdict"]["is_approved"]
    assert "of live" in evaluation["verdict"]["reason"]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda opt_ml: shutil.rmtree(opt_ml / "input/data/artists"), "channel artists: no file"),
        (
            lambda opt_ml: (opt_ml / "input/data/activity/part.parquet").write_bytes(b"no parquet"),
            "channel activity",
        ),
        (
            lambda opt_ml: (opt_ml / "input/config/hyperparameters.json").write_text(
                '{"depth":"3"}'
            ),
            "no hyperparameter ['depth']",
        ),
    ],
)
def test_a_training_that_cannot_be_leaves_its_reason(
    tmp_path: Path, harm: Any, reason: str
) -> None:
    write_channels(tmp_path)
    harm(tmp_path)
    done = run_train(tmp_path, "job")
    assert done.returncode == 1
    assert reason in (tmp_path / "output/failure").read_text()


def test_the_endpoint_answers_what_training_asked(served: Served, trained: Path) -> None:
    golden = json.loads((trained / "output/data/golden.json").read_text())
    status, answer = served.ask("POST", "/invocations", json.dumps(golden["request"]).encode())
    assert status == 200
    assert answer == golden["response"]
    assert answer["model_version"] == "job-1"


def test_a_place_and_days_leave_who_plays_there(served: Served) -> None:
    near = {"place": "Graz, AT", "first_day": "2026-03-30", "last_day": "2026-04-15"}
    status, answer = served.questions({"fan_id": "fan-000", "near": near, "explains": True})
    assert status == 200
    [found] = answer["answers"]
    events = {e for one in found["recommendations"] for e in one["event_ids"]}
    # Every fourth plays in Graz, one a day, and every third brings a friend.
    assert events == {"event-00", "event-04", "event-08", "event-12", "event-16"}
    assert all(one["reasons"] for one in found["recommendations"][:3])


def test_what_was_not_on_sale_is_not_offered(served: Served) -> None:
    near = {"latitude": 52.5, "longitude": 13.4, "radius_km": 10}
    _, answer = served.questions({"near": near, "count": 100})
    events = {e for one in answer["answers"][0]["recommendations"] for e in one["event_ids"]}
    assert "event-06" in events
    assert "event-07" not in events


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ({"count": 0}, "$.questions[0].count"),
        ({"fan": "x"}, "`fan`"),
        ({"near": {"latitude": 3}}, "latitude and longitude go together"),
        ({"near": {"first_day": "2026-02-30"}}, "$.questions[0].near.first_day"),
        ({"near": {"first_day": "2026-03-02", "last_day": "2026-03-01"}}, "is before"),
        ({"discovery": 2}, "$.questions[0].discovery"),
    ],
)
def test_a_bad_question_gets_400_and_where_it_is_bad(
    served: Served, question: dict[str, Any], where: str
) -> None:
    status, answer = served.questions(question)
    assert status == 400
    assert where in answer["error"]


def test_other_requests_are_refused_by_what_is_wrong(served: Served) -> None:
    assert served.ask("GET", "/invocations")[0] == 405
    assert served.ask("GET", "/")[0] == 404
    assert served.ask("POST", "/invocations", b"{", JSON)[0] == 400
    assert served.ask("POST", "/invocations", b"\xff", JSON)[0] == 400
    assert served.ask("POST", "/invocations", b"x", {"Content-Type": "text/csv"})[0] == 415


def test_a_killed_worker_is_replaced(served: Served) -> None:
    before = workers(served)
    os.kill(before[0], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and set(workers(served)) in (set(before), set(before[1:])):
        time.sleep(0.1)
    assert len(workers(served)) == 2
    assert served.questions({})[0] == 200


def workers(served: Served) -> list[int]:
    tasks = f"/proc/{served.process.pid}/task/{served.process.pid}/children"
    with open(tasks) as children:  # noqa: PTH123
        return [int(child) for child in children.read().split()]


def test_a_torn_model_is_never_healthy(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "model", tmp_path / "model")
    next((tmp_path / "model/served").glob("own.*.npy")).write_bytes(b"")
    endpoint = Served(tmp_path)
    output, _ = endpoint.process.communicate(timeout=30)
    assert endpoint.process.returncode == 1
    assert "cannot be read" in output
