"""Athena's functions of texts that DuckDB does not have under another name."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from localaws.athena.expressions import (
    Arguments,
    Maker,
    call,
    case,
    guarded,
    literal_of,
    text,
    whole,
)
from localaws.athena.failures import not_supported
from localaws.athena.formats import printf_pieces


def _concat(arguments: Arguments, _nulls: bool) -> Any:
    joined = arguments[0]
    for argument in arguments[1:]:
        joined = exp.DPipe(this=joined, expression=argument)
    return exp.Paren(this=joined)


def _split_part(arguments: Arguments, _nulls: bool) -> Any:
    parts = call("string_split", arguments[0], arguments[1])
    return exp.Bracket(this=parts, expressions=[arguments[2]], offset=1)


def _regexp_extract(arguments: Arguments, _nulls: bool) -> Any:
    matches = call("regexp_matches", arguments[0].copy(), arguments[1].copy())
    return case((matches, call("regexp_extract", *arguments)))


def _regexp_replace(arguments: Arguments, _nulls: bool) -> Any:
    replacement = ""
    if len(arguments) == 3:
        if isinstance(arguments[2], exp.Lambda):
            raise not_supported("regexp_replace with a lambda")
        replacement = literal_of(arguments[2], "a replacement of regexp_replace")
    replacement = replacement.replace("\\", "\\\\")
    for group in range(10):
        replacement = replacement.replace(f"${group}", f"\\{group}")
    return call("regexp_replace", arguments[0], arguments[1], text(replacement), text("g"))


def _hash(name: str) -> Maker:
    return lambda arguments, _nulls: call("unhex", call(name, arguments[0]))


def _format(arguments: Arguments, _nulls: bool) -> Any:
    joined: Any = None
    for piece in printf_pieces(literal_of(arguments[0], "a format"), arguments[1:]):
        joined = piece if joined is None else exp.DPipe(this=joined, expression=piece)
    return exp.Paren(this=joined) if joined is not None else text("")


# Least and most arguments, and what makes the call.
TEXT_FUNCTIONS: dict[str, tuple[int, int, Maker]] = {
    "length": (1, 1, whole("length")),
    "levenshtein_distance": (2, 2, whole("levenshtein")),
    "strpos": (2, 2, whole("strpos")),
    "concat": (2, 99, _concat),
    "substr": (2, 3, lambda a, n: call(guarded(f"substr{len(a)}", n), *a)),
    "substring": (2, 3, lambda a, n: call(guarded(f"substr{len(a)}", n), *a)),
    "split": (2, 2, lambda a, _n: call("string_split", *a)),
    "split_part": (3, 3, _split_part),
    "regexp_extract": (2, 3, _regexp_extract),
    "regexp_extract_all": (2, 3, lambda a, _n: call("regexp_extract_all", *a)),
    "regexp_replace": (2, 3, _regexp_replace),
    "regexp_split": (2, 2, lambda a, _n: call("string_split_regex", *a)),
    "regexp_count": (2, 2, lambda a, n: whole("len")([call("regexp_extract_all", *a)], n)),
    "md5": (1, 1, _hash("md5")),
    "sha1": (1, 1, _hash("sha1")),
    "sha256": (1, 1, _hash("sha256")),
    "format": (1, 99, _format),
}
