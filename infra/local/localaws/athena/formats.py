"""Format strings: MySQL's and Joda's for times, Java's for text, as DuckDB takes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from localaws.athena.failures import QueryFailedError, not_supported

if TYPE_CHECKING:
    from collections.abc import Iterator

# date_format and date_parse, by MySQL's letter.
_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I",
    "I": "%I", "i": "%M", "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p",
    "r": "%I:%M:%S %p", "S": "%S", "s": "%S", "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G",
    "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip
_JODA = {
    "yyyy": "%Y", "y": "%Y", "YYYY": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m",
    "M": "%-m", "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "a": "%p", "EEEE": "%A",
    "EEE": "%a", "EE": "%a", "E": "%a", "D": "%-j", "xxxx": "%G", "ww": "%V",
}  # fmt: skip
_DIRECTIVE = re.compile(r"%(?P<flags>[-+ 0,(#]*)(?P<width>\d*)(?:\.(?P<digits>\d+))?(?P<kind>.)")


def mysql_to_strftime(form: str, parsing: bool = False) -> str:
    """`%Y-%m-%d %H:%i:%s` as strftime has it."""
    made, at = "", 0
    while at < len(form):
        if form[at] != "%":
            made += form[at]
            at += 1
            continue
        letter = form[at + 1 : at + 2]
        if letter not in _MYSQL:
            raise not_supported(f"%{letter} in a date format")
        made += _MYSQL[letter].replace("%-", "%") if parsing else _MYSQL[letter]
        at += 2
    return made


def joda_to_strftime(form: str) -> str:
    """`yyyy-MM-dd` as strftime has it."""
    made = ""
    for found in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", form, re.DOTALL):
        token = found[0]
        if token.startswith("'"):
            made += found[1].replace("''", "'") if len(token) > 2 else "'"
        elif token[0].isalpha():
            if token not in _JODA:
                raise not_supported(f"{token} in a datetime format")
            made += _JODA[token]
        else:
            made += token.replace("%", "%%")
    return made


def printf_pieces(form: str, arguments: list[Any]) -> Iterator[Any]:
    """The pieces of Java's format as expressions to be concatenated."""
    rest = list(arguments)
    at = 0
    for found in _DIRECTIVE.finditer(form):
        if form[at : found.start()]:
            yield exp.Literal.string(form[at : found.start()])
        at = found.end()
        if found["kind"] == "%":
            yield exp.Literal.string("%")
        elif found["kind"] == "n":
            yield exp.Literal.string("\n")
        elif not rest:
            raise QueryFailedError(
                "INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {form} (too few arguments)"
            )
        else:
            yield _directive(found, rest.pop(0))
    if form[at:]:
        yield exp.Literal.string(form[at:])


def _directive(found: re.Match[str], value: Any) -> Any:
    flags, width, digits, kind = found["flags"], found["width"], found["digits"], found["kind"]
    if kind == "s" and not flags and digits is None:
        shown = _call("coalesce", _call("athena_text", value), exp.Literal.string("null"))
        return _padded(shown, width, " ")
    if kind == "d" and flags in ("", "0", ","):
        shown = _call("format", exp.Literal.string("{:,}" if flags == "," else "{}"), value)
        return _padded(shown, width, "0" if flags == "0" else " ")
    if kind == "f" and flags in ("", ","):
        comma = "," if flags else ""
        # Java rounds halves up, as DuckDB's round does; fmt alone would round them to even.
        places = digits or "6"
        rounded = _call("round", _double(value), exp.Literal.number(places))
        shown = _call("format", exp.Literal.string(f"{{:{comma}.{places}f}}"), rounded)
        return _padded(shown, width, " ")
    raise not_supported(f"{found[0]} in a format")


def _padded(shown: Any, width: str, filler: str) -> Any:
    if not width:
        return shown
    wide = _call("greatest", exp.Literal.number(width), _call("length", shown.copy()))
    return _call("lpad", shown, _integer(wide), exp.Literal.string(filler))


def _call(name: str, *arguments: Any) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _double(value: Any) -> exp.Cast:
    return exp.Cast(this=value, to=exp.DataType.build("DOUBLE"))


def _integer(value: Any) -> exp.Cast:
    return exp.Cast(this=value, to=exp.DataType.build("INT"))
