"""From the outside in: what must columns be like, so that an expression has a wished value?

`ifelse({usage} = 'SPICE', 'Storage', 'Other')` is to be 'Storage', so `usage` is to be 'SPICE'.
What cannot be turned round (a rank, a running total) is hoped for: the rest of a row's values are
random, and there are many rows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
)
from rlm.quicksight.samples import pairs
from rlm.quicksight.samples.constants import Constants, NotConstantError
from rlm.quicksight.samples.texts import TEXTS, push_text
from rlm.quicksight.samples.turning import (
    before_addition,
    before_extraction,
    before_truncation,
    compared,
    flat,
    mapped,
    time_between,
    typed,
)
from rlm.quicksight.samples.wishes import PRESENT, Wish, as_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from rlm.quicksight.query import ColumnType

YES: Final = Wish(among=(True,))
NO: Final = Wish(among=(False,))

# Functions whose value is as their first argument is, near enough to wish through them.
_THROUGH: Final = frozenset(
    [
        "sum", "avg", "min", "max", "median", "sumOver", "avgOver", "minOver", "maxOver",
        "round", "ceil", "floor", "abs", "toLower", "toUpper", "trim", "ltrim", "rtrim",
        "sumIf", "avgIf", "minIf", "maxIf", "lastValue", "firstValue", "runningSum",
        "nullIf", "windowSum", "windowAvg", "windowMax", "windowMin",
    ]
)  # fmt: skip
# Of a long ifelse, the branches among which chance chooses.
_NEAR: Final = 8
# Numbers of which a `mod` is as wished.
_MULTIPLES: Final = 30
_TRUTHS: Final = frozenset(
    ("isNull", "isNotNull", "in", "notIn", "contains", "startsWith", "endsWith")
)
_FLIPPED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE: Final = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass
class Solver:
    """Wishes for the columns of one row; `wish` adds to them and says whether it could."""

    columns: Mapping[str, ColumnType]
    calculated: Mapping[str, Expression]
    constants: Constants
    random: Random
    wishes: dict[str, Wish] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def wish(self, tree: Expression, wish: Wish) -> bool:
        """Makes the expression's value as wished; without success no wish is changed."""
        before = dict(self.wishes)
        try:
            is_made = self.push(tree, wish)
        except (ArithmeticError, KeyError, NotConstantError, RecursionError, TypeError, ValueError):
            # Constants that no calendar takes, chains that have no end: left to chance.
            is_made = False
        if not is_made:
            self.wishes = before
        return is_made

    def push(self, tree: Expression, wish: Wish) -> bool:
        known = self.constants.remembered(tree)
        if known is not None:
            # Unknown is not true: a condition on a parameter that is not set does not hold.
            return wish.takes(known[0]) or (known[0] is None and wish == NO)
        match tree:
            case Column(name):
                return self._column(name, wish)
            case Operation():
                return self._operation(tree, wish)
            case Call():
                return self._call(tree, wish)
            case _:
                return True

    def _column(self, name: str, wish: Wish) -> bool:
        if name in self.calculated:
            if name in self._open or len(self._open) > 30:
                return True
            self._open.append(name)
            try:
                return self.push(self.calculated[name], wish)
            finally:
                self._open.pop()
        if name not in self.columns:
            return True
        joined = self.wishes.get(name, Wish()).and_also(typed(wish, self.columns[name]))
        if joined is None:
            return False
        self.wishes[name] = joined
        return True

    def _operation(self, tree: Operation, wish: Wish) -> bool:
        operator, operands = tree.operator, tree.operands
        if operator in ("and", "or", "not", *_FLIPPED):
            if wish.is_null is False and wish.among is None:
                return True
            is_true = wish.takes(True)
            if is_true and wish.takes(False):
                return True
            if operator == "not":
                return self.push(operands[0], NO if is_true else YES)
            if operator in ("and", "or"):
                parts = flat(tree)
                goal = YES if is_true else NO
                if (operator == "and") is is_true:
                    return all(self.push(part, goal) for part in parts)
                return self.one_of([(part, goal) for part in parts])
            return self._comparison(operator if is_true else _OPPOSITE[operator], operands)
        return self._arithmetic(operator, operands, wish)

    def one_of(self, goals: list[tuple[Expression, Wish]]) -> bool:
        """Any of them, tried in random order."""
        return any(self.wish(tree, wish) for tree, wish in self.random.sample(goals, len(goals)))

    def _comparison(self, operator: str, operands: tuple[Expression, ...]) -> bool:
        left, right = operands
        try:
            values = self.constants.values(right)
        except NotConstantError:
            try:
                values = self.constants.values(left)
            except NotConstantError:
                return pairs.compare(self, operator, left, right)
            operator, left = _FLIPPED[operator], right
        return self.push(left, compared(operator, values))

    def _arithmetic(self, operator: str, operands: tuple[Expression, ...], wish: Wish) -> bool:
        if operator == "negate" or len(operands) == 1:
            return self.push(operands[0], mapped(wish, lambda v: -v, turns=True))
        left, right = operands
        try:
            constant = as_number(self.constants.value(right))
            inner, is_left = left, False
        except NotConstantError:
            try:
                constant = as_number(self.constants.value(left))
                inner, is_left = right, True
            except NotConstantError:
                return pairs.calculate(self, operator, left, right, wish)
        if constant is None or (operator in "*/" and constant == 0):
            return self.push(inner, PRESENT)
        known = constant
        match operator:
            case "+":
                return self.push(inner, mapped(wish, lambda v: v - known))
            case "-" if not is_left:
                return self.push(inner, mapped(wish, lambda v: v + known))
            case "-":
                return self.push(inner, mapped(wish, lambda v: known - v, turns=True))
            case "*":
                return self.push(inner, mapped(wish, lambda v: v / known, turns=known < 0))
            case "/" if not is_left:
                return self.push(inner, mapped(wish, lambda v: v * known, turns=known < 0))
            case _:
                return self.push(inner, PRESENT)

    def _call(self, tree: Call, wish: Wish) -> bool:
        function, arguments = tree.function, tree.arguments
        if function == "ifelse":
            return self._ifelse(arguments, wish)
        if function == "switch":
            return self._switch(arguments, wish)
        if function in _TRUTHS:
            if wish.is_null is False and wish.among is None:
                return True
            return self._truth(function, arguments, wish.takes(True))
        if function in ("count", "distinct_count", "countOver", "distinctCountOver", "countIf"):
            return self._counted(arguments, wish)
        if function in _THROUGH:
            if function.endswith("Over"):
                self._alone(arguments[1:], wish)
            return self.push(arguments[0], wish)
        if function == "coalesce":
            return self.one_of([(one, wish) for one in arguments])
        if function in TEXTS:
            return push_text(self, function, arguments, wish)
        return self._converted(function, arguments, wish)

    def _counted(self, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        """Something to count; where one is wished, one row for what it is counted by."""
        if not arguments or (wish.takes(0) and not wish.takes(1)):
            return True
        if wish.takes(1) and not wish.takes(1000):
            for one in arguments[1:]:
                for item in one.items if isinstance(one, Names) else ():
                    self.wish(item, Wish(is_null=False, is_unique=True))
        return self.push(arguments[0], PRESENT)

    def _alone(self, arguments: tuple[Expression, ...], wish: Wish) -> None:
        """A row that is all of its partition has the value of the partition."""
        if not wish.is_bound:
            return
        for one in arguments:
            for item in one.items if isinstance(one, Names) else ():
                self.wish(item, Wish(is_null=False, is_unique=True))

    def _ifelse(self, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        branches = list(range(0, len(arguments) - 1, 2))
        otherwise = [len(arguments) - 1] if len(arguments) % 2 else []
        # The first branches first: late ones need all conditions before them to fail.
        near = [*branches[:_NEAR], *otherwise[: len(branches) <= _NEAR]]
        order = self.random.sample(near, len(near))
        order += [*branches[_NEAR:], *otherwise[: len(branches) > _NEAR]]
        if not otherwise and wish.is_null is True:
            order.append(len(arguments))
        for chosen in order:
            before = dict(self.wishes)
            conditions = [index for index in branches if index <= chosen]
            value = Literal(None) if chosen >= len(arguments) else None
            place = chosen + 1 if chosen in branches else chosen
            tree = value or arguments[place]
            # The value first: most branches fail there, and that is quickly told.
            if self.push(tree, wish) and all(
                self.push(arguments[index], YES if index == chosen else NO) for index in conditions
            ):
                return True
            self.wishes = before
        return False

    def _switch(self, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        subject, rest = arguments[0], arguments[1:]
        cases: list[Expression] = []
        for index in range(0, len(rest) - 1, 2):
            cases += [Operation("=", (subject, rest[index])), rest[index + 1]]
        return self._ifelse((*cases, *(rest[-1:] if len(rest) % 2 else ())), wish)

    def _truth(self, function: str, arguments: tuple[Expression, ...], is_true: bool) -> bool:
        subject = arguments[0]
        if function in ("isNull", "isNotNull"):
            return self.push(subject, Wish(is_null=(function == "isNull") is is_true))
        if function in ("in", "notIn"):
            try:
                values = [v for one in arguments[1:] for v in self.constants.list_values(one)]
            except NotConstantError:
                return True
            is_in = (function == "in") is is_true
            known = tuple(one for one in values if one is not None)
            if not known:
                return True
            return self.push(
                subject,
                Wish(among=known, is_null=False) if is_in else Wish(not_among=frozenset(known)),
            )
        try:
            part = self.constants.value(arguments[1])
        except NotConstantError:
            return True
        if not isinstance(part, str) or not part:
            return is_true
        if not is_true:
            return self.push(subject, Wish(without=(part,)))
        if function == "startsWith":
            return self.push(subject, Wish(starts=part, is_null=False))
        if function == "endsWith":
            return self.push(subject, Wish(ends=part, is_null=False))
        return self.push(subject, Wish(contains=(part,), is_null=False))

    def _converted(self, function: str, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        if function == "locate":
            part = arguments[1].value if isinstance(arguments[1], Literal) else None
            if not isinstance(part, str):
                return True
            found = wish.takes(1) or wish.takes(2) or wish.takes(5)
            return self._truth("contains", arguments[:2], found)
        if function == "toString":
            return self.push(arguments[0], wish)
        if function in ("parseInt", "parseDecimal", "intToDecimal", "decimalToInt"):
            return self.push(arguments[0], wish)
        if function in ("parseDate", "formatDate"):
            moments = [one for one in wish.among or () if isinstance(one, dt.datetime)]
            low, high = (moments[0], moments[0]) if moments else (wish.low, wish.high)
            return self.push(arguments[0], Wish(low=low, high=high, is_null=False))
        if function == "truncDate":
            return self._truncated(arguments, wish)
        if function == "addDateTime":
            return self._added(arguments, wish)
        if function == "extract" and wish.is_bound:
            unit = str(self.constants.value(arguments[0]))
            past = before_extraction(unit, wish, self.constants.now)
            return self.push(arguments[1], past or PRESENT)
        if function == "mod" and wish.among:
            divisor, rest = (
                as_number(self.constants.value(arguments[1])),
                as_number(wish.among[0]),
            )
            if divisor is not None and rest is not None:
                among = tuple(rest + divisor * one for one in range(1, _MULTIPLES))
                return self.push(arguments[0], Wish(among=among, is_null=False))
        if function == "dateDiff":
            return self._date_difference(arguments, wish)
        for one in arguments:
            if not isinstance(one, Names | Literal) and wish.is_null is not True:
                self.wish(one, PRESENT)
        return True

    def _truncated(self, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        try:
            unit = str(self.constants.value(arguments[0]))
        except NotConstantError:
            return True
        goals = [(arguments[1], one) for one in before_truncation(unit, wish)]
        return not goals or self.one_of(goals)

    def _added(self, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        count, unit, moment = arguments
        try:
            amount = int(as_number(self.constants.value(count)) or 0)
            period = str(self.constants.value(unit))
        except NotConstantError:
            return self.wish(moment, PRESENT)
        return self.push(moment, before_addition(amount, period, wish))

    def _date_difference(self, arguments: tuple[Expression, ...], wish: Wish) -> bool:
        last = arguments[2] if len(arguments) > 2 else None
        least, most = time_between(str(last.value) if isinstance(last, Literal) else "DD", wish)
        if least is None and most is None:
            return all(self.push(one, PRESENT) for one in arguments[:2])
        for place, sign in ((0, 1), (1, -1)):
            try:
                known = self.constants.value(arguments[place])
            except NotConstantError:
                continue
            if not isinstance(known, dt.datetime):
                return True
            ends = [None if one is None else known + sign * one for one in (least, most)]
            if sign < 0:
                ends.reverse()
            return self.push(arguments[1 - place], Wish(low=ends[0], high=ends[1], is_null=False))
        return pairs.apart(self, (arguments[0], arguments[1]), least, most)
