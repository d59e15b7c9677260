"""Item-item weights in closed form, for catalogues or audiences that a dense matrix can hold.

EASE (Steck, Embarrassingly Shallow Autoencoders for Sparse Data, 2019): the weights B, zero on
their diagonal, that best rebuild what fans like from what they like, under a ridge:
B = I - P / diag(P), P = (X'X + ridge I)^-1.

With DAN (Park et al., Why is Normalization Necessary for Linear Recommenders?, SIGIR 2025, eq. 10
and 13) the Gram matrix is Da^-(1-alpha) X' Df^-beta X Da^-alpha, with Da and Df the degrees of
artists and fans: alpha sets how much the popular gain, beta how much those who like everything say.
It is Da^(alpha-1/2) G Da^(1/2-alpha) with the symmetric G = S'S, S = Df^(-beta/2) X Da^-1/2, so one
symmetric inverse does.

Dual form, for fewer fans than artists: (S'S + r I)^-1 = (I - S' (SS' + r I)^-1 S) / r (Woodbury;
the kernel side of ridge regression, Saunders et al., 1998). Both forms give the same scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.linalg import lapack

from rlm.recommend.arrays import Csr, Floats, Ints, column_sums, row_sums, scaled
from rlm.recommend.base import HistoryRecommender
from rlm.recommend.saved import Arrays, matrix_arrays, matrix_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlm.recommend.contract import Progress

_BLOCK_COLUMNS: Final = 2048


@dataclass(frozen=True)
class ItemItemSettings:
    """Chosen on the validation part of the Last.fm benchmark, strict protocol."""

    alpha: float = 0.3
    beta: float = 0.4
    ridge: float = 2.0
    is_weighted: bool = False
    """Use how much a fan likes an artist; otherwise only that they do."""
    form: str = "smaller"
    """`dual`, `primal`, or whichever has the smaller matrix."""


class ItemItem(HistoryRecommender):
    """EASE with degree-aware normalisation."""

    kind = "item-item"
    settings_type = ItemItemSettings
    settings: ItemItemSettings

    def learn(self, histories: Csr, progress: Progress) -> None:
        likes = self._likes(histories)
        of_artist, of_fan = column_sums(likes), row_sums(likes)
        alpha, beta = self.settings.alpha, self.settings.beta
        self._left = _power(of_artist, alpha - 0.5)
        normalised = scaled(likes, _power(of_fan, -beta / 2), _power(of_artist, -0.5))
        fans, columns = normalised.shape
        is_dual = self.settings.form == "dual" or (
            self.settings.form == "smaller" and fans < columns
        )
        progress(f"{self.kind}: inverting {min(fans, columns) if is_dual else columns:,} squared")
        if is_dual:
            self._fans_columns: Any = normalised.tocsc()
            self._inverse = _inverse(_dense(normalised @ normalised.T), self.settings.ridge)
            self._diagonal = self._dual_diagonal(self._fans_columns)
        else:
            self._fans_columns = None
            self._inverse = _inverse(_dense(normalised.T @ normalised), self.settings.ridge)
            self._diagonal = self._inverse.diagonal().copy()

    def scores(self, histories: Csr) -> Floats:
        likes = self._likes(histories)
        left = scaled(likes, None, self._left)
        if self._fans_columns is None:
            carried = np.asarray(left @ self._inverse, dtype=np.float32)
        else:
            met = _dense(left @ self._fans_columns.T) @ self._inverse
            carried = -np.asarray((self._fans_columns.T @ met.T).T, dtype=np.float32)
            _add(carried, left)
            carried /= np.float32(self.settings.ridge)
        carried *= -1 / (self._diagonal * self._left)
        _add(carried, likes)
        return carried

    def scores_of(self, history: Csr, columns: Ints) -> Floats:
        likes = self._likes(history)
        values = likes.data * self._left[likes.indices]
        if self._fans_columns is None:
            carried = values @ self._inverse[likes.indices][:, columns]
        else:
            met = self._fans_columns[:, likes.indices] @ values
            carried = -(self._fans_columns[:, columns].T @ (met @ self._inverse))
            carried = (carried + _at(likes.indices, values, columns)) / self.settings.ridge
        carried = carried / -(self._diagonal * self._left)[columns]
        return np.asarray(carried + _at(likes.indices, likes.data, columns), dtype=np.float32)

    def contributions(self, history: Csr, columns: Ints) -> Floats:
        likes = self._likes(history)
        liked = likes.indices.astype(np.int64)
        inverse = self._inverse_part(liked, columns)
        weights = -inverse * self._left[liked][:, None]
        weights[liked[:, None] == columns] = 0
        scale = (self._diagonal * self._left)[columns]
        return np.asarray(likes.data[:, None] * weights / scale, dtype=np.float32)

    def similarities(self, column: int) -> Floats:
        """Partial correlations: what two artists share beyond what all others explain."""
        scale = np.sqrt(self._diagonal * self._diagonal[column])
        return np.asarray(-self._inverse_column(column) / scale, dtype=np.float32)

    def arrays(self) -> Arrays:
        found: Arrays = {
            "left": self._left,
            "diagonal": self._diagonal,
            "inverse": self._inverse,
        }
        if self._fans_columns is not None:
            # Saved by rows of its transpose, which is the same memory.
            found |= matrix_arrays("columns_fans", self._fans_columns.T)
        return found

    def restore(self, arrays: Arrays) -> None:
        self._left, self._diagonal = arrays["left"], arrays["diagonal"]
        self._inverse = arrays["inverse"]
        is_dual = "columns_fans.data" in arrays
        self._fans_columns = matrix_of("columns_fans", arrays).T if is_dual else None

    def _likes(self, histories: Csr) -> Csr:
        if self.settings.is_weighted:
            return histories
        ones = np.ones_like(histories.data)
        return type(histories)((ones, histories.indices, histories.indptr), shape=histories.shape)

    def _inverse_column(self, column: int) -> Floats:
        """One column of (S'S + r I)^-1."""
        if self._fans_columns is None:
            return np.array(self._inverse[:, column], dtype=np.float32)
        own = self._fans_columns[:, [column]]
        met = self._inverse[:, own.indices] @ own.data
        found = -np.asarray(self._fans_columns.T @ met, dtype=np.float32)
        found[column] += 1
        found /= np.float32(self.settings.ridge)
        return found

    def _inverse_part(self, rows: Ints, columns: Ints) -> Floats:
        """Rows x columns of (S'S + r I)^-1, right wherever row and column are different artists."""
        if self._fans_columns is None:
            return np.asarray(self._inverse[np.ix_(rows, columns)], dtype=np.float32)
        of_rows, of_columns = self._fans_columns[:, rows], self._fans_columns[:, columns]
        # The side with fewer fans meets the large matrix.
        if of_rows.nnz < of_columns.nnz:
            met = (of_rows.T @ self._inverse) @ of_columns
        else:
            met = of_rows.T @ (of_columns.T @ self._inverse).T
        return np.asarray(-met / np.float32(self.settings.ridge), dtype=np.float32)

    def _dual_diagonal(self, matrix: Any) -> Floats:
        """The diagonal of the inverse in artists, from the inverse in fans."""
        found = np.empty(matrix.shape[1], dtype=np.float32)
        for start in range(0, matrix.shape[1], _BLOCK_COLUMNS):
            part = matrix[:, start : start + _BLOCK_COLUMNS]
            met = (part.T @ self._inverse).T
            taken = np.asarray(part.multiply(met).sum(axis=0)).ravel()
            found[start : start + _BLOCK_COLUMNS] = (1 - taken) / self.settings.ridge
        return found


def _inverse(gram: Floats, ridge: float) -> Floats:
    """(gram + ridge I)^-1 by Cholesky, in place."""
    gram[np.diag_indices(len(gram))] += ridge
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError(f"the Gram matrix is not positive definite; is ridge {ridge} > 0?")
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse)
    return np.ascontiguousarray(lower + np.tril(lower, -1).T, dtype=np.float32)


def _power(degrees: Floats, exponent: float) -> Floats:
    """Degrees below 1 count as 1: fewer than one like must not weigh more than one."""
    return np.asarray(np.maximum(degrees, 1.0) ** exponent, dtype=np.float32)


def _dense(matrix: Any) -> Floats:
    return np.asarray(matrix.toarray(), dtype=np.float32)


def _add(to: Floats, sparse_rows: Csr) -> None:
    row = np.repeat(np.arange(sparse_rows.shape[0]), np.diff(sparse_rows.indptr))
    to[row, sparse_rows.indices] += sparse_rows.data


def _at(indices: npt.NDArray[Any], values: Floats, wanted: Ints) -> Floats:
    """The values of a sparse row at the wanted places."""
    if not len(indices):
        return np.zeros(len(wanted), dtype=np.float32)
    place = np.minimum(np.searchsorted(indices, wanted), len(indices) - 1)
    return np.where(indices[place] == wanted, values[place], 0).astype(np.float32)
