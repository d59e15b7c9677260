"""Which alarms went off while a platform was disturbed, and which faults they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AlarmChange:
    """An alarm that went into a state, in epoch seconds."""

    name: str
    state: str
    at: float
    reason: str


@dataclass(frozen=True)
class AlarmWatch:
    """Reads the history of all alarms from CloudWatch."""

    client: Any

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
                found.append(AlarmChange(item["AlarmName"], state, at, summary))
        return sorted(found, key=lambda change: change.at)
