"""Every rule of every contract: one row that breaks it and nothing else."""

from __future__ import annotations

import pytest
from world import World, row, text

from rlm.jobs.contract_files import load_contracts

pytestmark = pytest.mark.slow

REFUND = {"kind": "refund", "refund_of": "s0"}
BROKEN: dict[str, list[tuple[str, str | None, dict[str, object]]]] = {
    "artists": [
        ("required", "artist_id", {"artist_id": ""}),
        ("pattern", "artist_id", {"artist_id": "a/1"}),
        ("required", "name", {"name": ""}),
        ("length", "name", {"name": "x" * 301}),
        ("pattern", "country", {"country": "Germany"}),
        ("type", "formed_year", {"formed_year": "1999.5"}),
        ("range", "formed_year", {"formed_year": "1066"}),
        ("range", "formed_year", {"formed_year": "2101"}),
        ("required", "updated_at", {"updated_at": ""}),
        ("type", "updated_at", {"updated_at": "2026-01-01"}),
        ("type", "updated_at", {"updated_at": "2026-01-01T00:00:00"}),
        ("type", "updated_at", {"updated_at": "2026-02-30T00:00:00Z"}),
    ],
    "venues": [
        ("required", "venue_id", {"venue_id": ""}),
        ("pattern", "venue_id", {"venue_id": "v 1"}),
        ("required", "name", {"name": ""}),
        ("length", "name", {"name": "x" * 301}),
        ("required", "city", {"city": ""}),
        ("length", "city", {"city": "x" * 201}),
        ("length", "region", {"region": "x" * 201}),
        ("required", "country", {"country": ""}),
        ("pattern", "country", {"country": "de"}),
        ("type", "latitude", {"latitude": "north"}),
        ("range", "latitude", {"latitude": "90.1"}),
        ("range", "latitude", {"latitude": "NaN"}),
        ("range", "longitude", {"longitude": "-180.5"}),
        ("type", "longitude", {"longitude": "6°57"}),
        ("required", "timezone", {"timezone": ""}),
        ("enum", "timezone", {"timezone": "Europe/Cologne"}),
        ("type", "capacity", {"capacity": "about 500"}),
        ("range", "capacity", {"capacity": "0"}),
        ("range", "capacity", {"capacity": "1000001"}),
        ("required", "updated_at", {"updated_at": ""}),
        ("type", "updated_at", {"updated_at": "yesterday"}),
    ],
    "events": [
        ("required", "event_id", {"event_id": None}),
        ("pattern", "event_id", {"event_id": ""}),
        ("required", "name", {"name": None}),
        ("length", "name", {"name": "x" * 301}),
        ("required", "headliner_id", {"headliner_id": None}),
        ("reference", "headliner_id", {"headliner_id": "nobody"}),
        ("type", "support_ids", {"support_ids": "a2"}),
        ("required", "venue_id", {"venue_id": None}),
        ("reference", "venue_id", {"venue_id": "nowhere"}),
        ("required", "category", {"category": None}),
        ("length", "category", {"category": "x" * 101}),
        ("required", "starts_at_local", {"starts_at_local": None}),
        ("type", "starts_at_local", {"starts_at_local": "2026-07-01T20:00:00Z"}),
        ("required", "timezone", {"timezone": None}),
        ("enum", "timezone", {"timezone": "CET+1"}),
        ("required", "status", {"status": None}),
        ("enum", "status", {"status": "maybe"}),
        ("type", "capacity", {"capacity": "many"}),
        ("range", "capacity", {"capacity": 0}),
        ("range", "capacity", {"capacity": 1000001}),
        ("pattern", "currency", {"currency": "€"}),
        ("type", "price_tiers", {"price_tiers": "cheap"}),
        ("required", "price_tiers", {"price_tiers": [{"price": "1.00"}]}),
        ("required", "price_tiers", {"price_tiers": [{"tier": "floor", "price": "free"}]}),
        ("range", "price_tiers", {"price_tiers": [{"tier": "floor", "price": "-1.00"}]}),
        ("type", "on_sale_on", {"on_sale_on": "2026-06"}),
        ("required", "updated_at", {"updated_at": None}),
        ("type", "updated_at", {"updated_at": 1767225600}),
    ],
    "ticket_sales": [
        ("required", "sale_id", {"sale_id": ""}),
        ("pattern", "sale_id", {"sale_id": "s#1"}),
        ("required", "order_id", {"order_id": ""}),
        ("length", "order_id", {"order_id": "x" * 65}),
        ("required", "event_id", {"event_id": ""}),
        ("reference", "event_id", {"event_id": "unheard-of"}),
        ("required", "fan_id", {"fan_id": ""}),
        ("length", "fan_id", {"fan_id": "x" * 65}),
        ("required", "kind", {"kind": ""}),
        ("enum", "kind", {"kind": "gift"}),
        ("refund_of_missing", None, {"kind": "refund"}),
        ("length", "refund_of", {"kind": "refund", "refund_of": "x" * 65}),
        ("required", "quantity", {"quantity": ""}),
        ("type", "quantity", {"quantity": "two"}),
        ("range", "quantity", {"quantity": "0"}),
        ("range", "quantity", {"quantity": "100001"}),
        ("required", "unit_price", {"unit_price": ""}),
        ("type", "unit_price", {"unit_price": "49.505"}),
        ("type", "unit_price", {"unit_price": "1e2"}),
        ("range", "unit_price", {"unit_price": "-49.50"}),
        ("required", "currency", {"currency": ""}),
        ("pattern", "currency", {"currency": "euro"}),
        ("required", "channel", {"channel": ""}),
        ("enum", "channel", {"channel": "pigeon"}),
        ("length", "tier", {"tier": "x" * 101}),
        ("required", "sold_at", {"sold_at": ""}),
        ("type", "sold_at", {"sold_at": "2026-05-01 10:00:00Z"}),
        ("sale_after_event", None, {"sold_at": "2026-07-01T18:00:01Z"}),
        ("sold_after_delivery", None, {"sold_at": "2026-06-03T00:00:00Z"}),
        ("sold_after_delivery", None, {**REFUND, "sold_at": "2206-05-01T10:00:00Z"}),
        ("required", "is_simulated", {"is_simulated": ""}),
        ("type", "is_simulated", {"is_simulated": "yes"}),
        ("required", "updated_at", {"updated_at": ""}),
        ("type", "updated_at", {"updated_at": "01/05/2026"}),
    ],
    "listens": [
        ("required", "fan_id", {"fan_id": ""}),
        ("pattern", "fan_id", {"fan_id": "fan one"}),
        ("required", "artist_id", {"artist_id": ""}),
        ("reference", "artist_id", {"artist_id": "nobody"}),
        ("required", "listened_on", {"listened_on": ""}),
        ("type", "listened_on", {"listened_on": "2026-13-01"}),
        ("listened_after_delivery", None, {"listened_on": "2026-06-03"}),
        ("required", "plays", {"plays": ""}),
        ("type", "plays", {"plays": "99999999999999999999"}),
        ("range", "plays", {"plays": "0"}),
        ("required", "updated_at", {"updated_at": ""}),
        ("type", "updated_at", {"updated_at": "now"}),
    ],
    "artist_popularity": [
        ("required", "artist_id", {"artist_id": ""}),
        ("reference", "artist_id", {"artist_id": "nobody"}),
        ("required", "measured_on", {"measured_on": ""}),
        ("type", "measured_on", {"measured_on": "last week"}),
        ("measured_after_delivery", None, {"measured_on": "2062-05-01"}),
        ("required", "streams", {"streams": ""}),
        ("type", "streams", {"streams": "1.5"}),
        ("range", "streams", {"streams": "-1"}),
        ("required", "followers", {"followers": ""}),
        ("type", "followers", {"followers": "ten"}),
        ("range", "followers", {"followers": "-1"}),
        ("required", "updated_at", {"updated_at": ""}),
        ("type", "updated_at", {"updated_at": "T"}),
    ],
}


def test_table_names_every_rule_of_every_contract() -> None:
    for source, contract in load_contracts().items():
        tried = {(rule, column) for rule, column, _ in BROKEN[source]}
        for column in contract.landing:
            expected = {
                "required": column.required,
                "reference": column.references is not None,
                "range": column.minimum is not None or column.maximum is not None,
                "length": column.max_length is not None,
                "pattern": column.pattern is not None,
                "enum": bool(column.choices) or column.is_time_zone,
                # Any text is a string, and a list of texts in one cell.
                "type": column.type != "string" and column.separator is None,
            }
            missing = {r for r, holds in expected.items() if holds} - {
                rule for rule, name in tried if name == column.name
            }
            assert not missing, f"{source}.{column.name}: {missing}"
        assert {r.name for r in contract.row_rules} <= {rule for rule, _ in tried}


def test_each_broken_row_is_quarantined_for_its_rule(world: World) -> None:
    world.deliver_references()
    for source, cases in BROKEN.items():
        world.deliver(source, [row(source, **changes) for _, _, changes in cases])
    report = world.run(accept_broken=list(BROKEN))
    for source, cases in BROKEN.items():
        first_line = 1 if source == "events" else 2
        found = [
            (r["rule"], r.get("column"), r["line"] - first_line) for r in world.quarantined(source)
        ]
        assert found == [(rule, column, i) for i, (rule, column, _) in enumerate(cases)], source
        assert report.sources[source].counts.rows_quarantined == len(cases)
        assert all(r["reason"] for r in world.quarantined(source))


def test_each_file_is_held_to_the_day_of_its_delivery(world: World) -> None:
    """Across time zones a delivery may hold the next day; not one more."""
    world.deliver_references()
    last, too_late = "2026-06-02T23:59:59Z", "2026-06-03T00:00:00Z"
    for day, letter in (("2026-06-01", "a"), ("2026-06-02", "b")):
        refunds = [
            row("ticket_sales", **REFUND, sale_id=f"{letter}{nth}", sold_at=sold_at, event_id=event)
            for nth, (sold_at, event) in enumerate(
                ((last, "e1"), (too_late, "e1"), (last, "e2"), (too_late, "e2"))
            )
        ]
        world.deliver("ticket_sales", refunds, day=day)
    world.run("artists", "venues", "events", "ticket_sales")
    assert [r["sale_id"] for r in world.silver("ticket_sales")] == ["a0", "b0", "b1"]
    # What has waited for its event is held to the day on which it came.
    world.deliver("events", [row("events", event_id="e2")])
    report = world.run("events", "ticket_sales")
    assert report.sources["ticket_sales"].counts.rows_released == 3
    silver = [r["sale_id"] for r in world.silver("ticket_sales")]
    assert silver == ["a0", "a2", "b0", "b1", "b2", "b3"]


def test_lines_that_cannot_be_read_say_only_that(world: World) -> None:
    header, good = text("artists", [row("artists")]).encode().splitlines()
    lines = [
        header,
        good,
        good.replace(b"Quiet", "Caf\u00e9".encode("latin-1")),
        good.replace(b",", b";"),
        good + b",surplus",
        b'a2,"never closed,,,DE,1999,2026-01-01T00:00:00Z',
        b"",
        b"a3,cut off,ro",
    ]
    file = world.deliver("artists", b"\r\n".join(lines))
    world.run("artists")
    found = world.quarantined("artists")
    assert [(r["file"], r["line"], r["rule"], r["reason"]) for r in found] == [
        (file, 3, "encoding", "the line is not UTF-8"),
        *((file, line, "malformed", "the line does not have the fields of its header")
          for line in (4, 5, 6, 8)),
    ]  # fmt: skip
    assert [r["name"] for r in world.silver("artists")] == ['The "Quiet", Ones']


def test_files_with_columns_of_their_own_order_keep_their_lines(world: World) -> None:
    """Those of each order are read apart; headers and line numbers stay with their file."""
    plain = "artist_id,name,updated_at\na1,One,2026-01-01T00:00:00Z\n,Two,2026-01-01T00:00:00Z\n"
    turned = (
        "name,artist_id,updated_at\nThree,,2026-01-01T00:00:00Z\nFour,a4,2026-01-01T00:00:00Z\n"
    )
    files = [world.deliver("artists", content) for content in (plain, turned, plain)]
    counts = world.run("artists").sources["artists"].counts
    assert (counts.rows_in, counts.rows_loaded, counts.rows_duplicate) == (6, 2, 1)
    found = [(r["file"], r["line"], r["rule"]) for r in world.quarantined("artists")]
    assert found == [(file, line, "required") for file, line in zip(files, (3, 2, 3), strict=True)]


def test_json_that_is_no_object_is_malformed(world: World) -> None:
    world.deliver_references()
    world.deliver("events", '{"event_id": "e2", \n[1, 2]\n"text"\n7\nnull\n{}\n')
    world.run("artists", "venues", "events", accept_broken=["events"])
    found = [(r["line"], r["rule"]) for r in world.quarantined("events")]
    assert found == [(line, "malformed") for line in range(1, 6)] + [(6, "required")]
