"""Looks after a fleet on its way into service, and says when it must not go on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.host import InProcessCall
    from localaws.sagemaker.fleets import Fleet
    from localaws.sagemaker.traffic import Traffic
    from localaws.scope import Scope

POLL_SECONDS = 0.1
ALARM_SECONDS = 0.5


class RolledBackError(Exception):
    """Why a fleet does not come into service."""


class Watch:
    """One fleet: healthy in time, no alarm while it bakes, nobody who wants it gone."""

    def __init__(
        self,
        fleet: Fleet,
        traffic: Traffic,
        deadline: float = float("inf"),
        alarmed: Callable[[], list[str]] = list,
    ) -> None:
        self._fleet = fleet
        self._traffic = traffic
        self._deadline = deadline
        self._alarmed = alarmed

    def until_healthy(self) -> None:
        while not self._fleet.is_healthy():
            self._check()
            time.sleep(POLL_SECONDS)

    def bake(self, seconds: float) -> None:
        """Look at the alarms for so long, at least once."""
        until = time.monotonic() + seconds
        while True:
            self._check()
            if alarmed := self._alarmed():
                raise RolledBackError(
                    "One or more configured alarms have been triggered: "
                    f"{', '.join(alarmed)}. The endpoint was rolled back."
                )
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(ALARM_SECONDS, left))

    def _check(self) -> None:
        if failure := self._fleet.failure():
            raise RolledBackError(failure)
        if self._traffic.is_over():
            raise RolledBackError("The endpoint is being deleted.")
        if time.monotonic() > self._deadline:
            raise RolledBackError("The deployment took longer than its maximum execution timeout.")


def alarms_in_alarm(call: InProcessCall, scope: Scope, names: tuple[str, ...]) -> list[str]:
    """Those of the alarms that are in ALARM now."""
    if not names:
        return []
    answer = call(
        "cloudwatch",
        "DescribeAlarms",
        {
            "AlarmNames": list(names),
            "StateValue": "ALARM",
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
        },
        region=scope.region,
        account=scope.account,
    )
    found = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
    return sorted(alarm["AlarmName"] for alarm in found)
