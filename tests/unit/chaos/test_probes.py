"""Nobody is well again by default: a probe has seen who was hit, and looks for what follows."""

from __future__ import annotations

import random
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from chaos import probes, strikes
from chaos.book import Entry
from chaos.plan import Fault
from chaos.probes import Probes
from chaos.strikes import Strikes
from chaos.victims import NoVictimError
from rlm import names

if TYPE_CHECKING:
    from collections.abc import Callable

CLEAN = names.glue_job("dev", "clean_sources")


class Platform:
    """What a platform's services and its Airflow say; a test changes it."""

    env = "dev"
    aws = SimpleNamespace(url="http://127.0.0.1:1")

    def __init__(self) -> None:
        self.runs: dict[str, list[dict[str, Any]]] = {}
        self.trainings: list[dict[str, Any]] = []
        self.tasks: dict[str, int] = {}
        self.servers_wanted = 2

    def client(self, _service: str) -> Any:
        return self

    def get_job_runs(self, JobName: str, **_: Any) -> Any:  # noqa: N803 - boto3's name
        return {"JobRuns": self.runs.get(JobName, [])}

    def list_training_jobs(self, **_: Any) -> Any:
        return {"TrainingJobSummaries": self.trainings}

    def describe_endpoint(self, **_: Any) -> Any:
        return {"ProductionVariants": [{"DesiredInstanceCount": self.servers_wanted}]}

    def running_tasks(self) -> dict[str, int]:
        return dict(self.tasks)

    def patiently(self, call: Callable[[], Any]) -> Any:
        return call()

    def run(self, run_id: str, state: str, started: int) -> dict[str, Any]:
        return {"Id": run_id, "JobRunState": state, "StartedOn": started}

    def training(self, name: str, status: str, created: int) -> dict[str, Any]:
        return {"TrainingJobName": name, "TrainingJobStatus": status, "CreationTime": created}


@pytest.fixture
def platform() -> Platform:
    return Platform()


def probe(platform: Platform, target: str) -> Callable[[], bool]:
    workload: Any = SimpleNamespace(platform=platform, api=platform, patiently=platform.patiently)
    supervisor: Any = None
    return Probes(workload, supervisor).of(Entry(Fault(1, "kill", target), 0.0))


@pytest.mark.parametrize("state", ["STARTING", "RUNNING"])
def test_killed_job_is_well_when_a_later_run_is_at_it(platform: Platform, state: str) -> None:
    platform.runs = {CLEAN: [platform.run("jr_1", state, 1)]}
    is_well = probe(platform, "glue-job")
    assert not is_well()
    platform.runs[CLEAN] = [platform.run("jr_1", "FAILED", 1)]
    assert not is_well()
    platform.runs[CLEAN].insert(0, platform.run("jr_2", "STARTING", 2))
    assert not is_well()
    platform.runs[CLEAN][0]["JobRunState"] = "RUNNING"
    assert is_well()


def test_job_beside_the_killed_one_is_well_when_it_succeeded(platform: Platform) -> None:
    beside = names.glue_job("dev", "build_marts")
    platform.runs = {
        CLEAN: [platform.run("jr_1", "RUNNING", 1)],
        beside: [platform.run("jr_2", "RUNNING", 1)],
    }
    is_well = probe(platform, "glue-job")
    platform.runs[CLEAN] = [platform.run("jr_3", "SUCCEEDED", 2), *platform.runs[CLEAN]]
    assert not is_well()
    platform.runs[beside] = [platform.run("jr_2", "SUCCEEDED", 1)]
    assert is_well()


def test_killed_training_is_well_when_a_later_one_is_at_it(platform: Platform) -> None:
    platform.trainings = [platform.training("a", "InProgress", 1)]
    is_well = probe(platform, "training-job")
    assert not is_well()
    platform.trainings = [platform.training("a", "Failed", 1)]
    assert not is_well()
    platform.trainings.insert(0, platform.training("b", "InProgress", 2))
    assert is_well()


def test_killed_task_is_well_when_it_is_tried_again(platform: Platform) -> None:
    platform.tasks = {"clean_sources": 1}
    is_well = probe(platform, "task-worker")
    assert not is_well()
    platform.tasks = {"clean_sources": 2}
    assert is_well()


def test_endpoint_is_well_with_as_many_servers_as_it_wants(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"source": "precomputed", "model_version": "7"}
    monkeypatch.setattr(Probes, "_api", lambda _: SimpleNamespace(ask=lambda _: (200, answer)))
    there = [1]
    monkeypatch.setattr(probes, "pids_of", lambda *_: there)
    is_well = probe(platform, "endpoint-server")
    there.append(2)
    assert not is_well()
    answer["source"] = "model"
    assert is_well()
    there.pop()
    assert not is_well()


@pytest.mark.parametrize("target", ["glue-job", "training-job", "task-worker"])
def test_who_has_nothing_at_work_is_no_victim(platform: Platform, target: str) -> None:
    platform.runs = {CLEAN: [platform.run("jr_1", "SUCCEEDED", 1)]}
    platform.trainings = [platform.training("a", "Completed", 1)]
    with pytest.raises(NoVictimError):
        probe(platform, target)


@pytest.mark.parametrize("kind", ["kill", "freeze"])
def test_who_ended_before_the_blow_is_no_victim(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    monkeypatch.setattr(strikes, "pids_of", lambda *_: [gone.pid])
    nothing: Any = None
    blows = Strikes(nothing, nothing, nothing, {}, {}, random.Random(1))
    with pytest.raises(NoVictimError, match="lambda-worker ended by itself"):
        blows.strike(Fault(1, kind, "lambda-worker"))
