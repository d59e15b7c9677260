"""One filter as an expression: true of the rows, or groups, that it lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions import parse
from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Operation, Value
from rlm.quicksight.queries.building import (
    EVERYTHING,
    NOTHING,
    among,
    both,
    compared,
    either,
    is_null,
    negated,
    not_among,
    with_nulls,
    within,
)
from rlm.quicksight.queries.context import Context, NotSupportedError, Raw
from rlm.quicksight.queries.fields import aggregate_of
from rlm.quicksight.queries.parameters import as_moment
from rlm.quicksight.queries.periods import Range, cut, relative_range, step
from rlm.quicksight.queries.state import FilterChoice
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

_FUNCTIONS: Final = {
    "SUM": "sum",
    "AVERAGE": "avg",
    "MIN": "min",
    "MAX": "max",
    "COUNT": "count",
    "DISTINCT_COUNT": "distinct_count",
    "VAR": "var",
    "VARP": "varp",
    "STDEV": "stdev",
    "STDEVP": "stdevp",
    "MEDIAN": "median",
}
_NUMBERS: Final = (ColumnType.INTEGER, ColumnType.DECIMAL)


def condition_of(context: Context, kind: str, told: Raw, data_set: str) -> Expression | None:
    """The filter's condition; None where it lets everything through."""
    try:
        make = _KINDS[kind]
    except KeyError:
        raise NotSupportedError(f"a filter of kind {kind} ({told.get('FilterId')})") from None
    choice = context.state.filters.get(told["FilterId"], FilterChoice())
    if choice.is_all:
        return None
    try:
        return make(context, told, data_set, choice)
    except (TypeError, ValueError) as problem:
        raise NotSupportedError(f"filter {told['FilterId']}: {problem}") from problem


def target_of(context: Context, told: Raw, data_set: str) -> Expression:
    """What the filter looks at, aggregated if it says so."""
    name = told["Column"]["ColumnName"]
    context.check_column(data_set, name)
    target: Expression = Column(name)
    aggregate = aggregate_of(told.get("AggregationFunction"))
    if aggregate is None or not context.is_of_rows(data_set, target):
        return target
    if aggregate.function == "PERCENTILE":
        return Call("percentile", (target, Literal(aggregate.percentile)))
    if aggregate.function == "ATTRIBUTE":
        return Call("max", (target,))
    return Call(_FUNCTIONS[aggregate.function], (target,))


def _category(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    ((kind, how),) = told["Configuration"].items()
    operator, nulls = how["MatchOperator"], how.get("NullOption")
    if choice.values is not None:
        if kind == "CustomFilterConfiguration" and len(choice.values) == 1:
            return _matched(context, told, data_set, operator, choice.values)
        known = _typed(context, told, data_set, choice.values)
        return _list_condition(target, "CONTAINS", known) if choice.values else None
    if how.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return is_null(target) if nulls == "NULLS_ONLY" else None
    if kind != "CustomFilterConfiguration":
        values: Sequence[Value] = list(how.get("CategoryValues") or ())
        if nulls == "NULLS_ONLY":
            return is_null(target)
        if operator in ("STARTS_WITH", "ENDS_WITH"):
            found = either(_text_match(_as_text(context, told, data_set), operator, values))
            return with_nulls(found or NOTHING, target, nulls)
        known = _typed(context, told, data_set, values)
        return with_nulls(_list_condition(target, operator, known), target, nulls)
    if nulls == "NULLS_ONLY":
        return is_null(target)
    if "ParameterName" in how:
        name = how["ParameterName"]
        values = context.parameters.get(name, ())
        if name in context.unset or not values:
            return None
    else:
        values = (how.get("CategoryValue"),)
    found = _matched(context, told, data_set, operator, values)
    return with_nulls(found, target, nulls)


def _matched(
    context: Context, told: Raw, data_set: str, operator: str, values: Sequence[Value]
) -> Expression:
    if operator in ("EQUALS", "DOES_NOT_EQUAL"):
        target = target_of(context, told, data_set)
        return _list_condition(target, operator, _typed(context, told, data_set, values))
    matches = _text_match(_as_text(context, told, data_set), operator, values)
    if operator == "DOES_NOT_CONTAIN":
        return both(matches) or EVERYTHING
    return either(matches) or NOTHING


def _list_condition(target: Expression, operator: str, values: Sequence[Value]) -> Expression:
    if operator in ("DOES_NOT_EQUAL", "DOES_NOT_CONTAIN"):
        return not_among(target, values)
    return among(target, values)


def _text_match(text: Expression, operator: str, values: Sequence[Value]) -> list[Expression]:
    made: list[Expression] = []
    for value in values:
        part = Literal(str(value))
        match operator:
            case "CONTAINS":
                made.append(Call("contains", (text, part)))
            case "DOES_NOT_CONTAIN":
                without = negated(Call("contains", (text, part)))
                made.append(Operation("or", (without, is_null(text))))
            case "STARTS_WITH":
                made.append(Call("startsWith", (text, part)))
            case "ENDS_WITH":
                made.append(Call("endsWith", (text, part)))
            case _:
                raise NotSupportedError(f"the match operator {operator}")
    return made


def _as_text(context: Context, told: Raw, data_set: str) -> Expression:
    target = target_of(context, told, data_set)
    kind = context.column_type(data_set, told["Column"]["ColumnName"])
    return target if kind in (ColumnType.STRING, None) else Call("toString", (target,))


def _typed(context: Context, told: Raw, data_set: str, values: Sequence[Value]) -> list[Value]:
    """Category values are text, whatever the column is."""
    kind = context.column_type(data_set, told["Column"]["ColumnName"])
    return [convert(one, kind) for one in values]


def convert(value: Value, kind: ColumnType | None) -> Value:
    """Text as a value of a column's type; what does not fit stays as it is."""
    if not isinstance(value, str) or kind in (None, ColumnType.STRING):
        return value
    try:
        if kind is ColumnType.INTEGER:
            return int(value)
        if kind is ColumnType.DECIMAL:
            return float(value)
        if kind is ColumnType.BOOLEAN:
            return value.strip().lower() in ("true", "1")
        return as_moment(value)
    except ValueError:
        return value


def _numeric_range(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    nulls = told.get("NullOption")
    if nulls == "NULLS_ONLY":
        return is_null(target)
    if told.get("SelectAllOptions") == "FILTER_ALL_VALUES" and not choice.is_range:
        return None
    low, high = (_bound(context, told.get(end)) for end in ("RangeMinimum", "RangeMaximum"))
    if choice.is_range:
        low, high = (convert(end, ColumnType.DECIMAL) for end in (choice.minimum, choice.maximum))
    parts = []
    if low is not None:
        takes = told.get("IncludeMinimum") or choice.is_range
        parts.append(compared(target, ">=" if takes else ">", low))
    if high is not None:
        takes = told.get("IncludeMaximum") or choice.is_range
        parts.append(compared(target, "<=" if takes else "<", high))
    condition = both(parts)
    return None if condition is None else with_nulls(condition, target, nulls)


def _bound(context: Context, told: Raw | None) -> Value:
    if not told:
        return None
    if "Parameter" in told:
        return _parameter(context, told["Parameter"])
    return told.get("StaticValue")


def _parameter(context: Context, name: str) -> Value:
    values = context.parameters.get(name, ())
    return values[0] if values and name not in context.unset else None


def _numeric_equality(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    nulls = told.get("NullOption")
    if nulls == "NULLS_ONLY":
        return is_null(target)
    if choice.values is not None:
        return among(target, [convert(v, ColumnType.DECIMAL) for v in choice.values])
    if told.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return None
    name = told.get("ParameterName")
    value = _parameter(context, name) if name else told.get("Value")
    if value is None:
        return None
    is_equal = told["MatchOperator"] == "EQUALS"
    return with_nulls(compared(target, "=" if is_equal else "<>", value), target, nulls)


def _time_equality(
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


def _time_range(
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
        value = _parameter(context, told[parameter])
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
        value = _parameter(context, told["AnchorDateConfiguration"]["ParameterName"])
        anchor = None if value is None else as_moment(value)
    how = {**told, **(choice.relative or {})}
    count: Value = how.get("RelativeDateValue", 1)
    if "ParameterName" in told and choice.relative is None:
        count = _parameter(context, told["ParameterName"])
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


def _relative_dates(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    nulls = told.get("NullOption")
    if nulls == "NULLS_ONLY":
        return is_null(target)
    if choice.is_range:
        return _time_range(context, told, data_set, choice)
    period = relative_period(context, told, choice)
    return None if period is None else with_nulls(within(target, period), target, nulls)


def _hierarchy(
    context: Context, told: Raw, data_set: str, choice: FilterChoice
) -> Expression | None:
    target = target_of(context, told, data_set)
    nulls = told.get("NullOption")
    if nulls == "NULLS_ONLY":
        return is_null(target)
    if choice.values:
        return among(target, _typed(context, told, data_set, choice.values))
    tree = told.get("HierarchyTree")
    if not tree or not tree.get("HierarchyValues"):
        return None
    condition = _branch(context, tree, data_set)
    if told.get("MatchOperator") == "EXCLUDE":
        condition = negated(condition)
    return with_nulls(condition, target, nulls)


def _branch(context: Context, node: Raw, data_set: str) -> Expression:
    """The node's values, each narrowed by the child that belongs to it, if there is one."""
    target = target_of(context, node, data_set)
    children = {one.get("ParentValue"): one for one in node.get("Children") or ()}
    whole = [one for one in node.get("HierarchyValues") or () if one not in children]
    parts = [among(target, _typed(context, node, data_set, whole))] if whole else []
    for value in node.get("HierarchyValues") or ():
        if value in children:
            here = among(target, _typed(context, node, data_set, [value]))
            parts.append(Operation("and", (here, _branch(context, children[value], data_set))))
    return either(parts) or NOTHING


_KINDS: Final[dict[str, Callable[[Context, Raw, str, FilterChoice], Expression | None]]] = {
    "CategoryFilter": _category,
    "NumericRangeFilter": _numeric_range,
    "NumericEqualityFilter": _numeric_equality,
    "TimeEqualityFilter": _time_equality,
    "TimeRangeFilter": _time_range,
    "RelativeDatesFilter": _relative_dates,
    "HierarchyFilter": _hierarchy,
}
