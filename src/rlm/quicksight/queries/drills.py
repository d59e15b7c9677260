"""Drill paths: hierarchies of columns or of periods, and how far down a viewer went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rlm.quicksight.expressions.tree import Column, Expression, Value
from rlm.quicksight.queries.building import among, compared, is_null, within
from rlm.quicksight.queries.parameters import as_moment
from rlm.quicksight.queries.periods import GRANULARITIES, Range, cut, step
from rlm.quicksight.query import ColumnType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.queries.context import Context, Raw
    from rlm.quicksight.queries.fields import WellField


@dataclass(frozen=True)
class Hierarchy:
    """A drill path of a visual."""

    hierarchy_id: str
    columns: tuple[str, ...]
    """From the top; empty: of periods, each level the next shorter granularity."""
    is_of_dates: bool
    definition: Raw


def hierarchies(definition: Raw) -> dict[str, Hierarchy]:
    """A visual's ColumnHierarchies by id."""
    found = {}
    for one in definition.get("ColumnHierarchies") or ():
        ((kind, told),) = one.items()
        columns = tuple(column["ColumnName"] for column in told.get("Columns") or ())
        found[told["HierarchyId"]] = Hierarchy(
            told["HierarchyId"], columns, kind == "DateTimeHierarchy", told
        )
    return found


def drilled(
    context: Context,
    definition: Raw,
    visual_id: str,
    wells: Mapping[str, tuple[WellField, ...]],
) -> tuple[dict[str, tuple[WellField, ...]], tuple[Expression, ...]]:
    """The wells at the level that is shown, and the filters of the values that were focused on."""
    known = hierarchies(definition)
    steps = context.state.drills.get(visual_id, ())
    filters: list[Expression] = []
    shown: dict[str, tuple[WellField, ...]] = {}
    for well, fields in wells.items():
        made = []
        for one in fields:
            field = one
            hierarchy = known.get(one.hierarchy_id or "")
            if hierarchy is not None:
                filters += _own_filters(hierarchy, context)
                for taken in steps:
                    if taken.field_id != one.field_id:
                        continue
                    if taken.has_value:
                        filters.append(equals(field, taken.value, context.week_starts_on))
                    field = below(context, field, hierarchy)
            made.append(field)
        shown[well] = tuple(made)
    return shown, tuple(filters)


def below(context: Context, field: WellField, hierarchy: Hierarchy) -> WellField:
    """The next level; the last one is its own."""
    if hierarchy.is_of_dates:
        now = field.granularity or "DAY"
        place = GRANULARITIES.index(now) + 1
        # A week is no part of a quarter or a month: from months it goes on to days.
        following = "DAY" if now == "MONTH" else GRANULARITIES[min(place, len(GRANULARITIES) - 1)]
        return replace(field, granularity=following)
    if field.column not in hierarchy.columns:
        return field
    place = hierarchy.columns.index(field.column) + 1
    if place >= len(hierarchy.columns):
        return field
    name = hierarchy.columns[place]
    context.check_column(field.data_set, name)
    is_date = context.column_type(field.data_set, name) is ColumnType.DATETIME
    return replace(
        field,
        column=name,
        expression=Column(name),
        label=name,
        is_date=is_date,
        granularity="DAY" if is_date else None,
        format=context.formats.get((field.data_set, name), {}),
    )


def can_drill(field: WellField, hierarchy: Hierarchy) -> bool:
    """Whether there is a level below."""
    if hierarchy.is_of_dates:
        return field.granularity != GRANULARITIES[-1]
    return field.column in hierarchy.columns[:-1]


def equals(field: WellField, value: Value, week_starts_on: int = 7) -> Expression:
    """Rows of one value of a dimension; of a period, where it is cut to one."""
    if value is None:
        return is_null(field.expression)
    if field.granularity:
        start = cut(as_moment(value), field.granularity, week_starts_on)
        return within(field.expression, Range(start, step(start, field.granularity, 1)))
    return among(field.expression, (value,))


def _own_filters(hierarchy: Hierarchy, context: Context) -> Sequence[Expression]:
    made = []
    for one in hierarchy.definition.get("DrillDownFilters") or ():
        ((kind, told),) = one.items()
        target = Column(told["Column"]["ColumnName"])
        if kind == "CategoryFilter":
            made.append(among(target, tuple(told["CategoryValues"])))
        elif kind == "NumericEqualityFilter":
            made.append(compared(target, "=", told["Value"]))
        else:
            unit = told["TimeGranularity"]
            start = cut(as_moment(told["RangeMinimum"]), unit, context.week_starts_on)
            last = cut(as_moment(told["RangeMaximum"]), unit, context.week_starts_on)
            made.append(within(target, Range(start, step(last, unit, 1))))
    return made
