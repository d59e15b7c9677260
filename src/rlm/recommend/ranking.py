"""From scores to the order of an answer: what is known, and how much discovery is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from rlm.recommend.arrays import Bools, Floats

# In standard deviations of the scores at hand. Who has a favourite in town goes to see it, and what
# a model says of known artists is about others like them: a favourite comes before all but the
# most outstanding new ones.
_FAVOURITE: Final = 2.5
_ROUNDING: Final = 1e-5


def ranking_scores(
    scores: Floats,
    familiarity: Floats,
    popularity: Floats,
    *,
    hides_known: bool = False,
    discovery: float = 0.0,
) -> Floats:
    """The scores by which an answer is ordered; -inf for what must not be in it.

    `familiarity` is 0 for artists that the fan does not know, 1 for the best liked. `popularity` is
    the number of fans. With discovery 0 favourites are lifted; the nearer to 1, the more known and
    popular artists sink: at 1 an artist is worth by how much it is liked beyond its popularity.
    """
    is_known = familiarity > 0
    if discovery == 0 and (hides_known or not is_known.any()):
        ranked = scores.astype(np.float32, copy=True)
    else:
        ranked = _standard(scores)
        ranked += _FAVOURITE * ((1 - discovery) * familiarity - discovery * is_known)
        if discovery > 0:
            ranked -= np.float32(discovery) * _standard(np.log1p(popularity))
    if hides_known:
        ranked[is_known] = -np.inf
    return ranked


def without_gaps(scores: Floats) -> tuple[Floats, Bools]:
    """Scores with the lowest one in place of each that is missing (NaN), and which those were."""
    is_missing = np.isnan(scores)
    if is_missing.any():
        lowest = np.nanmin(scores) if not is_missing.all() else np.float32(0)
        scores = np.where(is_missing, lowest, scores)
    return scores, is_missing


def _standard(values: Floats) -> Floats:
    """Mean 0 and spread 1; all 0 where they differ by no more than rounding does."""
    if not len(values):
        return values.astype(np.float32)
    spread = float(values.std())
    if spread <= _ROUNDING * float(np.abs(values).max()):
        return np.zeros(len(values), dtype=np.float32)
    return ((values - values.mean()) / spread).astype(np.float32)
