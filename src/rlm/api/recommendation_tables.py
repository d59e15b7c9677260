"""Fans, artists, venues and events out of DynamoDB, kept for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlm import names
from rlm.api.events_near import Days, Place, places_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rlm.api.kept import Kept
    from rlm.aws.serving_reader import ItemReader

_ARTIST: Final = ("artist_id", "name", "genres", "popularity_score")
_VENUE: Final = ("venue_id", "place", "latitude", "longitude")
_EVENT: Final = (
    *("event_id", "name", "status", "is_sold_out", "starts_at", "starts_on_local"),
    *("headliner_id", "support_ids", "genres", "venue_id", "venue_name", "city", "country"),
    *("latitude", "longitude", "currency", "lowest_price_cents", "highest_price_cents"),
)
# More cities than any circle that is asked for should have: each is a query.
_MOST_PLACES: Final = 20
_MOST_EVENTS_A_PLACE: Final = 1000
_MOST_EVENTS_AN_ARTIST: Final = 20
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

    def kept_for(self, fan_id: str) -> Mapping[str, Any] | None:
        """What was recommended to the fan before; None for a fan whom nobody knows."""
        found: Mapping[str, Any] | None = self._kept.get(
            ("fan", fan_id), lambda: self._reader.get(self._recommendations, {"fan_id": fan_id})
        )
        return found

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
        wanted = sorted(set(artist_ids))
        missing = [one for one in wanted if self._kept.peek(("artist", one)) is None]
        if missing:
            keys = [{"artist_id": one} for one in missing]
            read = self._reader.batch_get(self._artists, keys, _ARTIST)
            found = {item["artist_id"]: item for item in read}
            for one in missing:
                self._kept.put(("artist", one), found.get(one, {}))
        known = {one: self._kept.peek(("artist", one)) for one in wanted}
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

    def _all_venues(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._kept.get(
            "venues", lambda: self._reader.scan(self._venues, _VENUE, _MOST_VENUES)
        )
        return found

    def _events_by(
        self, index: str, attribute: str, value: str, days: Days, most: int
    ) -> Sequence[Mapping[str, Any]]:
        between = ("starts_at", days.first_text, days.last_text)
        found: Sequence[Mapping[str, Any]] = self._kept.get(
            (index, value, between),
            lambda: self._reader.query(
                self._events,
                (attribute, value),
                between,
                index=index,
                attributes=_EVENT,
                most=most,
            ),
        )
        return found
