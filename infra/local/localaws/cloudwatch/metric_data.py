"""GetMetricData: metrics and expressions over the periods of a range; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from localaws.cloudwatch.metric_math import MathError, Series, Window, evaluate
from localaws.cloudwatch.requests import DEFAULT_PERIOD, check_queries, invalid, returned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.operations import Document

Query = Mapping[str, Any]
# (metric stat, start, seconds of a period, periods): values by the number of their period.
Fetch = Callable[[Query, float, float, int], Mapping[int, float]]


def metric_data(request: Document, start: float, end: float, fetch: Fetch) -> Document:
    """The answer to a request; an expression that cannot be evaluated is an error, not a value."""
    queries: Sequence[Query] = request.get("MetricDataQueries") or ()
    check_queries(queries)
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    metrics: dict[str, Series] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            metrics[query["Id"]] = _series(query, stat, start, end, fetch)
    expressions = {q["Id"]: q["Expression"] for q in queries if q.get("Expression")}
    period = max(
        [int(q["Period"]) for q in queries if q.get("Period")]
        + [one.period for one in metrics.values()],
        default=DEFAULT_PERIOD,
    )
    window = Window(_floor(start, period), int(end), period)
    try:
        values = evaluate(expressions, metrics, window)
    except MathError as error:
        raise invalid(f"Error in expression: {error}.") from error
    ascending = request.get("ScanBy") == "TimestampAscending"
    results = []
    for query in returned(queries):
        value = values.get(query["Id"], metrics.get(query["Id"]))
        if isinstance(value, Series):
            results.append(_result(query, query.get("Label") or _label(query), value, ascending))
        elif isinstance(value, list):
            results += [_result(query, one.label or _label(query), one, ascending) for one in value]
        else:
            raise invalid(f"The expression {query['Id']} results in a number, not a time series.")
    return {"MetricDataResults": results, "Messages": []}


def evaluated(
    queries: Sequence[Query], fetch: Fetch, now: float, count: int, speed: float
) -> list[float | None]:
    """What an alarm's queries come to in its last periods, the oldest first.

    Expressions see periods as long as the alarm says; what is looked at is `speed` times shorter.
    """
    stats = {q["Id"]: q["MetricStat"] for q in queries if q.get("MetricStat")}
    period = int(next(iter(stats.values()))["Period"])
    # One more, for functions that compare with the point before.
    periods = count + 1
    width = period / speed
    begin = int(now) - period * periods
    metrics = {}
    for identifier, stat in stats.items():
        found = fetch(stat, now - width * periods, width, periods)
        metrics[identifier] = Series(
            period, {begin + number * period: value for number, value in sorted(found.items())}
        )
    expressions = {q["Id"]: q["Expression"] for q in queries if q.get("Expression")}
    window = Window(begin, begin + periods * period, period)
    wanted = returned(queries)[0]["Id"]
    values = evaluate(expressions, metrics, window)
    result = values[wanted] if wanted in values else metrics[wanted]
    if not isinstance(result, Series):
        raise MathError(f"{wanted} is not one time series")
    return [result.points.get(begin + number * period) for number in range(1, periods)]


def _series(query: Query, stat: Query, start: float, end: float, fetch: Fetch) -> Series:
    period = int(stat["Period"])
    begin = _floor(start, period)
    count = -(-(int(end) - begin) // period)
    found = fetch(stat, begin, period, count)
    points = {begin + number * period: value for number, value in sorted(found.items())}
    return Series(period, points, query.get("Label") or _label(query))


def _label(query: Query) -> str:
    stat = query.get("MetricStat")
    return str(stat["Metric"]["MetricName"]) if stat else str(query["Id"])


def _result(query: Query, label: str, series: Series, ascending: bool) -> Document:
    points = sorted(series.points.items(), reverse=not ascending)
    return {
        "Id": query["Id"],
        "Label": label,
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _floor(at: float, period: int) -> int:
    return int(at // period) * period
