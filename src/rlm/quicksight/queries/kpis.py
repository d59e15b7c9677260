"""KPIs and gauges: a value, what it is compared with, and the trend behind it.

The table has the trend's periods, oldest first, or the one row of a KPI without a trend.
`computations["kpi"]` holds primary, comparison, difference, percent_difference, percent (of the
comparison), progress, and period and previous_period where there is a trend.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlm.quicksight.expressions.tree import Call, Expression
from rlm.quicksight.queries.axes import axis_of, ordered
from rlm.quicksight.queries.context import Context, NotSupportedError, Steps
from rlm.quicksight.queries.decisions import helpers, matches, rules_of, styled, value_of
from rlm.quicksight.queries.visuals import Asked, Visual, asked, by_value, single_row, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.queries.fields import WellField
    from rlm.quicksight.results import CellFormat, VisualResult


def kpi(context: Context, visual: Visual) -> Steps[VisualResult]:
    """A KPI or a gauge."""
    told = yield from asked(context, visual)
    values, targets = told.well("Values"), told.well("TargetValues")
    if not values and not targets:
        raise NotSupportedError("the visual has no value")
    trend = told.well("TrendGroups")
    if trend:
        return (yield from _with_trend(told, trend[0], values, targets))
    (answer,) = yield (told.query((), [*values, *targets]),)
    row = single_row(answer)
    fields = [*values, *targets]
    comparison = None
    if targets or len(values) > 1:
        place = len(values) if targets else 1
        comparison = table_of([fields[place]], [answer.types[place]], [(row[place],)])
    found = compared_values(row[0], comparison.rows[0][0] if comparison else None)
    ignored: list[str] = []
    formats = yield from _formats(told, fields, row, found, 0, ignored)
    return told.result(
        table_of(fields, answer.types, [row]),
        comparison=comparison,
        computations={"kpi": found},
        formats=formats,
        ignored=ignored,
    )


def _with_trend(
    told: Asked, trend: WellField, values: Sequence[WellField], targets: Sequence[WellField]
) -> Steps[VisualResult]:
    fields = [*values, *targets]
    answer = yield from by_value(told, trend, fields)
    rows = [row for row in answer.rows if row[0] is not None] or list(answer.rows)
    known = {row[0]: row for row in rows}
    if trend.is_date:
        periods = sorted(known)
    else:
        axis = axis_of(
            told.context, trend, told.fields, told.visual.sorting.get("TrendGroupSort") or (), None
        )
        measured = {
            (row[0], one): row[1 + place] for row in rows for place, one in enumerate(fields)
        }
        periods = list(reversed(ordered(known, axis.sort, measured)))
    rows = [known[period] for period in periods]
    last = rows[-1] if rows else (None,) * len(answer.types)
    previous = rows[-2] if len(rows) > 1 else (None,) * len(answer.types)
    place = 1 + len(values) if targets else 1
    against = (last if targets else previous)[place]
    compared = [trend, fields[place - 1]]
    kinds = [answer.types[0], answer.types[place]]
    comparison = table_of(compared, kinds, [((last if targets else previous)[0], against)])
    found = compared_values(last[1], against) | {"period": last[0], "previous_period": previous[0]}
    ignored: list[str] = []
    formats = yield from _formats(told, fields, last[1:], found, max(len(rows) - 1, 0), ignored)
    return told.result(
        table_of([trend, *fields], answer.types, rows),
        comparison=comparison,
        computations={"kpi": found},
        formats=formats,
        ignored=ignored,
    )


def _formats(
    told: Asked,
    fields: Sequence[WellField],
    row: Sequence[Any],
    found: Mapping[str, Any],
    place: int,
    ignored: list[str],
) -> Steps[tuple[CellFormat, ...]]:
    """Formats of the parts. Differences over the trend are those that the KPI itself shows."""
    rules = rules_of(told.visual.definition, ignored)
    extra = [
        one
        for one in helpers(told.context, told.data_set, rules, fields)
        if one.leaf is not None and difference_of(one.leaf) is None
    ]
    others: dict[Expression | None, Any] = {}
    if extra:
        try:
            (answer,) = yield (told.query((), extra),)
            values = single_row(answer)
            others = {one.leaf: value for one, value in zip(extra, values, strict=True)}
        except NotSupportedError as problem:
            ignored.append(f"conditional formats: {problem}")

    def look_up(leaf: Expression) -> Any:
        name = difference_of(leaf)
        if name is not None:
            return found[name]
        for field, value in zip(fields, row, strict=True):
            if matches(field, leaf):
                return value
        return others.get(leaf)

    made = []
    for rule in rules:
        value = value_of(rule.condition, look_up, told.context.parameters)
        format_ = styled(rule, value, [value])
        if format_ is not None:
            made.append(replace(format_, row=place))
    return tuple(made)


def difference_of(leaf: Expression) -> str | None:
    """Which of a KPI's comparisons a condition's table calculation stands for."""
    match leaf:
        case Call("difference", _):
            return "difference"
        case Call("percentDifference", _):
            return "percent_difference"
    return None


def compared_values(primary: Any, comparison: Any) -> dict[str, Any]:
    """A value and what it is compared with, in each of the ways to compare them."""
    found: dict[str, Any] = {
        "primary": primary,
        "comparison": comparison,
        "difference": None,
        "percent_difference": None,
        "percent": None,
        "progress": None,
    }
    if not _is_number(primary) or not _is_number(comparison):
        return found
    found["difference"] = primary - comparison
    if comparison:
        found["percent_difference"] = (primary - comparison) / abs(comparison)
        found["percent"] = primary / comparison
        found["progress"] = min(max(primary / comparison, 0.0), 1.0)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
