"""The artists, venues and events of a generated world; the same for a size, calendar and seed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from rlm.generate.act_names import act_names, venue_names
from rlm.generate.cities import CITIES, City
from rlm.generate.randomness import Stream, stream
from rlm.generate.tastes import GENRES

if TYPE_CHECKING:
    from rlm.generate.calendar_days import Calendar
    from rlm.generate.csv_bytes import Floats, Ints
    from rlm.generate.sizes import Size

# Of all artists and venues, those that are registered only after the history.
_LATE_SHARE: Final = 0.03
_RISER_SHARE: Final = 0.04
_TAGS: Final = (
    "live", "female vocalists", "seen live", "british", "summer", "guitar", "dance", "80s",
    "acoustic", "instrumental", "party", "chill", "political", "singer-songwriter", "live & loud",
)  # fmt: skip
_COUNTRIES: Final = tuple(sorted({city.country for city in CITIES}))


@dataclass(frozen=True)
class Artist:
    artist_id: str
    name: str
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    country: str
    formed_year: int | None
    registered_day: int


@dataclass(frozen=True)
class Artists:
    each: tuple[Artist, ...]
    popularity: Floats
    """Relative; the most popular ones have a hundred times the audience of the median."""
    genre: Ints
    """Index of the first genre in `GENRES`."""
    rises_from: Ints
    """Day since which an artist is on the rise; -1 for the others."""

    @property
    def registered_day(self) -> Ints:
        return np.array([a.registered_day for a in self.each])

    def momentum(self, day: int) -> Floats:
        """How many times its usual audience each artist has on that day: risers grow 4 % a day."""
        days = np.where(self.rises_from >= 0, np.maximum(day - self.rises_from, 0), 0)
        return np.round(np.minimum(1.04**days, 20.0), 6)


@dataclass(frozen=True)
class Venue:
    venue_id: str
    name: str
    city: City
    latitude: float
    longitude: float
    scale: float
    """How big a house it is, relative to a club of some hundred people."""
    registered_day: int


def artists(size: Size, calendar: Calendar, seed: int) -> Artists:
    rng = stream(seed, Stream.ARTISTS)
    count = size.artists
    names = act_names(rng, count)
    rank = rng.permutation(count)
    popularity = 1 / (rank + 3.0) ** 0.9
    genre = rng.integers(len(GENRES), size=count)
    late = _late(rng, count, calendar)
    # Room to rise: at least three weeks, and neither stars nor newcomers.
    rises_from = np.full(count, -1)
    can_rise = np.flatnonzero((rank > count // 5) & (late <= calendar.first))
    risers = rng.choice(can_rise, size=max(2, round(count * _RISER_SHARE)), replace=False)
    latest = max(calendar.last - 21, calendar.first)
    earliest = max(calendar.first, latest - 30)
    rises_from[risers] = rng.integers(earliest, latest + 1, size=len(risers))
    each = []
    for i in range(count):
        second = int(rng.integers(len(GENRES)))
        genres = [GENRES[genre[i]]]
        if rng.random() < 0.4 and second != genre[i]:
            genres.append(GENRES[second])
        tags = rng.choice(len(_TAGS), size=int(rng.integers(0, 5)), replace=False)
        each.append(
            Artist(
                artist_id=f"artist-{i:06d}",
                name=names[i],
                genres=tuple(genres),
                tags=tuple(_TAGS[t] for t in tags),
                country=_COUNTRIES[int(rng.integers(len(_COUNTRIES)))],
                formed_year=int(rng.integers(1960, 2025)) if rng.random() < 0.93 else None,
                registered_day=int(late[i]),
            )
        )
    return Artists(tuple(each), popularity, genre, rises_from)


def venues(size: Size, calendar: Calendar, seed: int) -> tuple[Venue, ...]:
    """All venues in order of `venue_id`; the last one comes with the second delivery."""
    rng = stream(seed, Stream.VENUES)
    weight = np.array([c.weight for c in CITIES])
    # Each city once while there are venues enough, so that every time zone occurs.
    first = rng.permutation(len(CITIES))[: size.venues]
    more = rng.choice(len(CITIES), size=size.venues - len(first), p=weight / weight.sum())
    cities = [CITIES[i] for i in np.concatenate([first, more])]
    named = venue_names(rng, [c.name for c in cities])
    late = _late(rng, size.venues, calendar)
    if calendar.daily:
        late[-1] = calendar.start + 1
    return tuple(
        Venue(
            venue_id=f"venue-{i:05d}",
            name=name,
            city=city,
            latitude=round(city.latitude + float(rng.normal(0, 0.02)), 5),
            longitude=round(city.longitude + float(rng.normal(0, 0.02)), 5),
            scale=scale,
            registered_day=int(late[i]),
        )
        for i, (city, (name, scale)) in enumerate(zip(cities, named, strict=True))
    )


def clock_changes(timezone: str, first: int, last: int) -> list[tuple[int, int]]:
    """Days on which that zone's clocks change, with the seconds that they are set forward."""
    zone = ZoneInfo(timezone)

    def offset(day: int) -> int:
        moment = dt.datetime.fromtimestamp(day * 86_400, dt.UTC).astimezone(zone)
        return int((moment.utcoffset() or dt.timedelta()).total_seconds())

    # Offsets at midnight UTC; a change in between belongs to the earlier one's local day or next.
    return [
        (day, offset(day + 1) - offset(day))
        for day in range(first, last + 1)
        if offset(day + 1) != offset(day)
    ]


def utc_second(local: dt.datetime, timezone: str) -> int:
    """Seconds since 1970; a time that the clocks show twice is the first of the two."""
    return int(local.replace(tzinfo=ZoneInfo(timezone), fold=0).timestamp())


def _late(rng: np.random.Generator, count: int, calendar: Calendar) -> Ints:
    """Day of registration: before the history for most, on a daily delivery for some."""
    late = np.full(count, calendar.first - 1)
    if calendar.last > calendar.start:
        some = rng.random(count) < _LATE_SHARE
        late[some] = rng.integers(calendar.start + 1, calendar.last + 1, size=int(some.sum()))
    return late
