"""Rows become items: kinds, lists, hashes, and what no item can be made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rlm.domain.serving import SERVING_TABLES, folded
from rlm.domain.serving_feeds import FEEDS, Column, Feed, Kind, feed
from rlm.domain.serving_items import Entry, ServingRowError, entries

VENUES = feed("Venues")


def made(of_feed: Feed, *rows: dict[str, str]) -> list[Entry]:
    header = [column.name for column in of_feed.columns]
    return list(entries(of_feed, header, [[row.get(n, "") for n in header] for row in rows]))


def value(kind: Kind, text: str) -> Any:
    """What one attribute becomes; None where it is left out."""
    of_feed = Feed("x", "Venues", (Column("venue_id", "text"), Column("a", kind)))
    (entry,) = made(of_feed, {"venue_id": "V1", "a": text})
    return entry.item.get("a")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("text", "Köln", "Köln"),
        ("text", "", None),
        ("integer", "-12", -12),
        ("integer", "9223372036854775807", 9223372036854775807),
        ("integer", "", None),
        ("number", "0.5", Decimal("0.5")),
        ("number", "0.500000", Decimal("0.5")),
        ("number", "12.0", 12),
        ("number", "1.0E7", 10000000),
        ("number", "1.5E-7", Decimal("0.00000015")),
        ("number", "-0.0", 0),
        ("flag", "true", True),
        ("flag", "FALSE", False),
        ("flag", "", None),
        ("day", "2026-06-01", "2026-06-01"),
        ("moment", "2026-06-01 18:00:00.000000 UTC", "2026-06-01T18:00:00Z"),
        ("moment", "2026-06-01 18:00:00.000", "2026-06-01T18:00:00Z"),
        ("moment", "2026-06-01 20:00:00.000000 +02:00", "2026-06-01T18:00:00Z"),
        ("moment", "", None),
        ("texts", "rock|post-rock", ["rock", "post-rock"]),
        ("texts", "", None),
    ],
)
def test_kind(kind: Kind, text: str, expected: Any) -> None:
    found = value(kind, text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1.5"),
        ("number", "Infinity"),
        ("number", "abc"),
        ("number", "1." + "1" * 38),
        ("flag", "1"),
        ("day", "01.06.2026"),
        ("moment", "soon"),
    ],
)
def test_value_of_another_kind_is_refused_with_its_place(kind: Kind, text: str) -> None:
    with pytest.raises(ServingRowError, match=r"x \('V1',\), a: "):
        value(kind, text)


def test_hash_tells_items_apart_and_knows_equal_ones() -> None:
    one = {"venue_id": "V1", "name": "Hall", "capacity": "100", "latitude": "1.50"}
    (first,), (second,) = made(VENUES, one), made(VENUES, {**one, "latitude": "1.5"})
    assert first.content_hash == second.content_hash
    others = [{**one, "capacity": "101"}, {**one, "name": "100"}, {**one, "latitude": ""}]
    hashes = {entry.content_hash for row in others for entry in made(VENUES, row)}
    assert len(hashes | {first.content_hash}) == 4


def test_version_is_in_the_item_and_not_in_the_hash() -> None:
    (entry,) = made(VENUES, {"venue_id": "V1", "name": "Hall"})
    stored = entry.versioned(5)
    assert (stored["version"], stored["content_hash"]) == (5, entry.content_hash)
    assert "version" not in entry.item


def test_name_of_blanks_is_in_no_index() -> None:
    (entry,) = made(VENUES, {"venue_id": "V1", "name": " "})
    assert "name_folded" not in entry.item


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Sigur Rós", "sigur ros"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("ÅÄÖ ", "aao")],
)
def test_names_are_found_without_accents_and_case(name: str, expected: str) -> None:
    assert folded(name) == expected


def test_columns_that_the_feed_does_not_know_are_refused() -> None:
    with pytest.raises(ServingRowError, match=r"lacks the columns \['capacity'.*unknown.*'size'"):
        list(entries(VENUES, ["venue_id", "size"], []))


def test_rows_of_a_key_are_one_item_in_their_order() -> None:
    key = {"subject": "artist#A1", "part": "popularity#2026-06"}
    (entry,) = made(
        feed("EventAnalytics_popularity"),
        {**key, "days": "2026-06-01", "streams": "10", "scores": "1.5"},
        {**key, "days": "2026-06-02", "streams": "", "scores": "2.0"},
    )
    assert entry.item["streams"] == [10, None]
    assert entry.item["scores"] == [Decimal("1.5"), 2]


def test_part_of_another_feed_is_refused() -> None:
    row = {"subject": "artist#A1", "part": "summary", "days": "2026-06-01"}
    with pytest.raises(ServingRowError, match="does not begin with 'popularity#'"):
        made(feed("EventAnalytics_popularity"), row)


def test_every_table_is_fed_and_no_two_feeds_share_an_item() -> None:
    assert {f.entity for f in FEEDS} == {table.entity for table in SERVING_TABLES}
    for one in FEEDS:
        names = [column.name for column in one.columns]
        assert len(set(names)) == len(names), one.name
        assert set(one.table.key) <= set(names), one.name
        for other in FEEDS:
            if one is not other and one.entity == other.entity:
                assert not one.part_prefix.startswith(other.part_prefix), (one.name, other.name)


def test_every_index_attribute_is_in_the_items() -> None:
    looked_at = 0
    for one in FEEDS:
        made_of_name = {"name_folded", "name_initial"} if one.is_searchable else set()
        names = {column.name for column in one.columns} | made_of_name
        for index in one.table.indexes:
            assert {index.partition_key, index.sort_key} <= names, (one.name, index.name)
            looked_at += 1
    assert looked_at >= 5
