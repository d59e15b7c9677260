"""Source files that land day by day, and the pipeline that works on them until all is told.

The undisturbed and the disturbed run take the same stages. A stage ends when every DAG run has
succeeded; a run that failed is tried again, as a data engineer would, and that is counted.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from bringup.airflow_api import AirflowApi
from bringup.failures import PlatformError
from bringup.flow import FIRST, FOLLOWERS, LAST
from bringup.landing import DELIVERY
from rlm import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bringup.console import Console
    from bringup.platform import Platform

T = TypeVar("T")
TRAIN = "train_recommender"
# What it finds depends on who asked the API, and it may ask for a training.
MONITOR = "monitor_model"
# Runs for as long as nothing at all may be going on before the next run is made.
QUIET_SECONDS = 12.0
PATIENCE_SECONDS = 300.0
STAGE_SECONDS = 3600.0
# Days by their number: what comes in time, and what comes after the day behind it.
STAGES = (((0,), ()), ((2, 4, 6), (1, 3, 5)))
# The job runs once at a time: more would only wait, and each finds all that has landed.
INGESTIONS = 2
# The pauses between tries double, up to ten minutes: many faults on one task would be mostly that.
RETRY_SECONDS = 60.0
# A run that fails this often has another reason than a fault.
RERUNS_OF_ONE = 6


@dataclass(frozen=True)
class Late:
    """The files of one source and day that come after those of a later day."""

    source: str
    date: str
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.source} of {self.date}"


@dataclass(frozen=True)
class Stage:
    """What lands when a stage begins, what lands in its middle, and for which day it is."""

    number: int
    business_date: str
    keys: tuple[str, ...]
    late: tuple[Late, ...]


def stages_of(folder: Path) -> list[Stage]:
    """The stages that the source files of a folder make; every file is in exactly one."""
    by_date: dict[str, list[str]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = file.relative_to(folder).as_posix()
        if found := DELIVERY.match(key):
            by_date.setdefault(found.group(1), []).append(key)
    dates = sorted(by_date)
    stages = []
    for number, (in_time, behind) in enumerate(STAGES):
        keys = [key for day in in_time if day < len(dates) for key in by_date[dates[day]]]
        late = [
            Late(source, dates[day], tuple(_of_source(by_date[dates[day]], source)))
            for day in behind
            if day < len(dates)
            for source in names.SOURCES
            if _of_source(by_date[dates[day]], source)
        ]
        newest = max(day for day in (*in_time, *behind) if day < len(dates))
        stages.append(Stage(number, dates[newest], tuple(keys), tuple(late)))
    return stages


def _of_source(keys: Sequence[str], source: str) -> list[str]:
    return [key for key in keys if key.startswith(f"{source}/")]


class Pressure(Protocol):
    """What disturbs the run: it says how long a stage must be kept going."""

    def begin(self, stage: Stage) -> None:
        """The stage has begun: what is late in it may come."""

    def has_brought_late(self, stage: Stage) -> bool:
        """Whether everything that comes late in it has landed."""

    def wants_more(self, stage: Stage) -> bool:
        """Whether there are faults left for this stage."""


@dataclass
class Workload:
    """One platform at work."""

    platform: Platform
    folder: Path
    console: Console
    pressure: Pressure | None = None
    clock: Callable[[], float] = time.time
    reruns: list[tuple[float, str, str]] = field(default_factory=list)
    """When a person ran which DAG run again."""
    hurried: list[tuple[float, str, str]] = field(default_factory=list)
    """When a person let which task of which DAG be tried again at once."""
    landed: list[str] = field(default_factory=list)
    business_date: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def api(self) -> AirflowApi:
        return AirflowApi(self.platform.airflow.url)

    def run(self) -> None:
        """All stages, to the end of the last."""
        stages = stages_of(self.folder)
        for dag_id in (FIRST, *FOLLOWERS, LAST):
            self.patiently(lambda dag_id=dag_id: self.api.wait_for_dag(dag_id, 60.0))  # type: ignore[misc]
        for dag_id in FOLLOWERS:
            self.patiently(lambda dag_id=dag_id: self.api.unpause(dag_id))  # type: ignore[misc]
        # Their time comes at the end of a stage: they depend on when they look.
        for dag_id in (TRAIN, MONITOR, LAST):
            self.patiently(lambda dag_id=dag_id: self.api.pause(dag_id))  # type: ignore[misc]
        for stage in stages:
            self.console.say(f"stage {stage.number + 1} of {len(stages)}: {stage.business_date}")
            self._run_stage(stage)

    def _run_stage(self, stage: Stage) -> None:
        self.business_date = stage.business_date
        on_time = list(stage.keys)
        if self.pressure is None:
            on_time += [key for late in stage.late for key in late.keys]
        self.land(on_time)
        if self.pressure is not None:
            self.pressure.begin(stage)
        self.ingest(is_forced=True)
        self.settle()
        while self.pressure is not None and not self.pressure.has_brought_late(stage):
            self._keep_busy(is_trained=False)
        # The last of it may have landed a moment ago.
        self.ingest(is_forced=True)
        self.settle()
        self._run_alone(TRAIN)
        self._run_alone(LAST)
        while self.pressure is not None and self.pressure.wants_more(stage):
            self._keep_busy(is_trained=True)

    def _keep_busy(self, *, is_trained: bool) -> None:
        """Work that changes nothing: everything built, loaded and told again from what is there."""
        self.ingest()
        self.patiently(lambda: self.api.trigger("build_marts", {"full": True}))
        self.patiently(lambda: self.api.trigger("load_serving_tables", {"force": True}))
        self.patiently(lambda: self.api.trigger("process_artist_images", {}))
        self.settle()
        if is_trained:
            # The same rows give the same model, which is not better than itself.
            self._run_alone(TRAIN)
            self._run_alone(LAST)

    def land(self, keys: Sequence[str]) -> None:
        """Put files into the landing bucket."""
        s3, bucket = self.platform.client("s3"), names.bucket(self.platform.env, "landing")
        for key in keys:
            body = (self.folder / key).read_bytes()
            self.patiently(lambda k=key, b=body: s3.put_object(Bucket=bucket, Key=k, Body=b))  # type: ignore[misc]
        with self._lock:
            self.landed += [key for key in keys if key not in self.landed]

    def ingest(self, *, is_forced: bool = False) -> set[str]:
        """Ask for the deliveries up to the stage's day; the runs that look for them.

        Where enough are at it none is added, unless one is needed that begins after now.
        """
        runs = self.patiently(self.ingestions)
        if is_forced or len(runs) < INGESTIONS:
            conf = {"business_date": self.business_date}
            runs.add(self.patiently(lambda: self.api.trigger(FIRST, conf)))
        return runs

    def ingestions(self) -> set[str]:
        """The runs of ingestion that are still to end."""
        active = self.api.runs("queued", "running")
        return {run_id for dag_id, run_id in active if dag_id == FIRST}

    def settle(self) -> None:
        """Wait until every run has succeeded and none follows; run again what failed."""
        deadline = time.monotonic() + STAGE_SECONDS
        quiet_since = time.monotonic()
        told: set[str] = set()
        while time.monotonic() < deadline:
            active = self.patiently(lambda: self.api.runs("queued", "running"))
            at_work = {dag_id for dag_id, _ in active}
            if at_work - told:
                self.console.say(f"  at work: {', '.join(sorted(at_work))}")
            told = at_work
            failed = self.patiently(lambda: self.api.runs("failed"))
            for run in failed:
                self._again(run)
            self.patiently(self._hurry)
            if active or failed:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS and self._is_scheduled():
                return
            time.sleep(1.0)
        raise PlatformError(f"the pipeline did not come to rest in {STAGE_SECONDS:.0f} s: {active}")

    def _run_alone(self, dag_id: str) -> None:
        """Run a DAG that assets must not start, to its success."""
        self.patiently(lambda: self.api.trigger(dag_id, {}))
        self.settle()
        self.patiently(lambda: self.api.pause(dag_id))

    def _again(self, run: tuple[str, str]) -> None:
        times = sum(run == again[1:] for again in self.reruns)
        if times >= RERUNS_OF_ONE:
            raise PlatformError(f"{run[0]} {run[1]} failed {times + 1} times")
        self.console.say(f"  {run[0]} failed and is run again")
        self.patiently(lambda: self.api.run_failed_again(*run))
        self.reruns.append((self.clock(), *run))

    def _hurry(self) -> None:
        """Let tasks be tried again that have waited for their next try for long enough."""
        now = self.clock()
        for key, ended_at in self.api.tasks_that_wait_to_retry().items():
            if now - ended_at > RETRY_SECONDS:
                self.api.retry_now(*key)
                dag_id, _, task_id, _ = key
                self.hurried.append((now, dag_id, task_id))

    def _is_scheduled(self) -> bool:
        """Whether somebody would notice that a run is due."""
        return self.api.component_health().get("scheduler") == "healthy"

    def patiently(self, call: Callable[[], T]) -> T:
        """The call's answer, once who is asked can give it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return call()
            except Exception:
                if time.monotonic() > deadline:
                    raise
            time.sleep(1.0)
