"""The filter expressions of Glue's GetPartitions: SQL's WHERE over partition keys.

`year = '2026' AND month IN ('06', '07')`, with = <> != < <= > >= IN LIKE BETWEEN IS NULL,
AND OR NOT and parentheses. Numeric keys compare as numbers, all others as text, as in Glue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

Value = str | Decimal
Predicate = Callable[[Mapping[str, str]], bool]

_NUMERIC = ("int", "bigint", "long", "smallint", "tinyint", "integer", "decimal", "float", "double")
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>`[^`]+`|\"[^\"]+\"|[A-Za-z_][\w.]*)|(?P<sign><>|!=|<=|>=|[=<>(),]))"
)
_COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}
# What Hive writes for a partition value that is null.
_NULL = "__HIVE_DEFAULT_PARTITION__"


class ExpressionError(ValueError):
    """The expression cannot be understood; Glue answers InvalidInputException."""


class _Token(NamedTuple):
    kind: str
    text: str


def parse(expression: str, key_types: Mapping[str, str]) -> Predicate:
    """A test of one partition's values by key; `key_types` are the table's partition keys."""
    return _Parser(expression, key_types).parse()


class _Parser:
    def __init__(self, expression: str, key_types: Mapping[str, str]) -> None:
        self._expression = expression
        self._types = {name.lower(): kind.lower() for name, kind in key_types.items()}
        self._tokens = self._split()
        self._at = 0

    def parse(self) -> Predicate:
        predicate = self._any_of()
        if self._at < len(self._tokens):
            raise self._error(f"{self._tokens[self._at].text!r} was not expected")
        return predicate

    def _split(self) -> list[_Token]:
        tokens, position = [], 0
        text = self._expression.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise self._error(f"{text[position:]!r} cannot be read")
            tokens.append(_Token(found.lastgroup, found[found.lastgroup]))
            position = found.end()
        return tokens

    def _any_of(self) -> Predicate:
        found = [self._all_of()]
        while self._take_word("or"):
            found.append(self._all_of())
        return lambda values: any(predicate(values) for predicate in found)

    def _all_of(self) -> Predicate:
        found = [self._one()]
        while self._take_word("and"):
            found.append(self._one())
        return lambda values: all(predicate(values) for predicate in found)

    def _one(self) -> Predicate:
        if self._take_word("not"):
            negated = self._one()
            return lambda values: not negated(values)
        if self._take_sign("("):
            inner = self._any_of()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        name = self._key()
        negated = self._take_word("not")
        predicate = self._condition(name)
        return (lambda values: not predicate(values)) if negated else predicate

    def _condition(self, name: str) -> Predicate:
        if self._take_word("is"):
            wanted = not self._take_word("not")
            self._expect("null")
            return lambda values: (values[name] == _NULL) == wanted
        if self._take_word("in"):
            self._expect("(")
            options = [self._literal(name)]
            while self._take_sign(","):
                options.append(self._literal(name))
            self._expect(")")
            return lambda values: self._value(name, values) in options
        if self._take_word("between"):
            low = self._literal(name)
            self._expect("and")
            high = self._literal(name)
            is_in_order = _COMPARE["<="]
            return lambda values: (
                is_in_order(low, self._value(name, values))
                and is_in_order(self._value(name, values), high)
            )
        if self._take_word("like"):
            pattern = _like(str(self._literal(name)))
            return lambda values: pattern.fullmatch(values[name]) is not None
        compare = _COMPARE.get(self._next().text)
        if compare is None:
            self._at -= 1
            raise self._error(f"expected a comparison at {self._next().text!r}")
        wanted_value = self._literal(name)
        return lambda values: compare(self._value(name, values), wanted_value)

    def _key(self) -> str:
        token = self._next()
        name = token.text.strip('`"').lower()
        if token.kind != "name" or name not in self._types:
            raise self._error(f"{token.text!r} is not a partition key")
        return name

    def _literal(self, name: str) -> Value:
        token = self._next()
        if token.kind == "name" and token.text.lower() in ("date", "timestamp"):
            token = self._next()
        if token.kind not in ("text", "number"):
            raise self._error(f"expected a value at {token.text!r}")
        text = token.text[1:-1].replace("''", "'") if token.kind == "text" else token.text
        return self._typed(name, text)

    def _value(self, name: str, values: Mapping[str, str]) -> Value:
        return self._typed(name, values[name])

    def _typed(self, name: str, text: str) -> Value:
        if not self._types[name].startswith(_NUMERIC):
            return text
        try:
            return Decimal(text)
        except InvalidOperation as error:
            if text == _NULL:
                return Decimal("NaN")  # compares as false, as null does
            raise self._error(f"{text!r} is not a number, as {name} is") from error

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise self._error("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take_word(self, word: str) -> bool:
        return self._take("name", word)

    def _take_sign(self, sign: str) -> bool:
        return self._take("sign", sign)

    def _take(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == kind and token.text.lower() == text:
                self._at += 1
                return True
        return False

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text.lower() != text:
            raise self._error(f"expected {text!r}, found {token.text!r}")

    def _error(self, problem: str) -> ExpressionError:
        return ExpressionError(f"The expression {self._expression!r} is not valid: {problem}.")


def _like(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
