"""Table calculations as SQL windows, over rows or over the groups of a visual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm.quicksight.expressions.errors import ExpressionError, UnsupportedExpressionError
from rlm.quicksight.expressions.tree import Call, Expression, Literal, Names, Sorted
from rlm.quicksight.sql.aggregates import OVER, aggregated, share_of
from rlm.quicksight.sql.periods import cut, interval, unit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.sql.translator import Translator

_RUNNING = {
    "runningAvg": "avg",
    "runningCount": "count",
    "runningMax": "max",
    "runningMin": "min",
    "runningSum": "sum",
}
_WINDOWS = {
    "windowAvg": "avg",
    "windowCount": "count",
    "windowMax": "max",
    "windowMin": "min",
    "windowSum": "sum",
}
_OVER_TIME = {
    "periodToDateAvgOverTime": "avg",
    "periodToDateCountOverTime": "count",
    "periodToDateMaxOverTime": "max",
    "periodToDateMinOverTime": "min",
    "periodToDateSumOverTime": "sum",
}
_NEIGHBOURS = ("lag", "lead", "difference", "percentDifference")
_RANKINGS = ("rank", "denseRank", "percentileRank")
_ENDS = {"firstValue": "first_value", "lastValue": "last_value"}
_PERIOD_OVER_PERIOD = (
    "periodOverPeriodDifference",
    "periodOverPeriodLastValue",
    "periodOverPeriodPercentDifference",
)
WINDOW_FUNCTIONS = frozenset(
    {
        "percentOfTotal",
        *OVER,
        *_NEIGHBOURS,
        *_RANKINGS,
        *_ENDS,
        *_RUNNING,
        *_WINDOWS,
        *_OVER_TIME,
        *_PERIOD_OVER_PERIOD,
    }
)
_ALL_ROWS = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"


@dataclass(frozen=True)
class DateAxis:
    """The date that a visual groups by: the axis of period functions."""

    sql: str
    unit: str | None
    others: tuple[str, ...]
    """SQL of all that the visual groups by besides."""


@dataclass(frozen=True)
class Ground:
    """What windows are laid over."""

    stage: Translator
    partition: tuple[str, ...]
    """Parts of every partition: totals are not mixed with groups."""
    ties: tuple[str, ...]
    """What tells rows apart that a sort order leaves equal."""
    date_axis: Callable[[Expression], DateAxis]

    def over(
        self, partition: tuple[str, ...] = (), order: tuple[str, ...] = (), frame: str = ""
    ) -> str:
        """An OVER clause."""
        parts = (*self.partition, *partition)
        pieces = [
            f"PARTITION BY {', '.join(parts)}" if parts else "",
            f"ORDER BY {', '.join(order)}" if order else "",
            frame if order else "",
        ]
        return f"OVER ({' '.join(piece for piece in pieces if piece)})"


def window(ground: Ground, call: Call) -> str:
    """The SQL of a table function over `ground`."""
    ground.stage.check_count(call)
    ground.stage.check_measure(call)
    name, arguments = call.function, call.arguments
    if name in OVER:
        return _over(ground, name, arguments)
    if name == "percentOfTotal":
        return _percent_of_total(ground, arguments)
    if name in _RANKINGS:
        return _ranking(ground, name, arguments)
    if name in _NEIGHBOURS:
        return _neighbour(ground, name, arguments)
    if name in _RUNNING:
        measure = ground.stage.sql(arguments[0])
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        return f"{aggregated(_RUNNING[name], measure)} {_sorted_over(ground, arguments, 2, frame)}"
    if name in _ENDS:
        over = _sorted_over(ground, arguments, 2, _ALL_ROWS)
        return f"{_ENDS[name]}({ground.stage.sql(arguments[0])}) {over}"
    if name in _WINDOWS:
        frame = f"ROWS BETWEEN {_before(ground, arguments[2])} AND {_after(ground, arguments[3])}"
        measure = ground.stage.sql(arguments[0])
        return f"{aggregated(_WINDOWS[name], measure)} {_sorted_over(ground, arguments, 4, frame)}"
    if name in _OVER_TIME:
        return _over_time(ground, name, arguments)
    if name in _PERIOD_OVER_PERIOD:
        return _period_over_period(ground, name, arguments)
    raise UnsupportedExpressionError(f"the table calculation {name}")


def partition_of(arguments: tuple[Expression, ...], index: int) -> tuple[Expression, ...]:
    """The fields of the partition that may stand at `index`."""
    if index < len(arguments):
        found = arguments[index]
        if isinstance(found, Names):
            return tuple(one.expression if isinstance(one, Sorted) else one for one in found.items)
        if not (isinstance(found, Literal) and isinstance(found.value, str)):
            raise ExpressionError("found a value, expected a partition in brackets: [{field}]")
    return ()


def _partition(ground: Ground, arguments: tuple[Expression, ...], index: int) -> tuple[str, ...]:
    return tuple(ground.stage.sql(one) for one in partition_of(arguments, index))


def _order(ground: Ground, tree: Expression, with_ties: bool) -> tuple[str, ...]:
    if not isinstance(tree, Names):
        raise ExpressionError("found a value, expected a sort order in brackets: [{field} ASC]")
    keys: dict[str, str] = {}
    for item in tree.items:
        inner = item.expression if isinstance(item, Sorted) else item
        direction = item.direction if isinstance(item, Sorted) else "ASC"
        keys.setdefault(ground.stage.sql(inner), direction)
    if with_ties:
        for tie in ground.ties:
            keys.setdefault(tie, "ASC")
    return tuple(f"{key} {direction} NULLS LAST" for key, direction in keys.items())


def _sorted_over(
    ground: Ground, arguments: tuple[Expression, ...], partition: int, frame: str
) -> str:
    order = _order(ground, arguments[1], with_ties=True)
    return ground.over(_partition(ground, arguments, partition), order, frame)


def _over(ground: Ground, name: str, arguments: tuple[Expression, ...]) -> str:
    is_percentile = name.startswith("percentile")
    share = share_of(ground.stage.constant(arguments[1])) if is_percentile else ""
    partition = _partition(ground, arguments, 2 if is_percentile else 1)
    value = aggregated(OVER[name], ground.stage.sql(arguments[0]), share)
    return f"{value} {ground.over(partition)}"


def _percent_of_total(ground: Ground, arguments: tuple[Expression, ...]) -> str:
    measure = ground.stage.sql(arguments[0])
    total = f"sum({measure}) {ground.over(_partition(ground, arguments, 1))}"
    return f"({measure} / nullif({total}, 0))"


def _ranking(ground: Ground, name: str, arguments: tuple[Expression, ...]) -> str:
    partition = _partition(ground, arguments, 1)
    over = ground.over(partition, _order(ground, arguments[0], with_ties=False))
    match name:
        case "rank":
            return f"rank() {over}"
        case "denseRank":
            return f"dense_rank() {over}"
        case _:
            # From 0 to below 100: the share of items that come before.
            return f"(100 * (rank() {over} - 1) / count(*) {ground.over(partition)})"


def _neighbour(ground: Ground, name: str, arguments: tuple[Expression, ...]) -> str:
    measure = ground.stage.sql(arguments[0])
    index = ground.stage.whole(arguments[2])
    over = _sorted_over(ground, arguments, 3, "")
    if name in ("lag", "lead"):
        return f"{name}({measure}, {index}) {over}"
    compared = f"{'lead' if index > 0 else 'lag'}({measure}, {abs(index)}) {over}"
    if name == "difference":
        return f"({measure} - {compared})"
    return f"(({measure} - {compared}) / nullif({compared}, 0))"


def _before(ground: Ground, tree: Expression) -> str:
    rows = ground.stage.whole(tree)
    return f"{rows} PRECEDING" if rows >= 0 else f"{-rows} FOLLOWING"


def _after(ground: Ground, tree: Expression) -> str:
    rows = ground.stage.whole(tree)
    return f"{rows} FOLLOWING" if rows >= 0 else f"{-rows} PRECEDING"


def _unit(ground: Ground, axis: DateAxis, arguments: tuple[Expression, ...]) -> str:
    if len(arguments) > 2:
        return unit_of(ground.stage.word(arguments[2]))
    # Dates are shown by days where nothing else is said.
    return axis.unit or "day"


def _over_time(ground: Ground, name: str, arguments: tuple[Expression, ...]) -> str:
    axis = ground.date_axis(arguments[1])
    unit = _unit(ground, axis, arguments)
    period = cut(axis.sql, unit, ground.stage.scope.week_starts_on)
    over = ground.over((*axis.others, period), (f"{axis.sql} ASC NULLS LAST",))
    return f"{aggregated(_OVER_TIME[name], ground.stage.sql(arguments[0]))} {over}"


def _period_over_period(ground: Ground, name: str, arguments: tuple[Expression, ...]) -> str:
    axis = ground.date_axis(arguments[1])
    unit = _unit(ground, axis, arguments)
    offset = ground.stage.whole(arguments[3]) if len(arguments) > 3 else 1
    measure = ground.stage.sql(arguments[0])
    place = f"{interval(str(abs(offset)), unit)} {'PRECEDING' if offset >= 0 else 'FOLLOWING'}"
    over = ground.over(
        axis.others, (f"{axis.sql} ASC NULLS LAST",), f"RANGE BETWEEN {place} AND {place}"
    )
    # A group without a date (a total) has no earlier one.
    earlier = f"CASE WHEN {axis.sql} IS NOT NULL THEN max({measure}) {over} END"
    match name:
        case "periodOverPeriodLastValue":
            return earlier
        case "periodOverPeriodDifference":
            return f"({measure} - {earlier})"
        case _:
            return f"(({measure} - {earlier}) / nullif({earlier}, 0))"
