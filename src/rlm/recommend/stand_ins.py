"""New artists: which known artists stand in for one whom no fan has heard yet.

A new artist is the weighted mean of the known artists that resemble it most, by genres, by tags
and by the company it keeps on bills; so any model that scores known artists scores new ones, and a
fan who likes a new artist is understood as one who likes those. Content neighbours as a bridge for
items without history: Gantner et al., Learning Attribute-to-Feature Mappings for Cold-Start
Recommendations, 2010, section 4.1 (kNN mapping).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from rlm.recommend.arrays import Csr, Ints, best, column_sums, csr, scaled

if TYPE_CHECKING:
    from rlm.recommend.catalogue import Catalogue

# Who shares a bill shares an audience: someone booked them together. A genre says less, a tag
# least.
_BILL_WEIGHT: Final = 1.5
_GENRE_WEIGHT: Final = 1.0
_TAG_WEIGHT: Final = 0.5
_NEIGHBOURS: Final = 30
_BLOCK: Final = 256


def stand_ins(catalogue: Catalogue, known: Ints) -> Csr:
    """Artists x known artists: a row that sums to 1 for each new artist that resembles anybody."""
    count = len(catalogue.artists)
    is_new = np.ones(count, dtype=bool)
    is_new[known] = False
    new = np.flatnonzero(is_new)
    rows: list[Ints] = []
    columns: list[Ints] = []
    weights: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
    words = sparse.hstack(
        [_GENRE_WEIGHT**0.5 * _unit(catalogue.genres), _TAG_WEIGHT**0.5 * _unit(catalogue.tags)]
    ).tocsr()
    company = _company(catalogue.bills)
    of_known = words[known].T.tocsc()
    for start in range(0, len(new), _BLOCK):
        block = new[start : start + _BLOCK]
        likeness = (words[block] @ of_known).toarray()
        likeness += _BILL_WEIGHT * company[block][:, known].toarray()
        for artist, row in zip(block.tolist(), likeness.astype(np.float32), strict=True):
            nearest = best(row, _NEIGHBOURS)
            nearest = nearest[row[nearest] > 0]
            rows.append(np.full(len(nearest), artist))
            columns.append(nearest)
            weights.append(row[nearest] / max(float(row[nearest].sum()), 1e-12))
    if not rows:
        empty = np.empty(0, np.int64)
        return csr((np.empty(0), (empty, empty)), (count, len(known)))
    joined = (np.concatenate(rows), np.concatenate(columns))
    return csr((np.concatenate(weights), joined), (count, len(known)))


def _unit(words: Csr) -> Csr:
    """Rows of length 1, rare words counting more (inverse document frequency)."""
    frequency = column_sums(words)
    weighted = scaled(words, None, np.log((1 + words.shape[0]) / (1 + frequency)) + 1)
    length = np.sqrt(np.asarray(weighted.power(2).sum(axis=1)).ravel())
    return scaled(weighted, 1 / np.maximum(length, 1e-12), None)


def _company(bills: Csr) -> Csr:
    """Of the bills of each artist, the share with each other one."""
    total = np.asarray(bills.sum(axis=1)).ravel()
    return scaled(bills, 1 / np.maximum(total, 1e-12), None)
