"""Which days a run is about: all of them follow from its business date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Self

# A fan has a week to follow a recommendation: every weekday is in it once.
WINDOW_DAYS: Final = 7
# Answers of a week are judged together, for the same reason.
POOLED_DAYS: Final = 7
LONGEST_WINDOW_DAYS: Final = 14


@dataclass(frozen=True)
class Span:
    """The days of one run."""

    business_date: dt.date
    window_days: int = WINDOW_DAYS

    def __post_init__(self) -> None:
        if not 1 <= self.window_days <= LONGEST_WINDOW_DAYS:
            raise ValueError(
                f"window_days is {self.window_days}, expected 1 to {LONGEST_WINDOW_DAYS}"
            )

    @classmethod
    def of(cls, business_date: str, window_days: int = WINDOW_DAYS) -> Self:
        """From a date as `2026-06-01`. Raises ValueError for another text."""
        return cls(dt.date.fromisoformat(business_date), window_days)

    @property
    def judged(self) -> tuple[dt.date, ...]:
        """The days whose answers have a whole window behind them."""
        last = self.business_date - dt.timedelta(days=self.window_days)
        return _days_until(last, POOLED_DAYS)

    @property
    def recent(self) -> tuple[dt.date, ...]:
        """The days of whose questions and answers is told what needs no waiting."""
        return _days_until(self.business_date, POOLED_DAYS)

    @property
    def captured(self) -> tuple[dt.date, ...]:
        """Every day whose captured answers are read."""
        return _days_until(self.business_date, self.window_days + POOLED_DAYS)

    @property
    def monday(self) -> dt.date:
        """The week from which on what fans did must be known by the day."""
        first = self.captured[0]
        return first - dt.timedelta(days=first.weekday())

    def in_statement(self, statement: str) -> str:
        """A statement of include/sql/monitoring with this run's days in it."""
        return (
            statement.replace(":monday", self.monday.isoformat())
            .replace(":first_day", self.captured[0].isoformat())
            .replace(":last_day", self.business_date.isoformat())
        )


def _days_until(last: dt.date, count: int) -> tuple[dt.date, ...]:
    return tuple(last - dt.timedelta(days=back) for back in reversed(range(count)))
