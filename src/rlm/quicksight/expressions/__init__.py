"""The formula language of QuickSight's calculated fields: text to tree, types, and SQL."""

from rlm.quicksight.expressions.errors import ExpressionError, UnsupportedExpressionError
from rlm.quicksight.expressions.parser import parse
from rlm.quicksight.expressions.walking import columns_of, functions_of, parameters_of
from rlm.quicksight.expressions.writer import written

__all__ = [
    "ExpressionError",
    "UnsupportedExpressionError",
    "columns_of",
    "functions_of",
    "parameters_of",
    "parse",
    "written",
]
