"""Whether a candidate may replace the live model: better beyond noise, and worse for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.recommend.arrays import Bools, Doubles
    from rlm.recommend.held_out import Judgement

# Of the champion's nDCG within a segment: more than that is much worse.
MOST_SEGMENT_LOSS: Final = 0.05
# Of the champion's coverage: less than that is a collapse.
LEAST_COVERAGE: Final = 0.5
# Smaller segments are told, not judged.
FANS_TO_JUDGE: Final = 30
_RESAMPLES: Final = 1000
_CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and between which values it lies with 95 % confidence."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Condition:
    name: str
    is_met: bool
    text: str
    """What was asked and what was found, for people."""


@dataclass(frozen=True)
class Verdict:
    is_approved: bool
    champion: str
    conditions: tuple[Condition, ...]

    @property
    def reason(self) -> str:
        """One line: what spoke against it, or all that spoke for it."""
        against = [c.text for c in self.conditions if not c.is_met]
        return "; ".join(against or [c.text for c in self.conditions])


def mean_interval(values: Doubles, seed: int = 0) -> Interval:
    """The mean with its percentile bootstrap interval (Efron, Better Bootstrap Confidence
    Intervals, 1987, section 1); fans are resampled, as they are who answers independently."""
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    generator = np.random.default_rng(seed)
    means = np.array(
        [values[generator.integers(0, len(values), len(values))].mean() for _ in range(_RESAMPLES)]
    )
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(values.mean()), float(low), float(high))


def decide(
    candidate: Judgement, champion: Judgement, champion_name: str, segments: Mapping[str, Bools]
) -> Verdict:
    """Compare on the same fans, pair by pair: what both find hard cancels out."""
    difference = candidate.fans.ndcg - champion.fans.ndcg
    gain = mean_interval(difference)
    conditions = [
        Condition(
            "better",
            gain.low > 0,
            f"nDCG@20 {candidate.fans.ndcg.mean():.4f} against {champion.fans.ndcg.mean():.4f} of "
            f"{champion_name}: {gain.mean:+.4f}, with 95 % between {gain.low:+.4f} and "
            f"{gain.high:+.4f}",
        )
    ]
    for name, chosen in segments.items():
        if chosen.sum() >= FANS_TO_JUDGE:
            conditions.append(_segment(name, difference[chosen], champion.fans.ndcg[chosen]))
    share = candidate.coverage / champion.coverage if champion.coverage else 1.0
    conditions.append(
        Condition(
            "coverage",
            share >= LEAST_COVERAGE,
            f"recommends {candidate.coverage:.1%} of the artists, {share:.2f} times as many as "
            f"{champion_name}; at least {LEAST_COVERAGE} times is asked",
        )
    )
    return Verdict(all(c.is_met for c in conditions), champion_name, tuple(conditions))


def _segment(name: str, difference: Doubles, of_champion: Doubles) -> Condition:
    """Much worse is what is worse beyond noise, and by more than a little."""
    change, before = mean_interval(difference), float(of_champion.mean())
    is_worse = change.high < 0 and -change.mean > MOST_SEGMENT_LOSS * before
    return Condition(
        f"segment {name}",
        not is_worse,
        f"{len(difference)} {name} fans: {change.mean:+.4f} from {before:.4f}, with 95 % between "
        f"{change.low:+.4f} and {change.high:+.4f}",
    )
