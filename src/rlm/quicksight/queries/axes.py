"""Values of a dimension in the order in which they are shown, the first n of them, and the rest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from rlm.quicksight.queries.fields import WellField, aggregate_of, as_measure, column_field
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rlm.quicksight.queries.context import Context, Raw

OTHER = "Other"
"""Stands for a colour or group beyond the limit; the real values come before it."""


@dataclass(frozen=True)
class SortBy:
    """One sort key of a dimension's values."""

    direction: str
    field: WellField | None = None
    """A measure; None: the dimension's own value."""
    path: tuple[tuple[str, str], ...] = ()
    """Of pivots: the column whose values of the measure count, as field ids and values."""


@dataclass(frozen=True)
class Axis:
    """A dimension of a chart: what it is sorted by, and how many values it shows."""

    field: WellField
    sort: tuple[SortBy, ...]
    limit: int | None
    has_other: bool

    @property
    def sort_measures(self) -> tuple[WellField, ...]:
        """Measures that its order depends on."""
        return tuple(one.field for one in self.sort if one.field is not None)


def axis_of(
    context: Context,
    field: WellField,
    fields: Sequence[WellField],
    sort: Sequence[Raw],
    limit: Raw | None,
    default_limit: int | None = None,
    default_measure: WellField | None = None,
) -> Axis:
    """The axis of a dimension by its sort options and items limit.

    Unsorted, dates and numbers ascend; other values descend by the default measure, or ascend.
    """
    keys = sort_keys(context, field, fields, sort)
    if not keys:
        is_number = not field.is_date and context.column_type(
            field.data_set, field.column or ""
        ) in (ColumnType.INTEGER, ColumnType.DECIMAL)
        by_measure = default_measure is not None and not field.is_date and not is_number
        keys = (SortBy("DESC", default_measure),) if by_measure else (SortBy("ASC"),)
    told = limit or {}
    count = told.get("ItemsLimit") or default_limit
    has_other = told.get("OtherCategories", "INCLUDE") == "INCLUDE" and not field.is_date
    return Axis(field, keys, None if count is None else int(count), has_other)


def sort_keys(
    context: Context, field: WellField, fields: Sequence[WellField], sort: Sequence[Raw]
) -> tuple[SortBy, ...]:
    """FieldSortOptions as keys for the values of one dimension."""
    keys = []
    for one in sort or ():
        if "FieldSort" in one:
            told = one["FieldSort"]
            by = next((f for f in fields if f.field_id == told["FieldId"]), None)
            if told["FieldId"] == field.field_id:
                keys.append(SortBy(told["Direction"]))
            elif by is not None and by.is_measure:
                keys.append(SortBy(told["Direction"], by))
        elif "ColumnSort" in one:
            told = one["ColumnSort"]
            keys.append(_by_column(context, field, told))
    return tuple(keys)


def _by_column(context: Context, field: WellField, told: Raw) -> SortBy:
    by = column_field(context, {**told["SortBy"]}, field.data_set)
    if by.column == field.column:
        return SortBy(told["Direction"])
    return SortBy(
        told["Direction"], as_measure(context, by, aggregate_of(told.get("AggregationFunction")))
    )


def ordered(
    values: Iterable[Any],
    sort: Sequence[SortBy],
    measured: Mapping[tuple[Any, WellField], Any],
) -> list[Any]:
    """Distinct values by the keys, then ascending; nulls last.

    `measured` holds, by value and measure, what sorts by measures go by.
    """

    def compare(left: Any, right: Any) -> int:
        for key in sort:
            if key.field is None:
                found = compare_values(left, right, key.direction)
            else:
                found = compare_values(
                    measured.get((left, key.field)),
                    measured.get((right, key.field)),
                    key.direction,
                )
            if found:
                return found
        return compare_values(left, right, "ASC")

    return sorted(dict.fromkeys(values), key=cmp_to_key(compare))


def compare_values(left: Any, right: Any, direction: str) -> int:
    """-1, 0 or 1; nulls are last in either direction."""
    if left is None or right is None:
        return (left is None) - (right is None)
    if left == right:
        return 0
    try:
        is_less = left < right
    except TypeError:
        is_less = str(left) < str(right)
    found = -1 if is_less else 1
    return found if direction == "ASC" else -found


def combined(field: WellField, values: Iterable[Any]) -> Any:
    """Values of groups as the value of the groups together; of decomposable measures only."""
    known = [one for one in values if one is not None]
    if not known:
        return None
    function = field.aggregate.function if field.aggregate else ""
    if function == "MIN":
        return min(known)
    if function == "MAX":
        return max(known)
    return sum(known)


def is_decomposable(field: WellField) -> bool:
    """Whether `combined` gives what the engine would."""
    return field.aggregate is not None and field.aggregate.function in (
        "SUM",
        "COUNT",
        "MIN",
        "MAX",
    )


def is_moment(value: Any) -> bool:
    """Whether it is a moment."""
    return isinstance(value, dt.datetime)
