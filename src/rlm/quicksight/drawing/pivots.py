"""Pivot tables: a tree of rows, a head of columns, and what was found for each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.cells import alignment, cell_style, value_cell, zebra
from rlm.quicksight.drawing.conditions import Decisions
from rlm.quicksight.drawing.formats.values import write
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.markup import with_parameters
from rlm.quicksight.drawing.points import color_order, fields_in, indexes, key_of, point_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.results import Field, ResultTable, VisualResult

MOST_LEAVES = 5_000
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Lookup:
    """What was found, by the kept dimensions and their values."""

    main: tuple[str, ...]
    found: Mapping[tuple[str, ...], Mapping[Key, tuple[ResultTable, int]]]

    @classmethod
    def of(cls, result: VisualResult, table: ResultTable, dimensions: Sequence[Field]) -> Lookup:
        """All values and totals; a key is sorted by field id, so that order does not matter."""
        main = tuple(one.field_id for one in dimensions)
        tables = {**result.totals, main: table}
        return cls(
            tuple(sorted(main)),
            {tuple(sorted(kept)): _index(one, kept) for kept, one in tables.items()},
        )

    def row(self, values: Mapping[str, Any]) -> tuple[ResultTable, int] | None:
        """Table and place of the row whose dimensions have these values, and no others."""
        kept = tuple(sorted(values))
        return self.found.get(kept, {}).get(key_of([values[one] for one in kept]))

    def is_main(self, values: Mapping[str, Any]) -> bool:
        """Whether no dimension is left out: a value, not a total."""
        return tuple(sorted(values)) == self.main

    def has(self, kept: Sequence[str]) -> bool:
        """Whether totals over the other dimensions were asked for."""
        return tuple(sorted(kept)) in self.found


def _index(table: ResultTable, kept: Sequence[str]) -> dict[Key, tuple[ResultTable, int]]:
    places = {one.field_id: place for place, one in enumerate(table.fields)}
    order = [places[one] for one in sorted(kept) if one in places]
    return {
        key_of([row[place] for place in order]): (table, number)
        for number, row in enumerate(table.rows)
    }


@dataclass(frozen=True)
class _Pivot:
    """One pivot while it is drawn."""

    rows: Sequence[Field]
    columns: Sequence[Field]
    measures: Sequence[Field]
    column_keys: Sequence[tuple[Any, ...]]
    lookup: Lookup
    decisions: Decisions
    measures_in_rows: bool
    has_total_column: bool

    def cells(self, values: Mapping[str, Any]) -> list[list[Any]]:
        """The cells of one row of values: one list, or one a measure if these stand in rows."""
        if self.measures_in_rows:
            return [self._line(values, [one]) for one in self.measures]
        return [self._line(values, self.measures)]

    def _line(self, values: Mapping[str, Any], measures: Sequence[Field]) -> list[Any]:
        line: list[Any] = []
        for key in self.column_keys:
            line.extend(self._values({**values, **key_by_field(key, self.columns)}, measures))
        if self.has_total_column:
            line.extend(self._values(values, measures))
        return line

    def _values(self, values: Mapping[str, Any], measures: Sequence[Field]) -> list[Any]:
        found = self.lookup.row(values)
        if found is None:
            return [""] * len(measures)
        table, at = found
        row = table.rows[at]
        places = {one.field_id: place for place, one in enumerate(table.fields)}
        cells: list[Any] = []
        for one in measures:
            if one.field_id not in places:
                cells.append("")
                continue
            value = row[places[one.field_id]]
            kept = None if self.lookup.is_main(values) else tuple(values)
            decision = self.decisions.of_cell(one.field_id, at, kept)
            cells.append("" if value is None else value_cell(value, one, decision))
        return cells


def key_by_field(key: Sequence[Any], fields: Sequence[Field]) -> dict[str, Any]:
    """Field id -> value."""
    return {one.field_id: value for one, value in zip(fields, key, strict=True)}


def pivot_body(result: VisualResult, table: ResultTable, look: Look) -> dict[str, Any]:
    """What the page needs to show a PivotTableVisual, collapsed rows included."""
    options = result.definition.get("ChartConfiguration") or {}
    styles = options.get("TableOptions") or {}
    chosen = {
        one["FieldId"]: one
        for one in (options.get("FieldOptions") or {}).get("SelectedFieldOptions") or ()
    }
    rows, columns = fields_in(table, "Rows"), fields_in(table, "Columns")
    measures = [
        one
        for one in fields_in(table, "Values")
        if chosen.get(one.field_id, {}).get("Visibility") != "HIDDEN"
    ]
    totals = options.get("TotalOptions") or {}
    row_total, column_total = (
        totals.get("RowTotalOptions") or {},
        totals.get("ColumnTotalOptions") or {},
    )
    lookup = Lookup.of(result, table, [*rows, *columns])
    row_ids = [one.field_id for one in rows]
    pivot = _Pivot(
        rows=rows,
        columns=columns,
        measures=measures,
        column_keys=_column_keys(result, table, rows, columns),
        lookup=lookup,
        decisions=Decisions.of(result),
        measures_in_rows=styles.get("MetricPlacement") == "ROW",
        has_total_column=bool(columns)
        and column_total.get("TotalsVisibility") == "VISIBLE"
        and lookup.has(row_ids),
    )
    names = {
        one.field_id: with_parameters(
            chosen.get(one.field_id, {}).get("CustomLabel") or one.label, look.parameters
        )
        for one in table.fields
    }
    tree = _tree(pivot, _distinct(table, rows)[:MOST_LEAVES], options) if rows else []
    body: dict[str, Any] = {
        "layout": styles.get("RowsLayout") or "TABULAR",
        "rowFields": [{"id": one.field_id, "label": names[one.field_id]} for one in rows],
        "rowsLabel": _rows_label(styles, [names[one] for one in row_ids]),
        "measures": [
            {"id": one.field_id, "label": names[one.field_id], "align": alignment(one)}
            for one in measures
        ],
        "measuresInRows": pivot.measures_in_rows,
        "head": _head(pivot, names, styles, column_total),
        "tree": tree,
        "showsToggles": styles.get("ToggleButtonsVisibility") != "HIDDEN",
        "showsFieldNames": styles.get("ColumnNamesVisibility") != "HIDDEN",
        "subtotals": _subtotals(totals.get("RowSubtotalOptions") or {}, row_ids),
        "zebra": zebra(styles.get("RowAlternateColorOptions")),
        "styles": {
            "cell": cell_style(styles.get("CellStyle")),
            "columnHeader": cell_style(styles.get("ColumnHeaderStyle")),
            "rowHeader": cell_style(styles.get("RowHeaderStyle")),
            "rowFieldNames": cell_style(styles.get("RowFieldNamesStyle")),
            "total": cell_style(row_total.get("ValueCellStyle") or row_total.get("TotalCellStyle")),
            "subtotal": cell_style((totals.get("RowSubtotalOptions") or {}).get("ValueCellStyle")),
        },
        "widths": _widths(options.get("FieldOptions") or {}),
    }
    if not rows:
        body["tree"] = [{"text": "", "point": {}, "cells": pivot.cells({})}]
    elif row_total.get("TotalsVisibility") == "VISIBLE" and lookup.has(
        [one.field_id for one in columns]
    ):
        body["total"] = {
            "text": row_total.get("CustomLabel") or "Total",
            "cells": pivot.cells({}),
            "isFirst": row_total.get("Placement") == "START",
        }
    return body


def _column_keys(
    result: VisualResult, table: ResultTable, rows: Sequence[Field], columns: Sequence[Field]
) -> list[tuple[Any, ...]]:
    """The columns as their own totals order them; without these, as the rows agree on it."""
    if not columns:
        return [()]
    found = _distinct(table, columns)
    whole = result.totals.get(tuple(one.field_id for one in columns))
    if whole is not None and rows:
        order = [key_of(values) for values in _distinct(whole, columns)]
    else:
        order = color_order(table, rows, columns)
    rank = {key: place for place, key in enumerate(order)}
    return sorted(found, key=lambda values: rank.get(key_of(values), len(rank)))


def _distinct(table: ResultTable, fields: Sequence[Field]) -> list[tuple[Any, ...]]:
    """The combinations in the order in which they come, each level kept together."""
    places = indexes(table, fields)
    ranks: list[dict[Key, int]] = [{} for _ in fields]
    seen: dict[Key, tuple[Any, ...]] = {}
    for row in table.rows:
        values = tuple(row[place] for place in places)
        key = key_of(values)
        if key in seen:
            continue
        seen[key] = values
        for level, rank in enumerate(ranks):
            rank.setdefault(key[: level + 1], len(rank))
    return [
        values
        for key, values in sorted(
            seen.items(),
            key=lambda item: [rank[item[0][: level + 1]] for level, rank in enumerate(ranks)],
        )
    ]


def _tree(
    pivot: _Pivot, leaves: Sequence[tuple[Any, ...]], options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    collapsed = (options.get("FieldOptions") or {}).get("CollapseStateOptions") or ()

    def build(
        level: int, prefix: tuple[Any, ...], rows: Sequence[tuple[Any, ...]]
    ) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = []
        groups: dict[Key, list[tuple[Any, ...]]] = {}
        for row in rows:
            groups.setdefault(key_of(row[level : level + 1]), []).append(row)
        for members in groups.values():
            path = (*prefix, members[0][level])
            fields = pivot.rows[: level + 1]
            node: dict[str, Any] = {
                "text": write(path[-1], pivot.rows[level]),
                "point": point_of(path, fields),
            }
            values = key_by_field(path, fields)
            is_leaf = level + 1 == len(pivot.rows)
            if is_leaf:
                node["cells"] = pivot.cells(values)
            else:
                kept = [*(one.field_id for one in fields), *(one.field_id for one in pivot.columns)]
                if pivot.lookup.has(kept):
                    node["cells"] = pivot.cells(values)
                    if _is_collapsed(collapsed, fields, path):
                        node["isCollapsed"] = True
                node["children"] = build(level + 1, path, members)
            nodes.append(node)
        return nodes

    return build(0, (), leaves)


def _is_collapsed(
    collapsed: Sequence[Mapping[str, Any]], fields: Sequence[Field], path: Sequence[Any]
) -> bool:
    """A target names a whole field, or the values that lead to one row; the last match decides."""
    found = False
    for one in collapsed:
        target = one.get("Target") or {}
        steps = target.get("FieldDataPathValues")
        if steps:
            wanted = {step.get("FieldId"): step.get("FieldValue") for step in steps}
            here = {
                field.field_id: write(value, field)
                for field, value in zip(fields, path, strict=True)
            }
            matches = wanted == here
        else:
            matches = target.get("FieldId") == fields[-1].field_id
        if matches:
            found = one.get("State") == "COLLAPSED"
    return found


def _head(
    pivot: _Pivot,
    names: Mapping[str, str],
    styles: Mapping[str, Any],
    column_total: Mapping[str, Any],
) -> list[list[dict[str, Any]]]:
    """The rows of the head, without the cells above the row headers."""
    width = 1 if pivot.measures_in_rows else max(len(pivot.measures), 1)
    shows_measures = not pivot.measures_in_rows and (
        len(pivot.measures) > 1
        or styles.get("SingleMetricVisibility") == "VISIBLE"
        or not pivot.columns
    )
    head = []
    for level, one in enumerate(pivot.columns):
        cells: list[dict[str, Any]] = []
        last: Key | None = None
        for key in pivot.column_keys:
            prefix = key_of(key[: level + 1])
            if prefix == last:
                cells[-1]["span"] += width
                continue
            last = prefix
            cells.append(
                {
                    "text": write(key[level], one),
                    "span": width,
                    "point": point_of(key[: level + 1], pivot.columns[: level + 1]),
                }
            )
        if pivot.has_total_column and level == 0:
            cells.append(
                {
                    "text": column_total.get("CustomLabel") or "Total",
                    "span": width,
                    "rows": len(pivot.columns),
                    "isTotal": True,
                }
            )
        head.append(cells)
    if shows_measures:
        groups = len(pivot.column_keys) + (1 if pivot.has_total_column else 0)
        labels = [
            {
                "text": names[one.field_id],
                "span": 1,
                "align": alignment(one),
                "measure": one.field_id,
            }
            for one in pivot.measures
        ]
        head.append(labels * groups)
    return head


def _rows_label(styles: Mapping[str, Any], names: Sequence[str]) -> str:
    options = styles.get("RowsLabelOptions") or {}
    if options.get("Visibility") == "HIDDEN":
        return ""
    return options.get("CustomLabel") or " / ".join(names)


def _subtotals(options: Mapping[str, Any], row_ids: Sequence[str]) -> dict[str, Any]:
    """At which levels subtotals are shown, and what they are called."""
    levels: list[int] = []
    if options.get("TotalsVisibility") == "VISIBLE" and len(row_ids) > 1:
        inner = list(range(len(row_ids) - 1))
        kind = options.get("FieldLevel", "ALL")
        if kind == "LAST":
            levels = inner[-1:]
        elif kind == "CUSTOM":
            ids = {one.get("FieldId") for one in options.get("FieldLevelOptions") or ()}
            levels = [level for level in inner if row_ids[level] in ids]
        else:
            levels = inner
    return {"levels": levels, "label": options.get("CustomLabel") or "Subtotal"}


def _widths(options: Mapping[str, Any]) -> dict[str, int]:
    """By field id: the widths of columns that the definition gives."""
    found: dict[str, int] = {}
    for one in options.get("DataPathOptions") or ():
        digits = str(one.get("Width") or "").removesuffix("px")
        path = one.get("DataPathList") or ()
        if digits.replace(".", "", 1).isdigit() and path and path[-1].get("FieldId"):
            found.setdefault(path[-1]["FieldId"], int(float(digits)))
    return found
