"""Independent random streams: what one part draws never shifts what another one draws."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """One a purpose; a number is never reused, because it decides what a seed gives."""

    ARTISTS = 1
    VENUES = 2
    EVENTS = 3
    FANS = 4
    DEMAND = 5
    QUANTITIES = 6
    SALES = 7
    LISTENS = 8
    POPULARITY = 9
    TASTES = 10
    REFUNDS = 11
    IMAGES = 12
    SLOW_SELLERS = 13


def stream(seed: int, purpose: Stream, *more: int) -> np.random.Generator:
    """The generator of that purpose (and day, or whatever `more` says) for a seed."""
    return np.random.default_rng([seed, int(purpose), *more])
