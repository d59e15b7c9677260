"""Tells what a DAG run is doing: one line a change, a sign of life when nothing changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .airflow_api import AirflowApi, TaskState
    from .console import Console

# Between these, a task goes on: how it does so is Airflow's business.
ACTIVE = {"queued", "running", "deferred", "scheduled", "restarting"}
SILENCE_SECONDS = 15.0
LOG_LINES = 30


class TaskProgress:
    """Prints where tasks start and end, what jobs print, and, after silence, who is waited for."""

    def __init__(
        self,
        console: Console,
        titles: Mapping[str, str],
        new_output: Callable[[], Sequence[str]] = tuple,
        prefix: str = "",
    ) -> None:
        """`prefix` stands before each task's name: more than one run may be told of at once."""
        self._console = console
        self._titles = titles
        self._new_output = new_output
        self._prefix = prefix
        self._began: dict[tuple[str, int], float] = {}
        self._ended: set[tuple[str, int, str]] = set()
        self._spoke_at = time.monotonic()

    def report(self, tasks: Sequence[TaskState]) -> None:
        """Take the tasks as they are now."""
        now = time.monotonic()
        active = [task for task in tasks if task.state in ACTIVE - {"scheduled", "queued"}]
        for task in active:
            if _key(task) not in self._began:
                self._began[_key(task)] = now
                title = self._titles.get(task.task_id, "")
                self._say(f"  {self._name(task)}: started" + (f" - {title}" if title else ""))
        for task in tasks:
            end = (*_key(task), f"{task.state} {task.try_number}")
            is_over = task.state not in ACTIVE | {"waiting", "None"}
            if is_over and end not in self._ended:
                self._ended.add(end)
                seconds = now - self._began.pop(_key(task), now)
                word = task.state.replace("_", " ")
                took = f" in {seconds:.0f} s" if seconds else ""
                self._say(f"  {self._name(task)}: {word}{took}")
        for line in self._new_output():
            self._say(f"    {line}")
        if active and now - self._spoke_at > SILENCE_SECONDS:
            waited = [f"{self._name(t)} ({now - self._began[_key(t)]:.0f} s)" for t in active]
            self._say(f"  waiting for {', '.join(waited)}")

    def _name(self, task: TaskState) -> str:
        return f"{self._prefix}{task.name}"

    def _say(self, line: str) -> None:
        self._spoke_at = time.monotonic()
        self._console.say(line)


def _key(task: TaskState) -> tuple[str, int]:
    """A mapped task's name may change once it runs; this does not."""
    return task.task_id, task.map_index


def failure_text(api: AirflowApi, dag_id: str, run_id: str) -> str:
    """The end of the log of each task that failed by itself."""
    parts = []
    for task in api.task_states(dag_id, run_id):
        if task.state == "failed":
            log = api.task_log(dag_id, run_id, task)
            # Airflow folds its own preparations into groups: the marks say nothing here.
            lines = [line for line in log if "group::" not in line][-LOG_LINES:]
            parts.append(f"\n{task.name} failed. The end of its log:")
            parts += [f"  {line}" for line in lines]
    return "\n".join(parts) or f"\n{dag_id} failed, but none of its tasks did; see {api.url}"
