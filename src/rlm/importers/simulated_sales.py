"""Ticket sales for events that really happened, but whose sales nobody published.

The demand model is the generator's; `is_simulated` is true in every row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from rlm.generate.csv_bytes import Bytes, Floats, Ints, table
from rlm.generate.demand import MEAN_QUANTITY, EventsOnSale, SalesPlan, plan_sales
from rlm.generate.sales import SalesStream, tickets_by_event
from rlm.generate.shows import TIERS
from rlm.generate.world import utc_second

if TYPE_CHECKING:
    from collections.abc import Sequence

_RUSHED_SHARE: Final = 0.05
# Of the buyers of an act with known listeners, those who are among them.
_LISTENER_SHARE: Final = 0.7
_LEAD_DAYS: Final = (30, 100)
_NO_OFFSET: Final = dt.timedelta()


@dataclass(frozen=True)
class RealEvent:
    """What is known of an event whose sales are simulated."""

    event_id: str
    currency: str
    timezone: str
    starts_at_local: dt.datetime
    act: int | None
    """Index into the listeners' acts; None where nobody is known to listen."""
    act_listeners: int
    seats: int | None


@dataclass(frozen=True)
class ListeningFans:
    """Fans known by what they listen to: most who buy for an act are listeners of it."""

    fan_cells: Bytes
    offsets: Ints
    """Where each act's listeners begin in `listeners`; the last act stands for everybody."""
    listeners: Ints

    def draw(self, rng: np.random.Generator, audience: Ints) -> Ints:
        everybody = len(self.offsets) - 2
        act = np.where(rng.random(len(audience)) < _LISTENER_SHARE, audience, everybody)
        size = np.diff(self.offsets)[act]
        chosen = self.offsets[act] + (rng.random(len(act)) * size).astype(np.int64)
        return self.listeners[chosen]


def listening_fans(fan_ids: Sequence[str], listeners_of: Sequence[Sequence[int]]) -> ListeningFans:
    """`listeners_of` has the fans of each act, none of them empty."""
    groups = [*listeners_of, range(len(fan_ids))]
    offsets = np.cumsum([0, *(len(g) for g in groups)])
    return ListeningFans(table(fan_ids), offsets, np.concatenate([np.array(g) for g in groups]))


@dataclass(frozen=True)
class Simulation:
    """Everything that was made up about the events, and the sales stream itself."""

    events: EventsOnSale
    plan: SalesPlan
    capacity: Ints
    stream: SalesStream


def simulate(real: Sequence[RealEvent], fans: ListeningFans, sales: int, seed: int) -> Simulation:
    """Exactly `sales` sales, refunds on top, from the first on-sale day to the last event."""
    rng = np.random.default_rng([seed, len(real)])
    count = len(real)
    start = np.array([utc_second(e.starts_at_local, e.timezone) for e in real])
    on_sale_day = start // 86_400 - rng.integers(*_LEAD_DAYS, size=count)
    everybody = len(fans.offsets) - 2
    fame = np.array([e.act_listeners for e in real])
    level = 25 + 12 * np.log1p(fame)
    prices = np.round(level * rng.lognormal(0, 0.2, size=count))
    shape = rng.integers(0, 3, size=count)
    # 10:00 at the venue, within the on-sale day in UTC.
    opens = [
        36_000 - int((e.starts_at_local.replace(tzinfo=ZoneInfo(e.timezone)).utcoffset() or
                      _NO_OFFSET).total_seconds())
        for e in real
    ]  # fmt: skip
    events = EventsOnSale(
        event_id=tuple(e.event_id for e in real),
        currency=tuple(e.currency for e in real),
        tiers=tuple(
            tuple((tier, round(prices[i] * times) * 100) for tier, times in TIERS[shape[i]])
            for i in range(count)
        ),
        audience=np.array([everybody if e.act is None else e.act for e in real]),
        weight=(1 + fame) ** 0.35 * rng.lognormal(0, 0.5, size=count),
        on_sale_day=on_sale_day,
        on_sale_second=np.clip(opens, 0, 86_399),
        start=start,
        closed_day=np.full(count, -1),
        rushed=rng.random(count) < _RUSHED_SHARE,
    )
    first, last = int(on_sale_day.min()), int(start.max() // 86_400)
    plan = plan_sales(events, sales, first, last, seed)
    tickets = tickets_by_event(plan, events, seed)
    share: Floats = 0.3 + 0.6 * rng.random(count)
    wanted = np.ceil(events.weight * sales * MEAN_QUANTITY / events.weight.sum() / share)
    spare = np.ceil(tickets / 0.95).astype(np.int64) + 5
    capacity = np.where(
        events.rushed & (tickets > 0), tickets, np.maximum(wanted.astype(np.int64), spare)
    )
    seats = np.array([e.seats or 0 for e in real])
    capacity = np.where(seats > 0, np.maximum(np.minimum(capacity, seats), tickets), capacity)
    capacity = np.maximum(capacity, 1)
    return Simulation(events, plan, capacity, SalesStream(events, plan, fans, seed))
