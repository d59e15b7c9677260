"""What a chart does not show by itself: categories and colours beyond their limits, as Other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rlm.quicksight.queries.axes import OTHER, Axis, combined, is_decomposable
from rlm.quicksight.queries.building import not_among
from rlm.quicksight.queries.context import Answer, NotSupportedError, Steps
from rlm.quicksight.queries.visuals import Asked, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.queries.fields import WellField
    from rlm.quicksight.query import ColumnType
    from rlm.quicksight.results import ResultTable


def with_other(
    told: Asked,
    axes: Sequence[Axis],
    measures: Sequence[WellField],
    wanted: Sequence[WellField],
    category: str,
    shown: list[list[Any]],
    kept: list[tuple[Any, ...]],
    rest: Sequence[tuple[Any, ...]],
    types: Sequence[ColumnType],
    ignored: list[str],
) -> Steps[tuple[list[tuple[Any, ...]], ResultTable | None]]:
    """The kept rows and those of Other colours; the table of the other categories."""
    if not rest:
        return kept, None
    limited = [
        any(row[i] not in set(shown[i]) for row in rest) and axis.has_other
        for i, axis in enumerate(axes)
    ]
    sets = [set(values) for values in shown]

    def place(row: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The row's group among those shown; None where it is in none."""
        made = []
        for i, axis in enumerate(axes):
            if row[i] in sets[i]:
                made.append(row[i])
            elif axis.has_other:
                made.append(OTHER)
            else:
                return None
        return tuple(made)

    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rest:
        group = place(row)
        if group is not None:
            groups[group].append(row)
    values: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    if all(is_decomposable(one) for one in measures):
        count = len(axes)
        for group, rows in groups.items():
            values[group] = tuple(
                combined(one, (row[count + i] for row in rows)) for i, one in enumerate(measures)
            )
    else:
        try:
            values = yield from _other_by_engine(told, axes, measures, shown, groups)
        except NotSupportedError as problem:
            ignored.append(f"{OTHER}: {problem}")
            return kept, None
    width = len(measures)
    category_at = next((i for i, axis in enumerate(axes) if axis.field.well == category), None)
    others = []
    for group in groups:
        if category_at is not None and group[category_at] == OTHER and limited[category_at]:
            dims = tuple(v for i, v in enumerate(group) if i != category_at)
            others.append(dims + values.get(group, (None,) * width))
        else:
            padding = (None,) * (len(wanted) - width)
            kept.append(group + values.get(group, (None,) * width) + padding)
    for i, axis in enumerate(axes):
        if limited[i] and i != category_at and axis.has_other:
            shown[i].append(OTHER)
    if not others or category_at is None:
        return kept, None
    count = len(axes)
    fields = [axis.field for i, axis in enumerate(axes) if i != category_at]
    kinds = [kind for i, kind in enumerate(types[: count + width]) if i != category_at]
    return kept, table_of([*fields, *measures], kinds, others)


def _other_by_engine(
    told: Asked,
    axes: Sequence[Axis],
    measures: Sequence[WellField],
    shown: Sequence[list[Any]],
    groups: Mapping[tuple[Any, ...], Any],
) -> Steps[dict[tuple[Any, ...], tuple[Any, ...]]]:
    """One query for each combination of axes that have an Other."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    patterns = list(dict.fromkeys(tuple(value is OTHER for value in group) for group in groups))
    queries = []
    for pattern in patterns:
        filters = tuple(
            not_among(axes[i].field.expression, shown[i])
            for i, is_other in enumerate(pattern)
            if is_other
        )
        dims = [axis.field for i, axis in enumerate(axes) if not pattern[i]]
        queries.append(told.query(dims, measures, filters=filters))
    answers: tuple[Answer, ...] = yield tuple(queries)
    for pattern, answer in zip(patterns, answers, strict=True):
        count = len(pattern) - sum(pattern)
        for row in answer.rows:
            values = iter(row[:count])
            group = tuple(OTHER if is_other else next(values) for is_other in pattern)
            found[group] = row[count:]
    return found
