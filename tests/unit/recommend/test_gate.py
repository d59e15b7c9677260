"""The gate: what replaces a live model, and what does not, and that it says why."""

from __future__ import annotations

import numpy as np
import pytest

from rlm.recommend.gate import decide, mean_interval
from rlm.recommend.held_out import Judgement
from rlm.recommend.metrics import FanMetrics

FANS = 400


def judged(ndcg: np.ndarray, coverage: float = 0.5) -> Judgement:
    return Judgement(np.empty((len(ndcg), 0), np.int64), FanMetrics(*[ndcg] * 4), coverage)


@pytest.fixture
def champion() -> np.ndarray:
    return np.random.default_rng(1).uniform(0.1, 0.5, FANS)


def everybody(chosen: slice = slice(None)) -> dict[str, np.ndarray]:
    of_segment = np.zeros(FANS, dtype=bool)
    of_segment[chosen] = True
    return {"casual": of_segment}


def failed(candidate: Judgement, champion: Judgement, **segments: np.ndarray) -> list[str]:
    verdict = decide(candidate, champion, "live", segments or everybody())
    assert verdict.is_approved == (not [c for c in verdict.conditions if not c.is_met])
    return [c.name for c in verdict.conditions if not c.is_met]


def test_a_better_model_is_approved(champion: np.ndarray) -> None:
    assert failed(judged(champion + 0.05), judged(champion)) == []


def test_the_same_model_is_rejected(champion: np.ndarray) -> None:
    assert failed(judged(champion), judged(champion)) == ["better"]


def test_a_gain_within_noise_is_rejected(champion: np.ndarray) -> None:
    noise = np.random.default_rng(2).normal(0.002, 0.2, FANS)
    assert failed(judged(champion + noise), judged(champion)) == ["better"]


def test_a_gain_that_a_segment_pays_for_is_rejected(champion: np.ndarray) -> None:
    change = np.full(FANS, 0.2)
    change[:50] = -0.1
    segments = everybody(slice(0, 50))
    assert failed(judged(champion + change), judged(champion), **segments) == ["segment casual"]


def test_few_fans_are_told_and_not_judged(champion: np.ndarray) -> None:
    change = np.full(FANS, 0.2)
    change[:20] = -0.1
    assert failed(judged(champion + change), judged(champion), **everybody(slice(0, 20))) == []


def test_coverage_that_collapses_is_rejected(champion: np.ndarray) -> None:
    assert failed(judged(champion + 0.1, 0.2), judged(champion, 0.5)) == ["coverage"]


def test_the_reason_names_what_spoke_against(champion: np.ndarray) -> None:
    verdict = decide(judged(champion), judged(champion), "live", everybody())
    assert verdict.reason.startswith("nDCG@20")
    assert "of live: +0.0000" in verdict.reason


def test_an_interval_holds_the_mean_and_narrows_with_fans() -> None:
    values = np.random.default_rng(3).normal(1.0, 1.0, 4000)
    wide, narrow = mean_interval(values[:100]), mean_interval(values)
    assert wide.low < wide.mean < wide.high
    # The standard error is 1 / sqrt(n): ten standard errors of 100 are 6.3 of 4000.
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 / np.sqrt(4000), rel=0.15)
    assert mean_interval(values) == narrow
