"""The functions of metric math, in one table; what is left out is named with its reason."""

from __future__ import annotations

import itertools
import math
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localaws.cloudwatch.metric_math.filling import fill
from localaws.cloudwatch.metric_math.values import MathError, Series, is_there, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.cloudwatch.metric_math.values import Value

    Argument = Value | str

# Functions that CloudWatch documents and this does not serve.
NOT_SERVED = {
    "SEARCH": "name the metrics instead",
    "ANOMALY_DETECTION_BAND": "there is no model of anomalies here",
    "INSIGHT_RULE_METRIC": "there are no Contributor Insights here",
    "DB_PERF_INSIGHTS": "there are no Performance Insights here",
    "LAMBDA": "there are no Lambda data sources here",
    "SERVICE_QUOTA": "there are no quotas here",
}


@dataclass(frozen=True)
class Called:
    """A function's arguments, and the times that the whole evaluation is about."""

    name: str
    arguments: Sequence[Argument]
    start: int
    end: int
    period: int

    def between(self, least: int, most: int) -> None:
        if not least <= len(self.arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise MathError(f"{self.name} takes {wanted} arguments, not {len(self.arguments)}")

    def series(self, number: int = 0) -> Series:
        found = self.arguments[number]
        if not isinstance(found, Series):
            raise MathError(f"{self.name} takes a time series, not {kind_of(found)}")
        return found

    def several(self, number: int = 0) -> list[Series]:
        found = self.arguments[number]
        if not isinstance(found, list):
            raise MathError(f"{self.name} takes an array of time series, not {kind_of(found)}")
        return found

    def number(self, number: int) -> float:
        found = self.arguments[number]
        if not isinstance(found, int | float):
            raise MathError(f"{self.name} takes a number here, not {kind_of(found)}")
        return float(found)

    def word(self, number: int, *allowed: str) -> str:
        found = self.arguments[number]
        if not isinstance(found, str) or found not in allowed:
            raise MathError(f"{self.name} takes one of {', '.join(allowed)} here")
        return found


def call(called: Called) -> Value:
    """The value of one function."""
    if called.name in NOT_SERVED:
        raise MathError(f"{called.name} is not served by the local AWS: {NOT_SERVED[called.name]}")
    if called.name not in _FUNCTIONS:
        raise MathError(f"there is no function {called.name}")
    return _FUNCTIONS[called.name](called)


def _each(change: Callable[[float], float | None]) -> Callable[[Called], Value]:
    """A function of numbers, one by one, of whatever holds them."""

    def of_point(value: float) -> float | None:
        return change(value) if is_there(value) else None

    def of(called: Called) -> Value:
        called.between(1, 1)
        value = called.arguments[0]
        if isinstance(value, Series):
            return value.mapped(of_point)
        if isinstance(value, list):
            return [one.mapped(of_point) for one in value]
        number = called.number(0)
        # What has no value, as the largest of nothing, stays without one.
        found = change(number) if math.isfinite(number) else number
        if found is None:
            raise MathError(f"{called.name} of {number:g} has no value")
        return found

    return of


def _together(reduce: Callable[[Sequence[float]], float]) -> Callable[[Called], Value]:
    """A number of one series; a series of several, by the values that they have at each time."""

    def of(called: Called) -> Value:
        called.between(1, 1)
        value = called.arguments[0]
        if isinstance(value, Series):
            return reduce(list(value.points.values())) if value.points else math.nan
        found = called.several()
        times = sorted({at for one in found for at in one.points})
        period = max((one.period for one in found), default=called.period)
        return Series(period).with_points(
            {at: reduce([one.points[at] for one in found if at in one.points]) for at in times}
        )

    return of


def _by_steps(
    step: Callable[[float, float, int], float | None],
) -> Callable[[Called], Value]:
    """A series by each point and the one before it; the first has none."""

    def stepped(series: Series) -> Series:
        times = sorted(series.points)
        return series.with_points(
            {
                now: step(series.points[before], series.points[now], now - before)
                for before, now in itertools.pairwise(times)
            }
        )

    def of(called: Called) -> Value:
        called.between(1, 1)
        value = called.arguments[0]
        return (
            [stepped(one) for one in value] if isinstance(value, list) else stepped(called.series())
        )

    return of


def _by_time(read: Callable[[datetime], float]) -> Callable[[Called], Value]:
    def of(called: Called) -> Value:
        called.between(1, 1)
        series = called.series()
        return series.with_points(
            {at: read(datetime.fromtimestamp(at, UTC)) for at in series.points}
        )

    return of


def _if(called: Called) -> Value:
    """Time by time where any part is a series; without a third part, false is no point."""
    called.between(2, 3)
    parts = called.arguments
    series = [one for one in parts if isinstance(one, Series)]
    if any(isinstance(one, list) for one in parts):
        raise MathError("IF takes time series and numbers, not an array of time series")
    if not series:
        if called.number(0):
            return called.number(1)
        if len(parts) == 3:
            return called.number(2)
        raise MathError("IF has no value: the condition is false and there is no third argument")

    def at_time(number: int, at: int) -> float | None:
        if number == len(parts):
            return None
        part = parts[number]
        return part.points.get(at) if isinstance(part, Series) else called.number(number)

    condition = parts[0]
    times = (
        set(condition.points)
        if isinstance(condition, Series)
        else {at for one in series for at in one.points}
    )
    found = {at: at_time(1 if at_time(0, at) else 2, at) for at in times}
    return max(series, key=lambda one: one.period).with_points(found)


def _fill(called: Called) -> Value:
    called.between(2, 2)
    value, filling = called.arguments
    if isinstance(filling, str):
        filling = called.word(1, "REPEAT", "LINEAR")
    elif isinstance(filling, list):
        raise MathError("FILL takes a number, a time series, REPEAT or LINEAR")
    if isinstance(value, list):
        return [fill(one, filling, called.start, called.end) for one in value]
    return fill(called.series(), filling, called.start, called.end)


def _running_sum(called: Called) -> Value:
    called.between(1, 1)

    def summed(series: Series) -> Series:
        total, found = 0.0, {}
        for at in sorted(series.points):
            total += series.points[at]
            found[at] = total
        return series.with_points(dict(found))

    value = called.arguments[0]
    return [summed(one) for one in value] if isinstance(value, list) else summed(called.series())


def _time_series(called: Called) -> Value:
    called.between(1, 1)
    number = called.number(0)
    times = range(called.start, called.end, called.period)
    return Series(called.period).with_points(dict.fromkeys(times, number))


def _datapoint_count(called: Called) -> Value:
    called.between(1, 1)
    if isinstance(called.arguments[0], Series):
        return float(len(called.series().points))
    return _together(lambda values: float(len(values)))(called)


def _slice(called: Called) -> Value:
    called.between(2, 3)
    end = int(called.number(2)) if len(called.arguments) == 3 else None
    return called.several()[int(called.number(1)) : end]


_SORTED_BY: dict[str, Callable[[Sequence[float]], float]] = {
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
}


def _sort(called: Called) -> Value:
    called.between(3, 4)
    measure = _SORTED_BY[called.word(1, *_SORTED_BY)]
    descending = called.word(2, "ASC", "DESC") == "DESC"
    found = [one for one in called.several() if one.points]
    found.sort(key=lambda one: measure(list(one.points.values())), reverse=descending)
    return found[: int(called.number(3))] if len(called.arguments) == 4 else found


def _one(called: Called, number: int) -> Series:
    called.between(1, 1)
    found = called.several()
    return found[number] if found else Series(called.period)


def _count(called: Called) -> float:
    called.between(1, 1)
    return float(len(called.several()))


def _period(called: Called) -> float:
    called.between(1, 1)
    return float(called.series().period)


def _without_empty(called: Called) -> list[Series]:
    called.between(1, 1)
    return [one for one in called.several() if one.points]


def _logarithm(logarithm: Callable[[float], float]) -> Callable[[float], float | None]:
    return lambda value: logarithm(value) if value > 0 else None


_FUNCTIONS: dict[str, Callable[[Called], Value]] = {
    "ABS": _each(abs),
    "AVG": _together(statistics.fmean),
    "CEIL": _each(lambda value: float(math.ceil(value))),
    "DATAPOINT_COUNT": _datapoint_count,
    "DATE": _by_time(lambda moment: float(moment.day)),
    "DAY": _by_time(lambda moment: float(moment.isoweekday())),
    "DIFF": _by_steps(lambda before, now, _: now - before),
    "DIFF_TIME": _by_steps(lambda _before, _now, seconds: float(seconds)),
    "EPOCH": _by_time(lambda moment: moment.timestamp()),
    "FILL": _fill,
    "FIRST": lambda called: _one(called, 0),
    "FLOOR": _each(lambda value: float(math.floor(value))),
    "HOUR": _by_time(lambda moment: float(moment.hour)),
    "IF": _if,
    "LAST": lambda called: _one(called, -1),
    "LOG": _each(_logarithm(math.log)),
    "LOG10": _each(_logarithm(math.log10)),
    "MAX": _together(max),
    "METRIC_COUNT": _count,
    "MIN": _together(min),
    "MINUTE": _by_time(lambda moment: float(moment.minute)),
    "MONTH": _by_time(lambda moment: float(moment.month)),
    "PERIOD": _period,
    "RATE": _by_steps(lambda before, now, seconds: (now - before) / seconds),
    "REMOVE_EMPTY": _without_empty,
    "RUNNING_SUM": _running_sum,
    "SLICE": _slice,
    "SORT": _sort,
    "STDDEV": _together(statistics.pstdev),
    "SUM": _together(math.fsum),
    "TIME_SERIES": _time_series,
    "YEAR": _by_time(lambda moment: float(moment.year)),
}
