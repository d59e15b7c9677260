"""The functions of calculated columns: what each is in DuckDB's SQL, and of which type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from localaws.quicksight.columns import DATETIME, DECIMAL, INTEGER, STRING, strftime_of
from localaws.quicksight.sql_tables import literal

BOOLEAN, NULL = "BOOLEAN", "NULL"
# Periods as QuickSight writes them, by what DuckDB calls them.
_PERIODS = {
    "YYYY": "year", "Q": "quarter", "MM": "month", "WK": "week", "DD": "day", "HH": "hour",
    "MI": "minute", "SS": "second", "MS": "millisecond",
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A piece of an expression."""

    sql: str
    type: str


Arguments = list["Term | list[Term]"]
Function = Callable[[list[Term]], Term]


def is_known(name: str) -> bool:
    """Whether there is such a function, of those that a row alone can answer."""
    return name.lower() in _FUNCTIONS or name.lower() in _LISTS


def call(name: str, arguments: Arguments) -> Term:
    """The term of a function that is known; ValueError says what is wrong with its call."""
    lowered = name.lower()
    if lowered in _LISTS:
        return _membership(lowered, arguments)
    plain = [one for one in arguments if isinstance(one, Term)]
    if len(plain) != len(arguments):
        raise ValueError(f"{name} takes no list")
    fewest, most, function = _FUNCTIONS[lowered]
    if not fewest <= len(plain) <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise ValueError(f"{name} takes {wanted} arguments, found {len(plain)}")
    return function(plain)


def unify(terms: list[Term]) -> str | None:
    """The type that several terms have together; None where they do not go together."""
    types = {one.type for one in terms} - {NULL}
    if not types:
        return NULL
    if types <= {INTEGER, DECIMAL}:
        return INTEGER if types == {INTEGER} else DECIMAL
    return types.pop() if len(types) == 1 else None


def _one_type(name: str, terms: list[Term]) -> str:
    found = unify(terms)
    if found is None:
        raise ValueError(f"{name} gives values of several types")
    return found


def _plain(template: str, type_: str) -> Function:
    def function(arguments: list[Term]) -> Term:
        return Term(template.format(*(one.sql for one in arguments)), type_)

    return function


def _same(template: str) -> Function:
    def function(arguments: list[Term]) -> Term:
        return Term(template.format(*(one.sql for one in arguments)), arguments[0].type)

    return function


def _ifelse(arguments: list[Term]) -> Term:
    if len(arguments) % 2 == 0:
        raise ValueError("ifelse takes conditions with a value each, and a last value")
    results = [*arguments[1:-1:2], arguments[-1]]
    pairs = zip(arguments[0:-1:2], arguments[1:-1:2], strict=True)
    cases = " ".join(f"WHEN {condition.sql} THEN {value.sql}" for condition, value in pairs)
    return Term(f"CASE {cases} ELSE {arguments[-1].sql} END", _one_type("ifelse", results))


def _switch(arguments: list[Term]) -> Term:
    if len(arguments) % 2:
        raise ValueError("switch takes a value, pairs, and a last value")
    results = [*arguments[2:-1:2], arguments[-1]]
    pairs = zip(arguments[1:-1:2], arguments[2:-1:2], strict=True)
    cases = " ".join(f"WHEN {value.sql} THEN {result.sql}" for value, result in pairs)
    sql = f"CASE {arguments[0].sql} {cases} ELSE {arguments[-1].sql} END"
    return Term(sql, _one_type("switch", results))


def _coalesce(arguments: list[Term]) -> Term:
    inside = ", ".join(one.sql for one in arguments)
    return Term(f"coalesce({inside})", _one_type("coalesce", arguments))


def _concat(arguments: list[Term]) -> Term:
    return Term("(" + " || ".join(f"{one.sql}::VARCHAR" for one in arguments) + ")", STRING)


def _membership(name: str, arguments: Arguments) -> Term:
    if len(arguments) != 2 or isinstance(arguments[0], list) or isinstance(arguments[1], Term):
        raise ValueError("in takes a value and a list in brackets")
    value, inside = arguments[0], ", ".join(one.sql for one in arguments[1])
    return Term(f"({value.sql} {'IN' if name == 'in' else 'NOT IN'} ({inside}))", BOOLEAN)


def _matching(template: str) -> Function:
    """Searches in texts, in any case where a third argument says so."""

    def function(arguments: list[Term]) -> Term:
        sides = [one.sql for one in arguments[:2]]
        if len(arguments) == 3:
            if arguments[2].sql not in ("'CASE_INSENSITIVE'", "'CASE_SENSITIVE'"):
                raise ValueError("the mode is CASE_INSENSITIVE or CASE_SENSITIVE")
            if arguments[2].sql == "'CASE_INSENSITIVE'":
                sides = [f"lower({one})" for one in sides]
        return Term(template.format(*sides), BOOLEAN)

    return function


def _period(term: Term) -> str:
    code = term.sql.strip("'").upper()
    if code not in _PERIODS:
        raise ValueError(f"{term.sql} is no period; {', '.join(_PERIODS)} are")
    return _PERIODS[code]


def _trunc_date(arguments: list[Term]) -> Term:
    period, value = _period(arguments[0]), arguments[1].sql
    if period == "week":  # which begins on Sunday
        week = f"date_trunc('week', {value} + INTERVAL 1 DAY) - INTERVAL 1 DAY"
        return Term(f"({week})::TIMESTAMP", DATETIME)
    return Term(f"date_trunc('{period}', {value})::TIMESTAMP", DATETIME)


def _extract(arguments: list[Term]) -> Term:
    if arguments[0].sql.strip("'").upper() == "WD":  # Sunday is 1
        return Term(f"(dayofweek({arguments[1].sql}) + 1)", INTEGER)
    return Term(f"date_part('{_period(arguments[0])}', {arguments[1].sql})::BIGINT", INTEGER)


def _date_diff(arguments: list[Term]) -> Term:
    period = _period(arguments[2]) if len(arguments) == 3 else "day"
    return Term(f"date_diff('{period}', {arguments[0].sql}, {arguments[1].sql})", INTEGER)


def _add_date_time(arguments: list[Term]) -> Term:
    period, value = _period(arguments[1]), arguments[2].sql
    if period == "quarter":
        return Term(f"({value} + ({arguments[0].sql} * 3) * INTERVAL 1 MONTH)", DATETIME)
    return Term(f"({value} + {arguments[0].sql} * INTERVAL 1 {period.upper()})", DATETIME)


def _parse_date(arguments: list[Term]) -> Term:
    if len(arguments) == 1:
        return Term(f"TRY_CAST({arguments[0].sql} AS TIMESTAMP)", DATETIME)
    return Term(f"try_strptime({arguments[0].sql}, {_format(arguments[1])})", DATETIME)


def _format_date(arguments: list[Term]) -> Term:
    return Term(f"strftime({arguments[0].sql}, {_format(arguments[1])})", STRING)


def _format(term: Term) -> str:
    if not re.fullmatch(r"'(?:[^']|'')*'", term.sql):
        raise ValueError("a format is a text in quotes")
    return literal(strftime_of(term.sql[1:-1].replace("''", "'")))


def _round(arguments: list[Term]) -> Term:
    if len(arguments) == 1:
        return Term(f"round({arguments[0].sql})::BIGINT", INTEGER)
    return Term(f"round({arguments[0].sql}, {arguments[1].sql}::INTEGER)", DECIMAL)


def _locate(arguments: list[Term]) -> Term:
    text, part = arguments[0].sql, arguments[1].sql
    if len(arguments) == 2:
        return Term(f"instr({text}, {part})", INTEGER)
    start = arguments[2].sql
    found = f"instr(substr({text}, {start}), {part})"
    return Term(f"CASE WHEN {found} = 0 THEN 0 ELSE {found} + {start} - 1 END", INTEGER)


_ANY = 10_000
# Functions that take a list in brackets.
_LISTS = ("in", "notin")
# By name in small letters: the fewest and the most arguments, and what they become.
_FUNCTIONS: dict[str, tuple[int, int, Function]] = {
    "abs": (1, 1, _same("abs({0})")),
    "adddatetime": (3, 3, _add_date_time),
    "ceil": (1, 1, _plain("ceil({0})::BIGINT", INTEGER)),
    "coalesce": (1, _ANY, _coalesce),
    "concat": (1, _ANY, _concat),
    "contains": (2, 3, _matching("contains({0}, {1})")),
    "datediff": (2, 3, _date_diff),
    "decimaltoint": (1, 1, _plain("trunc({0})::BIGINT", INTEGER)),
    "endswith": (2, 3, _matching("ends_with({0}, {1})")),
    "epochdate": (1, 1, _plain("make_timestamp({0} * 1000000)", DATETIME)),
    "exp": (1, 1, _plain("exp({0})", DECIMAL)),
    "extract": (2, 2, _extract),
    "floor": (1, 1, _plain("floor({0})::BIGINT", INTEGER)),
    "formatdate": (2, 2, _format_date),
    "ifelse": (3, _ANY, _ifelse),
    "inttodecimal": (1, 1, _plain("({0})::DOUBLE", DECIMAL)),
    "isnotnull": (1, 1, _plain("({0} IS NOT NULL)", BOOLEAN)),
    "isnull": (1, 1, _plain("({0} IS NULL)", BOOLEAN)),
    "left": (2, 2, _plain("left({0}, {1})", STRING)),
    "ln": (1, 1, _plain("CASE WHEN {0} > 0 THEN ln({0}) END", DECIMAL)),
    "locate": (2, 3, _locate),
    "log": (1, 1, _plain("CASE WHEN {0} > 0 THEN log10({0}) END", DECIMAL)),
    "ltrim": (1, 1, _plain("ltrim({0})", STRING)),
    "mod": (2, 2, _same("({0} % nullif({1}, 0))")),
    "notnull": (1, 1, _plain("({0} IS NOT NULL)", BOOLEAN)),
    "now": (0, 0, _plain("make_timestamp(epoch_us(now()))", DATETIME)),
    "nullif": (2, 2, _same("nullif({0}, {1})")),
    "parsedate": (1, 2, _parse_date),
    "parsedecimal": (1, 1, _plain("TRY_CAST({0} AS DOUBLE)", DECIMAL)),
    "parseint": (1, 1, _plain("TRY_CAST(trunc(TRY_CAST({0} AS DOUBLE)) AS BIGINT)", INTEGER)),
    "parsejson": (2, 2, _plain("TRY(json_extract_string({0}, {1}))", STRING)),
    "replace": (3, 3, _plain("replace({0}, {1}, {2})", STRING)),
    "right": (2, 2, _plain("right({0}, {1})", STRING)),
    "round": (1, 2, _round),
    "rtrim": (1, 1, _plain("rtrim({0})", STRING)),
    "split": (3, 3, _plain("nullif(split_part({0}, {1}, {2}), '')", STRING)),
    "sqrt": (1, 1, _plain("CASE WHEN {0} >= 0 THEN sqrt({0}) END", DECIMAL)),
    "startswith": (2, 3, _matching("starts_with({0}, {1})")),
    "strlen": (1, 1, _plain("length({0})", INTEGER)),
    "substring": (3, 3, _plain("substr({0}, {1}, {2})", STRING)),
    "switch": (4, _ANY, _switch),
    "tolower": (1, 1, _plain("lower({0})", STRING)),
    "tostring": (1, 1, _plain("({0})::VARCHAR", STRING)),
    "toupper": (1, 1, _plain("upper({0})", STRING)),
    "trim": (1, 1, _plain("trim({0})", STRING)),
    "truncdate": (2, 2, _trunc_date),
}
