"""Conditions on named values, joined by && and ||, as JSON and space-delimited patterns have them.

A condition is read once and asked for each event, with a function that looks values up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from localaws.log_filters.values import comparison, invalid

ABSENT = object()
# A selector's value in an event; ABSENT when the event has none.
Look = Callable[[str], object]
Holds = Callable[[Look], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\"|%[^%]*%)"
    r"|(?P<sign>&&|\|\||[()]|!=|<=|>=|=|<|>)"
    r"|(?P<word>(?:\[(?:'[^']*'|\"[^\"]*\"|[^\]]*)\]|[^\s()=<>!&|\"%\[])+))"
)
_OPERATORS = ("=", "!=", "<", ">", "<=", ">=")


@dataclass
class Condition:
    """What must hold, and the selectors that it asks for."""

    holds: Holds
    selectors: list[str] = field(default_factory=list)


def read(text: str, is_selector: Callable[[str], bool]) -> Condition:
    """Read a condition; `is_selector` says what may stand on the left of an operator."""
    return _Reader(text, is_selector).whole()


class _Reader:
    def __init__(self, text: str, is_selector: Callable[[str], bool]) -> None:
        self._text = text
        self._is_selector = is_selector
        self._tokens: list[str] = []
        self._selectors: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise invalid(f"{text[at:].strip()[:20]!r} cannot be read")
            self._tokens.append(found[str(found.lastgroup)])
            at = found.end()
        self._at = 0

    def whole(self) -> Condition:
        holds = self._any()
        if self._at < len(self._tokens):
            raise invalid(f"unexpected {self._tokens[self._at]}")
        return Condition(holds, self._selectors)

    def _any(self) -> Holds:
        parts = [self._all()]
        while self._next() == "||":
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda look: any(part(look) for part in parts)

    def _all(self) -> Holds:
        parts = [self._one()]
        while self._next() == "&&":
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda look: all(part(look) for part in parts)

    def _one(self) -> Holds:
        if self._next() == "(":
            self._at += 1
            inside = self._any()
            if self._take() != ")":
                raise invalid("a parenthesis is not closed")
            return inside
        selector = self._take()
        if not self._is_selector(selector):
            raise invalid(f"{selector!r} selects nothing")
        self._selectors.append(selector)
        operator = self._take()
        if operator in _OPERATORS:
            test = comparison(operator, self._take())
            return lambda look: look(selector) is not ABSENT and test(look(selector))
        return self._named(selector, operator)

    def _named(self, selector: str, first: str) -> Holds:
        """IS NULL, IS TRUE, IS FALSE, EXISTS, NOT EXISTS."""
        words = first.upper()
        if words in ("IS", "NOT"):
            words = f"{words} {self._take().upper()}"
        if words == "NOT EXISTS":
            return lambda look: look(selector) is ABSENT
        if words == "EXISTS":
            return lambda look: look(selector) is not ABSENT
        wanted = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False}
        if words not in wanted:
            raise invalid(f"there is no operator {words}")
        return lambda look: look(selector) is wanted[words]

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        found = self._next()
        if not found:
            raise invalid(f"{self._text.strip()!r} ends too early")
        self._at += 1
        return found
