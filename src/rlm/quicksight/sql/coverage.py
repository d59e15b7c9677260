"""Which documented functions are translated, and how truly: a part of the coverage ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.sql.aggregates import TO_DATE, is_aggregate
from rlm.quicksight.sql.scalars import SCALARS
from rlm.quicksight.sql.windows import WINDOW_FUNCTIONS

_APPROXIMATIONS = {
    "addWorkDays": "one of the documented results of -5 work days contradicts the others",
    "concat": "null where a part is null; the documentation does not say",
    "lag": "a negative lookup index looks forward; the documentation contradicts its example",
    "lead": "a negative lookup index looks back; the documentation contradicts its example",
    "parseJson": "JSON paths of DuckDB; names are compared case by case",
    "dateDiff": "borders of periods are counted; the documentation's examples fit full periods too",
    "extract": "WK is the ISO week; the documentation does not list it",
}


@dataclass(frozen=True)
class Coverage:
    """How one function is translated; a reason where that is not all that is documented."""

    status: OneOf["honoured", "approximated", "missing"]
    reason: str = ""


def documented_functions() -> dict[str, Coverage]:
    """All 128 functions by their documented names, group by group."""
    return {name: _coverage(name) for name in FUNCTIONS}


def _coverage(name: str) -> Coverage:
    is_translated = {
        "row": name in SCALARS,
        "aggregate": is_aggregate(name) or name in TO_DATE,
        "table": name in WINDOW_FUNCTIONS,
    }[FUNCTIONS[name].level]
    if not is_translated:
        return Coverage("missing")
    reason = _APPROXIMATIONS.get(name, "")
    return Coverage("approximated", reason) if reason else Coverage("honoured")
