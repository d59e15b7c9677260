"""When tickets are sold: a rush when the sale opens, a lull, and a rise before the doors open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.generate.randomness import Stream, stream

if TYPE_CHECKING:
    from rlm.generate.csv_bytes import Bools, Floats, Ints

# Monday to Sunday: payday Fridays sell best, Sundays worst.
_WEEKDAY: Final = np.array([0.90, 0.90, 0.95, 1.05, 1.30, 1.15, 0.75])
# January to December: lean after the holidays, presents in December, festivals in early summer.
_MONTH: Final = np.array([0.75, 0.85, 1.0, 1.05, 1.15, 1.15, 1.0, 0.85, 1.05, 1.05, 1.05, 1.3])
_DAY_SECONDS: Final = 86_400
# 1970-01-01 was a Thursday.
_EPOCH_WEEKDAY: Final = 3
# Chance of 1, 2, ... tickets in an order.
QUANTITY_CHANCE: Final = np.array([0.22, 0.46, 0.10, 0.14, 0.03, 0.03, 0.01, 0.01])
MEAN_QUANTITY: Final = float(QUANTITY_CHANCE @ np.arange(1, 9))


@dataclass(frozen=True)
class EventsOnSale:
    """What the demand model needs to know of each event; days and seconds since 1970, UTC."""

    event_id: tuple[str, ...]
    currency: tuple[str, ...]
    tiers: tuple[tuple[tuple[str, int], ...], ...]
    """Name and price in cents of each price tier, cheapest first."""
    audience: Ints
    """Which kind of audience buys, for the `Audience` to make sense of."""
    weight: Floats
    """Tickets wanted from first to last day of sale, relative to the other events."""
    on_sale_day: Ints
    on_sale_second: Ints
    """Second of the on-sale day at which the sale opens."""
    start: Ints
    """Second at which the event starts."""
    closed_day: Ints
    """Day from which nothing is sold because the event was called off; -1: never."""
    rushed: Bools
    """Sells out early: everything goes within the first days."""


@dataclass(frozen=True)
class SalesPlan:
    """How many sales each event makes on each day, ordered by day, then event."""

    first_day: int
    last_day: int
    event: Ints
    count: Ints
    day_offsets: Ints
    fraction_sold: Floats
    """By event: the share of its whole demand that falls into the days of the plan."""

    def on(self, day: int) -> Ints:
        """The event of each sale of that day, ascending."""
        if not self.first_day <= day <= self.last_day:
            return np.empty(0, np.int64)
        at = slice(*self.day_offsets[day - self.first_day : day - self.first_day + 2])
        return np.repeat(self.event[at], self.count[at])


def sale_window_days(on_sale_day: Ints, start: Ints) -> Ints:
    """Days from the opening of the sale to the day of the event, both counted."""
    days: Ints = start // _DAY_SECONDS - on_sale_day + 1
    return np.maximum(days, 1)


def rush_days(window_days: Ints) -> Ints:
    """Days after which an event that sells out early is sold out."""
    return np.clip(window_days // 8, 1, 7)


def plan_sales(
    events: EventsOnSale, sales: int, first_day: int, last_day: int, seed: int
) -> SalesPlan:
    """Exactly `sales` sales from `first_day` to `last_day`, spread by the demand model.

    Raises `ValueError` where no event is on sale on any of the days.
    """
    window = sale_window_days(events.on_sale_day, events.start)
    event = np.repeat(np.arange(len(window)), window)
    since_open = np.arange(window.sum()) - np.repeat(np.cumsum(window) - window, window)
    day = events.on_sale_day[event] + since_open
    curve = _curve(events, event, since_open, day, window)
    whole = np.bincount(event, curve, minlength=len(window))

    closed = events.closed_day[event]
    counts_here = (day >= first_day) & (day <= last_day) & ((closed < 0) | (day < closed))
    event, day, curve = event[counts_here], day[counts_here], curve[counts_here]
    fraction = np.bincount(event, curve, minlength=len(window)) / np.maximum(whole, 1e-12)
    # Rounded, so that the last bit of exp() on another processor does not change who buys.
    wanted = np.round(curve * (events.weight / np.maximum(whole, 1e-12))[event], 9)
    if not wanted.sum() > 0:
        raise ValueError(f"no event is on sale from day {first_day} to {last_day} since 1970")
    order = np.lexsort((event, day))
    event, day, wanted = event[order], day[order], wanted[order]
    count = stream(seed, Stream.DEMAND).multinomial(sales, wanted / wanted.sum())
    some = count > 0
    event, day, count = event[some], day[some], count[some]
    offsets = np.searchsorted(day, np.arange(first_day, last_day + 2))
    return SalesPlan(first_day, last_day, event, count, offsets, fraction)


def _curve(events: EventsOnSale, event: Ints, since_open: Ints, day: Ints, window: Ints) -> Floats:
    """Relative demand of each event on each day of its window."""
    to_go = window[event] - 1 - since_open
    steady = 1 + 7 * np.exp(-since_open / 1.5) + 3 * np.exp(-to_go / 4)
    rush = np.where(since_open < rush_days(window)[event], np.exp(-since_open / 2), 0.0)
    # On the day itself only the hours before the doors open, on the first day those after opening.
    hours = np.ones(len(day))
    hours[to_go == 0] = np.clip(
        (events.start[event] % _DAY_SECONDS)[to_go == 0] / _DAY_SECONDS, 0, 1
    )
    first = since_open == 0
    hours[first] *= 1 - 0.5 * events.on_sale_second[event][first] / _DAY_SECONDS
    # Too short a while before the start to fit in a sale.
    hours[(to_go == 0) & (hours < 0.05)] = 0
    # One-day windows have no day that is safely before the start.
    hours[window[event] == 1] = 0
    month = (np.datetime64(0, "D") + day).astype("datetime64[M]").astype(np.int64) % 12
    season = _WEEKDAY[(day + _EPOCH_WEEKDAY) % 7] * _MONTH[month]
    curve: Floats = np.where(events.rushed[event], rush, steady) * hours * season
    return curve
