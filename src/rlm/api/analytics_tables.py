"""The figures out of DynamoDB, kept for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.api.kept import Kept
    from rlm.aws.serving_reader import ItemReader

# Each costs a query for its sales; more of them hardly change a median.
_MOST_COMPARABLE: Final = 12
_MOST_EARLIER: Final = 60
_EVENT_ATTRIBUTES: Final = (
    *("event_id", "name", "category", "status", "starts_at", "starts_on_local"),
)
# `~` comes after everything that a part of a key holds, and `#` before.
_AFTER: Final = "~"


class AnalyticsTables:
    """The tables `EventAnalytics` and `Events`; raises DependencyError."""

    def __init__(self, reader: ItemReader, analytics: str, events: str, kept: Kept) -> None:
        self._reader = reader
        self._analytics = analytics
        self._events = events
        self._kept = kept

    def parts(self, subject: str, kind: str, months: tuple[str, str]) -> Sequence[dict[str, Any]]:
        between = ("part", f"{kind}#{months[0]}", f"{kind}#{months[1]}{_AFTER}")
        found: Sequence[dict[str, Any]] = self._kept.get(
            (subject, between),
            lambda: self._reader.query(self._analytics, ("subject", subject), between),
        )
        return found

    def summary(self, event_id: str) -> dict[str, Any] | None:
        key = {"subject": f"event#{event_id}", "part": "summary"}
        found: dict[str, Any] | None = self._kept.get(
            ("summary", event_id), lambda: self._reader.get(self._analytics, key)
        )
        return found

    def earlier_events(self, summary: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        """Of the venue and of the headliner, of the same category, neither moved nor cancelled."""
        before = str(summary.get("as_of_date", ""))
        found: dict[str, dict[str, Any]] = {}
        for index, attribute, value in (
            ("by_headliner", "headliner_id", summary.get("headliner_id")),
            ("by_venue", "venue_id", summary.get("venue_id")),
        ):
            if value:
                found |= {
                    one["event_id"]: one for one in self._before(index, attribute, value, before)
                }
        alike = [
            event
            for event in found.values()
            if event.get("category") == summary.get("category")
            and event.get("status") == "scheduled"
            and event["starts_on_local"] < before
            and event["event_id"] != summary["event_id"]
        ]
        alike.sort(key=lambda event: (event["starts_at"], event["event_id"]), reverse=True)
        return alike[:_MOST_COMPARABLE]

    def _before(self, index: str, attribute: str, value: str, before: str) -> Any:
        between = ("starts_at", "0", before)
        return self._kept.get(
            (index, value, before),
            lambda: self._reader.query(
                self._events,
                (attribute, value),
                between,
                index=index,
                attributes=_EVENT_ATTRIBUTES,
                most=_MOST_EARLIER,
                is_newest_first=True,
            ),
        )
