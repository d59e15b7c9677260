"""Calculated columns of data sets: the row-level part of QuickSight's expressions, as SQL.

Aggregates and window functions have no place there; a function that is not known is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from localaws.quicksight.calculated_functions import BOOLEAN, NULL, Term, call, is_known, unify
from localaws.quicksight.columns import DATETIME, DECIMAL, INTEGER, STRING
from localaws.quicksight.failures import invalid
from localaws.quicksight.sql_tables import literal, quoted

if TYPE_CHECKING:
    from localaws.errors import AwsError
    from localaws.quicksight.columns import Column

_TOKENS = re.compile(
    r"""(?:
    (?P<column>\{[^}]*\})
    |(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
    |(?P<number>\d+\.\d*|\.\d+|\d+)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign><>|!=|<=|>=|[-+*/%^=<>(),\[\]])
    )""",
    re.VERBOSE,
)
_SKIPPED = re.compile(r"(?:\s|/\*.*?\*/|//[^\n]*)+", re.DOTALL)
# Words that say how a function works.
_MODES = ("CASE_INSENSITIVE", "CASE_SENSITIVE")
_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_KNOWN_TYPES = (STRING, INTEGER, DECIMAL, DATETIME)


def translate(
    expression: str, columns: tuple[Column, ...], name: str, is_condition: bool = False
) -> tuple[str, str]:
    """SQL and type of an expression; AWS's error for what is unknown.

    A condition is what filters keep rows by; a column of truth is kept as 1 and 0.
    """
    parser = _Parser(expression, columns, name)
    term = parser.whole()
    if is_condition:
        if term.type != BOOLEAN:
            raise parser.error(0, "it is no condition", "INCORRECT_TYPE")
        return term.sql, BOOLEAN
    if term.type == BOOLEAN:
        return f"({term.sql})::BIGINT", INTEGER
    return term.sql, STRING if term.type == NULL else term.type


class _Parser:
    """Precedence climbing, straight to SQL."""

    def __init__(self, text: str, columns: tuple[Column, ...], name: str) -> None:
        self._text = text
        self._columns = {one.name: one for one in columns}
        self._name = name
        self._tokens = self._read()
        self._at = 0

    def whole(self) -> Term:
        found = self._or()
        if self._kind():
            raise self._unexpected()
        return found

    def error(self, position: int, reason: str, kind: str = "SYNTAX_ERROR") -> AwsError:
        return invalid(
            f"The expression of {self._name} is invalid at {position + 1}: {reason}. "
            f"ErrorType: {kind}"
        )

    def _read(self) -> list[tuple[str, str, int]]:
        found, at = [], 0
        text = self._text
        while at < len(text):
            if skipped := _SKIPPED.match(text, at):
                at = skipped.end()
                continue
            token = _TOKENS.match(text, at)
            if token is None or token.lastgroup is None:
                raise self.error(at, f"unexpected {text[at]!r}")
            found.append((token.lastgroup, token[token.lastgroup], token.start(token.lastgroup)))
            at = token.end()
        return found

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _value(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _position(self) -> int:
        return self._tokens[self._at][2] if self._at < len(self._tokens) else len(self._text)

    def _unexpected(self) -> AwsError:
        return self.error(self._position(), f"unexpected {self._value() or 'end'!r}")

    def _take(self, *signs: str) -> str:
        """The next token if it is one of these, words in any case; else nothing is taken."""
        if self._kind() in ("sign", "name") and self._value().lower() in signs:
            self._at += 1
            return self._tokens[self._at - 1][1].lower()
        return ""

    def _or(self) -> Term:
        left = self._and()
        while self._take("or"):
            left = Term(f"({left.sql} OR {self._and().sql})", BOOLEAN)
        return left

    def _and(self) -> Term:
        left = self._not()
        while self._take("and"):
            left = Term(f"({left.sql} AND {self._not().sql})", BOOLEAN)
        return left

    def _not(self) -> Term:
        if self._take("not"):
            return Term(f"(NOT {self._not().sql})", BOOLEAN)
        return self._comparison()

    def _comparison(self) -> Term:
        left = self._sum()
        sign = self._take(*_COMPARISONS)
        if not sign:
            return left
        right = self._sum()
        if DATETIME in (left.type, right.type):
            left, right = _as_date(left), _as_date(right)
        return Term(f"({left.sql} {_COMPARISONS[sign]} {right.sql})", BOOLEAN)

    def _sum(self) -> Term:
        left = self._product()
        while sign := self._take("+", "-"):
            left = self._arithmetic(left, sign, self._product())
        return left

    def _product(self) -> Term:
        left = self._power()
        while sign := self._take("*", "/", "%"):
            left = self._arithmetic(left, sign, self._power())
        return left

    def _power(self) -> Term:
        left = self._unary()
        if self._take("^"):
            return Term(f"power({left.sql}, {self._power().sql})", DECIMAL)
        return left

    def _unary(self) -> Term:
        if self._take("-"):
            inner = self._unary()
            return Term(f"(-{inner.sql})", inner.type)
        return self._primary()

    def _arithmetic(self, left: Term, sign: str, right: Term) -> Term:
        for term in (left, right):
            if term.type not in (INTEGER, DECIMAL, NULL):
                raise self.error(
                    self._position(), f"{sign} is for numbers, not {term.type}", "INCORRECT_TYPE"
                )
        if sign == "/":
            return Term(f"({left.sql}::DOUBLE / nullif({right.sql}, 0))", DECIMAL)
        if sign == "%":
            right = Term(f"nullif({right.sql}, 0)", right.type)
        return Term(f"({left.sql} {sign} {right.sql})", unify([left, right]) or DECIMAL)

    def _primary(self) -> Term:
        kind, value, position = self._kind(), self._value(), self._position()
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return Term(f"({inner.sql})", inner.type)
        self._at += 1
        if kind == "column":
            return self._column(value[1:-1], position)
        if kind == "text":
            return Term(literal(_unescaped(value)), STRING)
        if kind == "number":
            is_whole = value.isdigit()
            return Term(value if is_whole else f"{value}::DOUBLE", INTEGER if is_whole else DECIMAL)
        if kind == "name" and self._take("("):
            return self._call(value, position)
        if kind == "name" and value.lower() == "null":
            return Term("NULL", NULL)
        if kind == "name" and value.upper() in _MODES:
            return Term(literal(value.upper()), STRING)
        if kind == "name":
            return self._column(value, position)
        self._at -= 1
        raise self._unexpected()

    def _call(self, name: str, position: int) -> Term:
        if not is_known(name):
            reason = f"there is no function {name} for calculated columns in the local AWS"
            raise self.error(position, reason, "CONTEXTUAL_UNKNOWN_SYMBOL")
        arguments: list[Term | list[Term]] = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._list() if self._take("[") else self._or())
        try:
            return call(name, arguments)
        except ValueError as error:
            raise self.error(position, str(error)) from error

    def _list(self) -> list[Term]:
        found: list[Term] = []
        while not self._take("]"):
            if found:
                self._expect(",")
            found.append(self._or())
        return found

    def _column(self, name: str, position: int) -> Term:
        column = self._columns.get(name)
        if column is None or column.type not in _KNOWN_TYPES:
            raise self.error(position, f"there is no column {name}", "CONTEXTUAL_UNKNOWN_SYMBOL")
        return Term(quoted(name), column.type)

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected()


def _as_date(term: Term) -> Term:
    """Dates are compared with texts that are dates."""
    return Term(f"TRY_CAST({term.sql} AS TIMESTAMP)", DATETIME) if term.type == STRING else term


def _unescaped(text: str) -> str:
    inside = text[1:-1]
    if text.startswith("'"):
        inside = inside.replace("''", "'")
    return re.sub(r"\\(.)", r"\1", inside)
