"""A query of Athena as one query of DuckDB, and the tables that it reads.

The tree is rewritten from the leaves up: tables to the views that the caller makes for them,
functions and operators to what means the same, and everything else by an explicit list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from localaws.athena import functions
from localaws.athena.dialect import position_of
from localaws.athena.failures import QueryFailedError, at, not_supported, syntax_error
from localaws.athena.functions import call, guarded, text
from localaws.athena.hive_types import duckdb_type_of
from localaws.athena.overloads import choose, needs_choice
from localaws.athena.unnesting import replace_unnest

# Gives the DuckDB name to read instead of a table, or raises TABLE_NOT_FOUND.
Resolve = Callable[["TableName", tuple[int, int] | None], str]
UNNAMED = "athena_unnamed_"


class TableName:
    """A table as the statement names it, with the time travel that it asks for."""

    def __init__(self, node: exp.Table) -> None:
        self.catalog = node.catalog.lower()
        self.database = node.db.lower()
        self.name = node.name.lower()
        version = node.args.get("version")
        self.travel_kind = str(version.this).upper() if version else ""
        self.travel_to: Any = version.expression if version else None

    def db_or(self, default: str) -> str:
        return self.database or default


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
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
# Who may look at the local time that AT TIME ZONE gives: its zone would be lost anywhere else.
_LOCAL_READERS = frozenset(
    {
        "date", "year", "month", "day", "hour", "minute", "second", "quarter", "week",
        "week_of_year", "day_of_week", "dow", "day_of_year", "doy", "day_of_month",
        "year_of_week", "yow", "date_format", "format_datetime", "last_day_of_month",
    }
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
        self._replace_tables(tree)
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

    def _replace_tables(self, tree: exp.Expression) -> None:
        for table in list(tree.find_all(exp.Table)):
            if isinstance(table.this, exp.Anonymous):
                raise not_supported(f"the table function {table.this.name}")
            if not table.name:
                continue
            if table.args.get("sample"):
                raise not_supported("TABLESAMPLE")
            if not table.db and _is_common_table(table):
                continue
            place = position_of(table, self._statement)
            view = self._resolve(TableName(table), place)
            alias = table.args.get("alias")
            if alias is None:
                alias = exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
            replacement = exp.Table(this=exp.to_identifier(view, quoted=True), alias=alias)
            if joins := table.args.get("joins"):
                replacement.set("joins", joins)
            table.replace(replacement)
        for column in tree.find_all(exp.Column):
            # Every table has an alias by now: database and catalog only said which one it is.
            column.set("db", None)
            column.set("catalog", None)

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
            return _interval(node)
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
            made = self._typed_literal(node)
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
            return self._divided(node, nulls)
        if isinstance(node, exp.Add | exp.Sub):
            return _sum(node, nulls)
        if isinstance(node, _COMPARISONS):
            return self._compared(node, nulls)
        if isinstance(node, exp.Between | exp.In):
            _compare_in_microseconds(node)
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
            return _of_time(self._now.date().isoformat(), "DATE")
        if isinstance(node, exp.CurrentTimestamp):
            return _of_time(f"{self._now:%Y-%m-%d %H:%M:%S.%f}"[:-3] + "+00", "TIMESTAMPTZ")
        if isinstance(node, exp.Localtimestamp):
            return _of_time(f"{self._now:%Y-%m-%d %H:%M:%S.%f}"[:-3], "TIMESTAMP_MS")
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

    def _divided(self, node: Any, nulls: bool) -> Any:
        name = "divide" if isinstance(node, exp.Div) else "modulo"
        what = text("division" if name == "divide" else "modulus")
        left, right = node.this, node.expression
        if _may_be_decimal(left) or _may_be_decimal(right):
            checked = guarded("no_decimals", nulls)
            left, right = (
                call(checked, left.copy(), right.copy(), what),
                call(checked, right.copy(), left.copy(), what.copy()),
            )
        return call(guarded(name, nulls), left, right)

    def _compared(self, node: Any, nulls: bool) -> Any:
        """Trino does not take a text for a date or a number, as DuckDB would."""
        _compare_in_microseconds(node)
        sides = (node.this, node.expression)
        for mine, other in (sides, sides[::-1]):
            if (
                isinstance(mine, exp.Literal)
                and mine.is_string
                and not isinstance(other, exp.Literal)
            ):
                place = at(position_of(other, self._statement), "").removesuffix(": ")
                shown = text(place or "line 1:1")
                checked = call(guarded("literal_against", nulls), other.copy(), mine.copy(), shown)
                mine.replace(checked)
        return node

    def _local_time(self, node: Any, moment: Any, zone: Any, nulls: bool) -> Any:
        if not _reads_local_time(node):
            raise not_supported(
                "AT TIME ZONE whose zone is kept; cast it to DATE or TIMESTAMP, or take a part"
            )
        return call(
            guarded("at_timezone", nulls), self._rewrite(moment, nulls), self._rewrite(zone, nulls)
        )

    def _typed_literal(self, node: exp.Cast) -> Any:
        """DATE '...', TIMESTAMP '...', DECIMAL '...' keep what the text says."""
        if not node.this.is_string:
            return None
        kind = node.to.this
        value = str(node.this.this)
        if kind in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ):
            head, _, tail = value.rpartition(" ")
            if tail[:1].isalpha() and head and tail not in ("UTC", "Z"):
                naive = exp.Cast(this=text(head), to=exp.DataType.build("TIMESTAMP"))
                return exp.AtTimeZone(this=naive, zone=text(tail))
            if tail in ("UTC", "Z") and head:
                return _of_time(f"{head}+00", "TIMESTAMPTZ")
            fraction = value.partition(".")[2]
            if kind is exp.DataType.Type.TIMESTAMP and len(fraction) <= 3:
                return _of_time(value, "TIMESTAMP_MS")
        return None


def cast(value: Any, to: exp.DataType, nulls: bool) -> Any:
    """CAST as Trino does it: its rounding, its texts, and no text that only DuckDB takes."""
    kind = to.this
    types = exp.DataType.Type
    if kind in (types.TINYINT, types.SMALLINT, types.INT, types.BIGINT):
        name = {types.INT: "integer"}.get(kind, kind.name.lower())
        return call(guarded(f"to_{name}", nulls), value)
    if kind is types.DATE:
        return call(guarded("to_date", nulls), value)
    if kind in (types.TEXT, types.VARCHAR):
        shown = as_text(value, nulls)
        if to.expressions:
            return call("left", shown, exp.Literal.number(str(to.expressions[0].this)))
        return shown
    if kind in (types.CHAR, types.NCHAR):
        raise not_supported("CAST AS CHAR")
    if kind is types.JSON:
        return call("to_json", value)
    return exp.Cast(this=value, to=duckdb_type_of(to))


def as_text(value: Any, nulls: bool) -> Any:
    return call(guarded("text", nulls), value)


def _sum(node: Any, nulls: bool) -> Any:
    name = "plus_interval" if isinstance(node, exp.Add) else "minus_interval"
    if _is_interval(node.expression) and not _is_interval(node.this):
        return call(guarded(name, nulls), node.this, node.expression)
    if _is_interval(node.this) and isinstance(node, exp.Add) and not _is_interval(node.expression):
        return call(guarded(name, nulls), node.expression, node.this)
    if isinstance(node, exp.Sub) and not isinstance(node.expression, exp.Literal):
        checked = call(guarded("no_dates", nulls), node.this.copy(), node.expression)
        return exp.Sub(this=node.this, expression=checked)
    return node


def _compare_in_microseconds(node: Any) -> None:
    """DuckDB compares no TIMESTAMP_MS with a timestamp that has a zone; Trino does."""
    for side in [*node.args.values(), *node.expressions]:
        if isinstance(side, exp.Cast) and side.to.this is exp.DataType.Type.TIMESTAMP_MS:
            side.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))


def _listagg(node: exp.GroupConcat) -> Any:
    separator = node.args.get("separator") or text("")
    if isinstance(node.this, exp.Order):
        ordered = exp.Order(this=separator, expressions=node.this.expressions)
        return call("string_agg", node.this.this, ordered)
    return call("string_agg", node.this, separator)


def _interval(node: exp.Interval) -> exp.Interval:
    unit = node.args.get("unit")
    name = unit.name.lower().rstrip("s") if unit is not None else ""
    if name not in ("second", "minute", "hour", "day", "week", "month", "year"):
        raise not_supported(f"the interval {node.sql(dialect='trino')}")
    return exp.Interval(this=text(str(node.this.this)), unit=exp.var(name.upper()))


def _is_interval(node: Any) -> bool:
    if isinstance(node, exp.Paren):
        return _is_interval(node.this)
    if isinstance(node, exp.Mul):
        return _is_interval(node.this) or _is_interval(node.expression)
    return isinstance(node, exp.Interval)


def _reads_local_time(node: Any) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Cast):
        kinds = (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIME)
        return parent.to.this in kinds
    if isinstance(parent, exp.Extract):
        return True
    if isinstance(parent, exp.Anonymous):
        name = parent.name.lower()
        if name == "date_trunc":
            return _reads_local_time(parent)
        return name in _LOCAL_READERS
    return False


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


def _is_common_table(table: exp.Table) -> bool:
    scope: Any = table.parent
    while scope is not None:
        found = scope.args.get("with_") or scope.args.get("with")
        if found is not None:
            for common in found.expressions:
                if common.alias.lower() == table.name.lower():
                    inside = table.find_ancestor(exp.CTE)
                    if inside is not common or found.args.get("recursive"):
                        return True
        scope = scope.parent
    return False


def _of_time(value: str, kind: str) -> exp.Cast:
    return exp.Cast(this=text(value), to=exp.DataType.build(kind, dialect="duckdb"))


def _may_be_decimal(value: Any) -> bool:
    """Whole literals, counts and casts to other types are no decimals; anything else may be."""
    if isinstance(value, exp.Paren | exp.Neg):
        return _may_be_decimal(value.this)
    if isinstance(value, exp.Literal):
        return not value.is_int and "e" not in value.this.lower()
    if isinstance(value, exp.Cast):
        return value.to.this is exp.DataType.Type.DECIMAL
    if isinstance(value, exp.Filter | exp.Window):
        return _may_be_decimal(value.this)
    if isinstance(value, exp.Anonymous):
        return value.name.lower() not in ("count", "athena_to_bigint", "athena_to_integer")
    return True


def _named(node: Any) -> str:
    return str(node.key).upper().replace("_", " ")


def only_query(tree: exp.Expression) -> exp.Expression:
    """The tree, when it is something that gives rows."""
    if not isinstance(tree, exp.Query | exp.Values):
        raise syntax_error(f"mismatched input '{_named(tree)}'")
    return tree
