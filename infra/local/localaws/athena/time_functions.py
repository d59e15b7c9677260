"""Athena's functions of days and moments that DuckDB does not have under another name."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localaws.athena.expressions import (
    Arguments,
    Maker,
    call,
    guarded,
    literal_of,
    macro,
    number,
    text,
    typed,
)
from localaws.athena.failures import QueryFailedError
from localaws.athena.formats import joda_to_strftime, mysql_to_strftime

UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def _unit(node: Any) -> exp.Literal:
    unit = literal_of(node, "a unit of time").lower()
    if unit not in UNITS:
        raise QueryFailedError(
            "INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid TIMESTAMP field"
        )
    return text(unit)


def _date_add(arguments: Arguments, nulls: bool) -> Any:
    unit, amount, moment = arguments
    name = str(_unit(unit).this)
    step = "to_months" if name == "quarter" else f"to_{name}s"
    if name == "quarter":
        amount = exp.Mul(this=exp.Paren(this=amount), expression=number(3))
    kind = "INTEGER" if name in ("day", "week", "month", "quarter", "year") else "BIGINT"
    whole = exp.Cast(this=amount, to=exp.DataType.build(kind, dialect="duckdb"))
    return call(guarded("plus_interval", nulls), moment, call(step, whole))


def _date_trunc(arguments: Arguments, nulls: bool) -> Any:
    return call(guarded("date_trunc", nulls), _unit(arguments[0]), arguments[1])


def _date_diff(arguments: Arguments, nulls: bool) -> Any:
    return call(guarded("date_diff", nulls), _unit(arguments[0]), *arguments[1:])


def _date_format(arguments: Arguments, _nulls: bool) -> Any:
    form = mysql_to_strftime(literal_of(arguments[1], "a format of date_format"))
    return call("strftime", call("athena_moment", arguments[0]), text(form))


def _date_parse(arguments: Arguments, nulls: bool) -> Any:
    form = mysql_to_strftime(literal_of(arguments[1], "a format of date_parse"), parsing=True)
    parsed = call("try_strptime" if nulls else "strptime", arguments[0], text(form))
    return exp.Cast(this=parsed, to=exp.DataType.build("TIMESTAMP_MS", dialect="duckdb"))


def _format_datetime(arguments: Arguments, _nulls: bool) -> Any:
    form = joda_to_strftime(literal_of(arguments[1], "a format of format_datetime"))
    return call("strftime", call("athena_moment", arguments[0]), text(form))


def _with_timezone(arguments: Arguments, _nulls: bool) -> Any:
    moment = exp.Cast(this=arguments[0], to=exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    return exp.AtTimeZone(this=moment, zone=arguments[1])


# Least and most arguments, and what makes the call.
TIME_FUNCTIONS: dict[str, tuple[int, int, Maker]] = {
    "date": (1, 1, macro("to_date")),
    "date_trunc": (2, 2, _date_trunc),
    "date_diff": (3, 3, _date_diff),
    "date_add": (3, 3, _date_add),
    "date_format": (2, 2, _date_format),
    "date_parse": (2, 2, _date_parse),
    "format_datetime": (2, 2, _format_datetime),
    "from_iso8601_timestamp": (1, 1, typed("TIMESTAMPTZ")),
    "from_iso8601_date": (1, 1, macro("to_date")),
    "with_timezone": (2, 2, _with_timezone),
}
