"""Settings that suit the data at hand: tried on a part of it that the trial models do not see.

What is best for half a million listens of a city is not what is best for Last.fm: on the generated
worlds the settings of the benchmark lose a twentieth of what can be reached.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from rlm.recommend.contract import Progress, silent
from rlm.recommend.ensemble import EnsembleSettings, spread
from rlm.recommend.factors import Factors, FactorSettings
from rlm.recommend.item_item import ItemItem, ItemItemSettings
from rlm.recommend.metrics import FanMetrics, hits_in

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Floats, Ints
    from rlm.recommend.base import HistoryRecommender
    from rlm.recommend.interactions import Interactions

# Beyond it some thirty trials take longer than the training itself is worth.
MOST_INTERACTIONS: Final = 3_000_000
# More fans tell no two settings apart that differ.
_JUDGED_FANS: Final = 1_500
# Fans x artists: three such matrices are in memory at once.
_MOST_SCORES: Final = 60_000_000
_HELD_OUT_SHARE: Final = 0.2
# Who likes fewer has nothing to spare.
_FEWEST_LIKED: Final = 4
_COUNT: Final = 20
_ALPHAS: Final = (0.1, 0.3, 0.5)
_ITEM_RIDGES: Final = (2.0, 8.0, 32.0)
_WIDTHS: Final = (8, 16, 32, 64)
_FACTOR_RIDGES: Final = (5.0, 20.0, 80.0)
_CONFIDENCES: Final = (5.0, 40.0)
# By then settings differ as they do in the end.
_TRIAL_ITERATIONS: Final = 8
_FIRST_WEIGHT: Final = 0.9
_WEIGHTS: Final = (0.3, 2.7)


class TooLittleToTuneError(ValueError):
    """No fan likes enough artists to hold any out."""


def tuned_settings(
    interactions: Interactions, seed: int = 0, progress: Progress = silent
) -> EnsembleSettings:
    """The best settings of the ensemble, by nDCG on held-out artists of up to 1,500 fans.

    One thing after the other: the item-item weights alone, then factors beside them, then how much
    these weigh. Equal results go to what was tried first. Raises TooLittleToTuneError.
    """
    seen, held_out, rows = _hold_out(interactions.matrix, seed)
    wanted = held_out[rows]

    def normalised(model: HistoryRecommender) -> Floats:
        model.learn(seen, silent)
        scores = model.scores(seen[rows])
        return np.asarray(scores / spread(scores)[:, None], dtype=np.float32)

    def ndcg(scores: Floats) -> float:
        return _ndcg(scores, seen[rows], wanted)

    item_item, items, alone = ItemItemSettings(), np.zeros(wanted.shape, np.float32), -1.0

    def try_items(settings: ItemItemSettings) -> None:
        nonlocal item_item, items, alone
        scores = normalised(ItemItem(settings))
        if (value := ndcg(scores)) > alone:
            item_item, items, alone = settings, scores, value

    for alpha, ridge in product(_ALPHAS, _ITEM_RIDGES):
        try_items(ItemItemSettings(alpha=alpha, ridge=ridge))
    if np.ptp(seen.data) > 0:
        try_items(replace(item_item, is_weighted=True))
    progress(f"tuning: item-item {alone:.4f} with {item_item}")
    factors, others, together = FactorSettings(), items, -1.0

    def try_factors(settings: FactorSettings) -> None:
        nonlocal factors, others, together
        scores = normalised(Factors(replace(settings, iterations=_TRIAL_ITERATIONS)))
        if (value := ndcg(items + np.float32(_FIRST_WEIGHT) * scores)) > together:
            factors, others, together = settings, scores, value

    for width, ridge in product(_WIDTHS, _FACTOR_RIDGES):
        try_factors(FactorSettings(factors=width, ridge=ridge))
    for confidence in _CONFIDENCES:
        try_factors(replace(factors, confidence=confidence))
    weight = _FIRST_WEIGHT
    for by in _WEIGHTS:
        if (value := ndcg(items + np.float32(by) * others)) > together:
            weight, together = by, value
    progress(f"tuning: with factors {together:.4f}, weight {weight} of {factors}")
    several = tuple(replace(factors, seed=at) for at in range(1, 5))
    return EnsembleSettings(item_item, 1.0, several, weight)


def _hold_out(matrix: Csr, seed: int) -> tuple[Csr, Csr, Ints]:
    """What trial models see, what they are judged on, and the fans by whom."""
    rng = np.random.default_rng(seed)
    liked = np.diff(matrix.indptr)
    row, column = matrix.nonzero()
    chosen = (rng.random(matrix.nnz) < _HELD_OUT_SHARE) & (liked[row] >= _FEWEST_LIKED)
    seen = sparse.csr_array(
        (matrix.data[~chosen], (row[~chosen], column[~chosen])), shape=matrix.shape
    )
    held_out = sparse.csr_array(
        (matrix.data[chosen], (row[chosen], column[chosen])), shape=matrix.shape
    )
    rows = np.flatnonzero((np.diff(held_out.indptr) > 0) & (np.diff(seen.indptr) > 0))
    if not len(rows):
        raise TooLittleToTuneError(
            f"no fan likes {_FEWEST_LIKED} artists or more: there is nothing to hold out"
        )
    most = min(_JUDGED_FANS, max(1, _MOST_SCORES // matrix.shape[1]))
    if len(rows) > most:
        rows = np.sort(rng.choice(rows, most, replace=False))
    return seen, held_out, rows


def _ndcg(scores: Floats, known: Csr, wanted: Csr) -> float:
    """Of the best lists; which of equal scores come first is left to chance, and to the same."""
    scores = scores.copy()
    scores[known.nonzero()] = -np.inf
    count = min(_COUNT, scores.shape[1])
    top = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    lists = np.take_along_axis(top, order, axis=1)
    return float(FanMetrics.of(hits_in(lists, wanted), np.diff(wanted.indptr)).ndcg.mean())
