"""Series out of the items of `EventAnalytics`, ready to draw; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Item = dict[str, Any]

SALES: Final = {
    "tickets_sold": "tickets",
    "tickets_refunded": "tickets",
    "orders": "orders",
    "gross_cents": "cents",
    "refunded_cents": "cents",
    "net_cents": "cents",
}
# By the names of the lists that the items hold.
POPULARITY: Final = {
    "streams": ("streams", "plays"),
    "followers": ("followers", "fans"),
    "popularity_score": ("scores", "score"),
    "popularity_rank": ("ranks", "rank"),
    "popularity_momentum": ("momenta", "score"),
}
UTILISATION: Final = {"utilisation": "share", "events": "events", "capacity_offered": "tickets"}
# Of an event alone: running sums.
RUNNING: Final = {"net_tickets_so_far": "tickets", "sell_through": "share"}


@dataclass(frozen=True)
class Series:
    """One metric by day (or by month, on its first day), in one currency where it is money.

    Real and simulated sales never stand in one series.
    """

    metric: str
    unit: str
    currency: str | None
    is_simulated: bool
    days: tuple[str, ...]
    values: tuple[float | None, ...]


class AnalyticsReader(Protocol):
    """Where the figures are kept."""

    def parts(self, subject: str, kind: str, months: tuple[str, str]) -> Sequence[Item]:
        """The items of a subject whose part is `<kind>#<month>...`, both months included."""
        ...

    def summary(self, event_id: str) -> Item | None: ...

    def earlier_events(self, summary: Mapping[str, Any]) -> Sequence[Item]:
        """Events of the same venue or headliner that are over, the latest first."""
        ...


def sales_series(
    wanted: frozenset[str],
    reader: AnalyticsReader,
    subject: str,
    months: tuple[str, str],
    days: tuple[str, str],
) -> Iterator[Series]:
    if wanted.isdisjoint(SALES):
        return
    by_kind: dict[tuple[str, bool], list[Item]] = {}
    for item in reader.parts(subject, "sales", months):
        by_kind.setdefault((item["currency"], bool(item["is_simulated"])), []).append(item)
    for (currency, is_simulated), items in sorted(by_kind.items()):
        for metric in sorted(wanted & SALES.keys()):
            points = _points(items, metric, days)
            if points:
                # Tickets are told by currency too: a series belongs to the orders that made it.
                yield _series(metric, SALES[metric], points, currency, is_simulated)


def running_series(
    wanted: frozenset[str], reader: AnalyticsReader, summary: Item, days: tuple[str, str]
) -> Iterator[Series]:
    """Running sums begin with the first sale, whatever the first day asked for."""
    if wanted.isdisjoint(RUNNING):
        return
    is_simulated = bool(summary.get("is_simulated"))
    so_far, sums = 0, []
    for day, tickets in net_by_day(reader, str(summary["event_id"]), is_simulated=is_simulated):
        so_far += tickets
        if days[0] <= day <= days[1]:
            sums.append((day, so_far))
    if not sums:
        return
    if "net_tickets_so_far" in wanted:
        points: list[tuple[str, float | None]] = [*sums]
        yield _series("net_tickets_so_far", "tickets", points, None, is_simulated)
    capacity = summary.get("capacity")
    if "sell_through" in wanted and capacity:
        points = [(day, round(tickets / capacity, 6)) for day, tickets in sums]
        yield _series("sell_through", "share", points, None, is_simulated)


def net_by_day(
    reader: AnalyticsReader, event_id: str, *, is_simulated: bool
) -> list[tuple[str, int]]:
    """Net tickets of an event by day, over all currencies: tickets are tickets."""
    net: dict[str, int] = {}
    for item in reader.parts(f"event#{event_id}", "sales", ("", "9999")):
        if bool(item["is_simulated"]) == is_simulated:
            lists = (item["days"], item["tickets_sold"], item["tickets_refunded"])
            for day, sold, refunded in zip(*lists, strict=True):
                net[day] = net.get(day, 0) + (sold or 0) - (refunded or 0)
    return sorted(net.items())


def popularity_series(
    wanted: frozenset[str], items: Sequence[Item], days: tuple[str, str]
) -> Iterator[Series]:
    for metric, (attribute, unit) in POPULARITY.items():
        if metric in wanted and (points := _points(items, attribute, days)):
            yield _series(metric, unit, points, None, is_simulated=False)


def utilisation_series(
    wanted: frozenset[str], items: Sequence[Item], days: tuple[str, str]
) -> Iterator[Series]:
    by_kind: dict[bool, list[Item]] = {}
    for item in items:
        by_kind.setdefault(bool(item.get("is_simulated")), []).append(item)
    for is_simulated, some in sorted(by_kind.items()):
        for metric, unit in UTILISATION.items():
            points = [
                (item["month"], item.get(metric))
                for item in some
                if days[0][:7] <= item["month"][:7] <= days[1][:7]
            ]
            if metric in wanted and points:
                yield _series(metric, unit, points, None, is_simulated=is_simulated)


def _points(
    items: Sequence[Item], attribute: str, days: tuple[str, str]
) -> list[tuple[str, float | None]]:
    return [
        (day, value)
        for item in items
        for day, value in zip(item["days"], item[attribute], strict=True)
        if days[0] <= day <= days[1]
    ]


def _series(
    metric: str,
    unit: str,
    points: Sequence[tuple[str, float | None]],
    currency: str | None,
    is_simulated: bool,
) -> Series:
    ordered = sorted(points)
    return Series(
        metric,
        unit,
        currency,
        is_simulated,
        tuple(day for day, _ in ordered),
        tuple(value for _, value in ordered),
    )
