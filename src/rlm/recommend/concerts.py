"""Which artists play where and when: the few among which an answer is then exact."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import numpy.typing as npt

from rlm.recommend.arrays import Bools, Doubles, Ids, Ints
from rlm.recommend.saved import Arrays, read_arrays, read_description, write_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_KIND: Final = "concerts"
_EARTH_RADIUS_KM: Final = 6371.0088
_EPOCH: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Concert:
    """One event that may be offered."""

    event_id: str
    artist_ids: tuple[str, ...]
    """The headliner first."""
    starts_on: dt.date
    place: str | None
    """A city as `Berlin, DE`."""
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class Near:
    """Where and when somebody would go out; what is None does not matter."""

    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float = 50.0
    first_day: dt.date | None = None
    last_day: dt.date | None = None


class Concerts:
    """Appearances in the order of their days, as arrays that map from disk.

    One appearance is one artist of one event.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._events = arrays["events"]
        self._artist: Ints = arrays["artist"]
        self._day: npt.NDArray[np.int32] = arrays["day"]
        self._places = Ids(arrays["places"])
        self._place: Ints = arrays["place"]
        self._latitude: Doubles = arrays["latitude"]
        self._longitude: Doubles = arrays["longitude"]

    @classmethod
    def of(cls, concerts: Iterable[Concert], artists: Ids) -> Self:
        """Of the artists in `artists`, by their places there; other artists are left out."""
        ordered = sorted(concerts, key=lambda c: (c.starts_on, c.event_id))
        pairs = [(c, a) for c in ordered for a in dict.fromkeys(c.artist_ids)]
        artist = artists.find([a for _, a in pairs])
        known = [c for (c, _), index in zip(pairs, artist.tolist(), strict=True) if index >= 0]
        places = Ids.of(c.place for c in known if c.place)
        return cls(
            {
                "events": np.array([c.event_id.encode() for c in known], dtype=np.bytes_)
                if known
                else np.empty(0, dtype="S1"),
                "artist": artist[artist >= 0],
                "day": np.array([(c.starts_on - _EPOCH).days for c in known], dtype=np.int32),
                "places": places.names,
                "place": places.find([c.place or "" for c in known]),
                "latitude": _radians(c.latitude for c in known),
                "longitude": _radians(c.longitude for c in known),
            }
        )

    def __len__(self) -> int:
        """How many appearances there are."""
        return len(self._artist)

    def find(self, near: Near) -> Appearances:
        """The appearances there and then; days are those on the ticket, both included."""
        first = np.searchsorted(self._day, _days(near.first_day)) if near.first_day else 0
        end = (
            np.searchsorted(self._day, _days(near.last_day), side="right")
            if near.last_day
            else len(self._day)
        )
        days = slice(int(first), int(end))
        kept = np.ones(max(int(end) - int(first), 0), dtype=bool)
        if near.place is not None:
            at = self._places.find([near.place])[0]
            # Venues of unknown place have -1, as an unknown place has.
            kept &= (at >= 0) & (self._place[days] == at)
        if near.latitude is not None and near.longitude is not None:
            kept &= self._within(days, near.latitude, near.longitude, near.radius_km)
        rows = np.flatnonzero(kept) + days.start
        return Appearances(self._events[rows], self._artist[rows])

    def _within(self, days: slice, latitude: float, longitude: float, radius_km: float) -> Bools:
        """Great-circle distance by the haversine formula; a venue of unknown place is nowhere."""
        here, there = np.radians(latitude), self._latitude[days]
        chord = (
            np.sin((there - here) / 2) ** 2
            + np.cos(here)
            * np.cos(there)
            * np.sin((self._longitude[days] - np.radians(longitude)) / 2) ** 2
        )
        # NaN is within no distance.
        found: Bools = chord <= np.sin(min(radius_km / (2 * _EARTH_RADIUS_KM), np.pi / 2)) ** 2
        return found

    def save(self, folder: Path) -> None:
        """Write them into a new or empty folder."""
        arrays = {
            "events": self._events,
            "artist": self._artist,
            "day": self._day,
            "places": self._places.names,
            "place": self._place,
            "latitude": self._latitude,
            "longitude": self._longitude,
        }
        write_model(folder, _KIND, {}, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map saved ones into memory. Raises SavedModelError."""
        return cls(read_arrays(folder, read_description(folder)))


@dataclass(frozen=True)
class Appearances:
    """Some appearances, the earliest first."""

    events: npt.NDArray[np.bytes_]
    artist: Ints

    @property
    def artists(self) -> Ints:
        """Each artist once, ascending, as a request wants its candidates."""
        return np.unique(self.artist)

    def events_of(self, artist: int, count: int) -> list[str]:
        """The first events of an artist."""
        found: Sequence[bytes] = self.events[self.artist == artist][:count].tolist()
        return [event.decode() for event in found]


def _days(day: dt.date) -> int:
    return (day - _EPOCH).days


def _radians(degrees: Iterable[float | None]) -> Doubles:
    return np.radians(np.array([np.nan if d is None else d for d in degrees], dtype=np.float64))
