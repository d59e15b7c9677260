"""How good lists of recommendations are: the usual measures, one value a fan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlm.recommend.arrays import Bools, Csr, Doubles, Ints


@dataclass(frozen=True)
class FanMetrics:
    """One value for each judged fan, all between 0 and 1."""

    recall: Doubles
    ndcg: Doubles
    average_precision: Doubles
    hit: Doubles

    @classmethod
    def of(cls, hits: Bools, wanted: Ints) -> FanMetrics:
        """From fans x k, whether each place of the list was a hit, and how many were to be found.

        Recall is of all that was to be found; nDCG and average precision are relative to the best
        list of k, with binary relevance (as LightGCN and its successors report; Jarvelin and
        Kekalainen, Cumulated gain-based evaluation of IR techniques, 2002).
        """
        places = hits.shape[1]
        gain = 1 / np.log2(np.arange(2, places + 2))
        ideal = np.concatenate([[0.0], np.cumsum(gain)])
        reachable = np.minimum(wanted, places)
        precision = np.cumsum(hits, axis=1) / np.arange(1, places + 1)
        return cls(
            hits.sum(axis=1) / wanted,
            (hits * gain).sum(axis=1) / ideal[reachable],
            (hits * precision).sum(axis=1) / reachable,
            hits.any(axis=1).astype(np.float64),
        )

    def __getitem__(self, chosen: Bools) -> FanMetrics:
        """Of some fans."""
        return FanMetrics(
            self.recall[chosen],
            self.ndcg[chosen],
            self.average_precision[chosen],
            self.hit[chosen],
        )


def hits_in(lists: Ints, relevant: Csr) -> Bools:
    """Whether each listed artist is relevant: fans x k; a place of -1 is no hit."""
    width = np.int64(relevant.shape[1])
    row, column = relevant.nonzero()
    listed = np.arange(len(lists))[:, None] * width + lists
    found: Bools = np.isin(listed, row * width + column) & (lists >= 0)
    return found


def coverage(lists: Ints, artists: int) -> float:
    """The share of the catalogue that is recommended to anybody."""
    return len(np.unique(lists[lists >= 0])) / artists if artists else 0.0


def novelty(lists: Ints, fans_of: Doubles, fans: int) -> float:
    """Mean surprise of what is recommended: -log2 of the share of fans who know the artist.

    Vargas and Castells, Rank and relevance in novelty and diversity metrics, 2011; an artist that
    nobody knows counts as one that a single fan knows.
    """
    listed = lists[lists >= 0]
    if not len(listed):
        return 0.0
    share = np.maximum(fans_of[listed], 1) / max(fans, 1)
    return float(-np.log2(np.minimum(share, 1)).mean())


def popularity_ratio(lists: Ints, fans_of: Doubles, known: Csr) -> float:
    """Mean popularity of what is recommended over that of what the same fans know already.

    1 is a list as popular as their taste, above it popularity is amplified (Abdollahpouri et al.,
    The Unfairness of Popularity Bias in Recommendation, 2019).
    """
    listed = lists[lists >= 0]
    if not len(listed) or not known.nnz:
        return 0.0
    return float(fans_of[listed].mean() / fans_of[known.indices].mean())
