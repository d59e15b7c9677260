"""Table calculations: windows over the aggregated rows, or over rows where a level says so."""

from __future__ import annotations

from rlm.quicksight.expressions.functions.aggregate import PERCENTILE, PERIOD
from rlm.quicksight.expressions.functions.signature import (
    ANY,
    LEVELS,
    MOMENT,
    NUMBER,
    TEXT,
    WHOLE,
    Argument,
    Function,
    names,
    optional,
    sort_order,
    table_of,
)
from rlm.quicksight.query import ColumnType

_MEASURE = Argument("measure", NUMBER)
_ORDERED = Argument("measure", NUMBER | MOMENT | TEXT)
_ANYTHING = Argument("measure", ANY)
_PARTITION = optional(names("partition"))
_LEVEL = optional(Argument("calculation level", TEXT, LEVELS, words_are_bare=True))
_SORT = sort_order()
_LOOKUP = Argument("lookup index", WHOLE, is_constant=True)
_MOMENT = Argument("date", MOMENT)
_OFFSET = optional(Argument("offset", WHOLE, is_constant=True))


def _over(name: str, measure: Argument, result: ColumnType | int) -> Function:
    return Function(name, "table", (measure, _PARTITION, _LEVEL), result)


def _percentile_over(name: str) -> Function:
    return Function(name, "table", (_MEASURE, PERCENTILE, _PARTITION, _LEVEL), ColumnType.DECIMAL)


def _neighbour(name: str, measure: Argument, result: ColumnType | int) -> Function:
    return Function(name, "table", (measure, _SORT, _LOOKUP, _PARTITION), result)


def _period_over_period(name: str, measure: Argument, result: ColumnType | int) -> Function:
    return Function(name, "table", (measure, _MOMENT, optional(PERIOD), _OFFSET), result)


def _to_date_over_time(name: str, measure: Argument, result: ColumnType | int) -> Function:
    return Function(name, "table", (measure, _MOMENT, optional(PERIOD)), result)


def _ranking(name: str, result: ColumnType) -> Function:
    return Function(name, "table", (_SORT, _PARTITION, _LEVEL), result)


def _running(name: str, measure: Argument, result: ColumnType | int) -> Function:
    return Function(name, "table", (measure, _SORT, _PARTITION), result)


def _window(name: str, measure: Argument, result: ColumnType | int) -> Function:
    start, end = Argument("start index", WHOLE), Argument("end index", WHOLE)
    return Function(name, "table", (measure, _SORT, start, end, _PARTITION), result)


TABLE = table_of(
    _neighbour("difference", _MEASURE, 0),
    _over("distinctCountOver", _ANYTHING, ColumnType.INTEGER),
    _neighbour("lag", _ANYTHING, 0),
    _neighbour("lead", _ANYTHING, 0),
    _neighbour("percentDifference", _MEASURE, ColumnType.DECIMAL),
    _over("avgOver", _MEASURE, ColumnType.DECIMAL),
    _over("countOver", _ANYTHING, ColumnType.INTEGER),
    _over("maxOver", _ORDERED, 0),
    _over("minOver", _ORDERED, 0),
    _percentile_over("percentileOver"),
    _percentile_over("percentileContOver"),
    _percentile_over("percentileDiscOver"),
    Function("percentOfTotal", "table", (_MEASURE, _PARTITION, _LEVEL), ColumnType.DECIMAL),
    _period_over_period("periodOverPeriodDifference", _MEASURE, 0),
    _period_over_period("periodOverPeriodLastValue", _ANYTHING, 0),
    _period_over_period("periodOverPeriodPercentDifference", _MEASURE, ColumnType.DECIMAL),
    _to_date_over_time("periodToDateAvgOverTime", _MEASURE, ColumnType.DECIMAL),
    _to_date_over_time("periodToDateCountOverTime", _ANYTHING, ColumnType.INTEGER),
    _to_date_over_time("periodToDateMaxOverTime", _ORDERED, 0),
    _to_date_over_time("periodToDateMinOverTime", _ORDERED, 0),
    _to_date_over_time("periodToDateSumOverTime", _MEASURE, 0),
    _over("stdevOver", _MEASURE, ColumnType.DECIMAL),
    _over("stdevpOver", _MEASURE, ColumnType.DECIMAL),
    _over("varOver", _MEASURE, ColumnType.DECIMAL),
    _over("varpOver", _MEASURE, ColumnType.DECIMAL),
    _over("sumOver", _MEASURE, 0),
    _ranking("denseRank", ColumnType.INTEGER),
    _ranking("rank", ColumnType.INTEGER),
    _ranking("percentileRank", ColumnType.DECIMAL),
    _running("runningAvg", _MEASURE, ColumnType.DECIMAL),
    _running("runningCount", _ANYTHING, ColumnType.INTEGER),
    _running("runningMax", _ORDERED, 0),
    _running("runningMin", _ORDERED, 0),
    _running("runningSum", _MEASURE, 0),
    _running("firstValue", _ANYTHING, 0),
    _running("lastValue", _ANYTHING, 0),
    _window("windowAvg", _MEASURE, ColumnType.DECIMAL),
    _window("windowCount", _ANYTHING, ColumnType.INTEGER),
    _window("windowMax", _ORDERED, 0),
    _window("windowMin", _ORDERED, 0),
    _window("windowSum", _MEASURE, 0),
)
