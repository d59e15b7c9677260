"""Aggregate functions. With a list of fields they are level-aware: grouped by those first."""

from __future__ import annotations

from rlm.quicksight.expressions.functions.signature import (
    ANY,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    Argument,
    Function,
    names,
    optional,
    table_of,
)
from rlm.quicksight.query import ColumnType

PERIODS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "SECONDS")

PERIOD = Argument("period", TEXT, PERIODS, words_are_bare=True)
PERCENTILE = Argument("percentile", NUMBER, is_constant=True)
_MEASURE = Argument("measure", NUMBER)
_ORDERED = Argument("measure", NUMBER | MOMENT | TEXT)
_ANYTHING = Argument("dimension or measure", ANY)
_GROUPED = optional(names("group-by level"))
_CONDITION = Argument("condition", TRUTH)
_MOMENT = Argument("dateTime", MOMENT)
_END = optional(Argument("endDate", MOMENT))


def _pair(
    name: str, argument: Argument, result: ColumnType | int, conditional: str
) -> tuple[Function, Function]:
    return (
        Function(name, "aggregate", (argument, _GROUPED), result),
        Function(conditional, "aggregate", (argument, _CONDITION), result),
    )


def _percentile(name: str) -> Function:
    return Function(name, "aggregate", (_MEASURE, PERCENTILE, _GROUPED), ColumnType.DECIMAL)


def _to_date(name: str, argument: Argument, result: ColumnType | int) -> Function:
    return Function(name, "aggregate", (argument, _MOMENT, PERIOD, _END), result)


def _percentile_to_date(name: str) -> Function:
    return Function(
        name, "aggregate", (_MEASURE, PERCENTILE, _MOMENT, PERIOD, _END), ColumnType.DECIMAL
    )


AGGREGATE = table_of(
    *_pair("avg", _MEASURE, ColumnType.DECIMAL, "avgIf"),
    *_pair("count", _ANYTHING, ColumnType.INTEGER, "countIf"),
    *_pair("distinct_count", _ANYTHING, ColumnType.INTEGER, "distinct_countIf"),
    *_pair("max", _ORDERED, 0, "maxIf"),
    *_pair("median", _MEASURE, ColumnType.DECIMAL, "medianIf"),
    *_pair("min", _ORDERED, 0, "minIf"),
    _percentile("percentile"),
    _percentile("percentileCont"),
    _percentile("percentileDisc"),
    _to_date("periodToDateAvg", _MEASURE, ColumnType.DECIMAL),
    _to_date("periodToDateCount", _ANYTHING, ColumnType.INTEGER),
    _to_date("periodToDateMax", _ORDERED, 0),
    _to_date("periodToDateMedian", _MEASURE, ColumnType.DECIMAL),
    _to_date("periodToDateMin", _ORDERED, 0),
    _percentile_to_date("periodToDatePercentile"),
    _percentile_to_date("periodToDatePercentileCont"),
    _to_date("periodToDateStDev", _MEASURE, ColumnType.DECIMAL),
    _to_date("periodToDateStDevP", _MEASURE, ColumnType.DECIMAL),
    _to_date("periodToDateSum", _MEASURE, 0),
    _to_date("periodToDateVar", _MEASURE, ColumnType.DECIMAL),
    _to_date("periodToDateVarP", _MEASURE, ColumnType.DECIMAL),
    *_pair("stdev", _MEASURE, ColumnType.DECIMAL, "stdevIf"),
    *_pair("stdevp", _MEASURE, ColumnType.DECIMAL, "stdevpIf"),
    *_pair("sum", _MEASURE, 0, "sumIf"),
    *_pair("var", _MEASURE, ColumnType.DECIMAL, "varIf"),
    *_pair("varp", _MEASURE, ColumnType.DECIMAL, "varpIf"),
)
