"""What `/recommend` answers: artists, a reason that a person understands, events to go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from rlm.api.events_near import distance_km

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.api.events_near import Place

Source = Literal["model", "precomputed", "popular"]

_EVENTS_AN_ARTIST: Final = 5


@dataclass(frozen=True)
class Reason:
    """Why this artist, for a person; `artist_ids` are those that the text speaks of."""

    text: str
    artist_ids: tuple[str, ...]


@dataclass(frozen=True)
class UpcomingEvent:
    """An event that can still be gone to; the distance is from the point that was asked for."""

    event_id: str
    name: str
    starts_at: str
    starts_on_local: str
    venue_id: str | None
    venue_name: str | None
    city: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    distance_km: float | None
    currency: str | None
    lowest_price_cents: int | None
    highest_price_cents: int | None


@dataclass(frozen=True)
class RecommendedArtist:
    """The score orders the artists of one answer and means nothing else; null where none was given.

    `is_known`: the fan listens to the artist already.
    """

    artist_id: str
    name: str | None
    genres: tuple[str, ...]
    score: float | None
    is_known: bool
    reason: Reason
    events: tuple[UpcomingEvent, ...]


@dataclass(frozen=True)
class Recommendations:
    """`source` says what answered, and `is_known_fan` whether it was about this fan.

    The id is of this content: the same answer has the same id.
    """

    recommendation_id: str
    source: Source
    is_known_fan: bool | None
    model_version: str | None
    artists: tuple[RecommendedArtist, ...]
    next_token: str | None


@dataclass(frozen=True)
class Ranked:
    """An artist in the order of an answer, before it is told."""

    artist_id: str
    score: float | None = None
    is_known: bool = False
    because: tuple[str, ...] = ()
    stands_in_for: tuple[str, ...] = ()
    is_popular: bool = False

    @property
    def spoken_of(self) -> tuple[str, ...]:
        """The artists whose names the answer needs."""
        return (self.artist_id, *self.because[:1], *self.stands_in_for[:1])


def told(
    one: Ranked,
    place: Place | None,
    events: Sequence[Mapping[str, Any]],
    names: Mapping[str, Mapping[str, Any]],
) -> RecommendedArtist:
    artist = names.get(one.artist_id, {})
    return RecommendedArtist(
        artist_id=one.artist_id,
        name=artist.get("name"),
        genres=tuple(artist.get("genres") or ()),
        score=one.score,
        is_known=one.is_known,
        reason=_reason(one, place, artist.get("name") or one.artist_id, names),
        events=tuple(
            _event(event, place)
            for event in sorted(events, key=lambda e: (e["starts_at"], e["event_id"]))
        )[:_EVENTS_AN_ARTIST],
    )


def _reason(
    one: Ranked, place: Place | None, name: str, names: Mapping[str, Mapping[str, Any]]
) -> Reason:
    for liked in one.because[:1]:
        other = names.get(liked, {}).get("name") or liked
        if liked == one.artist_id:
            return Reason(f"You already listen to {name}", (liked,))
        return Reason(f"Fans of {other} also hear {name}", (liked,))
    for alike in one.stands_in_for[:1]:
        other = names.get(alike, {}).get("name") or alike
        return Reason(f"{name} is new here and much like {other}", (alike,))
    if one.is_known:
        return Reason(f"You already listen to {name}", ())
    if one.is_popular:
        where = f" near {place.words}" if place else ""
        return Reason(f"{name} is popular{where}", ())
    return Reason(f"{name} suits what you listen to", ())


def _event(event: Mapping[str, Any], place: Place | None) -> UpcomingEvent:
    return UpcomingEvent(
        event_id=event["event_id"],
        name=event.get("name", ""),
        starts_at=event["starts_at"],
        starts_on_local=event.get("starts_on_local", ""),
        venue_id=event.get("venue_id"),
        venue_name=event.get("venue_name"),
        city=event.get("city"),
        country=event.get("country"),
        latitude=event.get("latitude"),
        longitude=event.get("longitude"),
        distance_km=distance_km(place, event),
        currency=event.get("currency"),
        lowest_price_cents=event.get("lowest_price_cents"),
        highest_price_cents=event.get("highest_price_cents"),
    )
