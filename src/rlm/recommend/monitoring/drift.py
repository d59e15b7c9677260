"""How far those who ask are from those whom the model was judged on."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import chi2

# Above it a population is another one, by the convention of credit scoring (Siddiqi, Credit Risk
# Scorecards, 2006, chapter 9); the alarm is of one mind with the gate.
from rlm.monitoring.recommender import MOST_DRIFT
from rlm.recommend.monitoring.deeds import morning
from rlm.recommend.monitoring.population import (
    KNOWN_ARTISTS,
    KNOWN_FANS,
    PLACE,
    group_of_known,
    group_of_place,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rlm.recommend.monitoring.captures import CapturedAnswer
    from rlm.recommend.monitoring.deeds import Deeds
    from rlm.recommend.monitoring.population import Population

_CONFIDENCE: Final = 0.95
# Added to each group of both sides, so that an empty one does not count for ever.
_HALF_A_FAN: Final = 0.5


@dataclass(frozen=True)
class FeatureDrift:
    """One feature's population stability index, and the groups that it is made of."""

    feature: str
    index: float
    noise: float
    """What 19 of 20 samples of so many fans would stay below if nothing had changed."""
    trained: Mapping[str, int]
    asked: Mapping[str, int]

    @property
    def is_told(self) -> bool:
        """So few fans may have drifted that far by chance."""
        return self.noise < MOST_DRIFT

    @property
    def is_crossed(self) -> bool:
        return self.is_told and self.index > MOST_DRIFT


def drift(reference: Population, asked: Population) -> list[FeatureDrift]:
    """Every feature that training wrote down, the one that moved most first."""
    found = [_of(name, groups, asked.get(name, {})) for name, groups in reference.items()]
    return sorted(found, key=lambda one: (-one.index, one.feature))


def who_asked(
    answers: Iterable[CapturedAnswer],
    deeds: Deeds,
    places: Mapping[str, str],
    reference: Population,
    held_out_weeks: int,
) -> Population:
    """The fans of these answers, each one once, as training would have seen them.

    Known is what it would not have held out: the week of the answer and those before it, as many
    as it holds out, do not count. The model that answers has learned from them.
    """
    asked: dict[str, Counter[str]] = {name: Counter() for name in reference}
    seen: set[str] = set()
    for answer in answers:
        if answer.fan_id in seen:
            continue
        seen.add(answer.fan_id)
        end = _end_of_known(answer, held_out_weeks)
        known = {a for a, at in deeds.firsts.get(answer.fan_id, {}).items() if at < end}
        known.update(answer.liked)
        groups = {
            KNOWN_FANS: "known" if known else "new",
            KNOWN_ARTISTS: group_of_known(len(known)),
            PLACE: group_of_place(
                answer.place or places.get(answer.fan_id), reference.get(PLACE, {})
            ),
        }
        for name in reference:
            asked[name][groups[name]] += 1
    return {name: dict(counted) for name, counted in asked.items()}


def _end_of_known(answer: CapturedAnswer, held_out_weeks: int) -> int:
    """In seconds of UTC; none are the weeks of a training that held out a part at random."""
    if not held_out_weeks:
        return answer.at + 1
    back = answer.day.weekday() + 7 * (held_out_weeks - 1)
    return morning(answer.day - dt.timedelta(days=back))


def _of(feature: str, trained: Mapping[str, int], asked: Mapping[str, int]) -> FeatureDrift:
    """The index is the symmetric divergence of Kullback and Leibler between the two; without a
    change it is distributed as chi-squared (Yurdakul, Statistical Properties of Population
    Stability Index, 2018)."""
    groups = list(dict.fromkeys([*trained, *asked]))
    counts = np.array(
        [[side.get(group, 0) for group in groups] for side in (trained, asked)], dtype=np.float64
    )
    counts = counts[:, counts.any(axis=0)]
    totals = counts.sum(axis=1)
    if counts.shape[1] < 2 or not totals.all():
        return FeatureDrift(feature, 0.0, 0.0, dict(trained), dict(asked))
    shares = (counts + _HALF_A_FAN) / (totals + _HALF_A_FAN * counts.shape[1])[:, None]
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    noise = float(chi2.ppf(_CONFIDENCE, counts.shape[1] - 1) * (1 / totals).sum())
    return FeatureDrift(feature, index, noise, dict(trained), dict(asked))
