"""What the generated world is known to hold, for the truth file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlm.generate import registers
from rlm.generate.csv_bytes import iso_day, iso_second
from rlm.generate.demand import rush_days, sale_window_days
from rlm.generate.world import clock_changes

if TYPE_CHECKING:
    from rlm.generate.calendar_days import Calendar
    from rlm.generate.csv_bytes import Bools, Ints
    from rlm.generate.demand import EventsOnSale
    from rlm.generate.shows import Show
    from rlm.generate.world import Artists, Venue


def latest_starts(made: tuple[Show, ...]) -> dict[str, int]:
    return {
        s.event_id: s.starts_at
        + (36 * 86_400 if s.change and s.change.status == "postponed" else 0)
        for s in made
    }


def risers(performers: Artists, calendar: Calendar) -> list[dict[str, Any]]:
    at_end = performers.momentum(calendar.last)
    return [
        {
            "artist_id": performers.each[i].artist_id,
            "since": iso_day(int(performers.rises_from[i])),
            "times_usual_on_last_day": float(at_end[i]),
        }
        for i in np.flatnonzero(performers.rises_from >= 0).tolist()
    ]


def sell_outs(
    made: tuple[Show, ...], events: EventsOnSale, capacity: Ints, tickets: Ints,
    calendar: Calendar,
) -> dict[str, Any]:  # fmt: skip
    """Events that sold their last ticket within days, and events that were over and did not."""
    window = sale_window_days(events.on_sale_day, events.start)
    last_rush_day = events.on_sale_day + rush_days(window) - 1
    out = [
        {"event_id": s.event_id, "capacity": int(capacity[i]), "on_sale_on": iso_day(s.on_sale_day),
         "sold_out_by": iso_day(int(last_rush_day[i])), "starts_at": iso_second(s.starts_at)}
        for i, s in enumerate(made)
        if s.rushed and tickets[i] > 0
    ]  # fmt: skip
    not_out = [
        {"event_id": s.event_id, "capacity": int(capacity[i]), "tickets_sold": int(tickets[i])}
        for i, s in enumerate(made)
        if not s.rushed and not s.change and s.starts_at // 86_400 <= calendar.last
        and s.on_sale_day >= calendar.first
    ]  # fmt: skip
    return {"sold_out_early": out, "not_sold_out": not_out}


def slow_sellers(
    made: tuple[Show, ...], slow: Bools, capacity: Ints, tickets: Ints
) -> list[dict[str, Any]]:
    """Events to come that have sold much less of their room than others as long before."""
    return [
        {"event_id": made[i].event_id, "capacity": int(capacity[i]),
         "tickets_sold": int(tickets[i]), "starts_at": iso_second(made[i].starts_at)}
        for i in np.flatnonzero(slow).tolist()
    ]  # fmt: skip


def on_clock_changes(made: tuple[Show, ...]) -> list[dict[str, str]]:
    found = []
    for show in made:
        day = np.datetime64(show.starts_at_local.date(), "D").astype(int)
        if show.change is None and clock_changes(show.timezone, int(day), int(day)):
            times = registers.utc_text(show.starts_at_local, show.starts_at)
            found.append({"event_id": show.event_id, "timezone": show.timezone, **times})
    return found


def late_parents(
    made: tuple[Show, ...], halls: tuple[Venue, ...], calendar: Calendar
) -> list[dict[str, str]]:
    """Rows that wait in quarantine for a day if deliveries are loaded one by one."""
    venue = halls[made[0].venue]
    if venue.registered_day <= made[0].announced_day:
        return []
    return [
        {"source": "events", "key": made[0].event_id, "waits_for": venue.venue_id,
         "delivered_on": iso_day(calendar.start),
         "parent_delivered_on": iso_day(venue.registered_day)}
    ]  # fmt: skip
