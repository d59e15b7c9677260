"""Chooses a macro's overload where DuckDB cannot: over aggregates, windows and lambdas.

DuckDB binds such arguments only after the macro is taken apart, and then finds several overloads
that would fit. Their types are asked for by a query of their own, and the overload is named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from localaws.athena import functions, macros
from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.hive_types import ColumnType

Describe = Callable[[Any, Any], ColumnType]
_OVERLOADS = macros.overloads()
_AGGREGATES = functions.aggregate_names()
# What each type may be passed for, the closest first.
_WIDER = {
    "TINYINT": ("SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE"),
    "SMALLINT": ("INTEGER", "BIGINT", "HUGEINT", "DOUBLE"),
    "INTEGER": ("BIGINT", "HUGEINT", "DOUBLE"),
    "BIGINT": ("HUGEINT", "DOUBLE"),
    "FLOAT": ("DOUBLE",),
    "HUGEINT": ("DOUBLE",),
    "DATE": ("TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMPTZ"),
    "TIMESTAMP_MS": ("TIMESTAMP", "TIMESTAMPTZ"),
    "TIMESTAMP": ("TIMESTAMPTZ",),
}


def needs_choice(node: Any) -> bool:
    """Whether the node calls an overloaded macro with something that DuckDB binds too late."""
    if not isinstance(node, exp.Anonymous):
        return False
    name = node.name.removesuffix("__try")
    return name in _OVERLOADS and any(_is_late(argument) for argument in node.expressions)


def choose(node: exp.Anonymous, select: Any, describe: Describe) -> None:
    """Name the overload in place."""
    suffix = "__try" if node.name.endswith("__try") else ""
    name = node.name.removesuffix("__try")
    if name in ("athena_divide", "athena_modulo"):
        node.set("this", f"{name}_any{suffix}")
        return
    if any(_has_lambda_parameter(argument) for argument in node.expressions):
        raise not_supported(f"{name.removeprefix('athena_')} of a lambda's parameter")
    wanted = []
    for index, argument in enumerate(node.expressions):
        is_needed = any(types[index] for types in _OVERLOADS[name] if len(types) > index)
        wanted.append(_kind(describe(argument, select)) if is_needed else "")
    best = min((_distance(wanted, types), index) for index, types in enumerate(_OVERLOADS[name]))
    if best[0] >= _FAR:
        raise QueryFailedError(
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({', '.join(kind.lower() for kind in wanted if kind)})"
            f" for function {name.removeprefix('athena_')}",
        )
    node.set("this", f"{name}__{best[1]}{suffix}")


_FAR = 1000


def _distance(given: list[str], types: list[str]) -> int:
    if len(given) != len(types):
        return _FAR
    total = 0
    for kind, wanted in zip(given, types, strict=True):
        if not wanted or kind == wanted or kind == '"NULL"':
            continue
        if wanted.startswith("DECIMAL") and kind.startswith("DECIMAL"):
            continue
        wider = _WIDER.get(kind, ())
        total += wider.index(wanted) + 1 if wanted in wider else _FAR
    return total


def _kind(kind: ColumnType) -> str:
    named = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "decimal": "DECIMAL"}
    return named.get(kind.kind, kind.kind)


def _is_late(argument: Any) -> bool:
    return _has_lambda_parameter(argument) or any(
        isinstance(node, exp.Window | exp.Subquery | exp.Select)
        or (isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES)
        for node in argument.walk()
    )


def _has_lambda_parameter(argument: Any) -> bool:
    scope = argument.find_ancestor(exp.Lambda)
    while scope is not None:
        names = {parameter.name.lower() for parameter in scope.expressions}
        for node in argument.walk():
            if isinstance(node, exp.Identifier | exp.Column) and node.name.lower() in names:
                return True
        scope = scope.find_ancestor(exp.Lambda)
    return False
