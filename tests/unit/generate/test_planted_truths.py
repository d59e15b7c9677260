"""What the truth file says of the world holds in the rows."""

from __future__ import annotations

import datetime as dt
import gzip
from collections import Counter, defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import pytest


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def sales(broken_world: Any) -> list[dict[str, Any]]:
    return list(broken_world.read["ticket_sales"].latest.values())


@pytest.fixture(scope="module")
def events(broken_world: Any) -> dict[str, dict[str, Any]]:
    return {key[0]: row for key, row in broken_world.read["events"].latest.items()}


def test_as_many_sales_as_asked_for(broken_world: Any, sales: list[dict[str, Any]]) -> None:
    kinds = Counter(row["kind"] for row in sales)
    asked = broken_world.truth["request"]["size"]["ticket_sales"]
    assert kinds["sale"] == asked == broken_world.truth["ticket_sales"]["sales"]
    assert kinds["refund"] == broken_world.truth["ticket_sales"]["refunds"]
    assert 0.02 < kinds["refund"] / kinds["sale"] < 0.06


def test_money_and_tickets_add_up(broken_world: Any, sales: list[dict[str, Any]]) -> None:
    cents: Counter[str] = Counter()
    tickets: Counter[str] = Counter()
    for row in sales:
        sign = 1 if row["kind"] == "sale" else -1
        price = round(float(row["unit_price"]) * 100)
        cents[row["currency"]] += sign * price * int(row["quantity"])
        tickets[row["kind"]] += int(row["quantity"])
    told = broken_world.truth["ticket_sales"]
    assert {c: n for c, n in cents.items() if n} == {
        c: n for c, n in told["gross_cents"].items() if n
    }
    assert tickets == {"sale": told["tickets_sold"], "refund": told["tickets_refunded"]}


def test_refund_returns_an_earlier_sale(sales: list[dict[str, Any]]) -> None:
    by_id = {row["sale_id"]: row for row in sales}
    refunds = [row for row in sales if row["kind"] == "refund"]
    assert refunds
    assert len({row["refund_of"] for row in refunds}) == len(refunds)
    for row in refunds:
        sale = by_id[row["refund_of"]]
        assert sale["kind"] == "sale"
        assert _moment(sale["sold_at"]) < _moment(row["sold_at"])
        for column in ("event_id", "fan_id", "order_id", "quantity", "unit_price", "currency"):
            assert row[column] == sale[column]


def test_everything_sold_for_a_cancelled_event_is_refunded(
    sales: list[dict[str, Any]], events: dict[str, dict[str, Any]], broken_world: Any
) -> None:
    last = dt.date.fromisoformat(broken_world.truth["happened"]["last"]) - dt.timedelta(days=3)
    cancelled = {
        key
        for key, row in events.items()
        if row["status"] == "cancelled" and _moment(row["updated_at"]).date() < last
    }
    sold = {r["sale_id"] for r in sales if r["kind"] == "sale" and r["event_id"] in cancelled}
    assert sold
    assert sold == {r["refund_of"] for r in sales if r["event_id"] in cancelled} - {None}


def test_order_has_one_fan_event_and_time(sales: list[dict[str, Any]]) -> None:
    orders = defaultdict(list)
    for row in sales:
        if row["kind"] == "sale":
            orders[row["order_id"]].append((row["fan_id"], row["event_id"], row["sold_at"]))
    assert max(len(lines) for lines in orders.values()) == 2
    assert all(len(set(lines)) == 1 for lines in orders.values())


def test_sold_between_opening_and_start(
    sales: list[dict[str, Any]], events: dict[str, dict[str, Any]]
) -> None:
    for row in sales:
        if row["kind"] == "sale":
            event = events[row["event_id"]]
            zone = ZoneInfo(event["timezone"])
            start = dt.datetime.fromisoformat(event["starts_at_local"]).replace(tzinfo=zone)
            opened = dt.date.fromisoformat(event["on_sale_on"])
            assert opened <= _moment(row["sold_at"]).date()
            assert _moment(row["sold_at"]) < start


def test_early_sell_out_sells_its_last_ticket_in_time(
    broken_world: Any, sales: list[dict[str, Any]]
) -> None:
    told = broken_world.truth["sold_out_early"]
    assert len(told) >= 10
    sold: Counter[str] = Counter()
    last: dict[str, dt.date] = {}
    for row in sales:
        assert row["kind"] in ("sale", "refund")
        sold[row["event_id"]] += int(row["quantity"]) * (1 if row["kind"] == "sale" else -1)
        if row["kind"] == "sale":
            date = _moment(row["sold_at"]).date()
            last[row["event_id"]] = max(date, last.get(row["event_id"], date))
    for event in told:
        assert sold[event["event_id"]] == event["capacity"]
        assert last[event["event_id"]] <= dt.date.fromisoformat(event["sold_out_by"])
        opened = dt.date.fromisoformat(event["on_sale_on"])
        start = _moment(event["starts_at"]).date()
        assert (last[event["event_id"]] - opened).days < (start - opened).days / 4


def test_other_events_keep_seats(
    broken_world: Any, sales: list[dict[str, Any]], events: dict[str, dict[str, Any]]
) -> None:
    sold: Counter[str] = Counter()
    for row in sales:
        if row["kind"] == "sale":
            sold[row["event_id"]] += int(row["quantity"])
    told = broken_world.truth["not_sold_out"]
    assert len(told) >= 10
    for event in told:
        assert sold[event["event_id"]] == event["tickets_sold"] < event["capacity"]
    assert all(sold[key] <= event["capacity"] for key, event in events.items())


def test_slow_event_is_yet_to_come_and_sells_little_of_its_room(
    broken_world: Any, sales: list[dict[str, Any]], events: dict[str, dict[str, Any]]
) -> None:
    told = broken_world.truth["slow_sellers"]
    assert len(told) >= 10
    sold: Counter[str] = Counter()
    for row in sales:
        if row["kind"] == "sale":
            sold[row["event_id"]] += int(row["quantity"])
    last = broken_world.truth["happened"]["last"]
    for event in told:
        row = events[event["event_id"]]
        assert row["capacity"] == event["capacity"]
        assert sold[event["event_id"]] == event["tickets_sold"] < 0.2 * event["capacity"]
        assert row["status"] == "scheduled"
        assert row["starts_at_local"][:10] > last > row["on_sale_on"]
    others = [
        sold[key] / row["capacity"]
        for key, row in events.items()
        if row["capacity"] and row["starts_at_local"][:10] <= last
    ]
    assert sum(share > 0.2 for share in others) > 0.9 * len(others)


def test_sale_opens_with_a_rush(
    sales: list[dict[str, Any]], events: dict[str, dict[str, Any]]
) -> None:
    since = Counter(
        (
            _moment(row["sold_at"]).date()
            - dt.date.fromisoformat(events[row["event_id"]]["on_sale_on"])
        ).days
        for row in sales
        if row["kind"] == "sale"
    )
    assert since[0] > 3 * since[10]


def test_venue_has_room_for_its_events(
    broken_world: Any, events: dict[str, dict[str, Any]]
) -> None:
    room = {k[0]: v["capacity"] for k, v in broken_world.read["venues"].latest.items()}
    assert any(capacity is None for capacity in room.values())
    for event in events.values():
        capacity = room[event["venue_id"]]
        assert capacity is None or event["capacity"] <= int(capacity)


def test_risers_rise_and_others_do_not(broken_world: Any) -> None:
    streams: dict[str, dict[str, int]] = defaultdict(dict)
    for row in broken_world.read["artist_popularity"].latest.values():
        streams[row["artist_id"]][row["measured_on"]] = int(row["streams"])
    risers = {r["artist_id"]: r for r in broken_world.truth["risers"]}
    assert len(risers) >= 5
    assert any(artist not in risers for artist in streams)
    for artist, by_day in streams.items():
        days = sorted(day for day in by_day if day >= "2026-04-03")
        if len(days) < 40 or max(by_day.values()) < 1000:
            continue
        before = sum(by_day[d] for d in days[:7])
        after = sum(by_day[d] for d in days[-7:])
        if artist in risers:
            assert after > 1.8 * before
        else:
            assert after < 1.3 * before


def test_group_hears_its_genres(broken_world: Any) -> None:
    rows = (broken_world.root / "_truth" / "fan_groups.csv").read_text().split()[1:]
    group_of = dict(row.split(",") for row in rows)
    genre_of = {
        key[0]: row["genres"].split("|")[0]
        for key, row in broken_world.read["artists"].latest.items()
    }
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for row in broken_world.read["listens"].latest.values():
        heard[group_of[row["fan_id"]]][genre_of[row["artist_id"]]] += 1
    groups = broken_world.truth["tastes"]["groups"]
    assert set(heard) == set(groups)
    for group, genres in groups.items():
        total = heard[group].total()
        assert sum(heard[group][genre] for genre in genres) > 0.7 * total
        assert [genre for genre, _ in heard[group].most_common(2)] == genres


def test_late_rows_happened_on_the_day_that_the_truth_says(broken_world: Any) -> None:
    dated = {"ticket_sales": b"T", "listens": b",", "artist_popularity": b","}
    for source, after in dated.items():
        late = broken_world.truth["planted"][source]["late"]
        assert len(late) == 2
        for delivery in late:
            assert delivery["delivered_on"] > delivery["happened_on"]
            assert f"delivery_date={delivery['delivered_on']}/" in delivery["file"]
            content = _content(broken_world.root / delivery["file"])
            lines = content.split(b"\n")[1:-1]
            marked = delivery["happened_on"].encode() + after
            assert sum(marked in line for line in lines) == delivery["rows"] > 0


def test_file_delivered_twice_has_the_same_bytes(broken_world: Any) -> None:
    twice = [p["sent_twice"] for p in broken_world.truth["planted"].values() if "sent_twice" in p]
    assert len(twice) >= 3
    for file in twice:
        first = (broken_world.root / file["file"]).read_bytes()
        assert first == (broken_world.root / file["again"]).read_bytes()
        assert file["file"].split("/")[1] < file["again"].split("/")[1]


def test_some_originals_arrive_after_their_correction(broken_world: Any) -> None:
    for source in ("ticket_sales", "listens", "artist_popularity"):
        planted = broken_world.truth["planted"][source]
        assert planted["corrections"] > planted["overtaken"] > 0
        versions = broken_world.read[source].versions.values()
        # Versions stand in the order of their delivery.
        backwards = [v for v in versions if len(v) > 1 and v[0]["updated_at"] > v[1]["updated_at"]]
        assert len(backwards) == planted["overtaken"]


def test_events_on_days_when_clocks_change(
    broken_world: Any, events: dict[str, dict[str, Any]]
) -> None:
    told = broken_world.truth["on_clock_changes"]
    assert len(told) >= 2
    for event in told:
        zone = ZoneInfo(event["timezone"])
        local = dt.datetime.fromisoformat(event["starts_at_local"])
        day = dt.datetime.combine(local.date(), dt.time(), zone)
        assert day.utcoffset() != (day + dt.timedelta(days=1)).utcoffset()
        assert local.replace(tzinfo=zone).astimezone(dt.UTC) == _moment(event["starts_at"])
        assert events[event["event_id"]]["starts_at_local"] == event["starts_at_local"]


def test_late_parent_comes_after_its_child(broken_world: Any) -> None:
    (waiting,) = broken_world.truth["late_parents"]
    first = {}
    for path in sorted(broken_world.root.glob("venues/*/venues-[2h]*.csv")):
        for line in path.read_bytes().split(b"\n"):
            first.setdefault(line.split(b",")[0].decode("latin-1"), path.parent.name)
    assert first[waiting["waits_for"]] == f"delivery_date={waiting['parent_delivered_on']}"
    assert waiting["delivered_on"] < waiting["parent_delivered_on"]
    assert broken_world.read["events"].latest[waiting["key"],]["venue_id"] == waiting["waits_for"]


def test_names_need_quotes_and_unicode(broken_world: Any) -> None:
    names = [row["name"] for row in broken_world.read["artists"].latest.values()]
    assert any("," in name for name in names)
    assert any('"' in name for name in names)
    assert any(not name.isascii() for name in names)
    assert len(set(names)) == len(names)


def _content(path: Any) -> bytes:
    raw: bytes = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw
