"""TICKIT's venues, categories and events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlm.importers.places import Place, place_of
from rlm.importers.text_files import records

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.importers.accounts import Accounts

FOLDER: Final = "tickit"
_VENUES: Final = f"{FOLDER}/venue_pipe.txt"
_CATEGORIES: Final = f"{FOLDER}/category_pipe.txt"
_DATES: Final = f"{FOLDER}/date2008_pipe.txt"
_EVENTS: Final = f"{FOLDER}/allevents_pipe.txt"


@dataclass(frozen=True)
class TickitVenue:
    number: int
    name: str
    city: str
    state: str
    seats: int | None
    place: Place

    @property
    def venue_id(self) -> str:
        return f"tickit-venue-{self.number}"


@dataclass(frozen=True)
class TickitEvent:
    number: int
    name: str
    group: str
    """Shows or Concerts."""
    category: str
    venue: TickitVenue
    starts_at_local: dt.datetime

    @property
    def event_id(self) -> str:
        return f"tickit-event-{self.number}"


@dataclass(frozen=True)
class Tickit:
    venues: list[TickitVenue]
    events: list[TickitEvent]


def read_tickit(data_dir: Path, accounts: Accounts) -> Tickit:
    """Venues and events; the day of an event is that of its date id.

    The files carry the day twice, as date id and in the start time. In May the start times all
    say the 1st while the date ids are spread over the month: the id is right, the rest got lost
    when the set was moved from 2008 to 2020. How many days were mended is in `accounts`.
    """
    venues = _read_venues(data_dir, accounts)
    categories = {r.cells[0]: r.cells[1:3] for r in records(data_dir / _CATEGORIES, "|")}
    accounts.read(_CATEGORIES, len(categories), len(categories))
    dates = {r.cells[0]: r.cells[1] for r in records(data_dir / _DATES, "|")}
    accounts.read(_DATES, len(dates), len(dates))
    events: list[TickitEvent] = []
    rows = mended = 0
    for record in records(data_dir / _EVENTS, "|"):
        rows += 1
        if len(record.cells) != 6:
            accounts.leave_out(_EVENTS, record.line, "not six fields")
            continue
        number, venue, category, date, name, start = record.cells
        if venue not in venues:
            accounts.leave_out(_EVENTS, record.line, "venue is not in venue_pipe.txt")
        elif category not in categories or date not in dates:
            accounts.leave_out(_EVENTS, record.line, "unknown category or date")
        elif not name:
            accounts.leave_out(_EVENTS, record.line, "no name")
        else:
            given = dt.datetime.fromisoformat(start)
            starts = dt.datetime.combine(dt.date.fromisoformat(dates[date]), given.time())
            mended += starts != given
            group, kind = categories[category]
            events.append(TickitEvent(int(number), name, group, kind, venues[venue], starts))
    accounts.read(_EVENTS, rows, len(events))
    accounts.notes["event_days_taken_from_date_id"] = mended
    return Tickit(list(venues.values()), events)


def _read_venues(data_dir: Path, accounts: Accounts) -> dict[str, TickitVenue]:
    venues: dict[str, TickitVenue] = {}
    rows = 0
    for record in records(data_dir / _VENUES, "|"):
        rows += 1
        if len(record.cells) != 5:
            accounts.leave_out(_VENUES, record.line, "not five fields")
            continue
        number, name, city, state, seats = record.cells
        place = place_of(city, state)
        if place is None:
            accounts.leave_out(_VENUES, record.line, f"no time zone known for {state}")
        else:
            # Nothing and 0 both mean that nobody counted.
            counted = int(seats) if seats.isdigit() else 0
            venues[number] = TickitVenue(int(number), name, city, state, counted or None, place)
    accounts.read(_VENUES, rows, len(venues))
    return venues
