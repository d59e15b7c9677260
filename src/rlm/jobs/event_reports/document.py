"""The report of an event as a document: every number that the page shows, and nothing else.

The page is drawn from the document alone, so that equal documents are equal pages.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from rlm.jobs.event_reports.queries import capacity_class

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from rlm.jobs.event_reports.milestones import Event
    from rlm.jobs.event_reports.queries import CurvePoint, Curves, DaySales, Split

# Change it with the page. What is published keeps its layout until its event has news.
LAYOUT: Final = 1
# As in gold.event_performance: fewer say nothing.
FEWEST_COMPARABLE: Final = 5

Document = dict[str, Any]


def document(
    event: Event,
    stage: str,
    reached: Sequence[str],
    days: Sequence[DaySales],
    splits: Sequence[Split],
    curves: Curves,
) -> Document:
    """The report's content; `days` and `splits` are all of the event's."""
    shown = [d for d in days if d.is_simulated == event.is_simulated]
    local = event.starts_at.astimezone(ZoneInfo(event.timezone))
    return {
        "layout": LAYOUT,
        "event": {
            "event_id": event.event_id,
            "name": event.name,
            "headliner": event.headliner_name,
            "genres": event.genres or None,
            "venue": event.venue_name,
            "city": event.city,
            "category": event.category,
            "starts_at": event.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "starts_on_local": event.starts_on_local.isoformat(),
            "starts_at_local": local.strftime("%H:%M"),
            "timezone": event.timezone,
            "status": event.status,
            "capacity": event.capacity,
            "on_sale_on": _iso(event.on_sale_on),
        },
        "stage": stage,
        "reached": list(reached),
        "as_of": _iso(event.as_of_date),
        "days_to_go": event.days_to_go,
        "is_over": event.is_over,
        "is_simulated": event.is_simulated,
        "simulated_tickets_left_out": event.simulated_tickets_left_out,
        "figures": {
            "tickets_sold": event.tickets_sold,
            "tickets_refunded": event.tickets_refunded,
            "net_tickets": event.net_tickets,
            "currency": event.currency,
            "gross_cents": event.gross_cents,
            "refunded_cents": event.refunded_cents,
            "net_cents": event.net_cents,
            "average_price_cents": event.average_price_cents,
            "sell_through": event.sell_through,
            "is_sold_out": event.is_sold_out,
            "sold_out_on": _iso(event.sold_out_on),
            "pace_ratio": event.pace_ratio,
            "pace_missing": event.pace_missing,
        },
        "other_currencies": _other_currencies(shown, event.currency),
        "days": _days(shown, event.starts_on_local),
        "channels": _shares((s.channel, s.net_tickets) for s in _of(splits, event)),
        "tiers": _shares((s.tier, s.net_tickets) for s in _of(splits, event)),
        "comparable": _comparable(event, curves),
    }


def to_json(found: Document) -> bytes:
    return json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n"


def to_csv(event: Event, days: Sequence[DaySales]) -> bytes:
    """All daily sales, simulated ones and every currency among them; money in units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ("event_id", "sale_date", "days_to_go", "currency", "is_simulated", "tickets_sold",
         "tickets_refunded", "net_tickets", "gross", "refunded", "net", "orders")
    )  # fmt: skip
    for day in days:
        to_go = (event.starts_on_local - day.sale_date).days
        money = (_units(c) for c in (day.gross_cents, day.refunded_cents, day.net_cents))
        writer.writerow(
            (event.event_id, day.sale_date, to_go, day.currency, str(day.is_simulated).lower(),
             day.tickets_sold, day.tickets_refunded, day.net_tickets, *money, day.orders)
        )  # fmt: skip
    return out.getvalue().encode()


def _days(days: Iterable[DaySales], starts_on: dt.date) -> list[dict[str, Any]]:
    """Tickets of each day with a sale or refund, all currencies together, and so far."""
    sold: Counter[dt.date] = Counter()
    refunded: Counter[dt.date] = Counter()
    for day in days:
        sold[day.sale_date] += day.tickets_sold
        refunded[day.sale_date] += day.tickets_refunded
    found, so_far = [], 0
    for date in sorted(sold):
        so_far += sold[date] - refunded[date]
        found.append(
            {
                "date": date.isoformat(),
                "days_to_go": (starts_on - date).days,
                "sold": sold[date],
                "refunded": refunded[date],
                "so_far": so_far,
            }
        )
    return found


def _other_currencies(days: Iterable[DaySales], currency: str | None) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for day in days:
        if day.currency != currency:
            amounts = (day.net_tickets, day.gross_cents, day.net_cents)
            sums[day.currency] = [a + b for a, b in zip(sums[day.currency], amounts, strict=True)]
    return [
        {"currency": name, "net_tickets": tickets, "gross_cents": gross, "net_cents": net}
        for name, (tickets, gross, net) in sorted(sums.items())
    ]


def _of(splits: Iterable[Split], event: Event) -> list[Split]:
    return [split for split in splits if split.is_simulated == event.is_simulated]


def _shares(parts: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Tickets and share by name, the largest first; without those that came to nothing."""
    tickets: Counter[str] = Counter()
    for name, count in parts:
        tickets[name] += count
    total = sum(count for count in tickets.values() if count > 0)
    return [
        {"name": name, "tickets": count, "share": round(count / total, 6) if total else 0.0}
        for name, count in sorted(tickets.items(), key=lambda item: (-item[1], item[0]))
        if count
    ]


def _comparable(event: Event, curves: Curves) -> dict[str, Any]:
    """How comparable events sold, or why there is nothing to compare with."""
    if event.capacity is None:
        return {"missing": "no_capacity", "curve": [], "final": None}
    points = curves.get((event.category, capacity_class(event.capacity)), ())
    curve = [_point(p) for p in points if p.events >= FEWEST_COMPARABLE]
    if not curve:
        return {"missing": "too_few_comparable_events", "curve": [], "final": None}
    final = next((point for point in curve if point["days_to_go"] == 0), None)
    return {"missing": None, "curve": curve, "final": final}


def _point(point: CurvePoint) -> dict[str, Any]:
    return {
        "days_to_go": point.mark,
        "events": point.events,
        "lower_quartile": round(point.lower_quartile, 6),
        "median": round(point.median, 6),
        "upper_quartile": round(point.upper_quartile, 6),
    }


def _units(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _iso(date: dt.date | None) -> str | None:
    return date.isoformat() if date else None
