"""Ticket sales and refunds, day by day: memory depends on the busiest day, not on how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.generate import csv_bytes
from rlm.generate.csv_bytes import SECOND_OF_DAY, Block, Bytes, Floats, Ints, chosen, number, table
from rlm.generate.demand import QUANTITY_CHANCE, EventsOnSale, SalesPlan
from rlm.generate.randomness import Stream, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.generate.tastes import Audience

HEADER: Final = (
    b"sale_id,order_id,event_id,fan_id,kind,refund_of,quantity,unit_price,currency,channel,tier,"
    b"sold_at,is_simulated,updated_at"
)
_CHANNELS: Final = ("web", "app", "box_office", "partner")
_CHANNEL_CHANCE: Final = np.cumsum([0.55, 0.33, 0.08, 0.04])
_REFUND_CHANCE: Final = 0.03
# Of all sales, those that are a further line of the order before (another tier).
_FURTHER_LINE_CHANCE: Final = 0.05
# Midnight to 23:00, UTC: the world buys in its evenings.
_HOUR_CHANCE: Final = np.cumsum(
    np.array([4, 4, 3, 2, 1, 1, 1, 2, 3, 4, 5, 5, 6, 5, 5, 5, 6, 7, 8, 9, 8, 7, 6, 5]) / 112
)
_SALE_DIGITS: Final = 10
# A sale closes this long before the event starts.
_CLOSES_SECONDS: Final = 600


@dataclass
class SalesTotals:
    """What was sold and refunded so far, for the truth file."""

    sales: int = 0
    refunds: int = 0
    tickets_sold: int = 0
    tickets_refunded: int = 0
    gross_cents: dict[str, int] = field(default_factory=dict)
    """By currency, refunds subtracted."""


@dataclass(frozen=True)
class _Rows:
    """One day's sales or refunds, an array a column; `sale` is the number in the sale's id."""

    event: Ints
    fan: Ints
    quantity: Ints
    tier: Ints
    channel: Ints
    second: Ints
    order: Ints
    refund_of: Ints

    def at(self, index: Ints) -> _Rows:
        return _Rows(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def _joined(parts: list[_Rows]) -> _Rows:
    return _Rows(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in _Rows.__dataclass_fields__
        )
    )


def tickets_by_event(plan: SalesPlan, events: EventsOnSale, seed: int) -> Ints:
    """Tickets that will be sold for each event within the plan; what capacities are made from."""
    tickets = np.zeros(len(events.event_id), np.int64)
    for day in range(plan.first_day, plan.last_day + 1):
        event = plan.on(day)
        quantity = _quantities(seed, day, len(event))
        tickets += np.bincount(event, quantity, minlength=len(tickets)).astype(np.int64)
    return tickets


def _quantities(seed: int, day: int, count: int) -> Ints:
    dice = stream(seed, Stream.QUANTITIES, day).random(count)
    return 1 + np.searchsorted(np.cumsum(QUANTITY_CHANCE)[:-1], dice, side="right")


class SalesStream:
    """The lines of `ticket_sales`, one block a day, each day asked for once and in order."""

    def __init__(
        self, events: EventsOnSale, plan: SalesPlan, audience: Audience, seed: int
    ) -> None:
        self.totals = SalesTotals()
        self._events = events
        self._plan = plan
        self._audience = audience
        self._seed = seed
        self._next_sale = 1
        self._refunds_due: dict[int, list[_Rows]] = {}
        self._tier_of_event = np.cumsum([0, *(len(t) for t in events.tiers)])[:-1]
        tiers = [tier for of_event in events.tiers for tier in of_event]
        self._tier_count = np.array([len(t) for t in events.tiers])
        self._price_cents = np.array([cents for _, cents in tiers])
        self._cells: dict[str, Bytes] = {
            "event": table(events.event_id),
            "currency": table(events.currency),
            "tier": table(name for name, _ in tiers),
            "price": table(f"{cents // 100}.{cents % 100:02d}" for cents in self._price_cents),
            "kind": table(["sale", "refund"]),
            "channel": table(_CHANNELS),
            "true": table(["true"]),
        }

    def days(self) -> Iterator[tuple[int, Block]]:
        """Every day of the plan with its lines, by time of sale."""
        for day in range(self._plan.first_day, self._plan.last_day + 1):
            yield day, self.on(day)

    def on(self, day: int) -> Block:
        """That day's lines."""
        parts = [self._sales(day), *self._refunds_due.pop(day, [])]
        rows = _joined(parts)
        if not len(rows.event):
            return Block(b"", 0)
        by_time = np.argsort(rows.second, kind="stable")
        sale = np.empty(len(by_time), np.int64)
        sale[by_time] = self._next_sale + np.arange(len(by_time))
        # Until here, a new sale's order is the position of the order's first line.
        is_sale = rows.refund_of < 0
        order = np.where(is_sale, sale[np.where(is_sale, rows.order, 0)], rows.order)
        rows = _Rows(*(*(getattr(rows, n) for n in list(rows.__dataclass_fields__)[:-2]), order,
                       rows.refund_of)).at(by_time)  # fmt: skip
        self._next_sale += len(by_time)
        self._refund_some(day, rows, sale[by_time])
        self._count(rows)
        return self._lines(day, rows, sale[by_time])

    def _sales(self, day: int) -> _Rows:
        event = self._plan.on(day)
        count = len(event)
        rng = stream(self._seed, Stream.SALES, day)
        tier_dice = rng.random(count) ** 1.4
        channel = np.searchsorted(_CHANNEL_CHANCE[:-1], rng.random(count), side="right")
        fan = self._audience.draw(rng, self._events.audience[event])
        second = self._seconds(rng, day, event)
        order = np.arange(count)
        further = np.flatnonzero((rng.random(count) < _FURTHER_LINE_CHANCE) & (order > 0))
        further = further[event[further] == event[further - 1]]
        # A line right after a further line would belong to an order of three: keep it at two.
        further = further[np.diff(further, prepend=-2) > 1]
        for column in (fan, second, channel, order):
            column[further] = column[further - 1]
        tier = (tier_dice * self._tier_count[event]).astype(np.int64)
        return _Rows(
            event, fan, _quantities(self._seed, day, count), tier, channel, second, order,
            np.full(count, -1),
        )  # fmt: skip

    def _seconds(self, rng: np.random.Generator, day: int, event: Ints) -> Ints:
        """Second of the day of each sale: after the sale opened, before the event starts."""
        count = len(event)
        hour = np.searchsorted(_HOUR_CHANCE[:-1], rng.random(count), side="right")
        second = hour * 3600 + rng.integers(3600, size=count)
        closes = self._events.start[event] - day * 86_400 - _CLOSES_SECONDS
        closes = np.clip(closes, 1, 86_399)
        second = np.where(closes < 86_399, second * closes // 86_400, second)
        opening = self._events.on_sale_day[event] == day
        rush: Floats = rng.exponential(4_000, size=count)
        opens = self._events.on_sale_second[event]
        return np.where(opening, np.minimum(opens + rush.astype(np.int64), 86_399), second)

    def _refund_some(self, day: int, rows: _Rows, sale: Ints) -> None:
        """Puts down which of the day's sales will be refunded, and when.

        All those of an event that is called off are, none of one that sells out early.
        """
        rng = stream(self._seed, Stream.REFUNDS, day)
        dice, delay = rng.random(len(sale)), rng.geometric(0.12, size=len(sale))
        second = rng.integers(86_400, size=len(sale))
        closed = self._events.closed_day[rows.event]
        is_sale = rows.refund_of < 0
        wanted = (dice < _REFUND_CHANCE) & ~self._events.rushed[rows.event] & (closed < 0)
        due = np.where(closed >= 0, closed + delay % 3, day + delay)
        some = np.flatnonzero(is_sale & (wanted | (closed >= 0)) & (due <= self._plan.last_day))
        if not len(some):
            return
        refunded = rows.at(some)
        refunded = _Rows(
            refunded.event, refunded.fan, refunded.quantity, refunded.tier, refunded.channel,
            second[some], refunded.order, sale[some],
        )  # fmt: skip
        for when in np.unique(due[some]).tolist():
            self._refunds_due.setdefault(when, []).append(
                refunded.at(np.flatnonzero(due[some] == when))
            )

    def _count(self, rows: _Rows) -> None:
        totals = self.totals
        is_sale = rows.refund_of < 0
        totals.sales += int(is_sale.sum())
        totals.refunds += int((~is_sale).sum())
        totals.tickets_sold += int(rows.quantity[is_sale].sum())
        totals.tickets_refunded += int(rows.quantity[~is_sale].sum())
        price = self._price_cents[self._tier_of_event[rows.event] + rows.tier]
        cents = np.bincount(
            rows.event, price * rows.quantity * np.where(is_sale, 1, -1),
            minlength=len(self._events.event_id),
        )  # fmt: skip
        for event in np.flatnonzero(cents).tolist():
            currency = self._events.currency[event]
            totals.gross_cents[currency] = totals.gross_cents.get(currency, 0) + int(cents[event])

    def _lines(self, day: int, rows: _Rows, sale: Ints) -> Block:
        cells = self._cells
        tier = self._tier_of_event[rows.event] + rows.tier
        date = table([csv_bytes.iso_day(day)])
        moment = np.hstack([np.repeat(date, len(sale), axis=0), chosen(SECOND_OF_DAY, rows.second)])
        return csv_bytes.lines(
            [
                number(sale, _SALE_DIGITS, b"sale-", padded=True),
                number(rows.order, _SALE_DIGITS, b"order-", padded=True),
                chosen(cells["event"], rows.event),
                chosen(self._audience.fan_cells, rows.fan),
                chosen(cells["kind"], (rows.refund_of >= 0).astype(np.int64)),
                number(rows.refund_of, _SALE_DIGITS, b"sale-", padded=True),
                number(rows.quantity, 1),
                chosen(cells["price"], tier),
                chosen(cells["currency"], rows.event),
                chosen(cells["channel"], rows.channel),
                chosen(cells["tier"], tier),
                moment,
                np.repeat(cells["true"], len(sale), axis=0),
                moment,
            ]
        )
