"""Reads an expression into a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from localaws.cloudwatch.metric_math.values import MathError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||[=!<>]=|[-+*/^<>(),\[\]]))"
)
# From what binds least to what binds most.
_LEVELS = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
_WORDS = {"AND": "&&", "OR": "||"}


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Name:
    """The id of a query, or one of the words that some functions take."""

    value: str


@dataclass(frozen=True)
class Negated:
    operand: Node


@dataclass(frozen=True)
class Operation:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Function:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Array:
    items: tuple[Node, ...]


Node = Number | Text | Name | Negated | Operation | Function | Array


@lru_cache(maxsize=512)
def parse(expression: str) -> Node:
    """The tree of an expression; MathError says where it cannot be read."""
    return _Reader(expression).whole()


class _Reader:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, expression.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise MathError(f"{text[at:].strip()[:20]!r} cannot be read in {expression!r}")
            kind = str(found.lastgroup)
            word = found[kind]
            self._tokens.append(("sign", _WORDS[word]) if word in _WORDS else (kind, word))
            at = found.end()
        self._at = 0

    def whole(self) -> Node:
        node = self._level(0)
        if self._at < len(self._tokens):
            raise self._unexpected()
        return node

    def _level(self, number: int) -> Node:
        if number == len(_LEVELS):
            return self._signed()
        left = self._level(number + 1)
        while (sign := self._sign()) in _LEVELS[number]:
            self._at += 1
            left = Operation(sign, left, self._level(number + 1))
        return left

    def _signed(self) -> Node:
        if self._sign() == "-":
            self._at += 1
            return Negated(self._signed())
        base = self._operand()
        if self._sign() == "^":
            self._at += 1
            return Operation("^", base, self._signed())
        return base

    def _operand(self) -> Node:
        if self._at == len(self._tokens):
            raise MathError(f"{self._expression!r} ends too early")
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return Number(float(word))
        if kind == "text":
            return Text(word[1:-1])
        if kind == "name":
            if self._sign() == "(":
                self._at += 1
                return Function(word.upper(), self._items(")"))
            return Name(word)
        if word == "(":
            inside = self._level(0)
            self._take(")")
            return inside
        if word == "[":
            return Array(self._items("]"))
        self._at -= 1
        raise self._unexpected()

    def _items(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._sign() != end:
            items.append(self._level(0))
            while self._sign() == ",":
                self._at += 1
                items.append(self._level(0))
        self._take(end)
        return tuple(items)

    def _take(self, sign: str) -> None:
        if self._sign() != sign:
            raise self._unexpected(f", expected {sign}")
        self._at += 1

    def _sign(self) -> str:
        if self._at == len(self._tokens):
            return ""
        kind, word = self._tokens[self._at]
        return word if kind == "sign" else ""

    def _unexpected(self, more: str = "") -> MathError:
        found = self._tokens[self._at][1] if self._at < len(self._tokens) else "the end"
        return MathError(f"unexpected {found} in {self._expression!r}{more}")
