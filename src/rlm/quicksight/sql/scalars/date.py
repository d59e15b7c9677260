"""Date functions as SQL, on moments in UTC without a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.expressions.errors import UnsupportedExpressionError
from rlm.quicksight.sql.date_patterns import DEFAULT_FORMAT, QUARTER, duckdb_format
from rlm.quicksight.sql.periods import counted, cut, interval, unit_of
from rlm.quicksight.sql.quoting import literal, text

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.sql.translator import Translator

_EXTRACTED = {
    "YYYY": "year({})",
    "Q": "quarter({})",
    "MM": "month({})",
    "DD": "day({})",
    # Sunday is 1.
    "WD": "(dayofweek({}) + 1)",
    "HH": "hour({})",
    "MI": "minute({})",
    "SS": "second({})",
    "MS": "(millisecond({}) % 1000)",
}


def _add_date_time(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    amount, period, date = arguments
    added = interval(stage.number(amount), unit_of(stage.word(period)))
    moved = f"({stage.moment(date)} + {added})"
    # The optimizer folds a constant, and skips what a filter leaves out; not so within TRY.
    is_constant = stage.fields.stage(amount) == stage.fields.stage(date) == "constant"
    return moved if is_constant else stage.guarded(moved)


def _date_diff(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    unit = unit_of(stage.word(arguments[2])) if len(arguments) > 2 else "day"
    start, end = stage.moment(arguments[0]), stage.moment(arguments[1])
    return counted(start, end, unit, stage.scope.week_starts_on)


def _extract(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    period = stage.word(arguments[0]).upper()
    date = stage.moment(arguments[1])
    if period == "WK":
        return f"week({date})"
    if period not in _EXTRACTED:
        raise UnsupportedExpressionError(f"extract of the period {period!r}")
    return _EXTRACTED[period].format(date)


def _format_date(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    date = stage.moment(arguments[0])
    pattern = stage.word(arguments[1]) if len(arguments) > 1 else DEFAULT_FORMAT
    if len(arguments) > 2:
        date = f"timezone({text(stage.word(arguments[2]))}, timezone('UTC', {date}))"
    shown = duckdb_format(pattern)
    if QUARTER not in shown:
        return f"strftime({date}, {text(shown)})"
    quarter = f"CAST(quarter({date}) AS VARCHAR)"
    return f"replace(strftime({date}, {text(shown)}), {text(QUARTER)}, {quarter})"


def _trunc_date(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    unit = unit_of(stage.word(arguments[0]))
    return cut(stage.moment(arguments[1]), unit, stage.scope.week_starts_on)


def _epoch_date(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    seconds = f"TRY_CAST({stage.number(arguments[0])} AS BIGINT)"
    # Of milliseconds the digits after the tenth are discarded.
    ten = f"TRY_CAST(left(CAST({seconds} AS VARCHAR), 10) AS BIGINT)"
    return (
        f"make_timestamp(CASE WHEN {seconds} > 9999999999 THEN {ten} ELSE {seconds} END * 1000000)"
    )


def _work_days_until(date: str) -> str:
    """Working days from Monday 1970-01-05 up to a date and with it."""
    days = f"(date_diff('day', DATE '1970-01-05', CAST({date} AS DATE)) + 1)"
    weeks = f"CAST(floor({days} / 7) AS BIGINT)"
    return f"(5 * {weeks} + least({days} - 7 * {weeks}, 5))"


def _net_work_days(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    start, end = (stage.moment(one) for one in arguments)
    first, last = f"least({start}, {end})", f"greatest({start}, {end})"
    between = f"({_work_days_until(last)} - {_work_days_until(f'({first} - to_days(1))')})"
    return f"CASE WHEN {start} > {end} THEN - {between} WHEN {start} <= {end} THEN {between} END"


def _is_work_day(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    return f"CAST(isodow({stage.moment(arguments[0])}) < 6 AS INTEGER)"


def _add_work_days(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    date = stage.moment(arguments[0])
    amount = f"TRY_CAST({stage.number(arguments[1])} AS BIGINT)"
    # The working day with the number of the one sought, counted from Monday 1970-01-05.
    before = f"{_work_days_until(date)} + {amount} - 1"
    number = f"(CASE WHEN {amount} < 0 AND isodow({date}) > 5 THEN {before} + 1 ELSE {before} END)"
    weeks = f"CAST(floor({number} / 5) AS BIGINT)"
    day = f"CAST(7 * {weeks} + {number} - 5 * {weeks} AS INTEGER)"
    moved = f"(TIMESTAMP '1970-01-05' + to_days({day}) + ({date} - date_trunc('day', {date})))"
    return f"CASE WHEN {amount} = 0 THEN {date} ELSE {stage.guarded(moved)} END"


DATE = {
    "addDateTime": _add_date_time,
    "addWorkDays": _add_work_days,
    "dateDiff": _date_diff,
    "epochDate": _epoch_date,
    "extract": _extract,
    "formatDate": _format_date,
    "isWorkDay": _is_work_day,
    "netWorkDays": _net_work_days,
    "now": lambda stage, arguments: literal(stage.scope.now),
    "truncDate": _trunc_date,
}
