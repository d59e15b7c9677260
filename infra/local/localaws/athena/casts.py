"""CAST, typed literals and intervals, which mean in DuckDB what they mean in Trino."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localaws.athena.expressions import call, guarded, text
from localaws.athena.failures import not_supported
from localaws.athena.hive_types import duckdb_type_of

# Of a DECIMAL, in Trino and in DuckDB.
_MOST_DIGITS = 38


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
        shown = _as_text(value, nulls)
        if to.expressions:
            return call("left", shown, exp.Literal.number(str(to.expressions[0].this)))
        return shown
    if kind in (types.CHAR, types.NCHAR):
        raise not_supported("CAST AS CHAR")
    if kind is types.JSON:
        return call("to_json", value)
    return exp.Cast(this=value, to=duckdb_type_of(to))


def typed_literal(node: exp.Cast) -> Any:
    """DATE '...', TIMESTAMP '...', DECIMAL '...' keep what the text says; None: as any cast."""
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
            return of_time(f"{head}+00", "TIMESTAMPTZ")
        fraction = value.partition(".")[2]
        if kind is exp.DataType.Type.TIMESTAMP and len(fraction) <= 3:
            return of_time(value, "TIMESTAMP_MS")
    if kind is exp.DataType.Type.DECIMAL and not node.to.expressions:
        return _decimal_literal(value)
    return None


def _decimal_literal(value: str) -> exp.Cast | None:
    """As many digits as are written: DECIMAL '0.01' is not the DECIMAL of a CAST, which has none.

    One before the point at least, without which DuckDB writes `.01`.
    """
    whole, _, fraction = value.lstrip("+-").partition(".")
    digits = max(len(whole.lstrip("0")), 1) + len(fraction)
    if not (whole + fraction).isdigit() or digits > _MOST_DIGITS:
        return None
    kind = f"DECIMAL({digits}, {len(fraction)})"
    return exp.Cast(this=text(value), to=exp.DataType.build(kind, dialect="duckdb"))


def of_time(value: str, kind: str) -> exp.Cast:
    """A text that DuckDB takes for a day or a moment of that type."""
    return exp.Cast(this=text(value), to=exp.DataType.build(kind, dialect="duckdb"))


def interval(node: exp.Interval) -> exp.Interval:
    """INTERVAL '1' DAY with a unit that both know."""
    unit = node.args.get("unit")
    name = unit.name.lower().rstrip("s") if unit is not None else ""
    if name not in ("second", "minute", "hour", "day", "week", "month", "year"):
        raise not_supported(f"the interval {node.sql(dialect='trino')}")
    return exp.Interval(this=text(str(node.this.this)), unit=exp.var(name.upper()))


def _as_text(value: Any, nulls: bool) -> Any:
    return call(guarded("text", nulls), value)
