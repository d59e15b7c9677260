"""Athena's functions of arrays, maps, rows and JSON that are no plain calls in DuckDB."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localaws.athena.expressions import (
    Arguments,
    Maker,
    call,
    case,
    is_null,
    macro,
    null,
    number,
    text,
    typed,
    whole,
)
from localaws.athena.failures import not_supported


def _element_at(arguments: Arguments, _nulls: bool) -> Any:
    return exp.Bracket(this=exp.Paren(this=arguments[0]), expressions=[arguments[1]], offset=1)


def _array_join(arguments: Arguments, _nulls: bool) -> Any:
    parameter = exp.to_identifier("athena_e")
    shown: Any = call("athena_text", parameter)
    if len(arguments) == 3:
        shown = call("coalesce", shown, arguments[2])
    inner = call("list_transform", arguments[0], exp.Lambda(this=shown, expressions=[parameter]))
    return call("array_to_string", inner, arguments[1])


def _array_position(arguments: Arguments, _nulls: bool) -> Any:
    found = whole("coalesce")([call("list_position", *arguments), number(0)], False)
    return case((is_null(arguments[0]), null()), default=found)


def _array_remove(arguments: Arguments, _nulls: bool) -> Any:
    parameter = exp.to_identifier("athena_e")
    kept = exp.NullSafeNEQ(this=parameter, expression=arguments[1])
    return call("list_filter", arguments[0], exp.Lambda(this=kept, expressions=[parameter]))


def _slice(arguments: Arguments, _nulls: bool) -> Any:
    items, start, size = arguments
    end = exp.Add(this=exp.Paren(this=start), expression=exp.Paren(this=size))
    return call("list_slice", items, start.copy(), exp.Sub(this=end, expression=number(1)))


def _sequence(arguments: Arguments, _nulls: bool) -> Any:
    if len(arguments) == 2:
        return call("athena_sequence", *arguments)
    return call("athena_sequence_by", *arguments)


def _reduce(arguments: Arguments, _nulls: bool) -> Any:
    """list_reduce, and then what the output function makes of the last state."""
    items, start, step, finish = arguments
    if not isinstance(step, exp.Lambda) or not isinstance(finish, exp.Lambda):
        raise not_supported("reduce without lambdas")
    state = call("list_reduce", items, step, start)
    parameter = finish.expressions[0].name.lower()
    body = finish.this
    if isinstance(body, exp.Column | exp.Identifier) and body.name.lower() == parameter:
        return state
    return body.transform(
        lambda node: (
            exp.Paren(this=state.copy())
            if isinstance(node, exp.Column | exp.Identifier)
            and not isinstance(node.parent, exp.Column)
            and node.name.lower() == parameter
            else node
        )
    )


def _matching(test: str) -> Maker:
    def make(arguments: Arguments, _nulls: bool) -> Any:
        found = call("len", call("list_filter", *arguments))
        if test == "all":
            whole = call("len", arguments[0].copy())
            return exp.Paren(this=exp.EQ(this=found, expression=whole))
        kind = exp.GT if test == "any" else exp.EQ
        return exp.Paren(this=kind(this=found, expression=number(0)))

    return make


def _map_agg(arguments: Arguments, _nulls: bool) -> Any:
    keys, values = (call("list", one) for one in arguments)
    return call("map", keys, values)


def _map(arguments: Arguments, _nulls: bool) -> Any:
    return call("map", *arguments)


# Least and most arguments, and what makes the call.
COLLECTION_FUNCTIONS: dict[str, tuple[int, int, Maker]] = {
    "json_array_length": (1, 1, whole("json_array_length")),
    "map_agg": (2, 2, _map_agg),
    "map": (0, 2, _map),
    "element_at": (2, 2, _element_at),
    "array_join": (2, 3, _array_join),
    "array_sort": (1, 1, lambda a, _n: call("list_sort", a[0], text("ASC"), text("NULLS LAST"))),
    "array_max": (1, 1, macro("array_max")),
    "array_min": (1, 1, macro("array_min")),
    "array_position": (2, 2, _array_position),
    "array_remove": (2, 2, _array_remove),
    "slice": (3, 3, _slice),
    "sequence": (2, 3, _sequence),
    "transform": (2, 2, lambda a, _n: call("list_transform", *a)),
    "filter": (2, 2, lambda a, _n: call("list_filter", *a)),
    "reduce": (4, 4, _reduce),
    "any_match": (2, 2, _matching("any")),
    "all_match": (2, 2, _matching("all")),
    "none_match": (2, 2, _matching("none")),
    "row": (1, 99, lambda a, _n: call("row", *a)),
    "json_parse": (1, 1, typed("JSON")),
    "json_format": (1, 1, typed("VARCHAR")),
}
