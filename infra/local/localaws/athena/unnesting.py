"""UNNEST: rows of arrays and maps, beside or instead of a table, with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from localaws.athena.expressions import call
from localaws.athena.failures import QueryFailedError
from localaws.athena.hive_types import ColumnType

# The type of an expression over the FROM clause of a select, given as trees.
Describe = Callable[[Any, Any], ColumnType]


def replace_unnest(unnest: exp.Unnest, describe: Describe) -> None:
    """UNNEST(a, b) WITH ORDINALITY AS t(x, y, n) as a lateral SELECT with DuckDB's unnest."""
    select = unnest.find_ancestor(exp.Select)
    alias = unnest.args.get("alias")
    names = [one.name for one in alias.columns] if alias is not None else []
    ordinality = unnest.args.get("offset")
    if isinstance(ordinality, exp.Identifier):
        names.append(ordinality.name)
    projections: list[Any] = []
    lengths: list[Any] = []
    for argument in unnest.expressions:
        kind = describe(argument, select)
        made, length = _columns(argument, kind)
        projections += made
        lengths.append(length)
    if ordinality:
        longest = lengths[0] if len(lengths) == 1 else call("greatest", *lengths)
        numbers = call(
            "range",
            exp.Literal.number(1),
            exp.Add(this=longest, expression=exp.Literal.number(1)),
        )
        projections.append(call("unnest", numbers))
    if names and len(names) != len(projections):
        raise QueryFailedError(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but 't' has"
            f" {len(projections)} columns available",
        )
    names = names or [f"_col{index}" for index in range(len(projections))]
    inner = exp.select(
        *(exp.alias_(one, name, quoted=True) for one, name in zip(projections, names, strict=True))
    )
    lateral = exp.Lateral(
        this=exp.Subquery(this=inner),
        alias=exp.TableAlias(
            this=alias.this
            if alias is not None and alias.this
            else exp.to_identifier("athena_unnest")
        ),
    )
    unnest.replace(lateral)


def _columns(argument: Any, kind: ColumnType) -> tuple[list[Any], Any]:
    """The columns that one argument gives, and how many rows."""
    if kind.kind == "map":
        keys, values = call("map_keys", argument), call("map_values", argument.copy())
        return [call("unnest", keys), call("unnest", values)], call("len", keys.copy())
    if kind.kind != "array":
        raise QueryFailedError("TYPE_MISMATCH", f"Cannot unnest type: {kind.athena}")
    length = call("len", argument.copy())
    element = kind.inside[0][1]
    if element.kind != "row":
        return [call("unnest", argument)], length
    parameter = exp.to_identifier("athena_e")
    columns = []
    for index in range(len(element.inside)):
        position = exp.Literal.number(index + 1)
        part = call("struct_extract_at", parameter.copy(), position)
        lifted = exp.Lambda(this=part, expressions=[parameter.copy()])
        columns.append(call("unnest", call("list_transform", argument.copy(), lifted)))
    return columns, length


def probe(expression: Any, select: Any) -> str:
    """A SELECT of the expression over what the select names, as far as it is translated."""
    made = exp.select(expression.copy())
    if select is not None:
        if (source := select.args.get("from_")) and not isinstance(source.this, exp.Unnest):
            made.set("from_", source.copy())
        joins = []
        for join in select.args.get("joins") or []:
            if join.find(exp.Unnest) is not None:
                break
            joins.append(join.copy())
        if "from_" in made.args:
            made.set("joins", joins)
        commons: list[Any] = []
        scope = select
        while scope is not None:
            if found := scope.args.get("with_"):
                inside = [one for one in found.expressions if one.find(exp.Unnest) is None]
                commons = [one.copy() for one in inside] + commons
            scope = scope.parent
        if commons:
            made.set("with_", exp.With(expressions=commons))
    return str(made.sql(dialect=DuckDB))
