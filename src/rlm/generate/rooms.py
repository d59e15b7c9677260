"""How many people each event has room for, and which events were given far too much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.generate.demand import MEAN_QUANTITY
from rlm.generate.randomness import Stream, stream

if TYPE_CHECKING:
    from rlm.generate.calendar_days import Calendar
    from rlm.generate.csv_bytes import Bools, Floats, Ints
    from rlm.generate.demand import EventsOnSale, SalesPlan
    from rlm.generate.shows import Show

_SLOW_SHARE: Final = 0.02
# An event sells 30 to 90 % of its usual room: in one five times as large, at most 18 %.
_SLOW_TIMES: Final = 5
# Later, the rush of the first days would not show yet.
_ON_SALE_DAYS: Final = 10
_SOLD_AT_LEAST: Final = 10


def usual_rooms(events: EventsOnSale, plan: SalesPlan, tickets: Ints, sold: int, seed: int) -> Ints:
    """Room for each event, so that it sells as much of it as the demand model says.

    Events that sell out early sell their last ticket; all others keep one in twenty.
    """
    expected = events.weight * plan.fraction_sold
    per_weight = sold * MEAN_QUANTITY / expected.sum()
    share: Floats = 0.3 + 0.6 * np.random.default_rng([seed, 99]).random(len(tickets))
    room = np.ceil(events.weight * per_weight / share).astype(np.int64)
    spare = np.ceil(tickets / 0.95).astype(np.int64) + 5
    return np.where(events.rushed & (tickets > 0), tickets, np.maximum(room, spare))


def slow_sellers(
    made: tuple[Show, ...], rooms: Ints, tickets: Ints, calendar: Calendar, seed: int
) -> Bools:
    """Some events that are yet to come and whose sale has run for a while.

    A larger room makes an event slow without moving anybody's purchase to another event.
    """
    # The rooms that they get are no larger than those of others: there are events to compare with.
    largest = np.quantile(rooms, 0.9)
    fits: Bools = np.array(
        [
            i > 0
            and show.category == "concert"
            and show.change is None
            and not show.rushed
            and show.on_sale_day + _ON_SALE_DAYS <= calendar.last
            and show.starts_at // 86_400 > calendar.last + 1
            and tickets[i] >= _SOLD_AT_LEAST
            and rooms[i] * _SLOW_TIMES <= largest
            for i, show in enumerate(made)
        ]
    )
    candidates = np.flatnonzero(fits)
    wanted = min(len(candidates), max(3, round(len(made) * _SLOW_SHARE)))
    slow = np.zeros(len(made), dtype=np.bool_)
    slow[stream(seed, Stream.SLOW_SELLERS).choice(candidates, size=wanted, replace=False)] = True
    return slow


def rooms_of_slow(rooms: Ints, slow: Bools) -> Ints:
    """The rooms once the slow events have theirs."""
    return np.where(slow, rooms * _SLOW_TIMES, rooms)
