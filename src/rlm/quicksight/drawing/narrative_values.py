"""Expressions of narratives: what computations found, parameters, conditions, a few functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rlm.quicksight.drawing.formats.numbers import NumberFormat, write_number
from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.markup import spoken
from rlm.quicksight.results import Field

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<parameter>\$\{[^}]+\})
      | (?P<name>[A-Za-z_][\w]*(?:\[\w+\])?(?:\.[A-Za-z_]\w*(?:\[\w+\])?)*)
      | (?P<operator><>|<=|>=|!=|==|[-+*/%=<>(),])
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"([A-Za-z_]\w*)|\[(\w+)\]")


class NarrativeError(ValueError):
    """The expression is none that narratives can have; the text says where it ends."""


@dataclass(frozen=True)
class Found:
    """What a narrative can refer to."""

    computations: Mapping[str, Any]
    parameters: Mapping[str, Any]
    index: int = 0
    """The place in the list that a `<for>` goes through."""

    def at(self, index: int) -> Found:
        """The same inside a turn of a `<for>`."""
        return replace(self, index=index)

    def path(self, text: str) -> Any:
        """`Top.items[index].categoryValue.formattedValue`; None where there is none."""
        value: Any = self.computations
        for name, place in _STEP.findall(text):
            if place:
                at = self.index if place == "index" else int(place) if place.isdigit() else -1
                is_there = isinstance(value, Sequence) and 0 <= at < len(value)
                value = value[at] if is_there else None
            elif isinstance(value, Mapping) and name in value:
                value = value[name]
            elif isinstance(value, Mapping) and "value" in value and name in _VIEWS:
                value = _VIEWS[name](value)
            else:
                return None
        return value


def _formatted(told: Mapping[str, Any]) -> str:
    value, field = told.get("value"), told.get("field")
    if isinstance(field, Field):
        return write(value, field)
    if value is None:
        return ""
    amount = number(value)
    return write_number(amount, NumberFormat("percent")) if amount is not None else spoken(value)


def _absolute(told: Mapping[str, Any]) -> str:
    amount = number(told.get("value"))
    return _formatted({**told, "value": abs(amount)} if amount is not None else told)


_VIEWS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "formattedValue": _formatted,
    "formattedAbsoluteValue": _absolute,
    "value": lambda told: told.get("value"),
}


def evaluate(text: str, found: Found) -> Any:
    """The value of an expression. Raises NarrativeError for what is no such expression."""
    reader = _Reader(_tokens(text), found)
    value = reader.either()
    if reader.place < len(reader.tokens):
        raise NarrativeError(f"{text!r} goes on after {reader.tokens[reader.place][1]!r}")
    return value


def said(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, Mapping) and "value" in value:
        return _formatted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    amount = number(value)
    if amount is not None:
        return write_number(amount, NumberFormat())
    return spoken(value)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NarrativeError(f"{text!r} cannot be read from {text[place:]!r} on")
        kind = str(match.lastgroup)
        tokens.append((kind, match.group(kind)))
        place = match.end()
    return tokens


class _Reader:
    """Reads and computes in one go; the loosest operators first."""

    def __init__(self, tokens: Sequence[tuple[str, str]], found: Found) -> None:
        self.tokens = tokens
        self.found = found
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise NarrativeError("the expression ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def either(self) -> Any:
        value = self.both()
        while self.peek().lower() == "or":
            self.take()
            other = self.both()
            value = bool(value) or bool(other)
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.peek().lower() == "and":
            self.take()
            other = self.compared()
            value = bool(value) and bool(other)
        return value

    def compared(self) -> Any:
        value = self.summed()
        while self.peek() in _COMPARED:
            operator = self.take()[1]
            value = _compare(operator, value, self.summed())
        return value

    def summed(self) -> Any:
        value = self.multiplied()
        while self.peek() in ("+", "-"):
            operator = self.take()[1]
            other = self.multiplied()
            value = _arithmetic(operator, value, other)
        return value

    def multiplied(self) -> Any:
        value = self.single()
        while self.peek() in ("*", "/", "%"):
            operator = self.take()[1]
            value = _arithmetic(operator, value, self.single())
        return value

    def single(self) -> Any:
        kind, text = self.take()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "parameter":
            return self.parameter(text[2:-1].strip())
        if text == "(":
            value = self.either()
            self.expect(")")
            return value
        if text == "-":
            return _arithmetic("-", 0, self.single())
        if kind == "name":
            return self.named(text)
        raise NarrativeError(f"{text!r} begins no value")

    def parameter(self, name: str) -> Any:
        value = self.found.parameters.get(name)
        if isinstance(value, list | tuple):
            return value[0] if len(value) == 1 else (spoken(value) if value else None)
        return value

    def named(self, text: str) -> Any:
        lowered = text.lower()
        if self.peek() == "(":
            self.take()
            return self.called(lowered)
        if lowered == "not":
            return not self.single()
        if lowered in ("true", "false"):
            return lowered == "true"
        return None if lowered == "null" else self.found.path(text)

    def called(self, name: str) -> Any:
        arguments = []
        while self.peek() != ")":
            arguments.append(self.either())
            if self.peek() == ",":
                self.take()
            elif self.peek() != ")":
                raise NarrativeError(f"{name}: expected , or ) and found {self.peek()!r}")
        self.take()
        if name not in _FUNCTIONS:
            raise NarrativeError(f"narratives cannot call {name}")
        return _FUNCTIONS[name](arguments)

    def expect(self, text: str) -> None:
        if self.take()[1] != text:
            raise NarrativeError(f"expected {text!r}")


_COMPARED = ("=", "==", "<>", "!=", "<", "<=", ">", ">=")


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, Mapping) else value


def _compare(operator: str, one: Any, other: Any) -> bool:
    one, other = _plain(one), _plain(other)
    if operator in ("=", "=="):
        return bool(one == other)
    if operator in ("<>", "!="):
        return bool(one != other)
    if one is None or other is None:
        return False
    try:
        answers = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}
    except TypeError:
        return False
    return bool(answers[operator])


def _arithmetic(operator: str, one: Any, other: Any) -> Any:
    first, second = number(_plain(one)), number(_plain(other))
    if first is None or second is None:
        return None
    if operator in ("/", "%"):
        if second == 0:
            return None
        return first / second if operator == "/" else math.fmod(first, second)
    return {"+": first + second, "-": first - second, "*": first * second}[operator]


def _ifelse(arguments: Sequence[Any]) -> Any:
    for condition, value in zip(arguments[::2], arguments[1::2], strict=False):
        if condition is True:
            return value
    return arguments[-1] if len(arguments) % 2 else None


def _rounded(arguments: Sequence[Any]) -> Any:
    amount = number(_plain(arguments[0]))
    places = int(arguments[1]) if len(arguments) > 1 else 0
    return None if amount is None else round(amount, places)


def _numeric(function: Callable[[float], Any]) -> Callable[[Sequence[Any]], Any]:
    def call(arguments: Sequence[Any]) -> Any:
        amount = number(_plain(arguments[0]))
        return None if amount is None else function(amount)

    return call


_FUNCTIONS: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "ifelse": _ifelse,
    "concat": lambda arguments: "".join(said(one) for one in arguments),
    "coalesce": lambda arguments: next((one for one in arguments if one is not None), None),
    "isnull": lambda arguments: _plain(arguments[0]) is None,
    "isnotnull": lambda arguments: _plain(arguments[0]) is not None,
    "round": _rounded,
    "abs": _numeric(abs),
    "ceil": _numeric(math.ceil),
    "floor": _numeric(math.floor),
    "tostring": lambda arguments: said(arguments[0]),
    "toupper": lambda arguments: said(arguments[0]).upper(),
    "tolower": lambda arguments: said(arguments[0]).lower(),
    "trim": lambda arguments: said(arguments[0]).strip(),
    "not": lambda arguments: not arguments[0],
}
