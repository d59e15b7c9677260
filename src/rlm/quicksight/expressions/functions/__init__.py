"""Every function that QuickSight documents, by group and by name."""

from __future__ import annotations

import difflib

from rlm.quicksight.expressions.functions.aggregate import AGGREGATE
from rlm.quicksight.expressions.functions.conditional import CONDITIONAL
from rlm.quicksight.expressions.functions.date import DATE
from rlm.quicksight.expressions.functions.numeric import NUMERIC
from rlm.quicksight.expressions.functions.signature import Function
from rlm.quicksight.expressions.functions.string import STRING
from rlm.quicksight.expressions.functions.table import TABLE

GROUPS = {
    "aggregate": AGGREGATE,
    "conditional": CONDITIONAL,
    "date": DATE,
    "numeric": NUMERIC,
    "string": STRING,
    "table": TABLE,
}
FUNCTIONS: dict[str, Function] = {
    name: function for group in GROUPS.values() for name, function in group.items()
}
_BY_LOWER_CASE = {name.lower(): name for name in FUNCTIONS}


def documented_spelling(name: str) -> str | None:
    """`sumOver` for `SUMOVER`; None where no function has that name."""
    return _BY_LOWER_CASE.get(name.lower())


def nearest(name: str) -> str | None:
    """The documented function that somebody who wrote `name` most likely meant."""
    longer = [known for known in _BY_LOWER_CASE if known.startswith(name.lower())]
    if longer:
        return _BY_LOWER_CASE[min(longer, key=len)]
    close = difflib.get_close_matches(name.lower(), _BY_LOWER_CASE, n=1, cutoff=0.5)
    return _BY_LOWER_CASE[close[0]] if close else None


__all__ = ["FUNCTIONS", "GROUPS", "Function", "documented_spelling", "nearest"]
