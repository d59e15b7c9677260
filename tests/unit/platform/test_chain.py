"""A run is followed to the end of all that it sets off, by the graph that Airflow tells of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from bringup import chain
from bringup.airflow_api import AirflowApi, AssetEvent, TaskState
from bringup.chain import Chain
from bringup.console import Console
from bringup.failures import PlatformError

Run = tuple[str, str]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "POLL_SECONDS", 0.0)


class Quiet(Console):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message.strip())


@dataclass
class Airflow:
    """Runs that take three looks; one that ends gives its events, whose runs come a look later."""

    gives: dict[str, list[str]]
    waits: dict[str, set[str]]
    states: dict[str, str] = field(default_factory=dict)
    makes_runs: bool = True
    looks_without_answer: int = 0
    looks: dict[Run, int] = field(default_factory=dict)
    url: str = "http://127.0.0.1:8080"

    def asset_waiters(self) -> dict[str, set[str]]:
        return self.waits

    def task_titles(self, dag_id: str) -> dict[str, str]:
        return {}

    def run_state(self, dag_id: str, run_id: str) -> tuple[str, float]:
        run = (dag_id, run_id)
        self.looks[run] = self.looks.get(run, 0) + 1
        return (self.states.get(dag_id, "success") if self.looks[run] >= 3 else "running", 1.5)

    def task_states(self, dag_id: str, run_id: str) -> list[TaskState]:
        return [TaskState("publish", "running", 1, "publish", -1)]

    def asset_events(self, dag_id: str, run_id: str) -> list[AssetEvent] | None:
        run = ("events of", dag_id)
        self.looks[run] = self.looks.get(run, 0) + 1
        if self.looks[run] <= self.looks_without_answer:
            return None
        is_made = self.makes_runs and self.looks[run] > 1
        return [
            AssetEvent(
                asset,
                frozenset((waiter, "r1") for waiter in self.waits.get(asset, ()) if is_made),
            )
            for asset in self.gives.get(dag_id, ())
        ]


def follow(airflow: Airflow, *dag_ids: str) -> list[tuple[str, str]]:
    made = Chain(cast("AirflowApi", airflow), Quiet(), dag_ids)
    return [(run.dag_id, run.state) for run in made.follow("first", "r0", 60)]


WAITS = {"silver": {"marts"}, "gold": {"serving", "reports"}}
GIVES = {"first": ["silver"], "marts": ["gold"]}


def test_every_run_down_the_graph_is_waited_for() -> None:
    ended = follow(Airflow(GIVES, WAITS), "first", "marts", "serving", "reports")
    assert ended[:2] == [("first", "success"), ("marts", "success")]
    assert sorted(ended[2:]) == [("reports", "success"), ("serving", "success")]


def test_run_without_events_sets_nothing_off() -> None:
    assert follow(Airflow({}, WAITS), "first", "marts") == [("first", "success")]


def test_dag_that_is_none_of_ours_is_not_waited_for() -> None:
    assert follow(Airflow(GIVES, WAITS), "first") == [("first", "success")]


def test_failed_run_is_told_of_and_what_it_published_is_followed() -> None:
    airflow = Airflow(GIVES, {"silver": {"marts"}}, states={"first": "failed"})
    assert follow(airflow, "first", "marts") == [("first", "failed"), ("marts", "success")]


def test_run_that_airflow_never_starts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "CREATION_SECONDS", 0.01)
    airflow = Airflow(GIVES, WAITS, makes_runs=False)
    with pytest.raises(PlatformError, match="started no run of marts after first"):
        follow(airflow, "first", "marts")


def test_queued_run_that_airflow_cannot_tell_of_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(chain, "CREATION_SECONDS", 0.1)
    airflow = Airflow(GIVES, {"silver": {"marts"}}, looks_without_answer=8)
    assert follow(airflow, "first", "marts") == [("first", "success"), ("marts", "success")]


def test_run_that_does_not_end_in_time_is_named() -> None:
    airflow = Airflow(GIVES, WAITS)
    made = Chain(cast("AirflowApi", airflow), Quiet(), ("first",))
    with pytest.raises(PlatformError, match="first did not end within 0 s"):
        made.follow("first", "r0", 0.0)
