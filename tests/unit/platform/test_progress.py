"""Each task is told of once when it starts and once when it ends."""

from __future__ import annotations

from bringup.airflow_api import TaskState
from bringup.console import Console
from bringup.progress import TaskProgress


class Lines(Console):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message.strip())


def task(state: str, try_number: int = 1) -> TaskState:
    return TaskState("clean_sources", state, try_number, "clean_sources", -1)


def test_a_task_is_told_of_when_it_starts_and_when_it_ends() -> None:
    console = Lines()
    progress = TaskProgress(console, {"clean_sources": "cleans"})
    for state in ("waiting", "queued", "running", "running", "deferred", "running", "success"):
        progress.report([task(state)])
    assert console.lines[0] == "clean_sources: started - cleans"
    assert console.lines[1].startswith("clean_sources: success")
    assert len(console.lines) == 2


def test_a_retry_is_told_of_again() -> None:
    console = Lines()
    progress = TaskProgress(console, {})
    for state, number in (("running", 1), ("up_for_retry", 1), ("running", 2), ("failed", 2)):
        progress.report([task(state, number)])
    assert [line.split(" in ")[0] for line in console.lines] == [
        "clean_sources: started",
        "clean_sources: up for retry",
        "clean_sources: started",
        "clean_sources: failed",
    ]


def test_skipped_task_that_never_ran_is_told_of() -> None:
    console = Lines()
    TaskProgress(console, {}).report([task("skipped")])
    assert console.lines == ["clean_sources: skipped"]


def test_tasks_of_more_than_one_run_are_told_apart() -> None:
    console = Lines()
    TaskProgress(console, {}, prefix="build_marts.").report([task("skipped")])
    assert console.lines == ["build_marts.clean_sources: skipped"]


def test_mapped_task_that_gets_its_name_late_is_told_of_once() -> None:
    console = Lines()
    progress = TaskProgress(console, {})
    for name in ("load[0]", "load[Artists]"):
        progress.report([TaskState(name, "running", 1, "load", 0)])
    progress.report([TaskState("load[Artists]", "success", 1, "load", 0)])
    assert [line.partition(" in ")[0] for line in console.lines] == [
        "load[0]: started",
        "load[Artists]: success",
    ]
