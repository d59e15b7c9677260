"""Arrays and ids as every model uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Csr = sparse.csr_array
"""Fans in rows, artists in columns, float32, no zeros stored, columns in order."""


@dataclass(frozen=True)
class Ids:
    """Ids in sorted order, each one once; an id's place is its index in every array of a model.

    A plain array of bytes: it maps from disk, is shared by processes, and is searched by halves.
    """

    names: npt.NDArray[np.bytes_]

    @classmethod
    def of(cls, ids: Iterable[str]) -> Ids:
        """The distinct ids of any input."""
        return cls(np.unique(_as_bytes(list(ids))))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> str:
        return bytes(self.names[index]).decode()

    def texts(self, indexes: Ints | None = None) -> list[str]:
        """The ids at these places; all of them without."""
        wanted = self.names if indexes is None else self.names[indexes]
        return [name.decode() for name in wanted.tolist()]

    def find(self, ids: Sequence[str]) -> Ints:
        """The place of each id; -1 for one that is not there."""
        if not len(self) or not len(ids):
            return np.full(len(ids), -1, dtype=np.int64)
        return self.find_bytes(_as_bytes(ids))

    def find_bytes(self, wanted: npt.NDArray[np.bytes_]) -> Ints:
        """The same of ids that are bytes already."""
        at = np.minimum(np.searchsorted(self.names, wanted), len(self) - 1)
        return np.where(self.names[at] == wanted, at, -1).astype(np.int64)


def _as_bytes(ids: Sequence[str]) -> npt.NDArray[np.bytes_]:
    encoded = [text.encode() for text in ids]
    return np.array(encoded, dtype=np.bytes_) if encoded else np.empty(0, dtype="S1")


def csr(values: Any, shape: tuple[int, int]) -> Csr:
    """A float32 matrix of (data, (rows, columns)), duplicates summed, zeros dropped."""
    made = sparse.coo_array(values, shape=shape).tocsr().astype(np.float32)
    made.sum_duplicates()
    made.eliminate_zeros()
    made.sort_indices()
    return made


def row_of(matrix: Csr, row: int) -> Csr:
    """One row as a matrix of its own, which is not to be written to: it shares the row's numbers.

    A third of what `matrix[[row]]` takes.
    """
    begin, end = matrix.indptr[row : row + 2].tolist()
    own = (matrix.data[begin:end], matrix.indices[begin:end], np.array([0, end - begin]))
    return sparse.csr_array(own, shape=(1, matrix.shape[1]))


def scaled(matrix: Csr, rows: npt.NDArray[Any] | None, columns: npt.NDArray[Any] | None) -> Csr:
    """The matrix with its rows and columns multiplied by these."""
    values = matrix.data
    if rows is not None:
        values = values * np.repeat(rows.astype(np.float32), np.diff(matrix.indptr))
    if columns is not None:
        values = values * columns.astype(np.float32)[matrix.indices]
    return sparse.csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def column_sums(matrix: Csr) -> Floats:
    """The sum of each column, in double precision on the way."""
    sums = np.bincount(matrix.indices, weights=matrix.data, minlength=matrix.shape[1])
    return sums.astype(np.float32)


def row_sums(matrix: Csr) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()


def best(scores: Floats, count: int) -> Ints:
    """Indexes of the `count` greatest, the greatest first, equal ones by index; -inf never.

    Exact on ties at the border: a partition alone would keep any of them.
    """
    if count < len(scores):
        border = scores[np.argpartition(scores, len(scores) - count)[len(scores) - count]]
        kept = np.flatnonzero(scores >= border)
    else:
        kept = np.arange(len(scores))
    kept = kept[scores[kept] > -np.inf]
    return kept[np.argsort(-scores[kept], kind="stable")][:count]
