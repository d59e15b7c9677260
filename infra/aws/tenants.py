"""How big a business is that runs on an environment: what costs depend on besides the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Tenant:
    """One business, by what it has and what happens in a day."""

    name: str
    about: str
    artists: int
    fans: int
    events: int
    sales_a_day: int
    listens_a_day: int
    api_requests_a_day: int
    authors: int
    readers: int

    @property
    def rows_a_day(self) -> int:
        """Of all sources; an artist has a row of popularity a day."""
        return self.sales_a_day + self.listens_a_day + self.artists


SMALL: Final = Tenant(
    name="small",
    about="a promoter of a region",
    artists=500,
    fans=50_000,
    events=1_000,
    sales_a_day=2_000,
    listens_a_day=20_000,
    api_requests_a_day=20_000,
    authors=2,
    readers=10,
)
LARGE: Final = Tenant(
    name="large",
    about="a ticketing business of several countries",
    artists=50_000,
    fans=1_000_000,
    events=60_000,
    sales_a_day=200_000,
    listens_a_day=2_000_000,
    api_requests_a_day=3_000_000,
    authors=15,
    readers=400,
)
TENANTS: Final = (SMALL, LARGE)
