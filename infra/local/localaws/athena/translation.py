"""A query of Athena as one query of DuckDB, and the tables that it reads.

The tree is rewritten from the leaves up: tables to the views that the caller makes for them,
functions and operators to what means the same, and everything else by an explicit list.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from localaws.athena import functions
from localaws.athena.casts import cast, interval, of_time, typed_literal
from localaws.athena.dialect import position_of
from localaws.athena.expressions import call, guarded, text
from localaws.athena.failures import QueryFailedError, at, not_supported, syntax_error
from localaws.athena.local_time import reads_local_time
from localaws.athena.operators import (
    COMPARISONS,
    compare_in_microseconds,
    compared,
    divided,
    summed,
)
from localaws.athena.overloads import choose, needs_choice
from localaws.athena.table_names import Resolve, replace_tables
from localaws.athena.unnesting import replace_unnest

UNNAMED = "athena_unnamed_"


# What may stand in a query besides functions, operators and names. All else is refused by name.
_ACCEPTED = (
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered,
    exp.Limit, exp.Offset, exp.Fetch, exp.LimitOptions, exp.With, exp.CTE, exp.Subquery,
    exp.Paren, exp.Tuple, exp.Values, exp.Union, exp.Intersect, exp.Except, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Null,
    exp.Boolean, exp.Anonymous, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter,
    exp.IgnoreNulls, exp.RespectNulls, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType,
    exp.DataTypeParam, exp.ColumnDef, exp.Interval, exp.Var, exp.Extract, exp.AtTimeZone,
    exp.Bracket, exp.Dot, exp.Array, exp.Lambda, exp.Exists, exp.In, exp.Between, exp.Like,
    exp.Escape, exp.Is, exp.Any, exp.All, exp.GroupingSets, exp.Rollup, exp.Cube, exp.Unnest,
    exp.Trim, exp.StrPosition, exp.GroupConcat, exp.WithinGroup, exp.Neg, exp.Not, exp.And,
    exp.Or, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.EQ, exp.NEQ, exp.LT,
    exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.CurrentDate,
    exp.CurrentTimestamp, exp.Localtimestamp, exp.HexString, exp.Version, exp.JSONExtract,
    exp.Lateral, exp.Placeholder,
)  # fmt: skip


class Translator:
    """Translates one statement; `now` is the query's start, the same wherever it is asked for."""

    def __init__(self, statement: str, resolve: Resolve, now: Any, describe: Any) -> None:
        self._statement = statement
        self._resolve = resolve
        self._now = now
        self._describe = describe

    def query(self, tree: exp.Expression) -> str:
        """DuckDB's SQL for a SELECT, VALUES, WITH or set operation."""
        for node in tree.walk():
            if not isinstance(node, _ACCEPTED):
                raise not_supported(f"{_named(node)} ({node.sql(dialect='trino')[:80]})")
        _name_projections(tree)
        replace_tables(tree, self._statement, self._resolve)
        made = self._rewrite(tree)
        self._resolve_types(made)
        return str(made.sql(dialect=DuckDB))

    def _resolve_types(self, tree: Any) -> None:
        """UNNEST and late overloads, each as soon as what it stands on can be described."""
        pending = [
            node
            for node in tree.find_all(exp.Unnest, exp.Anonymous, bfs=False)
            if isinstance(node, exp.Unnest) or needs_choice(node)
        ]
        pending.reverse()
        while pending:
            left: list[Any] = []
            failure: QueryFailedError | None = None
            for node in pending:
                try:
                    if isinstance(node, exp.Unnest):
                        replace_unnest(node, self._describe)
                    else:
                        choose(node, node.find_ancestor(exp.Select), self._describe)
                except QueryFailedError as failed:
                    failure = failure or failed
                    left.append(node)
            if failure is not None and len(left) == len(pending):
                raise failure
            pending = left

    def _rewrite(self, node: Any, nulls: bool = False) -> Any:
        """The node with everything below it translated; `nulls` inside TRY."""
        if isinstance(node, exp.Anonymous) and node.name.lower() == "try":
            return call("try", self._rewrite(node.expressions[0], nulls=True))
        if isinstance(node, exp.Anonymous) and node.name.lower() == "now":
            return self._translate(exp.CurrentTimestamp(), nulls)
        if isinstance(node, exp.Anonymous) and node.name.lower() == "at_timezone":
            return self._local_time(node, node.expressions[0], node.expressions[1], nulls)
        if isinstance(node, exp.AtTimeZone):
            return self._local_time(node, node.this, node.args["zone"], nulls)
        if isinstance(node, exp.Interval):
            return interval(node)
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
            made = typed_literal(node)
            if made is not None:
                return made
        for key, value in list(node.args.items()):
            if isinstance(value, exp.Expression):
                node.set(key, self._rewrite(value, nulls))
            elif isinstance(value, list):
                node.set(
                    key,
                    [
                        self._rewrite(v, nulls) if isinstance(v, exp.Expression) else v
                        for v in value
                    ],
                )
        return self._translate(node, nulls)

    def _translate(self, node: Any, nulls: bool) -> Any:
        if isinstance(node, exp.Anonymous):
            place = at(position_of(node, self._statement), "")
            return functions.translate_call(node.name, node.expressions, nulls, place)
        if isinstance(node, exp.Div | exp.Mod):
            return divided(node, nulls)
        if isinstance(node, exp.Add | exp.Sub):
            return summed(node, nulls)
        if isinstance(node, COMPARISONS):
            return compared(node, self._statement, nulls)
        if isinstance(node, exp.Between | exp.In):
            compare_in_microseconds(node)
        if isinstance(node, exp.TryCast):
            return call("try", cast(node.this, node.to, nulls=True))
        if isinstance(node, exp.Cast):
            return cast(node.this, node.to, nulls)
        if isinstance(node, exp.Extract):
            part = node.this.name.lower()
            return functions.translate_call(part, [node.expression], nulls, "")
        if isinstance(node, exp.Bracket):
            index = node.expressions[0]
            if isinstance(index, exp.Slice) or len(node.expressions) != 1:
                raise not_supported("slices of arrays")
            return call(guarded("subscript", nulls), node.this, index)
        if isinstance(node, exp.CurrentDate):
            return of_time(self._now.date().isoformat(), "DATE")
        if isinstance(node, exp.CurrentTimestamp):
            return of_time(f"{self._now:%Y-%m-%d %H:%M:%S.%f}"[:-3] + "+00", "TIMESTAMPTZ")
        if isinstance(node, exp.Localtimestamp):
            return of_time(f"{self._now:%Y-%m-%d %H:%M:%S.%f}"[:-3], "TIMESTAMP_MS")
        if isinstance(node, exp.GroupConcat):
            return _listagg(node)
        if isinstance(node, exp.Trim) and node.expression is not None:
            side = str(node.args.get("position") or "both").lower()
            name = {"leading": "ltrim", "trailing": "rtrim"}.get(side, "trim")
            return call(name, node.this, node.expression)
        if isinstance(node, exp.Trim):
            side = str(node.args.get("position") or "both").lower()
            return call({"leading": "ltrim", "trailing": "rtrim"}.get(side, "trim"), node.this)
        if isinstance(node, exp.HexString):
            return call("unhex", text(str(node.this)))
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Neg):
            return exp.Neg(this=exp.Paren(this=node.this))
        if isinstance(node, exp.JSONExtract):
            # `x -> x + 1` that sqlglot took for JSON's arrow.
            raise not_supported("the operator ->")
        if isinstance(node, exp.Placeholder):
            raise QueryFailedError(
                "INVALID_PARAMETER_USAGE", "Incorrect number of parameters: expected more"
            )
        return node

    def _local_time(self, node: Any, moment: Any, zone: Any, nulls: bool) -> Any:
        if not reads_local_time(node):
            raise not_supported(
                "AT TIME ZONE whose zone is kept; cast it to DATE or TIMESTAMP, or take a part"
            )
        return call(
            guarded("at_timezone", nulls), self._rewrite(moment, nulls), self._rewrite(zone, nulls)
        )


def _listagg(node: exp.GroupConcat) -> Any:
    separator = node.args.get("separator") or text("")
    if isinstance(node.this, exp.Order):
        ordered = exp.Order(this=separator, expressions=node.this.expressions)
        return call("string_agg", node.this.this, ordered)
    return call("string_agg", node.this, separator)


def _name_projections(tree: exp.Expression) -> None:
    """Trino's names for columns without one: _col0, _col1, by position."""
    for select in tree.find_all(exp.Select):
        is_top = select.parent is None or select.find_ancestor(exp.Select) is None
        expressions = select.expressions
        for index, projection in enumerate(expressions):
            if isinstance(projection, exp.Alias | exp.Column | exp.Star | exp.Dot):
                continue
            starred = any(one.is_star for one in expressions[:index])
            name = f"{UNNAMED}{index}" if is_top and starred else f"_col{index}"
            if not (isinstance(select.parent, exp.In | exp.Exists)):
                projection.replace(exp.alias_(projection.copy(), name))


def _named(node: Any) -> str:
    return str(node.key).upper().replace("_", " ")


def only_query(tree: exp.Expression) -> exp.Expression:
    """The tree, when it is something that gives rows."""
    if not isinstance(tree, exp.Query | exp.Values):
        raise syntax_error(f"mismatched input '{_named(tree)}'")
    return tree
