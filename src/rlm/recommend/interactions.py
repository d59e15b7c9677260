"""Who did what with whom: the evidence that every model learns from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rlm.recommend.arrays import Csr, Floats, Ids, Ints, csr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Evidence halves in 90 days, as gold.fan_artist_affinity says why.
HALF_LIFE_DAYS = 90.0


@dataclass(frozen=True)
class Interactions:
    """What each fan likes: one positive weight a fan and artist."""

    fans: Ids
    artists: Ids
    matrix: Csr
    fan_places: Mapping[str, str] = field(default_factory=dict)
    """Where fans go out, as far as known; only popularity by place reads it."""

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[str, str]],
        weights: Sequence[float] | None = None,
        fan_places: Mapping[str, str] | None = None,
    ) -> Interactions:
        """From rows of fan and artist in any order; duplicates add up.

        A pair whose weight is not positive after adding up says nothing, and is left out.
        """
        pairs = list(rows)
        fans, artists = Ids.of(fan for fan, _ in pairs), Ids.of(artist for _, artist in pairs)
        fan = fans.find([fan for fan, _ in pairs])
        artist = artists.find([artist for _, artist in pairs])
        values = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)
        return cls.of_indexes(fans, artists, fan, artist, values, fan_places)

    @classmethod
    def of_indexes(
        cls,
        fans: Ids,
        artists: Ids,
        fan: Ints,
        artist: Ints,
        weights: npt.NDArray[np.floating],
        fan_places: Mapping[str, str] | None = None,
    ) -> Interactions:
        """The same from places in `fans` and `artists`: for tables too large for Python's lists."""
        matrix = csr((weights, (fan, artist)), (len(fans), len(artists)))
        if len(matrix.data) and matrix.data.min() <= 0:
            matrix.data[matrix.data < 0] = 0
            matrix.eliminate_zeros()
        return cls(fans, artists, matrix, fan_places or {})

    def __len__(self) -> int:
        return int(self.matrix.nnz)

    def aligned(self, artists: Ids) -> Csr:
        """The matrix with one column for each of `artists`; what is not among them is left out."""
        place = artists.find_bytes(self.artists.names) if len(artists) else -np.ones(0, np.int64)
        rows, columns = self.matrix.nonzero()
        new = place[columns] if len(place) else columns
        kept = new >= 0
        shape = (len(self.fans), len(artists))
        return csr((self.matrix.data[kept], (rows[kept], new[kept])), shape)


@dataclass(frozen=True)
class Activity:
    """Rows of gold.fan_artist_affinity: what a fan did with an artist in a week.

    Weeks add up, so that the same table gives what was known on any day.
    """

    fans: Ids
    artists: Ids
    fan: Ints
    artist: Ints
    week: npt.NDArray[np.datetime64]
    """The Monday."""
    affinity: Floats
    fan_places: Mapping[str, str] = field(default_factory=dict)

    def until(self, day: np.datetime64) -> Interactions:
        """What was known on the morning of `day`: whole weeks that ended before it, decayed."""
        known = self.week + np.timedelta64(7, "D") <= day
        age = (day - self.week[known]) / np.timedelta64(1, "D")
        weights = self.affinity[known] * 0.5 ** (age / HALF_LIFE_DAYS)
        return Interactions.of_indexes(
            self.fans, self.artists, self.fan[known], self.artist[known], weights, self.fan_places
        )

    def since(self, day: np.datetime64) -> Interactions:
        """What fans did in the weeks that began on `day` or later, nothing decayed."""
        after = self.week >= day
        return Interactions.of_indexes(
            self.fans,
            self.artists,
            self.fan[after],
            self.artist[after],
            self.affinity[after],
            self.fan_places,
        )
