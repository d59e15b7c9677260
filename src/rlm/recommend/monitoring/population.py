"""Who asks, in shares of groups: written down by training, and looked at again by monitoring."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Where most fans go out; the others are one group, so that a village is no drift.
MOST_PLACES: Final = 20
ELSEWHERE: Final = "elsewhere"
UNKNOWN_PLACE: Final = "unknown"
KNOWN_FANS: Final = "known_fans"
KNOWN_ARTISTS: Final = "known_artists"
PLACE: Final = "place"
_KNOWN_GROUPS: Final = (("none", 1), ("1-9", 10), ("10-49", 50))
_MOST_KNOWN: Final = "50 and more"

Population = dict[str, dict[str, int]]
"""By feature, how many fans each group has."""


def population(fans: Iterable[tuple[int, str | None]]) -> Population:
    """Of fans as the number of artists that they know, and where they go out."""
    known: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for known_artists, place in fans:
        known[group_of_known(known_artists)] += 1
        places[place or UNKNOWN_PLACE] += 1
    named = sorted(
        (place for place in places if place != UNKNOWN_PLACE), key=lambda p: (-places[p], p)
    )
    kept = [*named[:MOST_PLACES], UNKNOWN_PLACE]
    return {
        KNOWN_FANS: {"known": known.total() - known["none"], "new": known["none"]},
        KNOWN_ARTISTS: {group: known[group] for group in known_groups()},
        PLACE: {place: places[place] for place in kept}
        | {ELSEWHERE: places.total() - sum(places[place] for place in kept)},
    }


def group_of_known(known_artists: int) -> str:
    """`1-9` for 3."""
    for group, below in _KNOWN_GROUPS:
        if known_artists < below:
            return group
    return _MOST_KNOWN


def known_groups() -> tuple[str, ...]:
    return (*(group for group, _ in _KNOWN_GROUPS), _MOST_KNOWN)


def group_of_place(place: str | None, reference: Mapping[str, int]) -> str:
    """A place that training did not name is elsewhere."""
    if not place:
        return UNKNOWN_PLACE
    return place if place in reference else ELSEWHERE
