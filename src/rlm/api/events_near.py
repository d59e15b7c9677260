"""Which events are near, to come, and can still be gone to; pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, Final

from rlm.api.problems import ParameterError, conflicting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rlm.api.parameters import Query

DEFAULT_RADIUS_KM: Final = 50.0
_EARTH_KM: Final = 6371.0088
# The clock of the last zone in which a day ends is so far behind UTC.
_LAST_ZONE: Final = dt.timedelta(hours=12)


@dataclass(frozen=True)
class Place:
    """A city as `Berlin, DE`, or a circle around a point."""

    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float = DEFAULT_RADIUS_KM

    @property
    def words(self) -> str:
        """As a reason names it."""
        return self.city if self.city is not None else "you"


@dataclass(frozen=True)
class Days:
    """From the first to the last day on the ticket, both included; and nothing that has begun."""

    first: dt.date
    last: dt.date | None
    now: dt.datetime

    def holds(self, event: Mapping[str, Any]) -> bool:
        """Thousands of events are looked at for one request: texts are compared, made once."""
        day: str = event.get("starts_on_local") or ""
        starts_at: str = event["starts_at"]
        return self._first_day <= day <= self._last_day and starts_at > self._after

    @cached_property
    def first_text(self) -> str:
        """A day early: the day on the ticket is the venue's own."""
        return f"{_moved(self.first, -1)}T00:00:00Z"

    @cached_property
    def last_text(self) -> str:
        """A day late, for the same reason; a year on where there is no last day."""
        return f"{_moved(self.last or _moved(self.first, 365), 2)}T00:00:00Z"

    @cached_property
    def _first_day(self) -> str:
        return self.first.isoformat()

    @cached_property
    def _last_day(self) -> str:
        return self.last.isoformat() if self.last else "9999-12-31"

    @cached_property
    def _after(self) -> str:
        """Who asks from a day on that is over means it: a page that shows what is past."""
        return "" if self.first < today(self.now) else self.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ahead(now: dt.datetime) -> Days:
    """What is read of events whatever days are asked for, and kept: callers choose the days.

    A year from any day of the coming year.
    """
    first = today(now)
    return Days(first, _moved(first, 2 * 365), now)


def today(now: dt.datetime) -> dt.date:
    """The day that it still is somewhere."""
    return (now - _LAST_ZONE).date()


def _moved(day: dt.date, days: int) -> dt.date:
    """So many days later, as far as there are days."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return day


def place_of(query: Query) -> Place | None:
    """Where the caller wants to go; raises ProblemError for half a place, or two."""
    city, radius = query.text("city"), query.number("radius_km")
    latitude, longitude = query.number("lat"), query.number("lon")
    if (latitude is None) != (longitude is None):
        detail = "lat and lon go together"
        raise conflicting(ParameterError("lat", detail), ParameterError("lon", detail))
    if city is not None and latitude is not None:
        detail = "a city and a point cannot be combined"
        raise conflicting(ParameterError("city", detail), ParameterError("lat", detail))
    if radius is not None and latitude is None:
        raise conflicting(ParameterError("radius_km", "needs lat and lon"))
    if latitude is None:
        return None if city is None else Place(city=city)
    return Place(None, latitude, longitude, radius or DEFAULT_RADIUS_KM)


def days_of(query: Query, now: dt.datetime) -> Days:
    """When; raises ProblemError for days the wrong way round."""
    first, last = query.day("from") or today(now), query.day("to")
    if last is not None and last < first:
        raise conflicting(ParameterError("to", f"is {last}, before the first day, {first}"))
    return Days(first, last, now)


def can_be_gone_to(event: Mapping[str, Any]) -> bool:
    """Neither cancelled, nor postponed to nobody knows when, nor sold out."""
    return event.get("status") == "scheduled" and not event.get("is_sold_out")


def may_play(artist: Mapping[str, Any], days: Days) -> bool:
    """Whether there can be events of the artist; an artist of whom nothing is known may play."""
    last: str | None = artist.get("last_event_at")
    return artist.get("has_events") is not False and (last is None or last >= days.first_text)


def places_within(venues: Iterable[Mapping[str, Any]], place: Place, most: int) -> list[str]:
    """The cities (`<country>#<city>`) that have a venue in the circle, the nearest first."""
    nearest: dict[str, float] = {}
    for venue in venues:
        distance = distance_km(place, venue)
        if distance is not None and distance <= place.radius_km:
            key = str(venue["place"])
            nearest[key] = min(distance, nearest.get(key, distance))
    return sorted(nearest, key=lambda key: (nearest[key], key))[:most]


def distance_km(place: Place | None, there: Mapping[str, Any]) -> float | None:
    """Along the surface, by the haversine formula; None where either is not on the map."""
    latitude, longitude = there.get("latitude"), there.get("longitude")
    if place is None or place.latitude is None or place.longitude is None:
        return None
    if latitude is None or longitude is None:
        return None
    first, second = radians(place.latitude), radians(float(latitude))
    across = radians(float(longitude) - place.longitude)
    half = sin((second - first) / 2) ** 2 + cos(first) * cos(second) * sin(across / 2) ** 2
    return round(2 * _EARTH_KM * asin(sqrt(min(1.0, half))), 1)


def within(events: Sequence[Mapping[str, Any]], place: Place | None) -> list[Mapping[str, Any]]:
    """Those in the circle, where the place is one."""
    if place is None or place.latitude is None:
        return list(events)
    found = ((event, distance_km(place, event)) for event in events)
    return [event for event, km in found if km is not None and km <= place.radius_km]
