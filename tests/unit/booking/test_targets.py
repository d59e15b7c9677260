"""Targets and rules of a world that nobody books."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import TYPE_CHECKING, Any

from rlm.booking.source_files import read_events, read_venues
from rlm.booking.targets import AccessRule, Event, Venue, access_rules, sales_targets

if TYPE_CHECKING:
    from pathlib import Path

HALL = Venue("hall", "Great Hall", "Berlin", "DE", 1000)
ROOM = Venue("room", "Back Room", "Paris", "FR", None)
JUNE, JULY = dt.date(2026, 6, 1), dt.date(2026, 7, 1)


def event(name: str, **changed: Any) -> Event:
    given = {
        "venue_id": "hall", "month": JUNE, "capacity": None, "currency": "EUR",
        "price_cents": (2000, 4000),
    }  # fmt: skip
    return Event(name, **{**given, **changed})


def test_target_is_a_share_of_the_room_at_the_mean_of_the_prices() -> None:
    (target,) = sales_targets([HALL], [event("a"), event("b", capacity=500)])
    share = target.target_tickets / 1500
    assert 0.45 <= share <= 0.85
    assert target.target_tickets % 10 == 0
    assert (target.venue_name, target.city, target.country) == ("Great Hall", "Berlin", "DE")
    assert (target.month, target.currency) == (JUNE, "EUR")
    # 1,500 places at 30.00: the same share of it, in whole hundreds.
    assert target.target_gross_cents % 10_000 == 0
    assert abs(target.target_gross_cents - 4_500_000 * share) <= 4_500_000 * 10 / 1500


def test_target_hangs_on_venue_and_month_alone() -> None:
    first = sales_targets([HALL, ROOM], [event("a"), event("b", venue_id="room", capacity=50)])
    again = sales_targets([HALL], [event("a"), event("c", month=JULY)])
    assert again[0] == first[0]
    assert {target.month for target in again} == {JUNE, JULY}


def test_room_in_another_currency_sets_no_target() -> None:
    (target,) = sales_targets([HALL], [event("a"), event("b", capacity=400, currency="USD")])
    assert target.currency == "EUR"
    assert target.target_tickets <= 850


def test_event_without_room_price_or_venue_sets_no_target() -> None:
    events = [
        event("a", venue_id="room"),
        event("b", price_cents=()),
        event("c", venue_id="elsewhere"),
    ]
    assert sales_targets([HALL, ROOM], events) == []


def test_leads_see_everything_and_each_country_has_its_group() -> None:
    other = Venue("other", "Other", "Köln", "DE", None)
    assert access_rules([ROOM, HALL, other]) == [
        AccessRule("booking-leads", None),
        AccessRule("booking-de", "DE"),
        AccessRule("booking-fr", "FR"),
    ]


def test_newest_version_of_each_line_counts_and_broken_lines_are_passed_over(
    tmp_path: Path,
) -> None:
    day = tmp_path / "venues" / "delivery_date=2026-06-01"
    day.mkdir(parents=True)
    day.joinpath("a.csv").write_text(
        "venue_id,name,city,country,capacity,updated_at\n"
        "hall,New name,Berlin,DE,1000,2026-02-01T00:00:00Z\n"
        "hall,Old name,Berlin,DE,900,2026-01-01T00:00:00Z\n"
        "broken,Name,Berlin,DE,many,2026-01-01T00:00:00Z\n"
        "lower,Name,Berlin,de,900,2026-01-01T00:00:00Z\n"
        "nowhere,Name,,DE,900,2026-01-01T00:00:00Z\n"
        "roomless,Name,Berlin,DE,0,2026-01-01T00:00:00Z\n"
        "short,Name\n"
    )
    assert [(venue.name, venue.capacity) for venue in read_venues(tmp_path)] == [("New name", 1000)]

    line = {
        "event_id": "a", "venue_id": "hall", "starts_at_local": "2026-06-30T23:30:00",
        "status": "scheduled", "capacity": 10, "currency": "EUR",
        "price_tiers": [{"tier": "general", "price": "18.50"}],
        "updated_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    day = tmp_path / "events" / "delivery_date=2026-06-01"
    day.mkdir(parents=True)
    lines = [
        line,
        {**line, "capacity": 12, "updated_at": "2026-01-02T00:00:00Z"},
        {**line, "event_id": "cancelled", "status": "cancelled"},
        {**line, "event_id": "broken", "starts_at_local": "soon"},
        {**line, "event_id": "unpaid", "currency": "euro"},
        {**line, "event_id": "negative", "price_tiers": [{"tier": "a", "price": -1}]},
        {**line, "event_id": "worded", "capacity": "many"},
    ]
    content = "\n".join([*(json.dumps(one) for one in lines), "{", "[]"])
    day.joinpath("a.jsonl.gz").write_bytes(gzip.compress(content.encode()))
    day.joinpath("b.jsonl.gz").write_bytes(gzip.compress(content.encode())[:20])
    assert read_events(tmp_path) == [Event("a", "hall", JUNE, 12, "EUR", (1850,))]


def test_folder_without_files_has_no_venues(tmp_path: Path) -> None:
    assert read_venues(tmp_path) == []
    assert read_events(tmp_path) == []
