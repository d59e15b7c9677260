"""Where one endpoint's requests go: to the fleet in service, or a share of them to the next one."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.sagemaker.fleets import Fleet, Variant


class Traffic:
    """The fleets of one endpoint. Read on every request; changed by the endpoint's own thread."""

    def __init__(self) -> None:
        self.blue: Fleet | None = None
        self.green: Fleet | None = None
        # The part of the requests that goes to the green fleet.
        self.share = 0.0
        # Requests wait for a fleet that is started again after a restart.
        self.is_coming_back = False
        self.cancelled = threading.Event()

    def choose(self, target: str | None) -> tuple[Fleet, Variant] | None:
        """The fleet and the variant for one request; None when there is nothing to serve it."""
        fleet, green = self.blue, self.green
        if green is not None and random.random() < self.share:  # noqa: S311 - spreads load
            fleet = green
        if fleet is None:
            return None
        variant = fleet.choose(target)
        return (fleet, variant) if variant is not None else None

    def promote(self) -> Fleet | None:
        """All requests go to the green fleet from now on; the fleet that served before."""
        before, self.blue = self.blue, self.green
        self.green, self.share = None, 0.0
        return before

    def is_over(self) -> bool:
        """Whether the endpoint is to go, or the gateway."""
        return self.cancelled.is_set()

    def fleets(self) -> list[Fleet]:
        return [fleet for fleet in (self.blue, self.green) if fleet is not None]
