"""What fans did that no model saw: the same questions and answers for every contestant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Self

import numpy as np

from rlm.recommend.arrays import Bools, Csr, Ids, Ints, csr
from rlm.recommend.contract import Request
from rlm.recommend.interactions import Interactions
from rlm.recommend.metrics import FanMetrics, coverage, hits_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.recommend.contract import Recommender
    from rlm.recommend.interactions import Activity

# More fans make no interval narrower that anybody would look at, and cost a request each.
MOST_FANS: Final = 10_000
_AT_ONCE: Final = 500
_SHARE_AT_RANDOM: Final = 0.2
_CASUAL, _HEAVY = 10, 50

Split = Literal["time", "random"]


class TooLittleHeldOutError(ValueError):
    """There is nothing to judge a model by."""


@dataclass(frozen=True)
class Judgement:
    """One model on the held-out part; arrays have one value a fan of `HeldOut`."""

    lists: Ints
    """Fans x k, indexes in `HeldOut.artists`, -1 for none."""
    fans: FanMetrics
    coverage: float


@dataclass(frozen=True)
class HeldOut:
    """Fans, what was known of them before, and which new artists they turned to afterwards."""

    split: Split
    since: np.datetime64 | None
    """The first held-out day; None where a part was held out at random."""
    training: Interactions
    """What a model may be fitted on."""
    fans: Ids
    artists: Ids
    known: Csr
    wanted: Csr

    @classmethod
    def of(cls, activity: Activity, weeks: int, seed: int = 0) -> Self:
        """The last `weeks` are held out; where no more is known, a fifth of what each fan likes.

        Raises TooLittleHeldOutError where no fan turned to a new artist.
        """
        if not len(activity.week):
            raise TooLittleHeldOutError("no fan did anything that is known of")
        first, last = activity.week.min(), activity.week.max()
        since = last - np.timedelta64(7 * (weeks - 1), "D")
        spans = (since - first) / np.timedelta64(7, "D")
        if spans >= weeks:
            return cls._made("time", since, activity.until(since), activity.since(since), seed)
        everything = activity.until(last + np.timedelta64(7, "D"))
        chosen = np.random.default_rng(seed).random(everything.matrix.nnz) < _SHARE_AT_RANDOM
        return cls._made(
            "random", None, _part(everything, ~chosen), _part(everything, chosen), seed
        )

    @classmethod
    def _made(
        cls,
        split: Split,
        since: np.datetime64 | None,
        training: Interactions,
        after: Interactions,
        seed: int,
    ) -> Self:
        artists = Ids.of([*training.artists.texts(), *after.artists.texts()])
        wanted = after.aligned(artists)
        place = training.fans.find_bytes(after.fans.names)
        everybody = training.aligned(artists)
        none = csr((np.empty(0), (np.empty(0, int), np.empty(0, int))), (1, len(artists)))
        stacked = type(wanted)(
            (
                np.concatenate([everybody.data, none.data]),
                np.concatenate([everybody.indices, none.indices]),
                np.append(everybody.indptr, everybody.indptr[-1]),
            ),
            shape=(len(training.fans) + 1, len(artists)),
        )
        # A fan of whom nothing was known has the empty row at the end.
        known = stacked[place]
        wanted = _without(wanted, known)
        rows = np.flatnonzero(np.diff(wanted.indptr))
        if not len(rows):
            raise TooLittleHeldOutError(
                "no fan turned to a new artist in the held-out part; hold out more weeks"
            )
        if len(rows) > MOST_FANS:
            rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_FANS, replace=False))
        return cls(
            split, since, training, Ids(after.fans.names[rows]), artists, known[rows], wanted[rows]
        )

    def judge(self, model: Recommender, count: int = 20) -> Judgement:
        """Lists of new artists only: what a fan knows already needs no model.

        Every model is asked in the same way, with what was known of the fan then.
        """
        lists = np.full((len(self.fans), count), -1, dtype=np.int64)
        for start in range(0, len(self.fans), _AT_ONCE):
            rows = range(start, min(start + _AT_ONCE, len(self.fans)))
            requests = [
                Request(
                    liked_artist_ids=tuple(self.artists.texts(_indexes(self.known, row))),
                    count=count,
                    hides_known=True,
                )
                for row in rows
            ]
            for row, answer in zip(rows, model.recommend(requests), strict=True):
                found = self.artists.find([r.artist_id for r in answer.recommendations])
                lists[row, : len(found)] = found
        wanted = np.diff(self.wanted.indptr)
        metrics = FanMetrics.of(hits_in(lists, self.wanted), wanted)
        return Judgement(lists, metrics, coverage(lists, len(self.artists)))

    def described(self, fan_places: Mapping[str, str]) -> Iterator[tuple[int, str | None]]:
        """Of each fan how many artists were known, and where they go out."""
        known = np.diff(self.known.indptr).tolist()
        for fan, artists in zip(self.fans.texts(), known, strict=True):
            yield artists, fan_places.get(fan)

    @property
    def segments(self) -> dict[str, Bools]:
        """Fans by how much was known of them."""
        known = np.diff(self.known.indptr)
        return {
            "new": known == 0,
            "casual": (known > 0) & (known < _CASUAL),
            "regular": (known >= _CASUAL) & (known < _HEAVY),
            "heavy": known >= _HEAVY,
        }


def _indexes(matrix: Csr, row: int) -> Ints:
    return matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].astype(np.int64)


def _part(interactions: Interactions, chosen: Bools) -> Interactions:
    row, column = interactions.matrix.nonzero()
    return Interactions.of_indexes(
        interactions.fans,
        interactions.artists,
        row[chosen].astype(np.int64),
        column[chosen].astype(np.int64),
        interactions.matrix.data[chosen],
        interactions.fan_places,
    )


def _without(matrix: Csr, other: Csr) -> Csr:
    """The entries of a matrix where the other has none."""
    row, column = matrix.nonzero()
    width = matrix.shape[1]
    other_row, other_column = other.nonzero()
    kept = ~np.isin(row * width + column, other_row * width + other_column)
    return csr((matrix.data[kept], (row[kept], column[kept])), matrix.shape)
