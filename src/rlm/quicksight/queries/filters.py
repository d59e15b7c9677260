"""Filter groups that act on a visual, as expressions and rankings of its query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm.quicksight.queries.building import among, either, not_among
from rlm.quicksight.queries.conditions import condition_of
from rlm.quicksight.queries.context import Context, NotSupportedError, Raw, Steps
from rlm.quicksight.queries.day_ranges import as_date_ranges
from rlm.quicksight.queries.fields import aggregate_of, as_measure, column_field
from rlm.quicksight.queries.targets import target_of
from rlm.quicksight.query import Dimension, Ordered, Query, TopBottom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rlm.quicksight.expressions.tree import Expression


@dataclass(frozen=True)
class Filtering:
    """What narrows the rows of one query."""

    filters: tuple[Expression, ...] = ()
    top_bottom: tuple[TopBottom, ...] = ()


def filter_groups(context: Context, sheet_id: str, visual_id: str | None) -> Iterator[Raw]:
    """The enabled groups whose scope holds the visual (or the sheet, without a visual)."""
    for group in context.definition.get("FilterGroups") or ():
        if group.get("Status", "ENABLED") == "ENABLED" and is_in_scope(group, sheet_id, visual_id):
            yield group


def is_in_scope(group: Raw, sheet_id: str, visual_id: str | None) -> bool:
    """Whether a filter group acts on the visual; of no visual: on anything of the sheet."""
    scope = group.get("ScopeConfiguration") or {}
    if "AllSheets" in scope:
        return True
    for one in (scope.get("SelectedSheets") or {}).get("SheetVisualScopingConfigurations") or ():
        if one["SheetId"] != sheet_id:
            continue
        if one.get("Scope") == "ALL_VISUALS" or visual_id is None:
            return True
        if visual_id in (one.get("VisualIds") or ()):
            return True
    return False


def filtering(
    context: Context,
    sheet_id: str,
    visual_id: str | None,
    data_set: str,
    without: frozenset[str] = frozenset(),
) -> Steps[Filtering]:
    """All filters of the visual on this data set; groups are joined by AND, in a group by OR.

    `without` leaves filters out, by id: a control's own options are not narrowed by it.
    """
    filters: list[Expression] = []
    rankings: list[TopBottom] = []
    for group in filter_groups(context, sheet_id, visual_id):
        members = [
            (kind, told)
            for one in group.get("Filters") or ()
            for kind, told in one.items()
            if told["FilterId"] not in without and acts_on(context, group, told, data_set)
        ]
        if len(members) == 1 and members[0][0] == "TopBottomFilter":
            ranking = ranking_of(context, members[0][1], data_set)
            if ranking is not None:
                rankings.append(ranking)
            continue
        alternatives: list[Expression] = []
        for kind, told in members:
            alternative = yield from _as_expression(context, kind, told, data_set)
            if alternative is None:
                # It lets everything through, and so does the group.
                alternatives = []
                break
            alternatives.append(alternative)
        joined = either(alternatives)
        if joined is not None:
            filters.append(as_date_ranges(context, data_set, joined))
    return Filtering(tuple(filters), tuple(rankings))


def acts_on(context: Context, group: Raw, told: Raw, data_set: str) -> bool:
    """Whether a filter of the group says anything about this data set."""
    column = told["Column"]
    if column.get("DataSetIdentifier", data_set) == data_set:
        return True
    if group.get("CrossDataset") != "ALL_DATASETS":
        return False
    needed = [column]
    needed += [one["Column"] for one in told.get("AggregationSortConfigurations") or ()]
    needed += [one["Column"] for one in (told.get("InnerFilter") or {}).values()]
    return all(context.has_column(data_set, one["ColumnName"]) for one in needed)


def _as_expression(
    context: Context, kind: str, told: Raw, data_set: str
) -> Steps[Expression | None]:
    if kind == "TopBottomFilter":
        ranking = ranking_of(context, told, data_set)
        if ranking is None:
            return None
        values = yield from _values(
            context,
            Query(
                data_set,
                dimensions=(Dimension("d0", ranking.target, ranking.granularity),),
                top_bottom=(ranking,),
                row_level_security=context.row_level_security.get(data_set),
            ),
        )
        return among(ranking.target, values)
    if kind == "NestedFilter":
        return (yield from _nested(context, told, data_set))
    return condition_of(context, kind, told, data_set)


def _nested(context: Context, told: Raw, data_set: str) -> Steps[Expression | None]:
    inner = told["InnerFilter"]["CategoryInnerFilter"]
    condition = condition_of(
        context, "CategoryFilter", {"FilterId": told["FilterId"]} | inner, data_set
    )
    if condition is None:
        return None
    target = target_of(context, told, data_set)
    values = yield from _values(
        context,
        Query(
            data_set,
            dimensions=(Dimension("d0", target),),
            filters=(condition,),
            row_level_security=context.row_level_security.get(data_set),
        ),
    )
    known = [one for one in values if one is not None]
    return among(target, known) if told["IncludeInnerSet"] else not_among(target, known)


def _values(context: Context, query: Query) -> Steps[Sequence[str | int | float | None]]:
    (answer,) = yield (query,)
    return [row[0] for row in answer.rows]


def ranking_of(context: Context, told: Raw, data_set: str) -> TopBottom | None:
    """A TopBottomFilter as the query's ranking; None where its parameter is not set."""
    limit = told.get("Limit")
    choice = context.state.filters.get(told["FilterId"])
    if choice is not None and choice.is_all:
        return None
    if "ParameterName" in told:
        values = context.parameters.get(told["ParameterName"], ())
        if told["ParameterName"] in context.unset or not values or values[0] is None:
            return None
        limit = int(float(str(values[0])))
    if limit is None:
        raise NotSupportedError(f"filter {told['FilterId']}: a top or bottom without a limit")
    order = []
    for one in told.get("AggregationSortConfigurations") or ():
        identifier = {**one["Column"], "DataSetIdentifier": data_set}
        by = as_measure(
            context,
            column_field(context, identifier, data_set),
            aggregate_of(one.get("AggregationFunction")),
        )
        order.append(Ordered(by.expression, by.aggregate, one["SortDirection"]))
    target = target_of(context, told, data_set)
    return TopBottom(target, int(limit), tuple(order), told.get("TimeGranularity"))
