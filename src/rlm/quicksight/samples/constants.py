"""Values of expressions without columns: literals, parameters, now and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions.tree import (
    Call,
    Expression,
    Literal,
    Operation,
    Parameter,
    Value,
)
from rlm.quicksight.queries.periods import GRANULARITIES, cut, step
from rlm.quicksight.samples.wishes import as_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

PERIODS: Final = {
    "YYYY": "YEAR",
    "Q": "QUARTER",
    "MM": "MONTH",
    "WK": "WEEK",
    "DD": "DAY",
    "HH": "HOUR",
    "MI": "MINUTE",
    "SS": "SECOND",
    "MS": "MILLISECOND",
} | {one: one for one in GRANULARITIES}


class NotConstantError(Exception):
    """The expression depends on rows, or on something that is not computed here."""


@dataclass(frozen=True)
class Constants:
    """What parameters are by default, and when now is."""

    parameters: Mapping[str, Sequence[Value]]
    now: dt.datetime
    _known: dict[int, tuple[Expression, tuple[Value] | None]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """By the id of a tree, which is held so that its id stays its own; None: no constant."""

    def remembered(self, tree: Expression) -> tuple[Value] | None:
        """The value, or None where it is no constant; each tree is looked at once."""
        if id(tree) not in self._known:
            try:
                self._known[id(tree)] = tree, (self.value(tree),)
            except NotConstantError:
                self._known[id(tree)] = tree, None
        return self._known[id(tree)][1]

    def values(self, tree: Expression) -> tuple[Value, ...]:
        """The value, or the values of a parameter with several; raises `NotConstantError`."""
        if isinstance(tree, Parameter):
            return tuple(self.parameters.get(tree.name, ()))
        return (self.value(tree),)

    def value(self, tree: Expression) -> Value:
        """The value; a parameter that is not set is null."""
        match tree:
            case Literal(value):
                return value
            case Parameter(name):
                return next(iter(self.parameters.get(name, ())), None)
            case Operation(operator, operands):
                return _computed(operator, [self.value(one) for one in operands])
            case Call("now", ()):
                return self.now
            case Call(function, arguments) if function in _FUNCTIONS:
                return _called(function, [self.value(one) for one in arguments])
            case Call("ifelse", arguments):
                for index in range(0, len(arguments) - 1, 2):
                    if self.value(arguments[index]):
                        return self.value(arguments[index + 1])
                return self.value(arguments[-1]) if len(arguments) % 2 else None
            case Call("in" | "notIn" as function, (one, *among)):
                known = [value for each in among for value in self.list_values(each)]
                return (self.value(one) in known) is (function == "in")
            case _:
                raise NotConstantError

    def list_values(self, tree: Expression) -> tuple[Value, ...]:
        """Of a list in brackets, or of one of its items."""
        items = getattr(tree, "items", None)
        if isinstance(items, tuple):
            return tuple(value for one in items for value in self.values(one))
        return self.values(tree)


def _computed(operator: str, values: list[Any]) -> Value:
    if operator == "and":
        return all(values)
    if operator == "or":
        return any(values)
    if operator == "not":
        return not values[0]
    if any(value is None for value in values):
        return None
    try:
        found: Value = _OPERATIONS[operator](*values)
    except (TypeError, ArithmeticError, KeyError) as problem:
        raise NotConstantError from problem
    return found


def _called(function: str, values: list[Any]) -> Value:
    try:
        found: Value = _FUNCTIONS[function](*values)
    except (TypeError, AttributeError, KeyError, ValueError, OverflowError) as problem:
        raise NotConstantError from problem
    return found


def _contains(text: str | None, part: str, mode: str = "") -> bool:
    if text is None:
        return False
    if "INSENSITIVE" in str(mode).upper():
        return part.lower() in text.lower()
    return part in text


def _text(value: Any) -> str:
    return str(value)


_OPERATIONS: Final[dict[str, Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "negate": lambda a: -a,
}
_FUNCTIONS: Final[dict[str, Any]] = {
    "contains": _contains,
    "startsWith": lambda text, part, *_: (text or "").startswith(part),
    "endsWith": lambda text, part, *_: (text or "").endswith(part),
    "isNull": lambda value: value is None,
    "isNotNull": lambda value: value is not None,
    "coalesce": lambda *values: next((one for one in values if one is not None), None),
    "concat": lambda *values: "".join(_text(one) for one in values),
    "toLower": lambda text: text.lower(),
    "toUpper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "toString": _text,
    "parseInt": lambda text: int(as_number(text) or 0),
    "parseDecimal": as_number,
    "addDateTime": lambda count, period, moment: step(moment, PERIODS[period.upper()], int(count)),
    "truncDate": lambda period, moment: cut(moment, PERIODS[period.upper()]),
}
