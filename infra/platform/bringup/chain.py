"""Follows what a DAG run sets off: every run that its asset events start, to the last one.

The graph is Airflow's own: an event knows which runs it created, an asset which DAGs wait for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .airflow_api import FINAL_STATES
from .failures import PlatformError
from .progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .airflow_api import AirflowApi, AssetEvent
    from .console import Console

# The scheduler makes a run within seconds of its event, or after the run of that DAG before it.
CREATION_SECONDS = 120.0
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class EndedRun:
    """One DAG run and what became of it."""

    dag_id: str
    run_id: str
    state: str
    seconds: float


@dataclass
class Chain:
    """The DAGs that may follow one another; `outputs` gives what a DAG's job prints meanwhile."""

    api: AirflowApi
    console: Console
    dag_ids: Sequence[str]
    outputs: Mapping[str, Callable[[], Sequence[str]]] = field(default_factory=dict)

    def follow(self, dag_id: str, run_id: str, timeout_seconds: float) -> list[EndedRun]:
        """Wait for a run and for all that it sets off; the runs in the order in which they end."""
        deadline = time.monotonic() + timeout_seconds
        waiters = self._waiters()
        active = {(dag_id, run_id): self._progress(dag_id)}
        seen = set(active)
        ended: list[EndedRun] = []
        # DAGs whose run is still to be made, by the run whose events ask for it.
        expected: dict[tuple[str, str], set[str]] = {}
        quiet_since = time.monotonic()
        while active or expected:
            for run in list(active):
                state, seconds = self.api.run_state(*run)
                active[run].report(self.api.task_states(*run))
                if state in FINAL_STATES:
                    del active[run]
                    ended.append(EndedRun(*run, state, seconds))
                    self.console.say(f"{run[0]}: {state} in {seconds:.1f} s")
                    expected[run] = set()
                    quiet_since = time.monotonic()
            for source in list(expected):
                events = self.api.asset_events(*source)
                if events is None:
                    # The runs are there, and wait: nobody needs to be given up.
                    quiet_since = time.monotonic()
                    continue
                created, missing = self._created(events, waiters)
                for run in created - seen:
                    seen.add(run)
                    active[run] = self._progress(run[0])
                expected[source] = missing
                if not missing:
                    del expected[source]
            if not active and time.monotonic() - quiet_since > CREATION_SECONDS:
                self._give_up(expected)
            if time.monotonic() > deadline:
                going_on = sorted({run[0] for run in active} | set().union(*expected.values()))
                raise PlatformError(
                    f"{', '.join(going_on)} did not end within {timeout_seconds:.0f} s;"
                    f" they go on, look at {self.api.url}"
                )
            if active or expected:
                time.sleep(POLL_SECONDS)
        return ended

    def _created(
        self, events: Sequence[AssetEvent], waiters: Mapping[str, set[str]]
    ) -> tuple[set[tuple[str, str]], set[str]]:
        """The runs that events made, and the DAGs of which they have yet to make one."""
        created: set[tuple[str, str]] = set()
        asked: set[str] = set()
        for event in events:
            asked |= waiters.get(event.asset, set())
            created |= {run for run in event.created_runs if run[0] in self.dag_ids}
        return created, asked - {made for made, _ in created}

    def _waiters(self) -> dict[str, set[str]]:
        """By asset, those of our DAGs that wait for it."""
        return {
            asset: found
            for asset, dag_ids in self.api.asset_waiters().items()
            if (found := dag_ids & set(self.dag_ids))
        }

    def _progress(self, dag_id: str) -> TaskProgress:
        output = self.outputs.get(dag_id, tuple)
        return TaskProgress(self.console, self.api.task_titles(dag_id), output, f"{dag_id}.")

    def _give_up(self, expected: Mapping[tuple[str, str], set[str]]) -> None:
        missing = "; ".join(
            f"{', '.join(sorted(dag_ids))} after {source}"
            for (source, _run_id), dag_ids in expected.items()
        )
        raise PlatformError(
            f"Airflow started no run of {missing} within {CREATION_SECONDS:.0f} s;"
            f" see airflow-scheduler.log and {self.api.url}"
        )
