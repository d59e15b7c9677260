"""What fans hear and how artists do on streaming platforms, day by day."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.generate import csv_bytes
from rlm.generate.csv_bytes import Block, Floats, Ints, chosen, number, table
from rlm.generate.randomness import Stream, stream
from rlm.generate.tastes import GENRES, GroupedFans

if TYPE_CHECKING:
    from rlm.generate.calendar_days import Calendar
    from rlm.generate.world import Artists

LISTENS_HEADER: Final = b"fan_id,artist_id,listened_on,plays,updated_at"
POPULARITY_HEADER: Final = b"artist_id,measured_on,streams,followers,updated_at"
# Monday to Sunday.
_LISTENING_WEEKDAY: Final = np.array([0.95, 0.95, 0.97, 1.0, 1.1, 1.08, 0.95])
# Streams a day of the most popular artist.
_TOP_STREAMS: Final = 900_000


class ListensStream:
    """The lines of `listens`: one a fan, artist and day; fans hear what their group likes."""

    def __init__(
        self, artists: Artists, fans: GroupedFans, calendar: Calendar, listens: int, seed: int
    ) -> None:
        self._artists = artists
        self._fans = fans
        self._seed = seed
        self._first = calendar.first
        days = np.arange(calendar.first, calendar.last + 1)
        chance = _LISTENING_WEEKDAY[(days + 3) % 7]
        self._count = stream(seed, Stream.LISTENS).multinomial(listens, chance / chance.sum())
        # Artists ordered by genre, so that each genre is a slice.
        self._by_genre = np.argsort(artists.genre, kind="stable")
        self._registered = artists.registered_day
        self._artist_cells = table(a.artist_id for a in artists.each)

    def on(self, day: int) -> Block:
        """That day's lines, ordered by fan and artist."""
        wanted = int(self._count[day - self._first])
        if not wanted:
            return Block(b"", 0)
        rng = stream(self._seed, Stream.LISTENS, day)
        # A fan who hears an artist twice is one line: draw some more to make up for those.
        fan, genre = self._fans.listeners(rng, wanted + wanted // 6 + 8)
        artist = self._heard(rng, genre, day)
        heard = (artist >= 0) & (self._registered[artist] <= day)
        key = np.unique(fan[heard] * len(self._registered) + artist[heard])
        key = np.sort(rng.permutation(key)[:wanted])
        fan, artist = np.divmod(key, len(self._registered))
        plays = rng.geometric(0.25, size=len(key)).clip(1, 99)
        date = table([csv_bytes.iso_day(day)])
        updated = table([f"{csv_bytes.iso_day(day)}T23:59:00Z"])
        return csv_bytes.lines(
            [
                chosen(self._fans.fan_cells, fan),
                chosen(self._artist_cells, artist),
                np.repeat(date, len(key), axis=0),
                number(plays, 2),
                np.repeat(updated, len(key), axis=0),
            ]
        )

    def _heard(self, rng: np.random.Generator, genre: Ints, day: int) -> Ints:
        """An artist of each genre by popularity on that day; -1 where a genre has none."""
        weight = (self._artists.popularity * self._artists.momentum(day))[self._by_genre]
        starts = np.searchsorted(self._artists.genre[self._by_genre], np.arange(len(GENRES) + 1))
        # Cumulative weight within each genre, shifted by the genre's number: one search for all.
        total = np.concatenate([[0.0], np.cumsum(weight)])
        share = np.concatenate(
            [
                of + (total[a + 1 : b + 1] - total[a]) / max(total[b] - total[a], 1e-12)
                for of, (a, b) in enumerate(pairwise(starts))
            ]
        )
        at = np.searchsorted(share, genre + rng.random(len(genre)) * (1 - 1e-9), side="left")
        at = np.minimum(at, len(self._by_genre) - 1)
        artist = self._by_genre[at]
        return np.where(self._artists.genre[artist] == genre, artist, -1)


class PopularityStream:
    """The lines of `artist_popularity`: streams and followers of every artist each day."""

    def __init__(self, artists: Artists, first_day: int, seed: int) -> None:
        self._artists = artists
        self._first_day = first_day
        self._seed = seed
        self._registered = artists.registered_day
        self._artist_cells = table(a.artist_id for a in artists.each)
        self._share: Floats = artists.popularity / artists.popularity.max()

    def on(self, day: int) -> Block:
        """That day's lines, one an artist who is registered by then."""
        if day < self._first_day:
            return Block(b"", 0)
        known = np.flatnonzero(self._registered <= day)
        rng = stream(self._seed, Stream.POPULARITY, day)
        noise = np.exp(rng.normal(0, 0.06, size=len(self._registered)))[known]
        momentum = self._artists.momentum(day)[known]
        usual = _TOP_STREAMS * self._share[known]
        weekday = _LISTENING_WEEKDAY[(day + 3) % 7]
        streams = np.rint(usual * momentum * weekday * noise).astype(np.int64)
        growth = 1 + 0.0004 * (day - self._first_day)
        followers = np.rint(usual * 3 * growth * np.sqrt(momentum)).astype(np.int64)
        date = table([csv_bytes.iso_day(day)])
        updated = table([f"{csv_bytes.iso_day(day)}T23:45:00Z"])
        return csv_bytes.lines(
            [
                chosen(self._artist_cells, known),
                np.repeat(date, len(known), axis=0),
                number(streams, 9),
                number(followers, 9),
                np.repeat(updated, len(known), axis=0),
            ]
        )
