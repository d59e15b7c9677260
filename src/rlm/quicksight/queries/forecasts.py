"""Forecasts, approximated: exponential smoothing with a damped trend, and a season if there is one.

QuickSight's own forecasts come from a random cut forest that is not public. What is drawn here
goes on plausibly, and says that it is approximated.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
from collections.abc import Sequence  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from math import sqrt
from typing import Final

from rlm.quicksight.queries.periods import step

_SEASONS: Final = {"MONTH": 12, "QUARTER": 4, "WEEK": 52, "DAY": 7, "HOUR": 24}
_DEVIATIONS: Final = {50: 0.674, 60: 0.842, 70: 1.036, 80: 1.282, 90: 1.645, 95: 1.96, 99: 2.576}
_LEVEL: Final = 0.4
_TREND: Final = 0.1
_DAMPING: Final = 0.9


@dataclass(frozen=True)
class Foreseen:
    """A forecast period, and between what the value is expected."""

    moment: dt.datetime
    value: float
    low: float
    high: float


def forecast_of(
    points: Sequence[tuple[dt.datetime, float]],
    granularity: str,
    periods: int,
    interval: int = 90,
    low: float | None = None,
    high: float | None = None,
) -> tuple[Foreseen, ...]:
    """The next periods after the last point; none from fewer than three points."""
    values = [float(value) for _, value in points]
    if len(values) < 3:
        return ()
    season = _season(values, granularity)
    plain = [value - season[i % len(season)] for i, value in enumerate(values)]
    level, trend, errors = plain[0], plain[1] - plain[0], []
    for value in plain[1:]:
        expected = level + _DAMPING * trend
        errors.append(value - expected)
        before, level = level, expected + _LEVEL * (value - expected)
        trend = _TREND * (level - before) + (1 - _TREND) * _DAMPING * trend
    spread = sqrt(sum(one * one for one in errors) / len(errors))
    nearest = min(_DEVIATIONS, key=lambda known: abs(known - interval))
    found, damping = [], 0.0
    for ahead in range(1, periods + 1):
        damping += _DAMPING**ahead
        value = level + damping * trend + season[(len(values) + ahead - 1) % len(season)]
        width = _DEVIATIONS[nearest] * spread * sqrt(1 + (ahead - 1) * _LEVEL**2)
        found.append(
            Foreseen(
                step(points[-1][0], granularity, ahead),
                _bounded(value, low, high),
                _bounded(value - width, low, high),
                _bounded(value + width, low, high),
            )
        )
    return tuple(found)


def _season(values: Sequence[float], granularity: str) -> list[float]:
    """Additive deviations of a season, of at least two whole ones; else none."""
    length = _SEASONS.get(granularity, 1)
    if length == 1 or len(values) < 2 * length:
        return [0.0]
    mean = sum(values) / len(values)
    groups: list[list[float]] = [[] for _ in range(length)]
    for i, value in enumerate(values):
        groups[i % length].append(value - mean)
    return [sum(group) / len(group) for group in groups]


def _bounded(value: float, low: float | None, high: float | None) -> float:
    if low is not None:
        value = max(value, low)
    return value if high is None else min(value, high)
