"""What a filter looks at: a column or field, aggregated if the filter says so; and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions.tree import Call, Column, Expression, Literal, Value
from rlm.quicksight.queries.fields import aggregate_of

if TYPE_CHECKING:
    from rlm.quicksight.queries.context import Context, Raw

_FUNCTIONS: Final = {
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
}


def target_of(context: Context, told: Raw, data_set: str) -> Expression:
    """What the filter looks at, aggregated if it says so."""
    name = told["Column"]["ColumnName"]
    context.check_column(data_set, name)
    target: Expression = Column(name)
    aggregate = aggregate_of(told.get("AggregationFunction"))
    if aggregate is None or not context.is_of_rows(data_set, target):
        return target
    if aggregate.function == "PERCENTILE":
        return Call("percentile", (target, Literal(aggregate.percentile)))
    if aggregate.function == "ATTRIBUTE":
        return Call("max", (target,))
    return Call(_FUNCTIONS[aggregate.function], (target,))


def parameter_value(context: Context, name: str) -> Value:
    """The first value of a parameter; null where it is not set."""
    values = context.parameters.get(name, ())
    return values[0] if values and name not in context.unset else None
