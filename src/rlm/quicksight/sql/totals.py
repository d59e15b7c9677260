"""Totals that one GROUPING SETS cannot give: a SELECT for each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlm.quicksight.sql.groups import LEVEL
from rlm.quicksight.sql.quoting import identifier
from rlm.quicksight.sql.translator import fields_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.query import Query, Scope


def united(query: Query, scope: Scope, compile_: Callable[[Query, Scope], str]) -> str:
    """Groups and each set of totals by a SELECT of its own.

    For what one GROUPING SETS cannot say: a level-aware aggregate counts each of its groups once in
    every total.
    """
    parts = [replace(query, totals_over=())]
    for kept in query.totals_over:
        dimensions = tuple(one for one in query.dimensions if one.alias in kept)
        shown = {*kept, *(one.alias for one in query.measures)}
        order = tuple(one for one in query.order if one.alias is None or one.alias in shown)
        fields = fields_of(scope)
        filters = tuple(
            one for one in query.filters if fields.stage(one) not in ("aggregate", "table")
        )
        parts.append(
            replace(
                query,
                dimensions=dimensions,
                order=order,
                filters=filters,
                totals_over=(),
                limit=None,
            )
        )
    selects = []
    for level, part in enumerate(parts):
        kept_aliases = {one.alias for one in part.dimensions}
        columns = [
            identifier(one.alias) if one.alias in kept_aliases else "NULL"
            for one in query.dimensions
        ]
        columns += [identifier(one.alias) for one in query.measures]
        selects.append(
            f"SELECT {', '.join(columns)}, {level} AS {LEVEL}, row_number() OVER () AS __place"
            f" FROM ({compile_(part, scope)})"
        )
    names = ", ".join(identifier(alias) for alias in aliases_of(query))
    return (
        f"WITH __all({names}, {LEVEL}, __place) AS ({' UNION ALL '.join(selects)})"
        f" SELECT * EXCLUDE (__place) FROM __all ORDER BY {LEVEL}, __place"
    )


def aliases_of(query: Query) -> list[str]:
    """The columns of a result, in their order."""
    return [one.alias for one in query.dimensions] + [one.alias for one in query.measures]
