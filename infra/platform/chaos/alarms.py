"""Which alarms went off while a platform was disturbed, and which faults they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm.monitoring.alarms import Thresholds, metric_alarms, page_alarms, ticket_alarms

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class AlarmChange:
    """An alarm that went into a state, in epoch seconds."""

    name: str
    state: str
    at: float
    reason: str
    group: str = ""
    """The cause that the catalog counts it to: `api`, `pipeline`, ..."""


@dataclass(frozen=True)
class AlarmWatch:
    """Reads the history of all alarms from CloudWatch."""

    client: Any
    groups: Mapping[str, str]
    """By the name of an alarm."""

    def changes(self, since: float) -> list[AlarmChange]:
        """Every change of state since then, the earliest first."""
        pages = self.client.get_paginator("describe_alarm_history").paginate(
            HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
        )
        found = []
        for page in pages:
            for item in page["AlarmHistoryItems"]:
                at = item["Timestamp"].timestamp()
                if at < since:
                    continue
                summary = str(item.get("HistorySummary") or "")
                state = summary.rpartition(" to ")[2].strip(" .").upper()
                name = str(item["AlarmName"])
                found.append(AlarmChange(name, state, at, summary, self.groups.get(name, "")))
        return sorted(found, key=lambda change: change.at)


def groups_of(env: str) -> dict[str, str]:
    """The group of every alarm of the catalog, composite ones too; thresholds change no group."""
    any_thresholds = Thresholds(endpoint_latency_p99_milliseconds=100, monthly_dollars=100)
    alarms = metric_alarms(env, any_thresholds)
    groups = {alarm.name: alarm.group for alarm in alarms}
    groups |= {page.name: page.group for page in page_alarms(env, alarms)}
    for ticket in ticket_alarms(env, alarms):
        groups[ticket.name] = groups[ticket.alarm_names[0]]
    return groups
