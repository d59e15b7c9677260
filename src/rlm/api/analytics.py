"""`GET /analyze`: how an event, an artist or a venue does, one series a metric."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rlm.api.analytics_series import (
    POPULARITY,
    RUNNING,
    SALES,
    UTILISATION,
    AnalyticsReader,
    Item,
    Series,
    net_by_day,
    popularity_series,
    running_series,
    sales_series,
    utilisation_series,
)
from rlm.api.forecast import Forecast, forecast_final, share_sold
from rlm.api.problems import ParameterError, conflicting, not_found

if TYPE_CHECKING:
    from rlm.api.parameters import Query

Kind = Literal["event", "artist", "venue"]
METRICS: Final[dict[Kind, tuple[str, ...]]] = {
    "event": (*SALES, *RUNNING),
    "artist": (*SALES, *POPULARITY),
    "venue": (*SALES, *UTILISATION),
}
ALL_METRICS: Final = tuple(dict.fromkeys(name for names in METRICS.values() for name in names))
_SUBJECTS: Final[tuple[tuple[str, Kind], ...]] = (
    ("event_id", "event"),
    ("artist_id", "artist"),
    ("venue_id", "venue"),
)


@dataclass(frozen=True)
class Pace:
    """What is sold, as a share of capacity, against the median of comparable events.

    Comparable are the latest events of the same category and class of capacity; below five of them,
    and for other reasons, there is no ratio, and `missing` says why.
    """

    ratio: float | None
    comparable_share: float | None
    comparable_events: int
    missing: str | None


@dataclass(frozen=True)
class Comparable:
    """An event whose course the forecast follows; the share is of its final sales, at that time."""

    event_id: str
    name: str
    starts_on_local: str
    share_sold: float


@dataclass(frozen=True)
class Outlook:
    """Final sales of an event to come, from the course of earlier ones of its venue and headliner.

    Without a forecast, `missing` says why.
    """

    forecast: Forecast | None
    missing: str | None
    comparable: tuple[Comparable, ...]


@dataclass(frozen=True)
class EventSummary:
    """An event as a whole, as of the latest day of sales in the data."""

    event_id: str
    name: str
    status: str
    headliner_id: str | None
    headliner_name: str | None
    venue_id: str | None
    venue_name: str | None
    city: str | None
    starts_at: str | None
    as_of: str | None
    days_to_go: int | None
    is_over: bool
    is_sold_out: bool
    is_simulated: bool
    milestone: str | None
    capacity: int | None
    tickets_sold: int
    tickets_refunded: int
    net_tickets: int
    sell_through: float | None
    currency: str | None
    gross_cents: int
    net_cents: int
    average_price_cents: int | None


@dataclass(frozen=True)
class Analysis:
    """`event`, `pace` and `outlook` are null for an artist and a venue."""

    subject: str
    subject_id: str
    first_day: str | None
    last_day: str | None
    event: EventSummary | None
    pace: Pace | None
    outlook: Outlook | None
    series: tuple[Series, ...]


def fetch_event_analytics(query: Query, reader: AnalyticsReader) -> Analysis:
    """Raises ProblemError for a subject that is not known, and for what cannot be combined."""
    parameter, kind, subject_id = _subject(query)
    wanted = _metrics(query, kind)
    first, last = query.day("from"), query.day("to")
    if first and last and last < first:
        raise conflicting(ParameterError("to", f"is {last}, before from, {first}"))
    summary = reader.summary(subject_id) if kind == "event" else None
    subject = f"{kind}#{subject_id}"
    months = (f"{first:%Y-%m}" if first else "", f"{last:%Y-%m}" if last else "9999")
    days = (first.isoformat() if first else "", last.isoformat() if last else "9999")
    series = [*sales_series(wanted, reader, subject, months, days)]
    if summary is not None:
        series += running_series(wanted, reader, summary, days)
    if kind == "artist" and not wanted.isdisjoint(POPULARITY):
        series += popularity_series(wanted, reader.parts(subject, "popularity", months), days)
    if kind == "venue" and not wanted.isdisjoint(UTILISATION):
        series += utilisation_series(wanted, reader.parts(subject, "utilisation", months), days)
    if summary is None and (kind == "event" or not series):
        named = () if kind == "event" else query.texts("metrics")
        when = " in these days" if first or last else ""
        what = f"none of {', '.join(named)}" if named else "nothing"
        raise not_found(parameter, f"{what} is known of the {kind} {subject_id!r}{when}")
    order = {metric: place for place, metric in enumerate(METRICS[kind])}
    return Analysis(
        subject=kind,
        subject_id=subject_id,
        first_day=min((one.days[0] for one in series), default=None),
        last_day=max((one.days[-1] for one in series), default=None),
        event=_event(summary) if summary else None,
        pace=_pace(summary) if summary else None,
        outlook=_outlook(summary, reader) if summary else None,
        series=tuple(sorted(series, key=lambda one: order[one.metric])),
    )


def _subject(query: Query) -> tuple[str, Kind, str]:
    given = [(name, kind, query.text(name)) for name, kind in _SUBJECTS if query.text(name)]
    if len(given) != 1:
        detail = "exactly one of event_id, artist_id and venue_id is expected"
        raise conflicting(*(ParameterError(name, detail) for name, _ in _SUBJECTS))
    ((name, kind, value),) = given
    return name, kind, str(value)


def _metrics(query: Query, kind: Kind) -> frozenset[str]:
    wanted = query.texts("metrics") or METRICS[kind]
    if others := [metric for metric in wanted if metric not in METRICS[kind]]:
        detail = f"{', '.join(others)}: not of {kind}s; there are {', '.join(METRICS[kind])}"
        raise conflicting(ParameterError("metrics", detail))
    return frozenset(wanted)


def _event(item: Item) -> EventSummary:
    return EventSummary(
        event_id=item["event_id"],
        name=item.get("name", ""),
        status=item.get("status", ""),
        headliner_id=item.get("headliner_id"),
        headliner_name=item.get("headliner_name"),
        venue_id=item.get("venue_id"),
        venue_name=item.get("venue_name"),
        city=item.get("city"),
        starts_at=item.get("starts_at"),
        as_of=item.get("as_of_date"),
        days_to_go=item.get("days_to_go"),
        is_over=bool(item.get("is_over")),
        is_sold_out=bool(item.get("is_sold_out")),
        is_simulated=bool(item.get("is_simulated")),
        milestone=item.get("milestone"),
        capacity=item.get("capacity"),
        tickets_sold=item.get("tickets_sold", 0),
        tickets_refunded=item.get("tickets_refunded", 0),
        net_tickets=item.get("net_tickets", 0),
        sell_through=item.get("sell_through"),
        currency=item.get("currency"),
        gross_cents=item.get("gross_cents", 0),
        net_cents=item.get("net_cents", 0),
        average_price_cents=item.get("average_price_cents"),
    )


def _pace(item: Item) -> Pace:
    return Pace(
        ratio=item.get("pace_ratio"),
        comparable_share=item.get("comparable_share"),
        comparable_events=item.get("comparable_events", 0),
        missing=item.get("pace_missing"),
    )


def _outlook(item: Item, reader: AnalyticsReader) -> Outlook:
    if item.get("status") == "cancelled":
        return Outlook(None, "cancelled", ())
    if item.get("is_over"):
        return Outlook(None, "over", ())
    days_to_go, is_simulated = item.get("days_to_go"), bool(item.get("is_simulated"))
    if days_to_go is None or not item.get("net_tickets"):
        return Outlook(None, "nothing_sold", ())
    comparable = []
    for event in reader.earlier_events(item):
        net = net_by_day(reader, event["event_id"], is_simulated=is_simulated)
        start = dt.date.fromisoformat(event["starts_on_local"])
        course = [((start - dt.date.fromisoformat(day)).days, tickets) for day, tickets in net]
        share = share_sold(course, days_to_go) if course else None
        if share is not None:
            comparable.append(
                Comparable(
                    event["event_id"],
                    event.get("name", ""),
                    event["starts_on_local"],
                    round(share, 6),
                )
            )
    forecast = forecast_final(
        item["net_tickets"], item.get("capacity"), [one.share_sold for one in comparable]
    )
    missing = None if forecast else "too_few_comparable_events"
    return Outlook(forecast, missing, tuple(comparable))
