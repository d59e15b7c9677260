"""Which days a generated world covers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

_EPOCH = dt.date(1970, 1, 1)


def day_number(date: dt.date) -> int:
    """Days since 1970."""
    return (date - _EPOCH).days


@dataclass(frozen=True)
class Calendar:
    """Days since 1970: history from `first`, delivered at once on `start`, then a delivery a day.

    A delivery holds what happened on its day; the first one, all that happened until then.
    """

    first: int
    start: int
    last: int

    @classmethod
    def of(cls, start: dt.date, deliveries: int, history_days: int) -> Calendar:
        if deliveries < 1 or history_days < 1:
            raise ValueError(
                f"{deliveries} deliveries after {history_days} days of history: "
                "expected at least one of each"
            )
        day = day_number(start)
        return cls(day - history_days + 1, day, day + deliveries - 1)

    @property
    def history(self) -> range:
        return range(self.first, self.start + 1)

    @property
    def daily(self) -> range:
        return range(self.start + 1, self.last + 1)
