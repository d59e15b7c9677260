"""What stands where a series has no value."""

from __future__ import annotations

from localaws.cloudwatch.metric_math.values import Series


def fill(series: Series, filling: str | float | Series, start: int, end: int) -> Series:
    """The series with a point at each of its periods between start and end, where there is one.

    REPEAT takes the value before, LINEAR draws a line between neighbours; outside of the first
    and the last point neither has anything to go by, and no point is made.
    """
    times = _times(series, start, end)
    if isinstance(filling, Series):
        return series.with_points(
            {at: series.points.get(at, filling.points.get(at)) for at in times}
        )
    if filling == "REPEAT":
        last: float | None = None
        repeated: dict[int, float | None] = {}
        for at in times:
            last = series.points.get(at, last)
            repeated[at] = last
        return series.with_points(repeated)
    if filling == "LINEAR":
        return series.with_points({at: _between(series, at) for at in times})
    return series.with_points({at: series.points.get(at, float(filling)) for at in times})


def _times(series: Series, start: int, end: int) -> list[int]:
    """The periods' beginnings, in step with the points that there are."""
    anchor = min(series.points, default=start)
    first = start + (anchor - start) % series.period
    return sorted({*range(first, end, series.period), *series.points})


def _between(series: Series, at: int) -> float | None:
    if at in series.points:
        return series.points[at]
    before = max((one for one in series.points if one < at), default=None)
    after = min((one for one in series.points if one > at), default=None)
    if before is None or after is None:
        return None
    share = (at - before) / (after - before)
    return series.points[before] + share * (series.points[after] - series.points[before])
