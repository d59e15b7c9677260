"""The model without taste: everybody gets what most fans like. What others must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rlm.recommend.arrays import column_sums, scaled
from rlm.recommend.base import HistoryRecommender

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Floats, Ints
    from rlm.recommend.contract import Progress
    from rlm.recommend.saved import Arrays


@dataclass(frozen=True)
class PopularitySettings:
    """None."""


class Popularity(HistoryRecommender):
    """The number of fans of each artist; similar are artists that share fans."""

    kind = "popularity"
    settings_type = PopularitySettings

    def learn(self, histories: Csr, progress: Progress) -> None:
        counted = np.bincount(histories.indices, minlength=histories.shape[1])
        self._share = (counted / histories.shape[0]).astype(np.float32)

    def scores(self, histories: Csr) -> Floats:
        return np.tile(self._share, (histories.shape[0], 1))

    def contributions(self, history: Csr, columns: Ints) -> Floats:
        return np.zeros((history.nnz, len(columns)), dtype=np.float32)

    def similarities(self, column: int) -> Floats:
        """The cosine of who likes them."""
        length = np.sqrt(column_sums(self.histories.power(2)))
        unit = scaled(self.histories, None, 1 / length)
        return np.asarray(unit.T @ unit[:, [column]].toarray().ravel(), dtype=np.float32)

    def arrays(self) -> Arrays:
        return {"share": self._share}

    def restore(self, arrays: Arrays) -> None:
        self._share = arrays["share"]
