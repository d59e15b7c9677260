"""Aggregate functions as SQL, over a group of rows or over a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.expressions.errors import UnsupportedExpressionError
from rlm.quicksight.expressions.tree import Call, Expression, Literal

if TYPE_CHECKING:
    from rlm.quicksight.query import Aggregate

_TEMPLATES = {
    "avg": "avg({0})",
    "count": "count({0})",
    "distinct_count": "count(DISTINCT {0})",
    "max": "max({0})",
    "median": "median({0})",
    "min": "min({0})",
    "percentile": "quantile_disc({0}, {1})",
    "percentileCont": "quantile_cont({0}, {1})",
    "percentileDisc": "quantile_disc({0}, {1})",
    "stdev": "stddev_samp({0})",
    "stdevp": "stddev_pop({0})",
    "sum": "sum({0})",
    "var": "var_samp({0})",
    "varp": "var_pop({0})",
}
_OF_FIELD_WELLS = {
    "SUM": "sum",
    "AVERAGE": "avg",
    "MIN": "min",
    "MAX": "max",
    "COUNT": "count",
    "DISTINCT_COUNT": "distinct_count",
    "VAR": "var",
    "VARP": "varp",
    "STDEV": "stdev",
    "STDEVP": "stdevp",
    "MEDIAN": "median",
    "PERCENTILE": "percentile",
}
TO_DATE = {
    "periodToDateAvg": "avg",
    "periodToDateCount": "count",
    "periodToDateMax": "max",
    "periodToDateMedian": "median",
    "periodToDateMin": "min",
    "periodToDatePercentile": "percentile",
    "periodToDatePercentileCont": "percentileCont",
    "periodToDateStDev": "stdev",
    "periodToDateStDevP": "stdevp",
    "periodToDateSum": "sum",
    "periodToDateVar": "var",
    "periodToDateVarP": "varp",
}
OVER = {
    "avgOver": "avg",
    "countOver": "count",
    "distinctCountOver": "distinct_count",
    "maxOver": "max",
    "minOver": "min",
    "percentileContOver": "percentileCont",
    "percentileDiscOver": "percentileDisc",
    "percentileOver": "percentile",
    "stdevOver": "stdev",
    "stdevpOver": "stdevp",
    "sumOver": "sum",
    "varOver": "var",
    "varpOver": "varp",
}
PERCENTILES = ("percentile", "percentileCont", "percentileDisc")


def is_aggregate(name: str) -> bool:
    """Whether a function is an aggregate of its own, or that with a condition: `sumIf`."""
    return name.removesuffix("If") in _TEMPLATES


def aggregated(name: str, value: str, share: str = "", condition: str = "") -> str:
    """`sum(value)`, over the rows that fulfil `condition`, where one is given."""
    shown = _TEMPLATES[name].format(value, share)
    return f"{shown} FILTER (WHERE {condition})" if condition else shown


def share_of(percentile: object) -> str:
    """0.95 for 95; an error outside of 0 to 100."""
    if isinstance(percentile, bool | str | None):
        raise UnsupportedExpressionError("a percentile that is no constant number")
    number = float(percentile)  # type: ignore[arg-type]
    if not 0 <= number <= 100:
        raise UnsupportedExpressionError(f"the percentile {number:g}, expected 0 to 100")
    return repr(number / 100)


def call_of(expression: Expression, aggregate: Aggregate) -> Call:
    """A field well's aggregate as the function that does the same; ATTRIBUTE has none."""
    name = _OF_FIELD_WELLS.get(aggregate.function)
    if name is None:
        raise UnsupportedExpressionError(f"the aggregate {aggregate.function!r} of a field")
    if name == "percentile":
        return Call(name, (expression, Literal(aggregate.percentile)))
    return Call(name, (expression,))


def attribute(value: str) -> str:
    """The one value that all rows of the group share, else null."""
    return (
        f"CASE WHEN count({value}) = count(*) AND min({value}) = max({value}) THEN min({value}) END"
    )
