"""Item kNN: artists that share fans, without learning anything. The baseline that models must beat.

Cosine of the artists' fans with shrinkage, the nearest of each kept (Sarwar et al., Item-based
Collaborative Filtering Recommendation Algorithms, 2001; shrinkage: Bell and Koren, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from rlm.recommend.arrays import best, column_sums, csr
from rlm.recommend.base import HistoryRecommender
from rlm.recommend.saved import Arrays, matrix_arrays, matrix_of

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Floats, Ints
    from rlm.recommend.contract import Progress

_BLOCK: Final = 1024


@dataclass(frozen=True)
class ItemKnnSettings:
    """Chosen on the validation part of the Last.fm benchmark, strict protocol."""

    neighbours: int = 100
    shrinkage: float = 5.0


class ItemKnn(HistoryRecommender):
    """The sum of a candidate's similarities to what the fan likes."""

    kind = "item-knn"
    settings_type = ItemKnnSettings
    settings: ItemKnnSettings

    def learn(self, histories: Csr, progress: Progress) -> None:
        likes = _ones(histories)
        length = np.sqrt(column_sums(likes))
        of_artist = likes.T.tocsr()
        rows, columns, values = [], [], []
        for start in range(0, likes.shape[1], _BLOCK):
            shared = (of_artist[start : start + _BLOCK] @ likes).tocsr()
            shared.sort_indices()
            for at, artist in enumerate(range(start, start + shared.shape[0])):
                others = slice(shared.indptr[at], shared.indptr[at + 1])
                other = shared.indices[others]
                scale = length[artist] * length[other] + self.settings.shrinkage
                likeness = np.where(other == artist, -np.inf, shared.data[others] / scale)
                nearest = best(likeness.astype(np.float32), self.settings.neighbours)
                rows.append(np.full(len(nearest), artist))
                columns.append(other[nearest])
                values.append(likeness[nearest])
        count = likes.shape[1]
        place = (np.concatenate(columns), np.concatenate(rows))
        # Known artists in rows, candidates in columns.
        self._near = csr((np.concatenate(values), place), (count, count))

    def scores(self, histories: Csr) -> Floats:
        return np.asarray((_ones(histories) @ self._near).toarray(), dtype=np.float32)

    def contributions(self, history: Csr, columns: Ints) -> Floats:
        near = self._near[history.indices][:, columns]
        return np.asarray(near.toarray(), dtype=np.float32)

    def similarities(self, column: int) -> Floats:
        return np.asarray(self._near[:, [column]].toarray().ravel(), dtype=np.float32)

    def arrays(self) -> Arrays:
        return matrix_arrays("near", self._near)

    def restore(self, arrays: Arrays) -> None:
        self._near = matrix_of("near", arrays)


def _ones(histories: Csr) -> Csr:
    values = np.ones_like(histories.data)
    return sparse.csr_array((values, histories.indices, histories.indptr), shape=histories.shape)
