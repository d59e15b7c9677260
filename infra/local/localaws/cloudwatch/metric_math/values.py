"""What an expression works on: a number, a time series, or an array of time series."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class MathError(Exception):
    """Why an expression cannot be read or evaluated, in words for whoever wrote it."""


@dataclass(frozen=True)
class Series:
    """Values by their times (epoch seconds), oldest first; a time without a value is not in it."""

    period: int
    points: Mapping[int, float] = field(default_factory=dict)
    label: str = ""

    def mapped(self, change: Callable[[float], float | None]) -> Series:
        """The same times with other values; None leaves a time out."""
        return self.with_points({at: change(value) for at, value in self.points.items()})

    def with_points(self, points: Mapping[int, float | None]) -> Series:
        kept = {at: value for at, value in sorted(points.items()) if is_there(value)}
        return Series(self.period, kept, self.label)


Value = float | Series | list[Series]


def is_there(value: float | None) -> TypeGuard[float]:
    """Whether a value is a point: what is not finite is none, as a division by zero."""
    return value is not None and math.isfinite(value)


def kind_of(value: object) -> str:
    if isinstance(value, Series):
        return "a time series"
    if isinstance(value, list):
        return "an array of time series"
    return "a number"
