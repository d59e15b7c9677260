"""Starts again what died, as a container's restart policy would, and keeps book of it.

What runs and gives no sign of life is ended first, as a liveness probe would.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bringup.airflow_api import AirflowApi
from bringup.airflow_components import PREFIX, component_is_healthy
from bringup.failures import PlatformError
from bringup.processes import condition, pid_of, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from bringup.platform import Platform

LOOK_SECONDS = 1.0
PROBE_SECONDS = 10.0
# A scheduler whose loop a full disk ended waits for its idle workers for ever. Longer than any
# fault of ours, and than a component that was started takes to its first sign.
SILENT_SECONDS = 90.0


@dataclass(frozen=True)
class Restart:
    """A process that was found dead, and when it ran again."""

    name: str
    noticed_at: float
    started_at: float


@dataclass
class Supervisor:
    """Looks after a platform's processes in a thread until stopped."""

    platform: Platform
    clock: Callable[[], float] = time.time
    restarts: list[Restart] = field(default_factory=list)
    problems: list[tuple[float, str, str]] = field(default_factory=list)
    """When which process could not be started, and why; it is tried again a second later."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._go_on, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(60)

    def is_healthy(self, name: str, since: float = 0.0) -> bool:
        """Whether the process runs, and gave a sign of life after it was started, and `since`."""
        if condition(self.platform.process(name).pid_file) != "running":
            return False
        if name == "local-aws":
            return self.platform.aws.is_healthy()
        if name == "dashboards":
            return self.platform.dashboards.is_healthy()
        component = name.removeprefix(PREFIX)
        if component == "api-server":
            return component_is_healthy(self.platform.airflow.url, name)
        since = max(since, self._started_at(name))
        return AirflowApi(self.platform.airflow.url).heartbeats().get(component, 0.0) > since

    def all_healthy(self) -> bool:
        return all(self.is_healthy(process.name) for process in self.platform.processes())

    def end_silent(self) -> None:
        """Kill each of Airflow's components that has given no sign of life for too long."""
        now = self.clock()
        for component, at in AirflowApi(self.platform.airflow.url).heartbeats().items():
            name = PREFIX + component
            pid = pid_of(self.platform.process(name).pid_file)
            if pid is not None and now - max(at, self._started_at(name)) > SILENT_SECONDS:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _started_at(self, name: str) -> float:
        return max((one.started_at for one in self.restarts if one.name == name), default=0.0)

    def _go_on(self) -> None:
        probed_at = self.clock()
        while not self._stop.wait(LOOK_SECONDS):
            if self.clock() - probed_at > PROBE_SECONDS:
                self.end_silent()
                probed_at = self.clock()
            for process in self.platform.processes():
                if condition(process.pid_file) != "died":
                    continue
                noticed = self.clock()
                try:
                    start(process)
                except (OSError, PlatformError) as problem:  # a full disk: later
                    self.problems.append((noticed, process.name, str(problem)))
                    continue
                self.restarts.append(Restart(process.name, noticed, self.clock()))
