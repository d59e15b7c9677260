"""How runs end is told to CloudWatch, and a run never waits or fails for it."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from airflow.listeners.listener import get_listener_manager
from airflow.models.dagrun import DagRun

from rlm.monitoring.pipeline import WATCHED_DAGS
from rlm.monitoring.publisher import Publisher
from rlm_plugin.pipeline_metrics import RunListener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.dagbag import DagBag

BEGAN = dt.datetime(2026, 6, 1, 6, tzinfo=dt.UTC)


class Sent(Publisher):
    """Keeps what was published, and the threads that did it."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.values: list[dict[str, Any]] = []

    def publish_apart(self, namespace: str, data: Any) -> threading.Thread:
        assert namespace == "RLM/Pipeline"
        self.values += data
        return threading.Thread()


def ended(dag: str = "build_marts") -> DagRun:
    run = DagRun(dag_id=dag, run_id="r")
    run.start_date, run.end_date = BEGAN, BEGAN + dt.timedelta(minutes=2)
    return run


@pytest.mark.parametrize(("hook", "succeeded"), [("success", 1.0), ("failed", 0.0)])
def test_every_run_says_how_it_ended_and_how_long_it_took(hook: str, succeeded: float) -> None:
    sent = Sent()
    listener = RunListener("dev", sent)
    manager = get_listener_manager()
    manager.add_listener(listener)
    try:
        getattr(manager.hook, f"on_dag_run_{hook}")(dag_run=ended(), msg="")
    finally:
        manager.pm.unregister(listener)
    assert {one["MetricName"]: one["Value"] for one in sent.values} == {
        "RunsSucceeded": succeeded,
        "RunsFailed": 1.0 - succeeded,
        "RunSeconds": 120.0,
    }
    assert sent.values[0]["Dimensions"] == [
        {"Name": "environment", "Value": "dev"},
        {"Name": "dag", "Value": "build_marts"},
    ]


def test_a_run_that_never_began_has_no_duration() -> None:
    sent, run = Sent(), ended()
    run.start_date = None
    RunListener("dev", sent).on_dag_run_failed(run, "")
    assert [one["MetricName"] for one in sent.values] == ["RunsSucceeded", "RunsFailed"]


def test_airflow_loads_the_listener_as_a_plugin() -> None:
    from airflow import plugins_manager

    info = plugins_manager.get_plugin_info(["name", "listeners"])
    listeners = {one["name"]: one["listeners"] for one in info}
    assert listeners["rlm_metrics"] == ["rlm_plugin.pipeline_metrics.RunListener"]


def test_every_dag_is_watched(dag_bag: DagBag) -> None:
    assert dag_bag.dags
    assert {watched.dag for watched in WATCHED_DAGS} == set(dag_bag.dags)


@pytest.fixture
def slow_cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes every request and never answers it."""
    release = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            release.wait(20)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    yield
    release.set()
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("slow_cloudwatch")
def test_a_run_does_not_wait_for_cloudwatch() -> None:
    listener = RunListener("dev", Publisher.of_process("us-east-1"))
    before = time.monotonic()
    listener.on_dag_run_success(ended(), "")
    # CloudWatch alone would be waited for five seconds.
    assert time.monotonic() - before < 2


def test_a_cloudwatch_that_is_down_is_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with caplog.at_level(logging.WARNING, logger="rlm.monitoring.publisher"):
        assert not Publisher.of_process("us-east-1").publish("RLM/Pipeline", [{"Value": 1.0}])
    assert "CloudWatch did not take 1 values" in caplog.text
