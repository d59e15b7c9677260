"""Hit rates of joined answers, beside those of popularity, with how sure they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlm.recommend.gate import Interval
from rlm.recommend.metrics import FanMetrics
from rlm.recommend.monitoring.joining import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rlm.recommend.arrays import Bools, Doubles, Ints
    from rlm.recommend.monitoring.joining import Joined

CUTOFFS: Final = (1, 3, 10)
# With fewer fans a rate is an anecdote: it is not told as a metric.
FANS_TO_TELL: Final = 100
_CONFIDENT: Final = 1.96


def measure(joined: Sequence[Joined]) -> dict[str, Any]:
    """Both lists' rates, and the model's lead over popularity on the same answers."""
    fans = _fans(joined)
    hits = {
        "model": _table([one.hits for one in joined]),
        "popularity": _table([one.popular_hits for one in joined]),
    }
    values = {name: _values(table, joined) for name, table in hits.items()}
    told: dict[str, Any] = {
        "answers": len(joined),
        "fans": int(fans.max()) + 1 if len(fans) else 0,
        "hits": {name: int(table.any(axis=1).sum()) for name, table in hits.items()},
    }
    for name, of_list in values.items():
        told[name] = {
            measured: asdict(_within_reach(rate(value, fans)))
            for measured, value in of_list.items()
        }
    told["lift"] = {
        f"hit_rate_{cutoff}": asdict(
            rate(
                values["model"][f"hit_rate_{cutoff}"] - values["popularity"][f"hit_rate_{cutoff}"],
                fans,
            )
        )
        for cutoff in CUTOFFS
    }
    return told


def measure_by(joined: Sequence[Joined], of: Callable[[Joined], str]) -> dict[str, dict[str, Any]]:
    """The same of each group, in the order of their names."""
    groups: dict[str, list[Joined]] = {}
    for one in joined:
        groups.setdefault(of(one), []).append(one)
    return {name: measure(groups[name]) for name in sorted(groups)}


def by_place(joined: Sequence[Joined]) -> list[dict[str, Any]]:
    """Of the answers that reach a place, the share that hit there."""
    reach = np.array([one.listed for one in joined], dtype=np.int64)
    model = _table([one.hits for one in joined])
    popular = _table([one.popular_hits for one in joined])
    told = []
    for place in range(1, PLACES + 1):
        listed = int((reach >= place).sum())
        if listed:
            told.append(
                {
                    "place": place,
                    "answers": listed,
                    "model": float(model[:, place - 1].sum()) / listed,
                    "popularity": float(popular[:, place - 1].sum()) / listed,
                }
            )
    return told


def rate(values: Doubles, fans: Ints) -> Interval:
    """The mean over answers and its 95 % interval, for answers that come in bundles of a fan.

    A fan's answers resemble one another, so fans are what varies: the variance of a ratio of sums
    over clusters (Cochran, Sampling Techniques, 3rd edition, 1977, section 9A.1).
    """
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    counts = np.bincount(fans).astype(np.float64)
    sums = np.bincount(fans, weights=values)
    mean = float(sums.sum() / counts.sum())
    clusters = len(counts)
    if clusters == 1:
        # One fan tells nothing of how fans vary: it may be anything that a difference can be.
        return Interval(mean, -1.0, 1.0)
    spread = np.square(sums - mean * counts).sum() * clusters / (clusters - 1)
    half = _CONFIDENT * float(np.sqrt(spread)) / float(counts.sum())
    return Interval(mean, mean - half, mean + half)


def _values(hits: Bools, joined: Sequence[Joined]) -> dict[str, Doubles]:
    """One value an answer."""
    told = {f"hit_rate_{k}": hits[:, :k].any(axis=1).astype(np.float64) for k in CUTOFFS}
    first = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, np.inf)
    told["reciprocal_rank"] = 1 / first
    # Where the fan turned to nobody new there was nothing to find, for neither list.
    wanted = np.array([max(one.turned_to, 1) for one in joined], dtype=np.int64)
    told["ndcg_10"] = FanMetrics.of(hits, wanted).ndcg if len(joined) else np.empty(0)
    return told


def _table(hits: Sequence[tuple[int, ...]]) -> Bools:
    """Answers x places."""
    table = np.zeros((len(hits), PLACES), dtype=bool)
    for row, places in enumerate(hits):
        for place in places:
            table[row, place - 1] = True
    return table


def _fans(joined: Sequence[Joined]) -> Ints:
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(one.fan_id, len(numbers)) for one in joined], dtype=np.int64
    )


def _within_reach(interval: Interval) -> Interval:
    """Of a value between 0 and 1."""
    return Interval(interval.mean, max(interval.low, 0.0), min(interval.high, 1.0))
