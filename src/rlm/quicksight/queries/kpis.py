"""KPIs and gauges: a value, what it is compared with, and the trend behind it.

The table has the trend's periods, oldest first, or the one row of a KPI without a trend.
`computations["kpi"]` holds primary, comparison, difference, percent_difference, percent (of the
comparison), progress, and period and previous_period where there is a trend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.queries.axes import axis_of, ordered
from rlm.quicksight.queries.context import Context, NotSupportedError, Steps
from rlm.quicksight.queries.visuals import Asked, Visual, asked, single_row, table_of
from rlm.quicksight.query import ColumnType, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm.quicksight.queries.fields import WellField
    from rlm.quicksight.results import VisualResult

_MOST_PERIODS = 10_000


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
    return told.result(
        table_of(fields, answer.types, [row]), comparison=comparison, computations={"kpi": found}
    )


def _with_trend(
    told: Asked, trend: WellField, values: Sequence[WellField], targets: Sequence[WellField]
) -> Steps[VisualResult]:
    fields = [*values, *targets]
    order = (Order("DESC" if trend.is_date else "ASC", alias="d0"),)
    (answer,) = yield (told.query([trend], fields, order=order, limit=_MOST_PERIODS),)
    rows = [row for row in answer.rows if row[0] is not None] or list(answer.rows)
    by_value = {row[0]: row for row in rows}
    if trend.is_date:
        periods = sorted(by_value)
    else:
        axis = axis_of(
            told.context, trend, told.fields, told.visual.sorting.get("TrendGroupSort") or (), None
        )
        measured = {
            (row[0], one): row[1 + place] for row in rows for place, one in enumerate(fields)
        }
        periods = list(reversed(ordered(by_value, axis.sort, measured)))
    rows = [by_value[period] for period in periods]
    last = rows[-1] if rows else (None,) * len(answer.types)
    previous = rows[-2] if len(rows) > 1 else (None,) * len(answer.types)
    place = 1 + len(values) if targets else 1
    against = (last if targets else previous)[place]
    compared = [fields[place - 1]]
    kinds: list[ColumnType] = [answer.types[place]]
    comparison = table_of(compared, kinds, [(against,)])
    found = compared_values(last[1], against) | {"period": last[0], "previous_period": previous[0]}
    return told.result(
        table_of([trend, *fields], answer.types, rows),
        comparison=comparison,
        computations={"kpi": found},
    )


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
