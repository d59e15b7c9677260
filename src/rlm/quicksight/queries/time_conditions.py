"""Filters of moments as expressions: equality, ranges and relative dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.expressions import parse
from rlm.quicksight.queries.building import both, compared, is_null, with_nulls, within
from rlm.quicksight.queries.parameters import as_moment
from rlm.quicksight.queries.periods import Range, cut, relative_range, step
from rlm.quicksight.queries.targets import parameter_value, target_of
from rlm.quicksight.reads import joined

if TYPE_CHECKING:
    import datetime as dt

    from rlm.quicksight.expressions.tree import Expression, Value
    from rlm.quicksight.queries.context import Context, Raw
    from rlm.quicksight.queries.state import FilterChoice


def time_equality(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    value = _moment(context, told, "ParameterName", "Value", "RollingDate")
    if choice.values:
        value = as_moment(choice.values[0])
    if value is None:
        return None
    granularity = told.get("TimeGranularity", "DAY")
    start = cut(value, granularity, context.week_starts_on)
    return within(target, Range(start, step(start, granularity, 1)))


def time_range(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    nulls = told.get("NullOption")
    if nulls == "NULLS_ONLY":
        return is_null(target)
    low, high = time_bounds(context, told)
    takes_low, takes_high = told.get("IncludeMinimum", False), told.get("IncludeMaximum", False)
    if choice.is_range:
        low = None if choice.minimum is None else as_moment(choice.minimum)
        high = None if choice.maximum is None else as_moment(choice.maximum)
        takes_low = takes_high = True
    granularity = told.get("TimeGranularity")
    period = _period(low, high, takes_low, takes_high, granularity, context.week_starts_on)
    excluded = _excluded(told)
    if excluded is not None and period.end is not None:
        period = Range(period.start, step(period.end, excluded[0], -excluded[1]))
    if period.start is None and period.end is None:
        return None
    parts = [within(target, period)]
    if granularity is None:
        parts = _exact(target, low, high, takes_low, takes_high)
    return with_nulls(both(parts), target, nulls)


def time_bounds(context: Context, told: Raw) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The ends of a TimeRangeFilter; None is open."""
    keys = ("Parameter", "StaticValue", "RollingDate")
    return (
        _moment(context, told.get("RangeMinimumValue") or {}, *keys),
        _moment(context, told.get("RangeMaximumValue") or {}, *keys),
    )


def _period(
    low: dt.datetime | None,
    high: dt.datetime | None,
    takes_low: bool,
    takes_high: bool,
    granularity: str | None,
    week_starts_on: int,
) -> Range:
    if granularity is None:
        return Range(low, high)
    start = end = None
    if low is not None:
        start = cut(low, granularity, week_starts_on)
        start = start if takes_low else step(start, granularity, 1)
    if high is not None:
        end = cut(high, granularity, week_starts_on)
        end = step(end, granularity, 1) if takes_high else end
    return Range(start, end)


def _exact(
    target: Expression,
    low: dt.datetime | None,
    high: dt.datetime | None,
    takes_low: bool,
    takes_high: bool,
) -> list[Expression]:
    parts = []
    if low is not None:
        parts.append(compared(target, ">=" if takes_low else ">", low))
    if high is not None:
        parts.append(compared(target, "<=" if takes_high else "<", high))
    return parts


def _moment(
    context: Context, told: Raw, parameter: str, static: str, rolling: str
) -> dt.datetime | None:
    if parameter in told:
        value = parameter_value(context, told[parameter])
        return None if value is None else as_moment(value)
    if rolling in told:
        value = context.evaluate(parse(told[rolling]["Expression"]))
        return None if value is None else as_moment(value)
    return as_moment(told[static]) if static in told else None


def _excluded(told: Raw) -> tuple[str, int] | None:
    how = told.get("ExcludePeriodConfiguration")
    if not how or how.get("Status", "ENABLED") != "ENABLED":
        return None
    return how["Granularity"], int(how["Amount"])


def relative_period(context: Context, told: Raw, choice: FilterChoice) -> Range | None:
    """From when to when a RelativeDatesFilter lets through; None: its parameter is not set."""
    anchor: dt.datetime | None = context.now
    if "ParameterName" in (told.get("AnchorDateConfiguration") or {}):
        value = parameter_value(context, told["AnchorDateConfiguration"]["ParameterName"])
        anchor = None if value is None else as_moment(value)
    how = joined(told, choice.relative or {})
    count: Value = how.get("RelativeDateValue", 1)
    if "ParameterName" in told and choice.relative is None:
        count = parameter_value(context, told["ParameterName"])
    if anchor is None or count is None:
        return None
    return relative_range(
        kind=how["RelativeDateType"],
        granularity=how["TimeGranularity"],
        count=int(float(str(count))),
        anchor=anchor,
        minimum_granularity=told.get("MinimumGranularity"),
        excluded=_excluded(told),
        week_starts_on=context.week_starts_on,
    )


def relative_dates(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    nulls = told.get("NullOption")
    if nulls == "NULLS_ONLY":
        return is_null(target)
    if choice.is_range:
        return time_range(context, told, data_set, choice)
    period = relative_period(context, told, choice)
    return None if period is None else with_nulls(within(target, period), target, nulls)
