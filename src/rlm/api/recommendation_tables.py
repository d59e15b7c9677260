"""Fans, artists, venues and events out of DynamoDB, kept for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlm import names
from rlm.api.events_near import days_ahead, places_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rlm.api.events_near import Days, Place
    from rlm.api.kept import Kept
    from rlm.aws.serving_reader import ItemReader

_FAN: Final = ("fan_id", "held_event_ids")
_ARTIST: Final = (
    *("artist_id", "name", "genres", "popularity_score", "has_events", "last_event_at"),
)
_VENUE: Final = ("venue_id", "place", "latitude", "longitude")
_EVENT: Final = (
    *("event_id", "name", "status", "is_sold_out", "starts_at", "starts_on_local"),
    *("headliner_id", "support_ids", "genres", "venue_id", "venue_name", "city", "country"),
    *("latitude", "longitude", "currency", "lowest_price_cents", "highest_price_cents"),
)
# More cities than any circle that is asked for should have: each is a query.
_MOST_PLACES: Final = 20
_MOST_EVENTS_A_PLACE: Final = 1000
# A year of touring: those that are sold out are among them.
_MOST_EVENTS_AN_ARTIST: Final = 200
_MOST_VENUES: Final = 20_000


class RecommendationTables:
    """The tables of an environment; raises DependencyError."""

    def __init__(self, reader: ItemReader, env: str, kept: Kept) -> None:
        self._reader = reader
        self._kept = kept
        self._artists = names.dynamodb_table(env, "Artists")
        self._venues = names.dynamodb_table(env, "Venues")
        self._events = names.dynamodb_table(env, "Events")
        self._trends = names.dynamodb_table(env, "Trends")
        self._recommendations = names.dynamodb_table(env, "Recommendations")

    def fan(self, fan_id: str) -> Mapping[str, Any] | None:
        """Of which events the fan holds tickets; None for a fan whom nobody knows."""
        return self._of_fan(fan_id, _FAN)

    def kept_for(self, fan_id: str) -> Mapping[str, Any] | None:
        """What was recommended to the fan before: a hundred artists, read where they are needed."""
        return self._of_fan(fan_id, ())

    def events_at(self, place: Place, days: Days) -> Sequence[Mapping[str, Any]]:
        """Every event in the cities of the place, of any status."""
        if place.city is not None:
            city, _, country = place.city.rpartition(", ")
            cities = [f"{country}#{city}"]
        else:
            cities = places_within(self._all_venues(), place, _MOST_PLACES)
        return [
            event
            for key in cities
            for event in self._events_by("by_place", "place", key, days, _MOST_EVENTS_A_PLACE)
        ]

    def events_of(self, artist_id: str, days: Days) -> Sequence[Mapping[str, Any]]:
        """Those of which the artist is the headliner, of any status."""
        return self._events_by(
            "by_headliner", "headliner_id", artist_id, days, _MOST_EVENTS_AN_ARTIST
        )

    def artists(self, artist_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """By id, those that there are."""
        known = {one: self._kept.peek(("artist", one)) for one in artist_ids}
        if missing := sorted(one for one, item in known.items() if item is None):
            keys = [{"artist_id": one} for one in missing]
            read = self._reader.batch_get(self._artists, keys, _ARTIST)
            found = {item["artist_id"]: item for item in read}
            for one in missing:
                known[one] = found.get(one, {})
                self._kept.put(("artist", one), known[one])
        return {one: item for one, item in known.items() if item}

    def trending(self, trend: str) -> Mapping[str, Any] | None:
        """The item of a ranking."""
        key = {"trend": trend, "part": "top"}
        found: Mapping[str, Any] | None = self._kept.get(
            ("trend", trend), lambda: self._reader.get(self._trends, key)
        )
        return found

    @property
    def stale_reads(self) -> int:
        return self._kept.stale_reads

    def _of_fan(self, fan_id: str, attributes: Sequence[str]) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._kept.get(
            ("fan", fan_id, attributes),
            lambda: self._reader.get(self._recommendations, {"fan_id": fan_id}, attributes),
        )
        return found

    def _all_venues(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._kept.get(
            "venues", lambda: self._reader.scan(self._venues, _VENUE, _MOST_VENUES)
        )
        return found

    def _events_by(
        self, index: str, attribute: str, value: str, days: Days, most: int
    ) -> Sequence[Mapping[str, Any]]:
        """The first `most` of the days at least, and others around them."""

        def read(first: str, last: str) -> Sequence[Mapping[str, Any]]:
            return self._reader.query(
                self._events,
                (attribute, value),
                ("starts_at", first, last),
                index=index,
                attributes=_EVENT,
                most=most,
            )

        first, last = days.first_text, days.last_text
        ahead = days_ahead(days.now)
        begin, end = ahead.first_text, ahead.last_text
        if begin <= first and last <= end:
            kept: Sequence[Mapping[str, Any]] = self._kept.get(
                (index, value), lambda: read(begin, end)
            )
            # Of more than `most`, what is kept ends early.
            if len(kept) < most or first == begin or last <= kept[-1]["starts_at"]:
                return kept
        return read(first, last)
