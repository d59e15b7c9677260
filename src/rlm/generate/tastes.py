"""Who likes what: groups of fans that share a taste, the planted truth of the recommender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from rlm.generate.csv_bytes import Bytes, Floats, Ints, table
from rlm.generate.randomness import Stream, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

GENRES: Final = (
    "indie rock", "pop", "hip hop", "metal", "jazz", "electronic", "folk", "country", "classical",
    "r&b", "punk", "latin",
)  # fmt: skip
GROUPS: Final = 6
# Of what a group hears: a half, and a third, from its two genres; the rest from all the others.
_FIRST_SHARE: Final = 0.50
_SECOND_SHARE: Final = 0.30


class Audience(Protocol):
    """Those who buy."""

    @property
    def fan_cells(self) -> Bytes:
        """The id of each fan, as CSV cells."""
        ...

    def draw(self, rng: np.random.Generator, audience: Ints) -> Ints:
        """A fan for each sale, given what kind of audience its event has."""
        ...


@dataclass(frozen=True)
class GroupedFans:
    """Fans in groups of shared taste; a few fans of each group are far more active than most.

    Group `g` likes the genres `2 * g` and `2 * g + 1`.
    """

    group_of: Ints
    members: Ints
    """Fans ordered by group, the most active first."""
    offsets: Ints
    affinity: Floats
    """Share of each genre in what each group hears: groups x genres."""
    fan_cells: Bytes

    def draw(self, rng: np.random.Generator, audience: Ints) -> Ints:
        """A fan for each genre: `audience` is an index into `GENRES`."""
        wanting = self.affinity * np.diff(self.offsets)[:, None]
        chance = np.cumsum(wanting, axis=0) / wanting.sum(axis=0)
        dice = rng.random(len(audience))
        group = (dice[:, None] > chance.T[audience][:, :-1]).sum(axis=1)
        return self._active(rng, group)

    def listeners(self, rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
        """Fans, and the genre that each one hears."""
        sizes = np.diff(self.offsets)
        group = np.searchsorted(np.cumsum(sizes) / sizes.sum(), rng.random(count))
        chance = np.cumsum(self.affinity, axis=1)
        dice = rng.random(count)
        genre = (dice[:, None] > chance[group][:, :-1]).sum(axis=1)
        return self._active(rng, group), genre

    def _active(self, rng: np.random.Generator, group: Ints) -> Ints:
        size = np.diff(self.offsets)[group]
        rank = (size * rng.random(len(group)) ** 2).astype(np.int64)
        chosen: Ints = self.members[self.offsets[group] + rank]
        return chosen

    def rows(self) -> Iterator[tuple[str, int]]:
        """Each fan's id and group."""
        for fan, group in enumerate(self.group_of.tolist()):
            yield fan_id(fan), group


def fan_id(fan: int) -> str:
    return f"fan-{fan:07d}"


def grouped_fans(count: int, seed: int) -> GroupedFans:
    rng = stream(seed, Stream.FANS)
    group_of = np.arange(count) % GROUPS
    rng.shuffle(group_of)
    members = np.argsort(group_of, kind="stable")
    offsets = np.searchsorted(group_of[members], np.arange(GROUPS + 1))
    rest = (1 - _FIRST_SHARE - _SECOND_SHARE) / (len(GENRES) - 2)
    affinity = np.full((GROUPS, len(GENRES)), rest)
    for group in range(GROUPS):
        affinity[group, 2 * group] = _FIRST_SHARE
        affinity[group, 2 * group + 1] = _SECOND_SHARE
    return GroupedFans(
        group_of, members, offsets, affinity, table(fan_id(fan) for fan in range(count))
    )
