"""Forecasts, approximated: exponential smoothing with a damped trend, and a season if there is one.

QuickSight's own forecasts come from a random cut forest that is not public. What is drawn here
goes on plausibly, and says that it is approximated.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
from collections.abc import Sequence  # noqa: TC003 - part of the public types
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.queries.periods import step
from rlm.quicksight.query import ColumnType
from rlm.quicksight.results import ResultTable

if TYPE_CHECKING:
    from rlm.quicksight.queries.visuals import Asked

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


def forecast_table(told: Asked, table: ResultTable | None) -> ResultTable | None:
    """The forecast of a line chart's first measure, for each colour; None where there is none."""
    time = next((one for one in told.well("Category") if one.is_date), None)
    if table is None or time is None or told.well("SmallMultiples") or not told.well("Values"):
        return None
    how = told.visual.chart["ForecastConfigurations"][0].get("ForecastProperties") or {}
    measure = told.well("Values")[0]
    colors = [one for one in table.fields if one.well == "Colors"]
    places = {one.field_id: place for place, one in enumerate(table.fields)}
    series: dict[tuple[Any, ...], list[tuple[dt.datetime, float]]] = {}
    for row in table.rows:
        moment, value = row[places[time.field_id]], row[places[measure.field_id]]
        if moment is not None and value is not None:
            key = tuple(row[places[one.field_id]] for one in colors)
            series.setdefault(key, []).append((moment, value))
    rows = []
    for key, points in series.items():
        kept = sorted(points)[: -int(how.get("PeriodsBackward") or 0) or None]
        rows += [
            (one.moment, *key, one.value, one.low, one.high)
            for one in forecast_of(
                kept,
                time.granularity or "DAY",
                int(how.get("PeriodsForward") or 14) + int(how.get("PeriodsBackward") or 0),
                int(how.get("PredictionInterval") or 90),
                how.get("LowerBoundary"),
                how.get("UpperBoundary"),
            )
        ]
    shown = table.fields[places[measure.field_id]]
    decimal = replace(shown, type=ColumnType.DECIMAL)
    ends = [replace(decimal, field_id=f"{shown.field_id}:{name}") for name in ("low", "high")]
    return ResultTable((table.fields[places[time.field_id]], *colors, decimal, *ends), rows)


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
