"""When an event gets a report: what it has reached, and whether that was told before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

# In the order in which an event passes them; gold.event_performance names the same.
SOLD_MARKS: Final = ("on_sale", "sold_25", "sold_50", "sold_75", "sold_90", "sold_out")
DAY_MARKS: Final = (30, 7, 1)
ENDED: Final = "ended"
CANCELLED: Final = "cancelled"
POSTPONED: Final = "postponed"

TITLES: Final = {
    "on_sale": "On sale",
    "sold_25": "25 % sold",
    "sold_50": "50 % sold",
    "sold_75": "75 % sold",
    "sold_90": "90 % sold",
    "sold_out": "Sold out",
    "days_30": "30 days to go",
    "days_7": "7 days to go",
    "days_1": "1 day to go",
    ENDED: "Ended",
    CANCELLED: "Cancelled",
    POSTPONED: "Postponed",
}


@dataclass(frozen=True)
class Event:
    """A row of gold.event_performance with what silver adds to it."""

    event_id: str
    name: str
    headliner_name: str | None
    genres: str | None
    venue_name: str | None
    city: str | None
    category: str
    starts_at: dt.datetime
    timezone: str
    starts_on_local: dt.date
    status: str
    capacity: int | None
    is_simulated: bool
    tickets_sold: int
    tickets_refunded: int
    net_tickets: int
    simulated_tickets_left_out: int
    currency: str | None
    gross_cents: int
    refunded_cents: int
    net_cents: int
    average_price_cents: int | None
    sell_through: float | None
    as_of_date: dt.date | None
    days_to_go: int | None
    is_over: bool
    is_sold_out: bool
    sold_out_on: dt.date | None
    milestone: str
    pace_ratio: float | None
    comparable_share: float | None
    comparable_events: int
    pace_missing: str | None
    on_sale_on: dt.date | None
    first_sale_date: dt.date | None
    last_sale_date: dt.date | None
    sales_rows: int
    """Sales and refunds in silver."""
    sales_updated_at: dt.datetime | None
    """When the latest of them was last changed: a correction shows here, if nowhere else."""

    @property
    def is_final(self) -> bool:
        """Only corrections and late refunds can change its report."""
        return self.is_over or self.status == CANCELLED


@dataclass(frozen=True)
class Published:
    """What the index knows of an event's report."""

    event_id: str
    name: str
    headliner: str | None
    venue: str | None
    city: str | None
    starts_on: str
    stage: str
    reached: tuple[str, ...]
    fingerprint: str
    as_of: str | None
    net_tickets: int
    capacity: int | None
    sell_through: float | None
    currency: str | None
    net_cents: int
    is_simulated: bool


def reached(event: Event) -> tuple[str, ...]:
    """Every milestone that the event has passed, in order; empty when it is only announced."""
    if event.status == CANCELLED:
        # What was never on sale needs no report of its end.
        return (CANCELLED,) if event.tickets_sold else ()
    marks = (
        SOLD_MARKS[: SOLD_MARKS.index(event.milestone) + 1] if event.milestone in SOLD_MARKS else ()
    )
    if event.is_over:
        return (*marks, ENDED)
    days = tuple(
        f"days_{mark}"
        for mark in DAY_MARKS
        if event.days_to_go is not None and event.days_to_go <= mark
    )
    return (*marks, *days, *((POSTPONED,) if event.status == POSTPONED else ()))


def stage(event: Event, before: Published | None) -> str | None:
    """The milestone that a report of now is about; None where there is nothing new to tell.

    An event that is over is told of again whenever its sales change; one to come only when it
    passes a milestone for the first time, so that refunds around a mark make no noise.
    """
    now = reached(event)
    if not now:
        return None
    told = before.reached if before else ()
    if event.is_final:
        return now[-1] if before is None or before.fingerprint != fingerprint(event) else None
    new = [mark for mark in now if mark not in told]
    if not new:
        return None
    # The state of the event is news before the calendar is.
    order = (POSTPONED, *reversed(SOLD_MARKS), *(f"days_{mark}" for mark in reversed(DAY_MARKS)))
    first = [mark for mark in new if mark != "on_sale"] or new
    return min(first, key=order.index)


def fingerprint(event: Event) -> str:
    """Changes when anything about the event does that its report shows; not with the days."""
    moving = {
        *("as_of_date", "days_to_go", "pace_ratio", "comparable_share"),
        *("comparable_events", "pace_missing"),
    }
    kept = {name: value for name, value in asdict(event).items() if name not in moving}
    return hashlib.sha256(json.dumps(kept, default=str, sort_keys=True).encode()).hexdigest()[:16]
