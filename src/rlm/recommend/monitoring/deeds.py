"""What fans did: when each first turned to each artist, and who was popular on which day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rlm.recommend.arrays import Ints


@dataclass(frozen=True)
class Popularity:
    """The artists that fans had turned to before a day, those with most fans first."""

    ranked: tuple[str, ...]
    _ranks: dict[str, int] = field(default_factory=dict)
    _among: dict[object, tuple[str, ...]] = field(default_factory=dict)

    def among(
        self, candidates: tuple[str, ...] | None, in_genres: frozenset[str] | None
    ) -> Sequence[str]:
        """The ranking of these alone, and those of the wanted genres first.

        An artist without a fan is behind all others, in the order of the ids.
        """
        if candidates is None and in_genres is None:
            return self.ranked
        key = (candidates, in_genres)
        if (found := self._among.get(key)) is None:
            if not self._ranks:
                self._ranks.update({artist: rank for rank, artist in enumerate(self.ranked)})
            last = len(self.ranked)
            chosen = self.ranked if candidates is None else sorted(set(candidates))
            found = tuple(
                sorted(
                    chosen,
                    key=lambda artist: (
                        in_genres is not None and artist not in in_genres,
                        self._ranks.get(artist, last),
                    ),
                )
            )
            self._among[key] = found
        return found


@dataclass(frozen=True)
class Deeds:
    """First deeds in seconds of UTC, of those fans who were answered; popularity is of all."""

    firsts: Mapping[str, Mapping[str, int]]
    popularity: Mapping[dt.date, Popularity]

    @classmethod
    def of(
        cls, batches: Iterable[pa.RecordBatch], fans: Collection[str], days: Sequence[dt.date]
    ) -> Deeds:
        """From rows of fan, artist and first_at; `days` are those that popularity is wanted for.

        One pass, and of fans who were not answered nothing is kept but their part in the counts.
        """
        mornings = np.array([morning(day) for day in sorted(days)], dtype=np.int64)
        counted: dict[str, Ints] = {}
        firsts: dict[str, dict[str, int]] = {}
        wanted = pa.array(sorted(fans), pa.string())
        for batch in batches:
            _count(batch, mornings, counted)
            chosen = batch.filter(pc.is_in(batch["fan_id"], value_set=wanted))
            columns = (chosen[name].to_pylist() for name in ("fan_id", "artist_id", "first_at"))
            for fan, artist, first_at in zip(*columns, strict=True):
                of_fan = firsts.setdefault(fan, {})
                of_fan[artist] = min(first_at, of_fan.get(artist, first_at))
        artists = sorted(counted)
        fans_of = np.cumsum([counted[artist] for artist in artists], axis=1) if artists else None
        return cls(
            firsts,
            {
                day: Popularity(_ranked(artists, None if fans_of is None else fans_of[:, place]))
                for place, day in enumerate(sorted(days))
            },
        )


def _count(batch: pa.RecordBatch, mornings: Ints, counted: dict[str, Ints]) -> None:
    """Add each first deed to the first of the days that it came before."""
    if not batch.num_rows:
        return
    encoded = batch["artist_id"].dictionary_encode()
    first_at = batch["first_at"].to_numpy(zero_copy_only=False).astype(np.int64)
    place = np.searchsorted(mornings, first_at, side="right")
    width = len(mornings) + 1
    flat = encoded.indices.to_numpy().astype(np.int64) * width + place
    artists = encoded.dictionary.to_pylist()
    table = np.bincount(flat, minlength=len(artists) * width).reshape(len(artists), width)
    for artist, row in zip(artists, table, strict=True):
        counted[artist] = counted.get(artist, 0) + row


def _ranked(artists: Sequence[str], fans_of: Ints | None) -> tuple[str, ...]:
    """Those that have a fan; equal ones in the order of their ids."""
    if fans_of is None:
        return ()
    order = np.argsort(-fans_of, kind="stable")
    return tuple(artists[place] for place in order[fans_of[order] > 0])


def morning(day: dt.date) -> int:
    """Its begin in seconds of UTC."""
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
