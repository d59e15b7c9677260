"""One filter as an expression: true of the rows, or groups, that it lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions.tree import Call, Expression, Literal, Operation, Value
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
)
from rlm.quicksight.queries.context import Context, NotSupportedError, Raw
from rlm.quicksight.queries.parameters import as_moment
from rlm.quicksight.queries.state import FilterChoice
from rlm.quicksight.queries.targets import parameter_value, target_of
from rlm.quicksight.queries.time_conditions import relative_dates, time_equality, time_range
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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
        return parameter_value(context, told["Parameter"])
    return told.get("StaticValue")


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
    value = parameter_value(context, name) if name else told.get("Value")
    if value is None:
        return None
    is_equal = told["MatchOperator"] == "EQUALS"
    return with_nulls(compared(target, "=" if is_equal else "<>", value), target, nulls)


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
    "TimeEqualityFilter": time_equality,
    "TimeRangeFilter": time_range,
    "RelativeDatesFilter": relative_dates,
    "HierarchyFilter": _hierarchy,
}
