"""Wishes turned round: what must a part be like, so that what is made of it is as wished?"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions.tree import Expression, Operation, Value
from rlm.quicksight.queries.periods import step
from rlm.quicksight.query import ColumnType
from rlm.quicksight.samples.constants import PERIODS
from rlm.quicksight.samples.wishes import Bound, Wish, as_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Days of which nobody doubts that they are in the same period as its first.
_DAYS: Final = {"YEAR": 360, "QUARTER": 85, "MONTH": 27, "WEEK": 6}
_HOURS: Final = {"YYYY": 8784, "Q": 2200, "MM": 730, "WK": 168, "DD": 24, "HH": 1}
_MINUTE: Final = 1 / 60
_PARTS: Final[Mapping[str, Callable[[dt.datetime], int]]] = {
    "YEAR": lambda one: one.year,
    "QUARTER": lambda one: (one.month + 2) // 3,
    "MONTH": lambda one: one.month,
    "DAY": lambda one: one.day,
    "HOUR": lambda one: one.hour,
    "MINUTE": lambda one: one.minute,
    "SECOND": lambda one: one.second,
    # From Sunday, the first.
    "WD": lambda one: one.isoweekday() % 7 + 1,
}
_JSON_PATH: Final = re.compile(r"""\[(\d{1,3})\]|\[['"]([^'"]+)['"]\]|([^.\[\]$'"]+)""")


def flat(tree: Operation) -> list[Expression]:
    """All operands of a chain of the same operator, left to right."""
    parts: list[Expression] = []
    node: Expression = tree
    while isinstance(node, Operation) and node.operator == tree.operator:
        parts.append(node.operands[1])
        node = node.operands[0]
    return [node, *reversed(parts)]


def compared(operator: str, values: tuple[Value, ...]) -> Wish:
    """What a value is like that compares so with one of the constants."""
    known = tuple(one for one in values if one is not None)
    if not known:
        # Compared with a parameter that is not set: never true, and not to be mended by a row.
        return Wish(among=())
    if operator == "=":
        return Wish(among=known, is_null=False)
    if operator == "<>":
        return Wish(not_among=frozenset(known))
    value = known[0]
    bound: Bound = value if isinstance(value, dt.datetime) else as_number(value)
    if bound is None:
        # Texts in order: dates written as texts, as often as not.
        return Wish(is_null=False)
    tick = dt.timedelta(seconds=1) if isinstance(bound, dt.datetime) else 1e-6
    match operator:
        case ">=":
            return Wish(low=bound, is_null=False)
        case ">":
            return Wish(low=bound + tick, is_null=False)  # type: ignore[operator]
        case "<=":
            return Wish(high=bound, is_null=False)
        case _:
            return Wish(high=bound - tick, is_null=False)  # type: ignore[operator]


def mapped(wish: Wish, change: Callable[[float], float], turns: bool = False) -> Wish:
    """The wish with its numbers changed; `turns` where great ones become small."""

    def changed(value: Value) -> float | None:
        number = as_number(value)
        return None if number is None else change(number)

    low, high = changed(as_value(wish.low)), changed(as_value(wish.high))
    among = None if wish.among is None else tuple(changed(one) for one in wish.among)
    not_among = frozenset(changed(one) for one in wish.not_among)
    return Wish(
        among=among,
        not_among=not_among,
        low=high if turns else low,
        high=low if turns else high,
        is_null=wish.is_null,
    )


def positive(wish: Wish) -> Bound:
    """A bound that keeps a result above zero where that is wished."""
    low = as_number(as_value(wish.low))
    if low is not None and low > 0:
        return max(low, 1.0)
    return 1.0 if any(as_number(one) == 0 for one in wish.not_among) else None


def as_value(bound: Bound) -> Value:
    """The bound of a wish, as any value."""
    return bound


def typed(wish: Wish, kind: ColumnType) -> Wish:
    """The wish with values of the column's type, where they read as such."""
    if wish.among is None or kind is ColumnType.STRING:
        return wish
    if kind in (ColumnType.INTEGER, ColumnType.DECIMAL):
        numbers = tuple(one for v in wish.among if (one := as_number(v)) is not None)
        return Wish(
            among=numbers, not_among=wish.not_among, low=wish.low, high=wish.high,
            is_null=wish.is_null,
        )  # fmt: skip
    return wish


def before_truncation(unit: str, wish: Wish) -> list[Wish]:
    """What a moment may be like, one of them, for its period's first moment to be as wished."""
    days = _DAYS.get(PERIODS.get(unit.upper(), ""), 0)
    if wish.among is None:
        return [wish]
    return [
        Wish(low=one, high=one + dt.timedelta(days=days), is_null=False)
        for one in wish.among
        if isinstance(one, dt.datetime)
    ]


def before_addition(count: int, unit: str, wish: Wish) -> Wish:
    """What a moment is like that is as wished so many periods later."""
    period = PERIODS[unit.upper()]

    def back(bound: Bound) -> Bound:
        return step(bound, period, -count) if isinstance(bound, dt.datetime) else bound

    among = tuple(back(one) if isinstance(one, dt.datetime) else one for one in wish.among or ())
    return Wish(among=among or None, low=back(wish.low), high=back(wish.high), is_null=False)


def time_between(unit: str, wish: Wish) -> tuple[dt.timedelta | None, dt.timedelta | None]:
    """The least and the greatest time between two moments whose difference is as wished."""
    if wish.among:
        numbers = [as_number(one) for one in wish.among]
        low = high = next((one for one in numbers if one is not None), None)
    else:
        low, high = (as_number(as_value(one)) for one in (wish.low, wish.high))
    hours = _HOURS.get(unit.upper(), _MINUTE)
    least = None if low is None else dt.timedelta(hours=low * hours)
    most = None if high is None else dt.timedelta(hours=high * hours)
    return least, most


def before_extraction(unit: str, wish: Wish, now: dt.datetime) -> Wish | None:
    """Moments of the past year of which a part is as wished; None for a part that is not known."""
    part = _PARTS.get(PERIODS.get(unit.upper(), unit.upper()))
    if part is None:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    steps = [dt.timedelta(days=one) for one in range(1, 400)]
    if unit.upper() in ("HH", "HOUR"):
        steps += [dt.timedelta(hours=one) for one in range(1, 20 * 24)]
    elif unit.upper() in ("MI", "MINUTE"):
        steps += [dt.timedelta(minutes=one) for one in range(1, 10 * 60)]
    elif unit.upper() in ("SS", "SECOND"):
        steps += [dt.timedelta(seconds=one) for one in range(1, 10 * 60)]
    found = tuple(one for one in (midnight - step for step in steps) if wish.takes(part(one)))
    return Wish(among=found, is_null=False) if found else None


def document(parts: Mapping[str, Value]) -> str:
    """A JSON text that has each value at its path: `$.a.b[0]`."""
    root: dict[str | int, Any] = {}
    for path, value in parts.items():
        place = root
        keys = [int(i) if i else key or word for i, key, word in _JSON_PATH.findall(path)] or [""]
        for key in keys[:-1]:
            if not isinstance(place.get(key), dict):
                place[key] = {}
            place = place[key]
        place[keys[-1]] = value
    return json.dumps(_lists(root), default=str)


def _lists(part: Any) -> Any:
    """Mappings by number as lists, nulls where a number is missing."""
    if not isinstance(part, dict):
        return part
    if part and all(isinstance(key, int) for key in part):
        return [_lists(part.get(index)) for index in range(max(part) + 1)]
    return {str(key): _lists(value) for key, value in part.items()}
