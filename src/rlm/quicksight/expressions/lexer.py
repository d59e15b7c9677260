"""Text of an expression as tokens: names, `{names}`, `${parameters}`, texts, numbers, signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from rlm.quicksight.expressions.errors import ExpressionError, position

TokenKind: TypeAlias = OneOf["name", "column", "parameter", "text", "number", "sign", "end"]

# Zero-width spaces come with what is pasted from web pages.
_SPACE = re.compile(r"(?:[\s\u200b\ufeff]|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    r"""
      (?P<parameter>\$\{(?:[^{}\\]|\\.)+\} | \$[A-Za-z_]\w*)
    | (?P<column>\{(?:[^{}\\]|\\.)+\})
    | (?P<text>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*")
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<sign><>|!=|<=|>=|[-+*/%^=<>(),\[\]!\u2212])
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPED_IN_TEXT = re.compile(r"\\([\\'\"])|''|\"\"")
_ESCAPED_IN_NAME = re.compile(r"\\([\\{}])")


@dataclass(frozen=True)
class Token:
    """`value` is what the token means: texts without quotes, names without braces."""

    kind: TokenKind
    value: str
    offset: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the expression"
        marks = {"column": "{%s}", "parameter": "${%s}", "text": "'%s'"}
        return marks.get(self.kind, "`%s`") % self.value


def tokens(text: str) -> list[Token]:
    """All tokens, an `end` at last; an ExpressionError where a sign begins none."""
    found: list[Token] = []
    offset = 0
    while True:
        space = _SPACE.match(text, offset)
        offset = space.end() if space else offset
        if offset >= len(text):
            found.append(Token("end", "", offset))
            return found
        match = _TOKEN.match(text, offset)
        if match is None or text.startswith("/*", offset):
            raise ExpressionError(_reason(text, offset), *position(text, offset))
        found.append(_token(match))
        offset = match.end()


def _token(match: re.Match[str]) -> Token:
    kind: TokenKind
    text = match.group()
    match match.lastgroup:
        case "parameter":
            kind = "parameter"
            value = text[2:-1] if text[1] == "{" else text[1:]
        case "column":
            kind, value = "column", _ESCAPED_IN_NAME.sub(r"\1", text[1:-1])
        case "text":
            kind, quote = "text", text[0]
            value = _ESCAPED_IN_TEXT.sub(
                lambda found: found[1] or (quote if found[0] == 2 * quote else found[0]),
                text[1:-1],
            )
        case "number":
            kind, value = "number", text
        case "name":
            kind, value = "name", text
        case _:
            kind, value = "sign", text.replace("\u2212", "-")
    return Token(kind, value, match.start())


def _reason(text: str, offset: int) -> str:
    begins = text[offset]
    if begins in "'\"":
        return f"this text is never closed: expected another {begins}"
    if begins == "{" or text.startswith("${", offset):
        if re.match(r"\$?\{\s*\}", text[offset:]):
            return "expected a name between { and }"
        return "this name is never closed: expected }"
    if text.startswith("/*", offset):
        return "this comment is never closed: expected */"
    return f"found {begins!r}, expected a name, a number, a text or an operator"
