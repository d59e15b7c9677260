"""What the value of a column has to be like for a filter to let its row through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from rlm.quicksight.expressions.tree import Value

Bound: TypeAlias = "float | dt.datetime | None"


@dataclass(frozen=True)
class Wish:
    """All of it holds for the value; an empty wish takes any value."""

    among: tuple[Value, ...] | None = None
    not_among: frozenset[Value] = frozenset()
    contains: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Whatever the case of the letters."""
    starts: str = ""
    ends: str = ""
    low: Bound = None
    high: Bound = None
    """Both are included."""
    is_null: bool | None = None
    """None: either way."""
    is_unique: bool = False
    """No other row should have the value: something is counted by it."""

    @property
    def is_bound(self) -> bool:
        """Not every value will do, nor all but a few."""
        return self.among is not None or self.low is not None or self.high is not None

    def takes(self, value: Value) -> bool:
        """Whether the value is as wished."""
        if self is ANYTHING:
            return True
        if value is None:
            return self.is_null is True or self == ANYTHING
        if self.is_null is True:
            return False
        if self.among is not None and not _has(self.among, value):
            return False
        if self.not_among and _has(self.not_among, value):
            return False
        if isinstance(value, str):
            lower = value.lower()
            return (
                value.startswith(self.starts)
                and value.endswith(self.ends)
                and all(one in value for one in self.contains)
                and not any(one.lower() in lower for one in self.without)
            )
        return _at_least(value, self.low) and _at_least(self.high, value)

    def and_also(self, other: Wish) -> Wish | None:
        """What both take; None where no value can be like that."""
        if self.is_null is True or other.is_null is True:
            if self.is_null is False or other.is_null is False:
                return None
            return Wish(is_null=True)
        starts = _longer(self.starts, other.starts, str.startswith)
        ends = _longer(self.ends, other.ends, str.endswith)
        if starts is None or ends is None:
            return None
        joined = Wish(
            among=self.among if self.among is not None else other.among,
            not_among=self.not_among | other.not_among,
            contains=tuple(dict.fromkeys((*self.contains, *other.contains))),
            without=tuple(dict.fromkeys((*self.without, *other.without))),
            starts=starts,
            ends=ends,
            low=_greatest(self.low, other.low),
            high=_least(self.high, other.high),
            is_null=self.is_null if self.is_null is not None else other.is_null,
            is_unique=self.is_unique or other.is_unique,
        )
        if joined.among is not None:
            both = tuple(one for one in joined.among if self.takes(one) and other.takes(one))
            return replace(joined, among=both) if both else None
        if not _at_least(joined.high, joined.low):
            return None
        text = f"{starts} {' '.join(joined.contains)} {ends}".lower()
        return None if any(one.lower() in text for one in joined.without if one) else joined


ANYTHING: Final = Wish()
PRESENT: Final = Wish(is_null=False)


def _has(values: Collection[Value], value: Value) -> bool:
    """Whether the value is among them, be it as text or as number."""
    if value in values:
        return True
    other = as_number(value) if isinstance(value, str) else str(value)
    return other is not None and other in values


def _at_least(value: Value, bound: Value) -> bool:
    """True also where they cannot be compared, or one is open."""
    if value is None or bound is None:
        return True
    try:
        return bool(value >= bound)  # type: ignore[operator]
    except TypeError:
        return True


def _longer(one: str, other: str, fits: object) -> str | None:
    """The longer of two beginnings, or ends, where it has the shorter one too."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return longer if fits(longer, shorter) else None  # type: ignore[operator]


def _greatest(one: Bound, other: Bound) -> Bound:
    if one is None or other is None:
        return one if other is None else other
    return one if _at_least(one, other) else other


def _least(one: Bound, other: Bound) -> Bound:
    if one is None or other is None:
        return one if other is None else other
    return one if _at_least(other, one) else other


def as_number(value: Value) -> float | None:
    """The value as a number, where it is one or reads as one."""
    if isinstance(value, bool | int | float | Decimal):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None
