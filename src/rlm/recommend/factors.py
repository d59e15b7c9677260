"""Matrix factors for catalogues and audiences of any size, and the partner of item-item weights.

Implicit alternating least squares (Hu, Koren and Volinsky, Collaborative Filtering for Implicit
Feedback Datasets, 2008), by the library implicit: its solver is compiled, uses all cores and grows
with the number of interactions. A fan's vector is always solved from what the fan likes with the
artists held fixed, for the fans of the training set too: one meaning for old and new fans, and the
score is a sum over their artists, which explains it (section 5 there).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from rlm.recommend.base import HistoryRecommender

if TYPE_CHECKING:
    from rlm.recommend.arrays import Csr, Floats, Ints
    from rlm.recommend.contract import Progress
    from rlm.recommend.saved import Arrays

# Normal equations held at once: 2048 of 128 squared in single precision are 134 MB.
_BLOCK_FANS: Final = 2048
# Of a long fit people hear now and then; a short one is over before they look.
_TOLD_SECONDS: Final = 5.0
# Vectors copied at once to be scored: as many as stay in the processor's cache.
_GATHERED: Final = 1024


@dataclass(frozen=True)
class FactorSettings:
    """Chosen on the validation part of the Last.fm benchmark, strict protocol."""

    factors: int = 64
    ridge: float = 80.0
    confidence: float = 20.0
    """How much more a liked artist counts than one of which nothing is known."""
    iterations: int = 15
    is_weighted: bool = False
    """Scale the confidence by how much a fan likes an artist, relative to the mean."""
    seed: int = 1


class Factors(HistoryRecommender):
    """iALS with fans folded in."""

    kind = "factors"
    settings_type = FactorSettings
    settings: FactorSettings

    def learn(self, histories: Csr, progress: Progress) -> None:
        chosen = self.settings
        self._mean_weight = float(histories.data.mean()) if chosen.is_weighted else 1.0
        progress(f"{self.kind}: {chosen.factors} factors, {chosen.iterations} iterations")

        told = time.monotonic()

        def tell(iteration: int, seconds: float, _loss: float | None = None) -> None:
            nonlocal told
            if time.monotonic() - told > _TOLD_SECONDS:
                told = time.monotonic()
                progress(f"{self.kind}: iteration {iteration + 1}, {seconds:.1f} s each")

        # It is parallel over rows: BLAS threads below that would fight for the same cores.
        with threadpool_limits(1, "blas"):
            solver = AlternatingLeastSquares(
                factors=chosen.factors,
                regularization=chosen.ridge,
                iterations=chosen.iterations,
                random_state=chosen.seed,
            )
            confidences = sparse.csr_matrix(self._confidences(histories))
            solver.fit(confidences, show_progress=False, callback=tell)
        self._artists = np.ascontiguousarray(solver.item_factors, dtype=np.float32)
        self._complete_factors()

    def scores(self, histories: Csr) -> Floats:
        return np.asarray(self._fans(histories) @ self._artists.T, dtype=np.float32)

    def scores_of(self, history: Csr, columns: Ints) -> Floats:
        fan = self._fans(history)[0]
        found = np.empty(len(columns), dtype=np.float32)
        for start in range(0, len(columns), _GATHERED):
            part = slice(start, start + _GATHERED)
            np.matmul(self._artists[columns[part]], fan, out=found[part])
        return found

    def contributions(self, history: Csr, columns: Ints) -> Floats:
        confidence = self._confidences(history)
        liked = self._artists[confidence.indices]
        normal = self._normal(confidence.data, liked)
        solved = np.linalg.solve(normal, self._artists[columns].T)
        return np.asarray(confidence.data[:, None] * (liked @ solved), dtype=np.float32)

    def similarities(self, column: int) -> Floats:
        """The cosine of the vectors."""
        length = np.linalg.norm(self._artists, axis=1) + 1e-12
        return np.asarray(
            self._artists @ self._artists[column] / (length * length[column]), dtype=np.float32
        )

    def arrays(self) -> Arrays:
        return {"artists": self._artists, "mean_weight": np.array([self._mean_weight])}

    def restore(self, arrays: Arrays) -> None:
        self._artists = arrays["artists"]
        self._mean_weight = float(arrays["mean_weight"][0])
        self._complete_factors()

    def _complete_factors(self) -> None:
        ridge = np.float32(self.settings.ridge)
        self._all = self._artists.T @ self._artists + ridge * np.eye(
            self._artists.shape[1], dtype=np.float32
        )

    def _confidences(self, histories: Csr) -> Csr:
        values = np.full_like(histories.data, self.settings.confidence)
        if self.settings.is_weighted:
            values *= histories.data / np.float32(self._mean_weight)
        return sparse.csr_array(
            (values, histories.indices, histories.indptr), shape=histories.shape
        )

    def _normal(self, confidence: Floats, liked: Floats) -> Floats:
        """What a fan's vector solves: all artists once, the liked ones by their confidence."""
        return self._all + liked.T @ (liked * (confidence - 1)[:, None])

    def _fans(self, histories: Csr) -> Floats:
        """The vector of each history."""
        weighted = self._confidences(histories)
        wanted = np.asarray(weighted @ self._artists, dtype=np.float32)
        found = np.empty_like(wanted)
        width = self._artists.shape[1]
        for start in range(0, len(found), _BLOCK_FANS):
            rows = range(start, min(start + _BLOCK_FANS, len(found)))
            normal = np.empty((len(rows), width, width), dtype=np.float32)
            for at, row in enumerate(rows):
                own = slice(weighted.indptr[row], weighted.indptr[row + 1])
                normal[at] = self._normal(weighted.data[own], self._artists[weighted.indices[own]])
            block = wanted[rows.start : rows.stop, :, None]
            found[rows.start : rows.stop] = np.linalg.solve(normal, block)[:, :, 0]
        return found
