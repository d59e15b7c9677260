"""Insights: the values that a narrative refers to, by the names of its computations.

Each computation is a mapping with the documented names: `metricField.name`, `totalAggregate.value`,
`items[i].categoryValue`, ... A value is `{"value": ..., "field": Field}`: how it is formatted is
the field's matter. Percentages are fractions, and their `field` is None.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from rlm.quicksight.queries.building import within
from rlm.quicksight.queries.context import Answer, Context, NotSupportedError, Raw, Steps
from rlm.quicksight.queries.drills import equals
from rlm.quicksight.queries.forecasts import forecast_of
from rlm.quicksight.queries.periods import Range, cut, step
from rlm.quicksight.queries.visuals import MOST_GROUPS, Asked, Visual, asked, by_value, single_row
from rlm.quicksight.query import ColumnType, Order, Ordered
from rlm.quicksight.results import Field, VisualResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rlm.quicksight.queries.fields import WellField

Values: TypeAlias = dict[str, Any]


def insight(context: Context, visual: Visual) -> Steps[VisualResult]:
    """An insight; one without computations is text alone."""
    configuration = visual.definition.get("InsightConfiguration") or {}
    found: dict[str, Values] = {}
    unsupported: list[str] = []
    computations = configuration.get("Computations") or ()
    if not computations:
        return VisualResult(visual.visual_id, visual.kind, visual.definition, None)
    for one in computations:
        ((kind, told),) = one.items()
        name = told.get("Name") or kind
        make = _COMPUTATIONS.get(kind)
        if make is None:
            unsupported.append(f"the computation {kind}")
            continue
        data = yield from asked(context, visual, _wells(told))
        found[name] = yield from make(data, told)
    return VisualResult(
        visual.visual_id,
        visual.kind,
        visual.definition,
        None,
        computations=found,
        unsupported=tuple(unsupported),
    )


def _wells(told: Raw) -> dict[str, list[Raw]]:
    names = ("Time", "Category", "Value", "FromValue", "TargetValue")
    return {name: [told[name]] for name in names if told.get(name)}


def _one(data: Asked, well: str) -> WellField:
    fields = data.well(well)
    if not fields:
        raise NotSupportedError(f"a computation without its {well}")
    return fields[0]


def _value(value: Any, field: Field | None) -> Values:
    return {"value": value, "field": field}


def _named(field: WellField) -> Values:
    return {"name": field.label}


def _total(data: Asked, told: Raw) -> Steps[Values]:
    metric = _one(data, "Value")
    (answer,) = yield (data.query((), [metric]),)
    field = metric.as_result(answer.types[0])
    return {
        "metricField": _named(metric),
        "totalAggregate": _value(single_row(answer)[0], field),
    }


def _ranked(data: Asked, told: Raw) -> Steps[Values]:
    category, metric = _one(data, "Category"), _one(data, "Value")
    size, kind = int(told.get("ResultSize") or 3), told["Type"]
    direction = "DESC" if kind == "TOP" else "ASC"
    order = (
        Order(direction, by=Ordered(metric.expression, metric.aggregate, direction)),
        Order("ASC", alias="d0"),
    )
    (answer,) = yield (data.query([category], [metric], order=order, limit=size + 1),)
    rows = [row for row in answer.rows if row[1] is not None][:size]
    fields = [category.as_result(answer.types[0]), metric.as_result(answer.types[1])]
    return {
        "categoryField": _named(category),
        "metricField": _named(metric),
        "type": kind,
        "itemsCount": len(rows),
        "items": [
            {"categoryValue": _value(row[0], fields[0]), "metricValue": _value(row[1], fields[1])}
            for row in rows
        ],
    }


def _unique(data: Asked, told: Raw) -> Steps[Values]:
    category = _one(data, "Category")
    (answer,) = yield (data.query([category], (), limit=MOST_GROUPS),)
    count = len({row[0] for row in answer.rows if row[0] is not None})
    return {
        "categoryField": _named(category),
        "uniqueGroupValuesCount": _value(count, _count_field(category)),
    }


def _count_field(category: WellField) -> Field:
    return replace(category.as_result(ColumnType.INTEGER), is_measure=True, granularity=None)


def _series(data: Asked, metrics: Sequence[WellField]) -> Steps[tuple[WellField, Answer]]:
    """The metrics by period, oldest first."""
    time = _one(data, "Time")
    answer = yield from by_value(data, time, metrics)
    rows = sorted((row for row in answer.rows if row[0] is not None), key=lambda row: row[0])
    return time, replace(answer, rows=rows)


def _extreme(data: Asked, told: Raw) -> Steps[Values]:
    metric = _one(data, "Value")
    time, answer = yield from _series(data, [metric])
    known = [row for row in answer.rows if row[1] is not None]
    found: tuple[Any, ...] = (None, None)
    if known:
        best = max if told["Type"] == "MAXIMUM" else min
        found = best(known, key=lambda row: row[1])
    return {
        "timeField": _named(time),
        "metricField": _named(metric),
        "type": told["Type"],
        "timeValue": _value(found[0], time.as_result(answer.types[0])),
        "metricValue": _value(found[1], metric.as_result(answer.types[1])),
    }


def _compared(previous: Any, current: Any, field: Field) -> Values:
    difference = percent = None
    if previous is not None and current is not None:
        difference = current - previous
        percent = difference / abs(previous) if previous else None
    return {
        "previousMetricValue": _value(previous, field),
        "currentMetricValue": _value(current, field),
        "absoluteDifference": _value(difference, field),
        "percentDifference": _value(percent, None),
    }


def _period_over_period(data: Asked, told: Raw) -> Steps[Values]:
    metric = _one(data, "Value")
    time, answer = yield from _series(data, [metric])
    rows = list(answer.rows)
    last = rows[-1] if rows else (None, None)
    before = rows[-2] if len(rows) > 1 else (None, None)
    times = time.as_result(answer.types[0])
    return {
        "timeField": _named(time),
        "metricField": _named(metric),
        "timeGranularity": time.granularity,
        "currentTimeValue": _value(last[0], times),
        "previousTimeValue": _value(before[0], times),
        **_compared(before[1], last[1], metric.as_result(answer.types[1])),
    }


def _period_to_date(data: Asked, told: Raw) -> Steps[Values]:
    """The last period up to its last moment with data, beside the same part of the one before."""
    metric, time = _one(data, "Value"), _one(data, "Time")
    period = told.get("PeriodTimeGranularity") or "YEAR"
    (answer,) = yield (data.query([time], (), order=(Order("DESC", alias="d0"),), limit=1),)
    last = single_row(answer)[0]
    times = time.as_result(answer.types[0])
    made: Values = {
        "timeField": _named(time),
        "metricField": _named(metric),
        "periodGranularity": period,
        "timeGranularity": time.granularity,
        "currentTimeValue": _value(last, times),
        "previousTimeValue": _value(None, times),
    }
    if last is None:
        return made | _compared(None, None, metric.as_result(ColumnType.DECIMAL))
    unit = time.granularity or "DAY"
    start = cut(last, period, data.context.week_starts_on)
    end = step(last, unit, 1)
    start_before = step(start, period, -1)
    end_before = min(step(end, period, -1), start) if end != step(start, period, 1) else start
    queries = tuple(
        data.query((), [metric], filters=(_between(time, one, other),))
        for one, other in ((start_before, end_before), (start, end))
    )
    before, now = yield queries
    made["previousTimeValue"] = _value(step(last, period, -1), times)
    field = metric.as_result(now.types[0])
    return made | _compared(single_row(before)[0], single_row(now)[0], field)


def _between(time: WellField, start: Any, end: Any) -> Any:
    return within(time.expression, Range(start, end))


def _growth(data: Asked, told: Raw) -> Steps[Values]:
    """The compounded rate over `PeriodSize` periods."""
    metric = _one(data, "Value")
    size = int(told.get("PeriodSize") or 5)
    time, answer = yield from _series(data, [metric])
    rows = [row for row in answer.rows if row[1] is not None][-size - 1 :]
    rate = None
    if len(rows) > 1 and rows[0][1] > 0 and rows[-1][1] >= 0:
        rate = (rows[-1][1] / rows[0][1]) ** (1 / (len(rows) - 1)) - 1
    first, last = (rows[0], rows[-1]) if rows else ((None, None), (None, None))
    times, field = time.as_result(answer.types[0]), metric.as_result(answer.types[1])
    return {
        "timeField": _named(time),
        "metricField": _named(metric),
        "periodSize": size,
        "compoundedGrowthRate": _value(rate, None),
        "previousTimeValue": _value(first[0], times),
        "currentTimeValue": _value(last[0], times),
        **_compared(first[1], last[1], field),
    }


def _comparison(data: Asked, told: Raw) -> Steps[Values]:
    actual, target = _one(data, "FromValue"), _one(data, "TargetValue")
    time, answer = yield from _series(data, [actual, target])
    last = answer.rows[-1] if answer.rows else (None, None, None)
    compared = _compared(last[2], last[1], actual.as_result(answer.types[1]))
    return {
        "timeField": _named(time),
        "fromMetricField": _named(actual),
        "targetMetricField": _named(target),
        "timeValue": _value(last[0], time.as_result(answer.types[0])),
        "fromMetricValue": _value(last[1], actual.as_result(answer.types[1])),
        "targetMetricValue": _value(last[2], target.as_result(answer.types[2])),
        "absoluteDifference": compared["absoluteDifference"],
        "percentDifference": compared["percentDifference"],
    }


def _movers(data: Asked, told: Raw) -> Steps[Values]:
    """Categories that moved most between the last period and the one before it."""
    time, category = _one(data, "Time"), _one(data, "Category")
    metric = _one(data, "Value")
    size, kind = int(told.get("MoverSize") or 3), told["Type"]
    is_percent = told.get("SortOrder", "PERCENT_DIFFERENCE") == "PERCENT_DIFFERENCE"
    (periods,) = yield (data.query([time], (), order=(Order("DESC", alias="d0"),), limit=3),)
    known = sorted((row[0] for row in periods.rows if row[0] is not None), reverse=True)
    times = time.as_result(periods.types[0])
    made: Values = {
        "timeField": _named(time),
        "categoryField": _named(category),
        "metricField": _named(metric),
        "timeGranularity": time.granularity,
        "type": kind,
        "isPercentDifference": is_percent,
        "startTimeValue": _value(known[1] if len(known) > 1 else None, times),
        "endTimeValue": _value(known[0] if known else None, times),
        "itemsCount": 0,
        "items": [],
    }
    if len(known) < 2:
        return made
    weeks = data.context.week_starts_on
    before, now = yield tuple(
        data.query([category], [metric], filters=(equals(time, one, weeks),), limit=MOST_GROUPS)
        for one in (known[1], known[0])
    )
    field, names = metric.as_result(now.types[1]), category.as_result(now.types[0])
    earlier = dict(before.rows)
    moves = []
    for value, current in now.rows:
        compared = _compared(earlier.get(value), current, field)
        by = compared["percentDifference" if is_percent else "absoluteDifference"]["value"]
        if by is not None and (by > 0 if kind == "TOP" else by < 0):
            moves.append((by, value, compared))
    moves.sort(key=lambda move: (-move[0] if kind == "TOP" else move[0], str(move[1])))
    made["items"] = [
        {"categoryValue": _value(value, names), **compared} for _, value, compared in moves[:size]
    ]
    made["itemsCount"] = len(made["items"])
    return made


def _forecast(data: Asked, told: Raw) -> Steps[Values]:
    metric = _one(data, "Value")
    time, answer = yield from _series(data, [metric])
    points = [(row[0], row[1]) for row in answer.rows if row[1] is not None]
    ahead = forecast_of(points, time.granularity or "DAY", int(told.get("PeriodsForward") or 1))
    last = ahead[-1] if ahead else None
    times, field = time.as_result(answer.types[0]), metric.as_result(answer.types[1])
    now = points[-1] if points else (None, None)
    compared = _compared(now[1], last.value if last else None, field)
    return {
        "timeField": _named(time),
        "metricField": _named(metric),
        "timeValue": _value(last.moment if last else None, times),
        "metricValue": _value(last.value if last else None, field),
        "currentTimeValue": _value(now[0], times),
        "currentMetricValue": _value(now[1], field),
        "relativePercentDifference": compared["percentDifference"],
        "isApproximated": True,
    }


_COMPUTATIONS: Final[Mapping[str, Callable[[Asked, Raw], Steps[Values]]]] = {
    "TotalAggregation": _total,
    "TopBottomRanked": _ranked,
    "TopBottomMovers": _movers,
    "PeriodOverPeriod": _period_over_period,
    "PeriodToDate": _period_to_date,
    "GrowthRate": _growth,
    "MaximumMinimum": _extreme,
    "MetricComparison": _comparison,
    "UniqueValues": _unique,
    "Forecast": _forecast,
}
