"""The artists that may be recommended, and what is known of them without any fan."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from rlm.recommend.arrays import Csr, Ids, csr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class ArtistProfile:
    """One artist as silver.artists has it."""

    artist_id: str
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Artists in order of their ids, their words, and with whom they were on a bill."""

    artists: Ids
    genre_names: Ids
    genres: Csr
    """Artists x genre names, 1 where the artist plays it."""
    tag_names: Ids
    tags: Csr
    bills: Csr
    """Artists x artists: on how many bills both were; symmetric, nothing on the diagonal."""

    @classmethod
    def of(
        cls, profiles: Iterable[ArtistProfile], bills: Iterable[Sequence[str]] = ()
    ) -> Catalogue:
        """From profiles, of which the last one of an artist counts, and the artists of each event.

        Artists on bills that have no profile are part of the catalogue too.
        """
        known = {profile.artist_id: profile for profile in profiles}
        shared = Counter(pair for bill in bills for pair in permutations(sorted(set(bill)), 2))
        artists = Ids.of([*known, *{artist for artist, _ in shared}])
        genre_names, genres = _words(artists, {a: p.genres for a, p in known.items()})
        tag_names, tags = _words(artists, {a: p.tags for a, p in known.items()})
        one = artists.find([artist for artist, _ in shared])
        other = artists.find([artist for _, artist in shared])
        counts = np.array(list(shared.values()), dtype=np.float32)
        together = csr((counts, (one, other)), (len(artists), len(artists)))
        return cls(artists, genre_names, genres, tag_names, tags, together)

    @classmethod
    def without_profiles(cls, artists: Ids) -> Catalogue:
        """Artists of which nothing but their ids is known."""
        count, none = len(artists), Ids.of(())
        empty = csr((np.empty(0), (np.empty(0, int), np.empty(0, int))), (count, 0))
        nobody = csr((np.empty(0), (np.empty(0, int), np.empty(0, int))), (count, count))
        return cls(artists, none, empty, none, empty, nobody)


def _words(artists: Ids, words: dict[str, tuple[str, ...]]) -> tuple[Ids, Csr]:
    pairs = [(artist, word.casefold()) for artist, all_ in words.items() for word in set(all_)]
    names = Ids.of(word for _, word in pairs)
    row, column = artists.find([a for a, _ in pairs]), names.find([word for _, word in pairs])
    made = csr((np.ones(len(pairs)), (row, column)), (len(artists), len(names)))
    made.data[:] = 1
    return names, made
