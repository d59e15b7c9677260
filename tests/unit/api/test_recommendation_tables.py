"""What is read of DynamoDB for `/recommend`, and what of it is kept."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from rlm.api.events_near import Days, Place
from rlm.api.kept import FRESH_SECONDS, Kept
from rlm.api.recommendation_tables import RecommendationTables

from .conftest import NOW, artist, event

if TYPE_CHECKING:
    from collections.abc import Sequence

BERLIN = Place(city="Berlin, DE")


class MemoryReader:
    """Answers reads out of lists, as DynamoDB does, and tells which there were."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.artists: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.now = 0.0
        self.takes_seconds = 0.0

    def query(
        self, _table: str, partition: tuple[str, str], between: Any, *, most: int, **_other: Any
    ) -> list[dict[str, Any]]:
        (attribute, value), (_, first, last) = partition, between
        self.asked.append((first, last))
        found = [
            one
            for one in sorted(self.events, key=lambda one: str(one["starts_at"]))
            if one[attribute] == value and first <= one["starts_at"] <= last
        ]
        return found[:most]

    def batch_get(
        self, _table: str, keys: Sequence[dict[str, str]], _attributes: Any
    ) -> list[dict[str, Any]]:
        self.now += self.takes_seconds
        wanted = {key["artist_id"] for key in keys}
        return [one for one in self.artists if one["artist_id"] in wanted]


@pytest.fixture
def reader() -> MemoryReader:
    return MemoryReader()


@pytest.fixture
def kept(reader: MemoryReader) -> Kept:
    return Kept(lambda: reader.now)


@pytest.fixture
def tables(reader: MemoryReader, kept: Kept) -> RecommendationTables:
    return RecommendationTables(reader, "dev", kept)


def days(first: str, last: str | None = None, now: dt.datetime = NOW) -> Days:
    end = dt.date.fromisoformat(last) if last else None
    return Days(dt.date.fromisoformat(first), end, now)


def held(tables: RecommendationTables, wanted: Days) -> list[str]:
    return [one["event_id"] for one in tables.events_at(BERLIN, wanted) if wanted.holds(one)]


def test_events_are_kept_once_whatever_days_are_asked_for(
    tables: RecommendationTables, reader: MemoryReader, kept: Kept
) -> None:
    reader.events = [event("june", "a", "2026-06-20"), event("next-may", "a", "2027-05-01")]
    assert held(tables, days("2026-06-08")) == ["june", "next-may"]
    assert held(tables, days("2026-06-08", "2026-06-30")) == ["june"]
    for number in range(300):
        first = dt.date(2026, 6, 21) + dt.timedelta(days=number)
        assert held(tables, days(str(first))) == ["next-may"]
    assert reader.asked == [("2026-06-07T00:00:00Z", "2028-06-09T00:00:00Z")]
    assert len(kept) == 1


@pytest.mark.parametrize("first", ["2020-01-01", "2029-01-01"])
def test_days_far_away_are_read_and_not_kept(
    tables: RecommendationTables, reader: MemoryReader, kept: Kept, first: str
) -> None:
    reader.events = [event("there", "a", first)]
    for _ in range(2):
        assert held(tables, days(first, first)) == ["there"]
    assert len(reader.asked) == 2
    assert len(kept) == 0


def test_of_more_events_than_are_kept_the_days_asked_for_are_read(
    tables: RecommendationTables, reader: MemoryReader
) -> None:
    start = dt.date(2026, 6, 20)
    many = [event(f"{n:04}", "a", str(start + dt.timedelta(days=n // 10))) for n in range(1500)]
    reader.events = many
    assert len(held(tables, days("2026-06-08"))) == 1000
    # The thousandth is on the 27th of September.
    assert len(held(tables, days("2026-09-01", "2026-09-10"))) == 100
    assert len(reader.asked) == 1
    assert len(held(tables, days("2026-10-01", "2026-10-10"))) == 100
    assert len(reader.asked) == 2


def test_an_artist_whose_next_dates_are_sold_out_has_later_ones(
    tables: RecommendationTables, reader: MemoryReader
) -> None:
    start = dt.date(2026, 7, 1)
    reader.events = [
        event(f"{n:04}", "a", str(start + dt.timedelta(days=n)), is_sold_out=n < 100)
        for n in range(101)
    ]
    found = tables.events_of("a", days("2026-06-08"))
    assert [one["event_id"] for one in found if not one["is_sold_out"]] == ["0100"]


def test_an_artist_who_grows_old_while_others_are_read_is_told_all_the_same(
    tables: RecommendationTables, reader: MemoryReader
) -> None:
    reader.artists = [artist("a"), artist("b")]
    assert tables.artists(["a"]).keys() == {"a"}
    reader.now, reader.takes_seconds = FRESH_SECONDS - 1, 2.0
    assert tables.artists(["a", "b", "nobody"]).keys() == {"a", "b"}
