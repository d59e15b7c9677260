"""A small world of the API: items in memory, a model that answers what a test says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from rlm.aws.faults import DependencyError
from rlm.aws.recommender_endpoint import ModelAnswer, Scored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rlm.api.events_near import Days, Place

NOW = dt.datetime(2026, 6, 8, 12, tzinfo=dt.UTC)


def event(event_id: str, artist: str, day: str = "2026-07-01", **more: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "name": f"{artist} live",
        "status": "scheduled",
        "is_sold_out": False,
        "starts_at": f"{day}T18:00:00Z",
        "starts_on_local": day,
        "headliner_id": artist,
        "venue_id": "v1",
        "venue_name": "Hall",
        "city": "Berlin",
        "country": "DE",
        "place": "DE#Berlin",
        "latitude": 52.52,
        "longitude": 13.4,
        "currency": "EUR",
        "lowest_price_cents": 2000,
        "highest_price_cents": 5000,
    } | more


@dataclass
class MemoryTables:
    """Tables whose reads can be made to fail."""

    events: list[dict[str, Any]] = field(default_factory=list)
    fans: dict[str, dict[str, Any]] = field(default_factory=dict)
    known_artists: dict[str, dict[str, Any]] = field(default_factory=dict)
    rankings: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    reads: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def fan(self, fan_id: str) -> Mapping[str, Any] | None:
        self._read("fan")
        return self.fans.get(fan_id)

    def kept_for(self, fan_id: str) -> Mapping[str, Any] | None:
        self._read("kept_for")
        return self.fans.get(fan_id)

    def events_at(self, place: Place, days: Days) -> Sequence[Mapping[str, Any]]:
        self._read("events_at")
        return self.events

    def events_of(self, artist_id: str, days: Days) -> Sequence[Mapping[str, Any]]:
        self._read("events_of")
        self.asked_for.append(artist_id)
        return [one for one in self.events if one["headliner_id"] == artist_id]

    def artists(self, artist_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        self._read("artists")
        return {one: self.known_artists[one] for one in artist_ids if one in self.known_artists}

    def trending(self, trend: str) -> Mapping[str, Any] | None:
        self._read("trending")
        return self.rankings.get(trend)

    def _read(self, name: str) -> None:
        self.reads.append(name)
        if name in self.broken:
            raise DependencyError("dynamodb", "throttled", name)


@dataclass
class SaidModel:
    """Answers the artists that it was given, of the candidates that it is asked for."""

    artists: tuple[Scored, ...] = ()
    rests_on: str = "history"
    fault: Any = None
    questions: list[Mapping[str, Any]] = field(default_factory=list)

    def ask(self, question: Mapping[str, Any]) -> ModelAnswer:
        self.questions.append(question)
        if self.fault is not None:
            raise DependencyError("recommender", self.fault, "made to fail")
        candidates = question.get("candidate_ids")
        found = [one for one in self.artists if candidates is None or one.artist_id in candidates]
        return ModelAnswer("model-7", self.rests_on, tuple(found[: question["count"]]))


def scored(artist_id: str, score: float = 0.5, **more: Any) -> Scored:
    given = {"is_known": False, "evidence": "fans", "reasons": (), "stands_in_for": ()} | more
    return Scored(artist_id, score, **given)


def artist(artist_id: str, *genres: str, popularity: float = 0.0) -> dict[str, Any]:
    return {
        "artist_id": artist_id,
        "name": artist_id.upper(),
        "genres": list(genres),
        "popularity_score": popularity,
    }


@pytest.fixture
def tables() -> MemoryTables:
    """Four artists; a, b and c play in Berlin."""
    return MemoryTables(
        events=[event("e-a", "a"), event("e-b", "b", support_ids=["c"])],
        known_artists={
            "a": artist("a", "rock", popularity=1.0),
            "b": artist("b", "jazz", popularity=3.0),
            "c": artist("c", "rock", popularity=2.0),
            "d": artist("d", "rock", popularity=9.0),
        },
        rankings={
            "28d#all#all": {"artist_ids": ["d", "a"]},
            "28d#genre#rock": {"artist_ids": ["d", "c"]},
        },
    )


@pytest.fixture
def model() -> SaidModel:
    return SaidModel((scored("d", 0.9), scored("c", 0.8), scored("a", 0.7), scored("b", 0.6)))
