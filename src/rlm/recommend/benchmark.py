"""The published protocol: fit on one file, judge on another, by Recall@k and nDCG@k.

A file has one line a fan: the fan, then its artists, as numbers separated by spaces.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from rlm.recommend.arrays import csr
from rlm.recommend.catalogue import Catalogue
from rlm.recommend.contract import Progress, TrainingSet, silent
from rlm.recommend.interactions import Interactions
from rlm.recommend.metrics import FanMetrics, coverage, hits_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rlm.recommend.base import HistoryRecommender

Protocol = Literal["strict", "full"]
Rows = list[tuple[str, str]]


class BenchmarkFileError(ValueError):
    """A file that is not of the published form; the text says where and what."""


@dataclass(frozen=True)
class Judged:
    """One model on one held-out file."""

    part: str
    fans: int
    recall: float
    ndcg: float
    average_precision: float
    hit: float
    coverage: float
    score_seconds: float


@dataclass(frozen=True)
class Result:
    protocol: Protocol
    model: str
    fit_seconds: float
    judged: tuple[Judged, ...]


def read_rows(path: Path) -> Rows:
    """Pairs of fan and artist. Raises BenchmarkFileError."""
    rows: Rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fan, *artists = line.split() or [""]
        if not all(part.isdecimal() for part in (fan, *artists) if line.strip()):
            raise BenchmarkFileError(
                f"{path}, line {number}: expected numbers separated by spaces, found {line[:60]!r}"
            )
        rows += [(fan, artist) for artist in artists]
    if not rows:
        raise BenchmarkFileError(f"{path} holds no fan with an artist")
    return rows


def run_benchmark(
    make: Callable[[Interactions], HistoryRecommender],
    train: Rows,
    valid: Rows,
    test: Rows | None,
    protocol: Protocol,
    count: int = 20,
    progress: Progress = silent,
) -> Result:
    """Fit and judge; what a model was fitted on is never in its lists.

    strict: fitted on train, judged on valid and test, and valid's artists stay in the running on
    test. full: fitted on train and valid, judged on test, which has to be there.
    """
    if protocol == "full" and test is None:
        raise ValueError("protocol full fits on the validation part too: it needs a test part")
    seen = train if protocol == "strict" else train + valid
    interactions = Interactions.of(set(seen))
    catalogue = Catalogue.without_profiles(interactions.artists)
    began = time.monotonic()
    model = make(interactions).fit(TrainingSet(interactions, catalogue), progress)
    fit_seconds = time.monotonic() - began
    parts = ([("valid", valid)] if protocol == "strict" else []) + (
        [("test", test)] if test else []
    )
    judged = []
    for name, rows in parts:
        progress(f"{model.kind}: judging on {name}")
        judged.append(judge(model, name, rows, count))
    return Result(protocol, model.kind, fit_seconds, tuple(judged))


def judge(model: HistoryRecommender, part: str, rows: Rows, count: int = 20) -> Judged:
    """The mean over fans of `rows`; artists that the model has never met cannot be found.

    Fans that it has never met are left out, as they have no list: their number is what is missing.
    """
    pairs = sorted(set(rows))
    fan = model.fans.find([fan for fan, _ in pairs])
    artist = model.artists.find([artist for _, artist in pairs])
    # Two unknown artists are two things that were not found.
    outside = len(model.artists) + np.arange(len(pairs))
    artist = np.where(artist < 0, outside, artist)
    kept = fan >= 0
    shape = (len(model.fans), len(model.artists) + len(pairs))
    relevant = csr((np.ones(int(kept.sum())), (fan[kept], artist[kept])), shape)
    who = np.flatnonzero(np.diff(relevant.indptr))
    began = time.monotonic()
    lists = model.best_new(who, count)
    seconds = time.monotonic() - began
    relevant = relevant[who]
    found = FanMetrics.of(hits_in(lists, relevant), np.diff(relevant.indptr))
    return Judged(
        part,
        len(who),
        float(found.recall.mean()),
        float(found.ndcg.mean()),
        float(found.average_precision.mean()),
        float(found.hit.mean()),
        coverage(lists, len(model.artists)),
        seconds,
    )
