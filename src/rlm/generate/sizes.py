"""How big a generated world is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Size:
    """Rows of each kind; `ticket_sales` counts sales, their refunds (about 3 %) come on top."""

    artists: int
    venues: int
    events: int
    fans: int
    ticket_sales: int
    listens: int
    history_days: int
    popularity_days: int
    """Days of history for which every artist's popularity was measured."""


SIZES: Final[dict[str, Size]] = {
    "small": Size(300, 60, 800, 3_000, 60_000, 40_000, 120, 60),
    "medium": Size(2_000, 300, 6_000, 60_000, 1_000_000, 400_000, 240, 90),
    "large": Size(6_000, 1_000, 30_000, 500_000, 10_000_000, 2_000_000, 365, 90),
}


def size_for(ticket_sales: int) -> Size:
    """A world of the next smaller named size's proportions with exactly that many sales.

    Artists, venues and events grow slower than sales do, as they do in a growing business.
    """
    if ticket_sales < 1:
        raise ValueError(f"ticket_sales is {ticket_sales}, expected at least 1")
    base = max(
        (s for s in SIZES.values() if s.ticket_sales <= ticket_sales),
        key=lambda s: s.ticket_sales,
        default=SIZES["small"],
    )
    ratio = ticket_sales / base.ticket_sales
    slow = ratio**0.6
    return replace(
        base,
        artists=max(60, round(base.artists * slow)),
        venues=max(24, round(base.venues * slow)),
        events=max(120, round(base.events * slow)),
        fans=max(300, round(base.fans * ratio)),
        ticket_sales=ticket_sales,
        listens=max(2_000, round(base.listens * ratio)),
    )
