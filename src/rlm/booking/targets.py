"""Sales targets and access rules for a world that nobody books: made up, always the same.

A target is a share of the room that a venue has on sale in a month, at the mean of its prices. The
share hangs on venue and month alone, so that a later delivery changes the targets of its events
and no others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

# From a venue that is content to half fill its room, to one that means to sell nearly all of it.
_LEAST_SHARE: Final = 0.45
_GREATEST_SHARE: Final = 0.85
# Nobody plans to the cent: targets end in so many tickets, and in whole hundreds of the currency.
_TICKET_STEP: Final = 10
_CENTS_STEP: Final = 10_000
# Sees every country; the groups of single countries are named by them: `booking-de`.
LEADS: Final = "booking-leads"


@dataclass(frozen=True)
class Venue:
    venue_id: str
    name: str
    city: str
    country: str
    capacity: int | None


@dataclass(frozen=True)
class Event:
    """One that is not cancelled."""

    event_id: str
    venue_id: str
    month: dt.date
    """First day of the month in which it begins on the venue's clock."""
    capacity: int | None
    """None: the venue's."""
    currency: str
    price_cents: tuple[int, ...]


@dataclass(frozen=True, order=True)
class SalesTarget:
    venue_id: str
    month: dt.date
    venue_name: str
    city: str
    country: str
    target_tickets: int
    currency: str
    target_gross_cents: int


@dataclass(frozen=True, order=True)
class AccessRule:
    """Members of the group see the country; without one, all of them."""

    group_name: str
    country: str | None


def sales_targets(venues: Iterable[Venue], events: Iterable[Event]) -> list[SalesTarget]:
    """One target a venue and month with events whose room and prices are known, in order.

    In the currency in which most of the room is sold; events in another one set no target.
    """
    by_id = {venue.venue_id: venue for venue in venues}
    rooms: defaultdict[tuple[str, dt.date], list[tuple[Event, int]]] = defaultdict(list)
    for event in events:
        venue = by_id.get(event.venue_id)
        room = event.capacity or (venue.capacity if venue else None)
        if venue is not None and room and event.price_cents:
            rooms[event.venue_id, event.month].append((event, room))
    found = []
    for (venue_id, month), on_sale in rooms.items():
        by_currency: defaultdict[str, int] = defaultdict(int)
        for event, room in on_sale:
            by_currency[event.currency] += room
        currency = max(by_currency, key=lambda one: (by_currency[one], one))
        worth = sum(
            room * sum(event.price_cents) // len(event.price_cents)
            for event, room in on_sale
            if event.currency == currency
        )
        share = _share(venue_id, month)
        venue = by_id[venue_id]
        found.append(
            SalesTarget(
                venue_id,
                month,
                venue.name,
                venue.city,
                venue.country,
                _stepped(by_currency[currency] * share, _TICKET_STEP),
                currency,
                _stepped(worth * share, _CENTS_STEP),
            )
        )
    return sorted(found)


def access_rules(venues: Iterable[Venue]) -> list[AccessRule]:
    """One group that sees all, and one a country that has venues."""
    countries = sorted({venue.country for venue in venues})
    of_countries = [AccessRule(f"booking-{country.lower()}", country) for country in countries]
    return [AccessRule(LEADS, None), *of_countries]


def _share(venue_id: str, month: dt.date) -> float:
    digest = hashlib.sha256(f"{venue_id} {month:%Y-%m}".encode()).digest()
    chance = int.from_bytes(digest[:4], "big") / 2**32
    return _LEAST_SHARE + (_GREATEST_SHARE - _LEAST_SHARE) * chance


def _stepped(value: float, step: int) -> int:
    return max(step, round(value / step) * step)
