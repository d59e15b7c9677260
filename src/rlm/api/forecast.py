"""How many tickets an event will have sold in the end, from how others like it went; pure.

The pick-up method of revenue management in its multiplicative form (Talluri and van Ryzin, The
Theory and Practice of Revenue Management, 2004, chapter 9.3): what is sold now, divided by the
share of their final sales that comparable events had sold as many days before they began.
Each comparable event gives one such forecast; their median is ours, and 80 % of them its range.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_EVENTS: Final = 5
_LOW, _HIGH = 0.1, 0.9
# A share below this says that nothing had begun yet: to divide by it is to guess.
_LEAST_SHARE: Final = 0.02


@dataclass(frozen=True)
class Forecast:
    """Final net tickets, never above the capacity, with the range that holds 80 % of the time."""

    final_tickets: int
    low: int
    high: int


def forecast_final(
    net_tickets: int, capacity: int | None, shares: Sequence[float]
) -> Forecast | None:
    """By the share of its final sales that each comparable event had; None where too few had."""
    usable = sorted(share for share in shares if share >= _LEAST_SHARE)
    if len(usable) < LEAST_EVENTS or net_tickets <= 0:
        return None

    def final(share: float) -> int:
        tickets = round(net_tickets / share)
        return tickets if capacity is None else max(net_tickets, min(tickets, capacity))

    return Forecast(
        final_tickets=final(median(usable)),
        low=final(_quantile(usable, _HIGH)),
        high=final(_quantile(usable, _LOW)),
    )


def share_sold(days: Sequence[tuple[int, int]], days_to_go: int) -> float | None:
    """The share of an event's final tickets that were sold `days_to_go` days before it began.

    `days` are (days to go, net tickets), in any order; None for an event that sold nothing, and for
    one that had not begun to sell by then.
    """
    total = sum(tickets for _, tickets in days)
    if total <= 0 or days_to_go > max(day for day, _ in days):
        return None
    sold = sum(tickets for day, tickets in days if day >= days_to_go)
    return min(1.0, max(0.0, sold / total))


def _quantile(values: Sequence[float], part: float) -> float:
    """Of sorted values, between neighbours on a straight line."""
    place = (len(values) - 1) * part
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
