"""Tables: grouped, with a total, or row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions.tree import Call, Expression, Operation
from rlm.quicksight.queries.axes import combined, is_decomposable, sort_keys
from rlm.quicksight.queries.context import Answer, Context, NotSupportedError, Raw, Steps
from rlm.quicksight.queries.decisions import decide, helpers, rules_of, with_helpers
from rlm.quicksight.queries.visuals import (
    Asked,
    Visual,
    asked,
    result_fields,
    table_of,
)
from rlm.quicksight.query import Order, Ordered
from rlm.quicksight.results import ResultTable, VisualResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm.quicksight.queries.fields import WellField
    from rlm.quicksight.queries.filters import Filtering

MOST_ROWS: Final = 5_000
"""Rows that a table brings; there is more behind them, and `is_cut` says so."""


def table(context: Context, visual: Visual) -> Steps[VisualResult]:
    """A table, aggregated or not."""
    wells = visual.chart.get("FieldWells") or {}
    told = yield from asked(context, visual)
    if not told.fields:
        raise NotSupportedError("the table has no columns")
    if "TableUnaggregatedFieldWells" in wells:
        return (yield from _detail(told))
    return (yield from _aggregated(told))


def _aggregated(told: Asked) -> Steps[VisualResult]:
    groups, values = told.well("GroupBy"), told.well("Values")
    order = _orders(told, groups, values)
    ignored = [
        "TableInlineVisualizations.Sparklines"
        for one in told.visual.chart.get("TableInlineVisualizations") or ()
        if "Sparklines" in one
    ]
    rules = rules_of(told.visual.definition, ignored)
    extra = helpers(told.context, told.data_set, rules, [*groups, *values])
    answer, extra = yield from with_helpers(
        extra,
        lambda more: told.query(groups, [*values, *more], order=order, limit=MOST_ROWS + 1),
        ignored,
    )
    rows = answer.rows[:MOST_ROWS]
    wants_total = has_totals(told.visual.chart.get("TotalOptions")) and bool(values)
    width = len(groups) + len(values)
    fields = [*groups, *values]
    totals: dict[tuple[str, ...], ResultTable] = {}
    if wants_total:
        row = yield from _totals(told, groups, values, answer, ignored)
        kinds = answer.types[len(groups) : width]
        row = _total_row(told.visual.chart["TotalOptions"], values, row, answer, len(groups))
        totals[()] = ResultTable(result_fields(values, kinds), [row])
    return told.result(
        table_of(fields, answer.types[:width], [row[:width] for row in rows]),
        totals=totals,
        formats=tuple(decide(rules, [*fields, *extra], rows, told.context.parameters)),
        ignored=ignored,
        is_cut=len(answer.rows) > MOST_ROWS,
    )


def _totals(
    told: Asked,
    groups: Sequence[WellField],
    values: Sequence[WellField],
    answer: Answer,
    ignored: list[str],
) -> Steps[tuple[Any, ...]]:
    """The total of each value: of the groups shown where they add up, else of the data."""
    first = len(groups)
    is_whole = len(answer.rows) <= MOST_ROWS
    if is_whole and all(is_decomposable(one) for one in values):
        return tuple(
            combined(one, (row[first + i] for row in answer.rows)) for i, one in enumerate(values)
        )
    made: list[Any] = []
    for place, one in enumerate(values):
        if is_whole and is_decomposable(one):
            made.append(combined(one, (row[first + place] for row in answer.rows)))
            continue
        query = told.query((), [one])
        if told.needs_groups([one]):
            # Table calculations and filters of groups have to see the groups.
            query = told.query(groups, [one], totals_over=((),), limit=1)
        try:
            (found,) = yield (query,)
        except NotSupportedError as problem:
            ignored.append(f"the total of {one.label}: {problem}")
            made.append(None)
            continue
        rows = found.totals[()] if query.totals_over else found.rows
        made.append(rows[0][0] if rows else None)
    return tuple(made)


def has_totals(options: Raw | None) -> bool:
    """Whether totals are shown; without a word about it they are not."""
    return (options or {}).get("TotalsVisibility") == "VISIBLE"


def _total_row(
    options: Raw, values: Sequence[WellField], row: tuple[Any, ...], answer: Answer, skipped: int
) -> tuple[Any, ...]:
    """The total by each field's own TotalAggregationFunction; by default of the data."""
    made = list(row)
    places = {one.field_id: i for i, one in enumerate(values)}
    for field_id, function in total_functions(options).items():
        if field_id in places:
            place = places[field_id]
            shown = [one[skipped + place] for one in answer.rows]
            made[place] = total_of(function, shown, row[place])
    return tuple(made)


def total_functions(options: Raw | None) -> dict[str, str]:
    """TotalAggregationOptions by field id."""
    return {
        one["FieldId"]: one["TotalAggregationFunction"].get(
            "SimpleTotalAggregationFunction", "DEFAULT"
        )
        for one in (options or {}).get("TotalAggregationOptions") or ()
    }


def total_of(function: str, shown: Sequence[Any], by_data: Any) -> Any:
    """A total of shown values: SUM, AVERAGE, MIN, MAX, NONE; DEFAULT is of the data itself."""
    if function == "DEFAULT":
        return by_data
    numbers = [one for one in shown if one is not None]
    if function == "NONE" or not numbers:
        return None
    match function:
        case "SUM":
            return sum(numbers)
        case "AVERAGE":
            return sum(numbers) / len(numbers)
        case "MIN":
            return min(numbers)
        case "MAX":
            return max(numbers)
    raise NotSupportedError(f"the total aggregation {function}")


def _detail(told: Asked) -> Steps[VisualResult]:
    columns = told.well("Values")
    told = replace(told, filtering=_of_single_rows(told))
    if any(not told.context.is_of_rows(told.data_set, one.expression) for one in columns):
        return (yield from _detail_of_aggregates(told))
    order = _orders(told, columns, ())
    ignored: list[str] = []
    rules = rules_of(told.visual.definition, ignored)
    extra = tuple(
        replace(one, aggregate=None)
        for one in helpers(told.context, told.data_set, rules, columns)
        if one.aggregate is not None
    )
    answer, extra = yield from with_helpers(
        extra,
        lambda more: told.query(columns, more, order=order, limit=MOST_ROWS + 1, is_detail=True),
        ignored,
    )
    width = len(columns)
    rows = answer.rows[:MOST_ROWS]
    return told.result(
        table_of(columns, answer.types[:width], [row[:width] for row in rows]),
        formats=tuple(decide(rules, [*columns, *extra], rows, told.context.parameters)),
        ignored=ignored,
        is_cut=len(answer.rows) > MOST_ROWS,
    )


def _of_single_rows(told: Asked) -> Filtering:
    """The filters, where each row is a group of its own: `sum({x}) > 0` is `{x} > 0`."""
    fields = told.context.fields(told.data_set)
    filters = tuple(
        _without_aggregates(one) if fields.stage(one) == "aggregate" else one
        for one in told.filtering.filters
    )
    return replace(told.filtering, filters=filters)


def _without_aggregates(condition: Expression) -> Expression:
    match condition:
        case Call("sum" | "avg" | "min" | "max" | "median", (argument,)):
            return argument
        case Operation(operator, operands):
            return Operation(operator, tuple(_without_aggregates(one) for one in operands))
        case Call(function, arguments):
            return Call(function, tuple(_without_aggregates(one) for one in arguments))
    return condition


def _detail_of_aggregates(told: Asked) -> Steps[VisualResult]:
    """Rows with columns that are aggregates: these are of the groups of the other columns."""
    columns = told.well("Values")
    is_of_rows = [told.context.is_of_rows(told.data_set, one.expression) for one in columns]
    groups = [one for one, of_rows in zip(columns, is_of_rows, strict=True) if of_rows]
    values = [one for one, of_rows in zip(columns, is_of_rows, strict=True) if not of_rows]
    order = _orders(told, groups, values)
    (answer,) = yield (told.query(groups, values, order=order, limit=MOST_ROWS + 1),)
    asked_for = [*groups, *values]
    places = [asked_for.index(one) for one in columns]
    return told.result(
        table_of(
            columns,
            [answer.types[place] for place in places],
            [tuple(row[place] for place in places) for row in answer.rows[:MOST_ROWS]],
        ),
        ignored=["conditional formats"]
        if "ConditionalFormatting" in told.visual.definition
        else (),
        is_cut=len(answer.rows) > MOST_ROWS,
    )


def _orders(
    told: Asked, groups: Sequence[WellField], values: Sequence[WellField]
) -> tuple[Order, ...]:
    """RowSort, then every column from the left, so that ties are always in the same order."""
    made: list[Order] = []
    places = {one.field_id: f"d{i}" for i, one in enumerate(groups)}
    places |= {one.field_id: f"m{i}" for i, one in enumerate(values)}
    for one in told.visual.sorting.get("RowSort") or ():
        if "FieldSort" in one:
            field_id = one["FieldSort"]["FieldId"]
            if field_id in places:
                made.append(Order(one["FieldSort"]["Direction"], alias=places[field_id]))
        elif "ColumnSort" in one and groups:
            for key in sort_keys(told.context, groups[0], told.fields, [one]):
                if key.field is not None:
                    by = Ordered(key.field.expression, key.field.aggregate, key.direction)
                    made.append(Order(key.direction, by=by))
    taken = {one.alias for one in made}
    return (
        *made,
        *(Order("ASC", alias=f"d{i}") for i in range(len(groups)) if f"d{i}" not in taken),
    )
