"""From the text of a calculated field to its tree."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

from rlm.quicksight.expressions.errors import ExpressionError, position
from rlm.quicksight.expressions.functions import FUNCTIONS, documented_spelling, nearest
from rlm.quicksight.expressions.lexer import Token, tokens
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
    Operator,
    Parameter,
    Sorted,
)
from rlm.quicksight.expressions.walking import Path, children

if TYPE_CHECKING:
    from rlm.quicksight.expressions.tree import Value

PRECEDENCE = {"or": 1, "and": 2, "not": 3, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4}
PRECEDENCE |= {"+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "negate": 7, "^": 8}

_CONSTANTS: dict[str, Value] = {"NULL": None, "TRUE": True, "FALSE": False}
_Node = TypeVar("_Node", bound=Expression)
_DEEPEST = 100
"""Of brackets in brackets; QuickSight's own limit is not documented."""


@dataclass(frozen=True)
class Located:
    """A tree, and where in the text each of its parts begins."""

    text: str
    tree: Expression
    offsets: Mapping[Path, int]

    def position(self, path: Path) -> tuple[int, int]:
        """Line and column, from 1, of the part at `path`."""
        return position(self.text, self.offsets.get(path, 0))


def parse(text: str) -> Expression:
    """The tree; an ExpressionError with line and column where the text is none."""
    return parse_located(text).tree


def parse_located(text: str) -> Located:
    """The tree with the places of its parts, for errors that are found later."""
    parser = _Parser(text)
    tree = parser.whole()
    offsets: dict[Path, int] = {}
    waiting: list[tuple[Path, Expression]] = [((), tree)]
    while waiting:
        path, node = waiting.pop()
        offsets[path] = parser.offsets.get(id(node), 0)
        waiting.extend(((*path, index), part) for index, part in enumerate(children(node)))
    return Located(text, tree, offsets)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.index = 0
        self.depth = 0
        self.offsets: dict[int, int] = {}
        # Ids name nodes only as long as these live.
        self.nodes: list[Expression] = []
        self.bare: set[int] = set()

    def whole(self) -> Expression:
        tree = self.expression()
        if self.token.kind != "end":
            self.fail("an operator or the end of the expression")
        return tree

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def advance(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def sees(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.value in signs

    def sees_word(self, *words: str) -> bool:
        return self.token.kind == "name" and self.token.value.upper() in words

    def take(self, sign: str, expected: str | None = None) -> None:
        if not self.sees(sign):
            self.fail(expected or f"`{sign}`")
        self.index += 1

    def fail(self, expected: str) -> NoReturn:
        raise ExpressionError(
            f"found {self.token}, expected {expected}", *position(self.text, self.token.offset)
        )

    def keep(self, node: _Node, offset: int) -> _Node:
        self.offsets[id(node)] = offset
        self.nodes.append(node)
        return node

    def expression(self, least: int = 1) -> Expression:
        start = self.token.offset
        left: Expression
        if self.sees_word("NOT"):
            self.index += 1
            left = self.keep(Operation("not", (self.expression(PRECEDENCE["not"]),)), start)
        else:
            left = self.unary()
        while (operator := self.operator()) and PRECEDENCE[operator] >= least:
            self.index += 1
            right = self.expression(PRECEDENCE[operator] + 1)
            left = self.keep(Operation(operator, (left, right)), start)
        return left

    def operator(self) -> Operator | None:
        value = self.token.value.lower()
        if self.token.kind == "name":
            return cast("Operator", value) if value in ("and", "or") else None
        if value == "!=":
            return "<>"
        if self.token.kind == "sign" and value in PRECEDENCE and value != "^":
            return cast("Operator", value)
        return None

    def unary(self) -> Expression:
        start = self.token.offset
        if self.sees("+"):
            self.index += 1
            return self.unary()
        if not self.sees("-"):
            return self.power()
        self.index += 1
        is_number = self.token.kind == "number"
        operand = self.unary()
        if is_number and isinstance(operand, Literal):
            return self.keep(Literal(-cast("Decimal", operand.value)), start)
        return self.keep(Operation("negate", (operand,)), start)

    def power(self) -> Expression:
        start = self.token.offset
        base = self.primary()
        if not self.sees("^"):
            return base
        self.index += 1
        return self.keep(Operation("^", (base, self.unary())), start)

    def primary(self) -> Expression:
        token = self.token
        match token.kind:
            case "column":
                return self.keep(Column(self.advance().value), token.offset)
            case "parameter":
                return self.keep(Parameter(self.advance().value), token.offset)
            case "text":
                return self.keep(Literal(self.advance().value), token.offset)
            case "number":
                text = self.advance().value
                value = int(text) if text.isdecimal() else Decimal(text)
                return self.keep(Literal(value), token.offset)
            case "name" if not self.sees_word("AND", "OR", "NOT"):
                return self.named()
        if self.sees("("):
            self.enter()
            inner = self.expression()
            self.take(")", "an operator or `)`")
            self.depth -= 1
            return inner
        if not self.sees("["):
            self.fail("a field, a value or a function")
        return self.names()

    def enter(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail(f"at most {_DEEPEST} brackets in brackets")
        self.index += 1

    def named(self) -> Expression:
        token = self.advance()
        if self.sees("("):
            return self.call(token)
        if token.value.upper() in _CONSTANTS:
            return self.keep(Literal(_CONSTANTS[token.value.upper()]), token.offset)
        column = self.keep(Column(token.value), token.offset)
        self.bare.add(id(column))
        return column

    def call(self, name: Token) -> Expression:
        function = documented_spelling(name.value)
        if function is None:
            close = nearest(name.value)
            hint = f"; did you mean `{close}`?" if close else ""
            raise ExpressionError(
                f"found `{name.value}(`, expected a function that QuickSight documents{hint}",
                *position(self.text, name.offset),
            )
        self.enter()
        arguments: list[Expression] = []
        while not self.sees(")"):
            if arguments:
                self.take(",", "an operator, `,` or `)`")
            arguments.append(self.expression())
        self.take(")")
        self.depth -= 1
        worded = tuple(
            self.word(function, index, len(arguments), argument)
            for index, argument in enumerate(arguments)
        )
        return self.keep(Call(function, worded), name.offset)

    def word(self, function: str, index: int, count: int, argument: Expression) -> Expression:
        """PRE_AGG, MONTH and the like are words where the function has them, else columns."""
        documented = FUNCTIONS[function]
        if id(argument) not in self.bare or not documented.arguments:
            return argument
        name = cast("Column", argument).name.upper()
        takes = documented.argument(index, count)
        if takes.words_are_bare and name in takes.words:
            return self.keep(Literal(name), self.offsets[id(argument)])
        return argument

    def names(self) -> Expression:
        start = self.token.offset
        self.enter()
        items: list[Expression] = []
        while not self.sees("]"):
            if items:
                self.take(",", "an operator, `,` or `]`")
            items.append(self.item())
        self.take("]")
        self.depth -= 1
        return self.keep(Names(tuple(items)), start)

    def item(self) -> Expression:
        start = self.token.offset
        if self.sees("!"):
            self.index += 1
            return self.keep(Operation("not", (self.primary(),)), start)
        inner = self.expression()
        if self.sees_word("ASC", "DESC"):
            is_descending = self.advance().value.upper() == "DESC"
            return self.keep(Sorted(inner, "DESC" if is_descending else "ASC"), start)
        return inner
