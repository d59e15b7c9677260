"""String functions as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.expressions.errors import UnsupportedExpressionError
from rlm.quicksight.query import ColumnType
from rlm.quicksight.sql.date_patterns import QUARTER, duckdb_format
from rlm.quicksight.sql.quoting import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.expressions.tree import Expression
    from rlm.quicksight.sql.translator import Translator


_LONGEST = 2**31 - 1


def _of_text(template: str) -> Callable[[Translator, tuple[Expression, ...]], str]:
    return lambda stage, arguments: template.format(stage.text(arguments[0]))


def _found(function: str) -> Callable[[Translator, tuple[Expression, ...]], str]:
    def translate(stage: Translator, arguments: tuple[Expression, ...]) -> str:
        whole, part = stage.text(arguments[0]), stage.text(arguments[1])
        mode = stage.word(arguments[2]).upper() if len(arguments) > 2 else "CASE_SENSITIVE"
        if mode == "CASE_INSENSITIVE":
            whole, part = f"lower({whole})", f"lower({part})"
        return f"{function}({whole}, {part})"

    return translate


def _concat(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    # Unlike concat(), this is null where a part is.
    return f"({' || '.join(stage.text(one) for one in arguments)})"


def _whole(stage: Translator, tree: Expression, least: int) -> str:
    """A whole number of characters, from `least` to what a text can have; null stays null."""
    number = f"TRY_CAST({stage.number(tree)} AS BIGINT)"
    value = stage.constant(tree)
    if isinstance(value, int):
        return str(min(max(value, least), _LONGEST))
    return (
        f"CASE WHEN {number} < {least} THEN {least} WHEN {number} > {_LONGEST} THEN {_LONGEST}"
        f" ELSE {number} END"
    )


def _left(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    return f"left({stage.text(arguments[0])}, {_whole(stage, arguments[1], 0)})"


def _right(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    return f"right({stage.text(arguments[0])}, {_whole(stage, arguments[1], 0)})"


def _locate(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    whole, part = stage.text(arguments[0]), stage.text(arguments[1])
    if len(arguments) == 2:
        return f"instr({whole}, {part})"
    start = _whole(stage, arguments[2], 1)
    found = f"instr(substr({whole}, {start}), {part})"
    return f"CASE WHEN {found} > 0 THEN {found} + {start} - 1 ELSE {found} END"


def _substring(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    whole = stage.text(arguments[0])
    start = _whole(stage, arguments[1], 1)
    if len(arguments) == 2:
        return f"substr({whole}, {start})"
    return f"substr({whole}, {start}, {_whole(stage, arguments[2], 0)})"


def _split(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    whole, delimiter, position = arguments
    return (
        f"split_part({stage.text(whole)}, {stage.text(delimiter)},"
        f" TRY_CAST({stage.number(position)} AS BIGINT))"
    )


def _replace(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    return f"replace({', '.join(stage.text(one) for one in arguments)})"


def _parse_int(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    if stage.type(arguments[0]) is ColumnType.INTEGER:
        return stage.sql(arguments[0])
    whole = stage.text(arguments[0])
    # A cast alone would round 2.99 to 3.
    return (
        rf"CASE WHEN regexp_full_match({whole}, '\s*[+-]?\d+\s*') THEN TRY_CAST({whole} AS BIGINT)"
        f" ELSE TRY_CAST(floor(TRY_CAST({whole} AS DOUBLE)) AS BIGINT) END"
    )


def _parse_decimal(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    if stage.type(arguments[0]) in (ColumnType.INTEGER, ColumnType.DECIMAL):
        return f"CAST({stage.sql(arguments[0])} AS DOUBLE)"
    parsed = f"TRY_CAST({stage.text(arguments[0])} AS DOUBLE)"
    # The texts nan and inf are no numbers.
    return f"CASE WHEN isfinite({parsed}) THEN {parsed} END"


def _parse_date(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    first = arguments[0]
    if stage.type(first) is ColumnType.DATETIME:
        return stage.sql(first)
    value = stage.text(first)
    if len(arguments) == 1:
        return f"TRY_CAST({value} AS TIMESTAMP)"
    shown = duckdb_format(stage.word(arguments[1]))
    if QUARTER in shown:
        raise UnsupportedExpressionError("parseDate of a quarter")
    parsed = f"try_strptime({value}, {text(shown)})"
    if len(arguments) == 2:
        return parsed
    zone = text(stage.word(arguments[2]))
    return f"timezone('UTC', timezone({zone}, {parsed}))"


def _parse_json(stage: Translator, arguments: tuple[Expression, ...]) -> str:
    whole, path = stage.text(arguments[0]), stage.text(arguments[1])
    return f"CASE WHEN json_valid({whole}) THEN json_extract_string({whole}, {path}) END"


STRING = {
    "concat": _concat,
    "contains": _found("contains"),
    "endsWith": _found("ends_with"),
    "left": _left,
    "locate": _locate,
    "ltrim": _of_text("ltrim({})"),
    "parseDate": _parse_date,
    "parseDecimal": _parse_decimal,
    "parseInt": _parse_int,
    "parseJson": _parse_json,
    "replace": _replace,
    "right": _right,
    "rtrim": _of_text("rtrim({})"),
    "split": _split,
    "startsWith": _found("starts_with"),
    "strlen": _of_text("length({})"),
    "substring": _substring,
    "toLower": _of_text("lower({})"),
    "toString": _of_text("{}"),
    "toUpper": _of_text("upper({})"),
    "trim": _of_text("trim({})"),
}
