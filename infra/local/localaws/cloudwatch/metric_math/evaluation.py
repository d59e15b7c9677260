"""The value of an expression among the queries that it stands with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.cloudwatch.metric_math.arithmetic import negate, operate
from localaws.cloudwatch.metric_math.functions import Called, call
from localaws.cloudwatch.metric_math.parser import (
    Array,
    Function,
    Name,
    Negated,
    Number,
    Operation,
    Text,
    parse,
)
from localaws.cloudwatch.metric_math.values import MathError, Series, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.cloudwatch.metric_math.parser import Node
    from localaws.cloudwatch.metric_math.values import Value


@dataclass(frozen=True)
class Window:
    """The times that are asked for: points begin in [start, end), one a period."""

    start: int
    end: int
    period: int


def evaluate(
    expressions: Mapping[str, str], metrics: Mapping[str, Series], window: Window
) -> dict[str, Value]:
    """The value of each expression by its id; they may use each other, and the metrics, by id."""
    evaluation = _Evaluation(expressions, metrics, window)
    return {identifier: evaluation.of(identifier) for identifier in expressions}


class _Evaluation:
    def __init__(
        self, expressions: Mapping[str, str], metrics: Mapping[str, Series], window: Window
    ) -> None:
        self._expressions = expressions
        self._metrics = metrics
        self._window = window
        self._known: dict[str, Value] = {}
        self._open: list[str] = []

    def of(self, identifier: str) -> Value:
        """The value of a query."""
        if identifier in self._metrics:
            return self._metrics[identifier]
        if identifier not in self._expressions:
            raise MathError(f"there is no query with the id {identifier}")
        if identifier in self._open:
            raise MathError(f"{' -> '.join([*self._open, identifier])} is a circle")
        if identifier not in self._known:
            self._open.append(identifier)
            self._known[identifier] = self._value(parse(self._expressions[identifier]))
            self._open.pop()
        return self._known[identifier]

    def _value(self, node: Node) -> Value:
        match node:
            case Number(value):
                return value
            case Name(identifier):
                return self.of(identifier)
            case Negated(operand):
                return negate(self._value(operand))
            case Operation(sign, left, right):
                return operate(sign, self._value(left), self._value(right))
            case Array(items):
                return [one for item in items for one in _series_of(self._value(item))]
            case Function("METRICS", arguments):
                return self._metrics_with(arguments)
            case Function(name, arguments):
                window = self._window
                found = [self._argument(argument) for argument in arguments]
                return call(Called(name, found, window.start, window.end, window.period))
            case Text(text):
                raise MathError(f"{text!r} is a text, which only functions take")

    def _argument(self, node: Node) -> Value | str:
        if isinstance(node, Text):
            return node.value
        # Ids begin with a small letter; functions take words like REPEAT.
        if isinstance(node, Name) and node.value.isupper():
            return node.value
        return self._value(node)

    def _metrics_with(self, arguments: tuple[Node, ...]) -> list[Series]:
        """All metrics, or those whose ids hold a text."""
        match arguments:
            case ():
                text = ""
            case (Text(text),):
                pass
            case _:
                raise MathError("METRICS takes nothing, or a text that ids hold")
        return [one for identifier, one in self._metrics.items() if text in identifier]


def _series_of(value: Value) -> list[Series]:
    if isinstance(value, Series):
        return [value]
    if isinstance(value, list):
        return value
    raise MathError(f"an array holds time series, not {kind_of(value)}")
