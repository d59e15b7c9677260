"""Pivot tables: rows and columns of dimensions, values, subtotals of each level and totals.

`VisualResult.totals` has a table for each set of dimensions that a total keeps: the first i fields
of the rows and the first j of the columns. A collapsed level is drawn from them too.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.queries.axes import SortBy, combined, is_decomposable, ordered
from rlm.quicksight.queries.context import Answer, Context, NotSupportedError, Raw, Steps
from rlm.quicksight.queries.decisions import Rule, decide, helpers, rules_of
from rlm.quicksight.queries.fields import WellField, aggregate_of, as_measure, column_field
from rlm.quicksight.queries.parameters import as_moment
from rlm.quicksight.queries.tables import total_functions, total_of
from rlm.quicksight.queries.visuals import Asked, Visual, asked, result_fields, table_of
from rlm.quicksight.results import CellFormat, ResultTable, VisualResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_CELLS: Final = 20_000

Totals = dict[tuple[int, ...], dict[tuple[Any, ...], tuple[Any, ...]]]
"""By the places of the dimensions kept, then by their values: the measures."""


def pivot(context: Context, visual: Visual) -> Steps[VisualResult]:
    """A pivot table."""
    told = yield from asked(context, visual)
    rows, columns, values = told.well("Rows"), told.well("Columns"), told.well("Values")
    dimensions = [*rows, *columns]
    if not dimensions and not values:
        raise NotSupportedError("the pivot table has no fields")
    sorts = _sorts(told, dimensions)
    sorting = [
        key.field
        for keys in sorts
        for key in keys
        if key.field is not None and key.field not in values
    ]
    ignored: list[str] = []
    rules = rules_of(told.visual.definition, ignored)
    measures = [*values, *dict.fromkeys(sorting)]
    extra = helpers(told.context, told.data_set, rules, [*dimensions, *measures])
    sets = _kept_sets(len(rows), len(columns))
    totals: Totals = {}
    try:
        answer = yield from _cells(told, dimensions, [*measures, *extra], sets, totals, ignored)
        measures += extra
    except NotSupportedError as problem:
        if not extra:
            raise
        ignored.append(f"conditional formats: {problem}")
        rules = ()
        answer = yield from _cells(told, dimensions, measures, sets, totals, ignored)
    cells = list(answer.rows[:MOST_CELLS])
    places = _places(dimensions, len(rows), sorts, cells, totals, measures)
    cells.sort(
        key=lambda row: [
            places[i][row[: i + 1]] if i < len(rows) else places[i][row[len(rows) : i + 1]]
            for i in range(len(dimensions))
        ]
    )
    width = len(dimensions) + len(values)
    fields = [*dimensions, *values]
    shown = [row[:width] for row in cells]
    columns_of_cells = [*dimensions, *measures]
    formats = [
        *decide(_of_role(rules, "FIELD"), columns_of_cells, cells, told.context.parameters),
        *_total_formats(told, rules, dimensions, len(rows), measures, totals, places),
    ]
    return told.result(
        table_of(fields, answer.types[:width], shown),
        formats=tuple(formats),
        ignored=ignored,
        totals=_total_tables(told, dimensions, len(rows), values, totals, answer, places, shown),
        is_cut=len(answer.rows) > MOST_CELLS,
    )


def _of_role(rules: Sequence[Rule], role: str) -> list[Rule]:
    return [one for one in rules if role in one.roles]


def _total_formats(
    told: Asked,
    rules: Sequence[Rule],
    dimensions: Sequence[WellField],
    rows: int,
    measures: Sequence[WellField],
    totals: Totals,
    places: Sequence[Mapping[tuple[Any, ...], int]],
) -> Iterator[CellFormat]:
    """Formats of subtotals and totals, for the rules that act on them."""
    for kept, found in totals.items():
        is_grand = (rows > 0 and not any(i < rows for i in kept)) or (
            rows < len(dimensions) and not any(i >= rows for i in kept)
        )
        acting = _of_role(rules, "GRAND_TOTAL" if is_grand else "FIELD_TOTAL")
        if not acting:
            continue
        lines = [(*path, *values) for path, values in found.items()]
        lines.sort(key=lambda line: _path_places(line, kept, rows, places))
        fields = [dimensions[i] for i in kept]
        key = tuple(one.field_id for one in fields)
        yield from decide(acting, [*fields, *measures], lines, told.context.parameters, key)


def _kept_sets(rows: int, columns: int) -> list[tuple[int, ...]]:
    """Places of the dimensions that each total keeps: every prefix of rows by one of columns."""
    return [
        (*range(i), *(rows + k for k in range(j)))
        for i in range(rows + 1)
        for j in range(columns + 1)
        if (i, j) != (rows, columns)
    ]


def _cells(
    told: Asked,
    dimensions: Sequence[WellField],
    measures: Sequence[WellField],
    sets: Sequence[tuple[int, ...]],
    totals: Totals,
    ignored: list[str],
) -> Steps[Answer]:
    """The cells, and into `totals` each set: added up, or by the engine where that is no sum."""
    limit = MOST_CELLS + 1 if dimensions else None
    bare = told.query(dimensions, measures, limit=limit)
    if not sets or all(is_decomposable(one) for one in measures):
        (answer,) = yield (bare,)
        if len(answer.rows) <= MOST_CELLS:
            for kept in sets:
                totals[kept] = _summed(answer.rows, kept, len(dimensions), measures)
            return answer
    aliases = {kept: tuple(f"d{i}" for i in kept) for kept in sets}
    try:
        (answer,) = yield (replace(bare, totals_over=tuple(aliases.values())),)
    except NotSupportedError:
        # Level-aware aggregates have no grouping sets: each total is asked for by itself.
        (answer,) = yield (bare,)
        for kept in sets:
            try:
                (found,) = yield (told.query([dimensions[i] for i in kept], measures),)
            except NotSupportedError as problem:
                ignored.append(f"a total: {problem}")
                continue
            totals[kept] = _by_values(found.rows, len(kept))
        return answer
    for kept in sets:
        totals[kept] = _by_values(answer.totals[aliases[kept]], len(kept))
    return answer


def _by_values(
    rows: Sequence[tuple[Any, ...]], kept: int
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {row[:kept]: row[kept:] for row in rows}


def _summed(
    cells: Sequence[tuple[Any, ...]],
    kept: tuple[int, ...],
    dimensions: int,
    measures: Sequence[WellField],
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in cells:
        groups[tuple(row[i] for i in kept)].append(row)
    return {
        values: tuple(
            combined(one, (row[dimensions + i] for row in rows)) for i, one in enumerate(measures)
        )
        for values, rows in groups.items()
    }


def _sorts(told: Asked, dimensions: Sequence[WellField]) -> list[tuple[SortBy, ...]]:
    """Each dimension's sort keys; unsorted, its values ascend."""
    by_field: dict[str, Raw] = {
        one["FieldId"]: one["SortBy"] for one in told.visual.sorting.get("FieldSortOptions") or ()
    }
    made = []
    for field in dimensions:
        how = by_field.get(field.field_id) or {}
        made.append(_sort_of(told, field, how) or (SortBy("ASC"),))
    return made


def _sort_of(told: Asked, field: WellField, how: Raw) -> tuple[SortBy, ...]:
    if "Field" in how:
        by = next((f for f in told.fields if f.field_id == how["Field"]["FieldId"]), None)
        direction = how["Field"]["Direction"]
        return (SortBy(direction, by if by is not None and by.is_measure else None),)
    if "Column" in how:
        column = how["Column"]
        by = column_field(told.context, column["SortBy"], field.data_set)
        if by.column == field.column:
            return (SortBy(column["Direction"]),)
        aggregate = aggregate_of(column.get("AggregationFunction"))
        return (SortBy(column["Direction"], as_measure(told.context, by, aggregate)),)
    if "DataPath" in how:
        values = told.well("Values")
        steps = how["DataPath"].get("SortPaths") or ()
        named = [one for one in values for step in steps if step.get("FieldId") == one.field_id]
        measure = next(iter([*named, *values]), None)
        columns = {one.field_id for one in told.well("Columns")}
        path = tuple(
            (step["FieldId"], str(step.get("FieldValue")))
            for step in steps
            if step.get("FieldId") in columns
        )
        return (SortBy(how["DataPath"]["Direction"], measure, path),)
    return ()


def _places(
    dimensions: Sequence[WellField],
    rows: int,
    sorts: Sequence[tuple[SortBy, ...]],
    cells: Sequence[tuple[Any, ...]],
    totals: Totals,
    measures: Sequence[WellField],
) -> list[dict[tuple[Any, ...], int]]:
    """For each dimension, by the path of values that leads to it: its place among its siblings."""
    found: list[dict[tuple[Any, ...], int]] = []
    for i in range(len(dimensions)):
        start = 0 if i < rows else rows
        kept = tuple(range(start, i + 1))
        together = totals.get(kept)
        if together is None:
            together = {tuple(row[k] for k in kept): row[len(dimensions) :] for row in cells}
        path = next((key.path for key in sorts[i] if key.path), ())
        source = _of_path(dimensions, kept, path, cells, measures) if path else together
        siblings: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for leaf in dict.fromkeys(tuple(row[k] for k in kept) for row in cells):
            siblings[leaf[:-1]].append(leaf[-1])
        places: dict[tuple[Any, ...], int] = {}
        for parent, values in siblings.items():
            measured = {
                (value, one): source.get((*parent, value), (None,) * len(measures))[m]
                for value in values
                for m, one in enumerate(measures)
            }
            for place, value in enumerate(ordered(values, sorts[i], measured)):
                places[(*parent, value)] = place
        found.append(places)
    return found


def _of_path(
    dimensions: Sequence[WellField],
    kept: tuple[int, ...],
    path: Sequence[tuple[str, str]],
    cells: Sequence[tuple[Any, ...]],
    measures: Sequence[WellField],
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Values in one column of the pivot only; of inner levels, what their cells come to."""
    places = {one.field_id: place for place, one in enumerate(dimensions)}
    found = [
        row
        for row in cells
        if all(_is_value(row[places[field_id]], text) for field_id, text in path)
    ]
    return _summed(found, kept, len(dimensions), measures)


def _is_value(value: Any, text: str) -> bool:
    """Whether a path's text means the value; moments are `2026-06-01 00:00:00.000` there."""
    if isinstance(value, dt.datetime):
        try:
            return as_moment(text) == value
        except ValueError:
            return False
    return str(value) == text


def _total_tables(
    told: Asked,
    dimensions: Sequence[WellField],
    rows: int,
    values: Sequence[WellField],
    totals: Totals,
    answer: Answer,
    places: Sequence[Mapping[tuple[Any, ...], int]],
    shown: Sequence[tuple[Any, ...]],
) -> dict[tuple[str, ...], ResultTable]:
    options = told.visual.chart.get("TotalOptions") or {}
    by_rows = total_functions(options.get("ColumnTotalOptions"))
    by_columns = total_functions(options.get("RowTotalOptions"))
    made: dict[tuple[str, ...], ResultTable] = {}
    for kept, found in totals.items():
        fields = [dimensions[i] for i in kept]
        kinds = [answer.types[i] for i in kept]
        kinds += answer.types[len(dimensions) : len(dimensions) + len(values)]
        drops_rows = sum(1 for i in kept if i < rows) < rows
        functions = (by_rows if drops_rows else by_columns) or by_rows or by_columns
        lines = []
        for path, measures in found.items():
            line = list(measures[: len(values)])
            for i, one in enumerate(values):
                function = functions.get(one.field_id, "DEFAULT")
                if function != "DEFAULT":
                    under = [
                        row[len(dimensions) + i]
                        for row in shown
                        if tuple(row[k] for k in kept) == path
                    ]
                    line[i] = total_of(function, under, line[i])
            lines.append((*path, *line))
        lines.sort(key=lambda line: _path_places(line, kept, rows, places))
        made[tuple(one.field_id for one in fields)] = ResultTable(
            result_fields([*fields, *values], kinds), lines
        )
    return made


def _path_places(
    line: tuple[Any, ...],
    kept: tuple[int, ...],
    rows: int,
    places: Sequence[Mapping[tuple[Any, ...], int]],
) -> list[int]:
    row_path = tuple(line[at] for at, i in enumerate(kept) if i < rows)
    column_path = tuple(line[at] for at, i in enumerate(kept) if i >= rows)
    found = [places[i].get(row_path[: i + 1], 0) for i in range(len(row_path))]
    found += [places[rows + i].get(column_path[: i + 1], 0) for i in range(len(column_path))]
    return found
