"""Several models as one: the weighted sum of their scores, each on the scale of the fan.

Models that err differently correct one another; standardising per fan is the usual score
combination (Z-score fusion: Renda and Straccia, Web metasearch: rank vs. score based rank
aggregation methods, 2003). Only the spread is divided by: a shift is the same for all artists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlm.recommend.base import HistoryRecommender
from rlm.recommend.factors import Factors, FactorSettings
from rlm.recommend.item_item import ItemItem, ItemItemSettings

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Floats, Ints
    from rlm.recommend.contract import Progress
    from rlm.recommend.saved import Arrays

# The spread of a fan's scores is taken over so many columns, evenly drawn from the most to the
# least popular ones: the same for few candidates as for all.
_SAMPLE: Final = 1024


@dataclass(frozen=True)
class EnsembleSettings:
    """Weights and settings of the parts; weights chosen as the settings of the parts were."""

    item_item: ItemItemSettings = field(default_factory=ItemItemSettings)
    item_item_weight: float = 1.0
    factors: tuple[FactorSettings, ...] = tuple(
        FactorSettings(factors=32, ridge=20.0, seed=seed) for seed in (1, 2, 3, 4)
    )
    """Narrower than a factor model that stands alone: item-item weights know the details.

    Several that begin elsewhere: their mean is better than any of them, for half a second each.
    """
    factors_weight: float = 0.9
    """Of all factor models together."""


class Ensemble(HistoryRecommender):
    """Item-item weights and factors together."""

    kind = "ensemble"
    settings_type = EnsembleSettings
    settings: EnsembleSettings

    @classmethod
    def settings_of(cls, saved: dict[str, Any]) -> EnsembleSettings:
        return EnsembleSettings(
            ItemItemSettings(**saved["item_item"]),
            saved["item_item_weight"],
            tuple(FactorSettings(**one) for one in saved["factors"]),
            saved["factors_weight"],
        )

    def learn(self, histories: Csr, progress: Progress) -> None:
        for part in self._make_parts():
            part.learn(histories, progress)
        popular = np.argsort(
            -np.bincount(histories.indices, minlength=histories.shape[1]), kind="stable"
        )
        step = max(1, len(popular) // _SAMPLE)
        self._sample = np.sort(popular[::step])

    def scores(self, histories: Csr) -> Floats:
        total: Floats | None = None
        for part, weight in self._weighted():
            scores = part.scores(histories)
            scores *= weight / spread(scores[:, self._sample])[:, None]
            total = scores if total is None else total + scores
        return total if total is not None else np.empty((0, 0), dtype=np.float32)

    def scores_of(self, history: Csr, columns: Ints) -> Floats:
        total = np.zeros(len(columns), dtype=np.float32)
        both = np.concatenate([self._sample, columns])
        for part, weight in self._weighted():
            scores = part.scores_of(history, both)
            width = spread(scores[None, : len(self._sample)])[0]
            total += weight / width * scores[len(self._sample) :]
        return total

    def contributions(self, history: Csr, columns: Ints) -> Floats:
        total = np.zeros((history.nnz, len(columns)), dtype=np.float32)
        for part, weight in self._weighted():
            width = spread(part.scores_of(history, self._sample)[None])[0]
            total += weight / width * part.contributions(history, columns)
        return total

    def similarities(self, column: int) -> Floats:
        """The mean of the parts' similarities, by their weights."""
        weighted = self._weighted()
        total = sum(weight for _, weight in weighted)
        summed = sum(weight / total * part.similarities(column) for part, weight in weighted)
        return np.asarray(summed, dtype=np.float32)

    def arrays(self) -> Arrays:
        found: Arrays = {"sample": self._sample}
        for at, part in enumerate(self._parts):
            found |= {f"{at}.{name}": values for name, values in part.arrays().items()}
        return found

    def restore(self, arrays: Arrays) -> None:
        self._sample = arrays["sample"]
        for at, part in enumerate(self._make_parts()):
            own = f"{at}."
            part.restore({n.removeprefix(own): a for n, a in arrays.items() if n.startswith(own)})

    def _make_parts(self) -> list[HistoryRecommender]:
        chosen = self.settings
        self._parts: list[HistoryRecommender] = [ItemItem(chosen.item_item)]
        self._parts += [Factors(one) for one in chosen.factors]
        return self._parts

    def _weighted(self) -> list[tuple[HistoryRecommender, np.float32]]:
        each = self.settings.factors_weight / max(len(self.settings.factors), 1)
        weights = [self.settings.item_item_weight] + [each] * (len(self._parts) - 1)
        return [(part, np.float32(w)) for part, w in zip(self._parts, weights, strict=True)]


def spread(scores: Floats) -> Floats:
    """The standard deviation of each row; 1 for a row of equal scores."""
    width = scores.std(axis=1)
    return np.where(width > 0, width, 1).astype(np.float32)
