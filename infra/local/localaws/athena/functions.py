"""What each function of Athena is in DuckDB. What is not listed here is not supported.

A maker gets the translated arguments and gives a DuckDB expression. It must mean what Trino's
function means for every input, or fail.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localaws.athena.collection_functions import COLLECTION_FUNCTIONS
from localaws.athena.expressions import (
    Arguments,
    Maker,
    call,
    case,
    guarded,
    is_null,
    macro,
    null,
    text,
)
from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.function_names import AGGREGATES, KNOWN_TO_TRINO, SAME, TWO_FORMS
from localaws.athena.text_functions import TEXT_FUNCTIONS
from localaws.athena.time_functions import TIME_FUNCTIONS


def translate_call(name: str, arguments: Arguments, nulls: bool, place: str) -> Any:
    """The DuckDB expression for one call; fails as Athena does for a name it does not know."""
    lowered = name.lower()
    if lowered in _MAKERS:
        low, high, maker = _MAKERS[lowered]
        if not low <= len(arguments) <= high:
            raise QueryFailedError(
                "FUNCTION_NOT_FOUND", f"{place}Unexpected parameters for function {lowered}"
            )
        return maker(arguments, nulls)
    if lowered in SAME:
        target = SAME[lowered]
        return call(f"{target}__try" if nulls and target in TWO_FORMS else target, *arguments)
    if lowered in AGGREGATES:
        return call(AGGREGATES[lowered], *arguments)
    if lowered in KNOWN_TO_TRINO:
        raise not_supported(f"the function {lowered}")
    raise QueryFailedError("FUNCTION_NOT_FOUND", f"{place}Function '{lowered}' not registered")


def names() -> set[str]:
    """Every function that is served."""
    return set(_MAKERS) | set(SAME) | set(AGGREGATES)


def aggregate_names() -> frozenset[str]:
    """Aggregates and window functions, by DuckDB's names."""
    return frozenset(AGGREGATES.values()) | {"avg", "quantile_disc", "string_agg"}


def _all_present(name: str) -> Maker:
    """greatest and least are null when any argument is."""

    def make(arguments: Arguments, _nulls: bool) -> Any:
        missing: Any = is_null(arguments[0])
        for argument in arguments[1:]:
            missing = exp.Or(this=missing, expression=is_null(argument))
        return case((missing, null()), default=call(name, *arguments))

    return make


def _guarded_decimal(name: str) -> Maker:
    return lambda arguments, nulls: call(
        f"athena_{name}", call(guarded("no_decimal", nulls), arguments[0], text(name))
    )


def _if(arguments: Arguments, _nulls: bool) -> Any:
    otherwise = arguments[2] if len(arguments) == 3 else null()
    return case((arguments[0], arguments[1]), default=otherwise)


def _avg(arguments: Arguments, nulls: bool) -> Any:
    return call("avg", call(guarded("no_decimal", nulls), arguments[0], text("avg")))


def _percentile(arguments: Arguments, _nulls: bool) -> Any:
    """The exact percentile is within any approximation's error."""
    return call("quantile_disc", *arguments)


def _distinct_count(arguments: Arguments, _nulls: bool) -> Any:
    return call("count", exp.Distinct(expressions=arguments[:1]))


# Least and most arguments, and what makes the call.
_MAKERS: dict[str, tuple[int, int, Maker]] = {
    **TEXT_FUNCTIONS,
    **TIME_FUNCTIONS,
    **COLLECTION_FUNCTIONS,
    "ceil": (1, 1, _guarded_decimal("ceil")),
    "ceiling": (1, 1, _guarded_decimal("ceil")),
    "floor": (1, 1, _guarded_decimal("floor")),
    "truncate": (1, 1, _guarded_decimal("truncate")),
    "sign": (1, 1, _guarded_decimal("sign")),
    "if": (2, 3, _if),
    "greatest": (1, 99, _all_present("greatest")),
    "least": (1, 99, _all_present("least")),
    "mod": (2, 2, macro("modulo")),
    "avg": (1, 1, _avg),
    "approx_distinct": (1, 2, _distinct_count),
    "approx_percentile": (2, 2, _percentile),
}
