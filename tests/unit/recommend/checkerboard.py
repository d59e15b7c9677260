"""A checkerboard: even fans like even artists, odd ones odd; each lacks one that its group likes.

What a model must recommend to a fan is the one artist that they lack.
"""

from __future__ import annotations

from rlm.recommend.catalogue import ArtistProfile, Catalogue
from rlm.recommend.contract import TrainingSet
from rlm.recommend.ensemble import Ensemble, EnsembleSettings
from rlm.recommend.factors import Factors, FactorSettings
from rlm.recommend.interactions import Interactions
from rlm.recommend.item_item import ItemItem, ItemItemSettings
from rlm.recommend.neighbours import ItemKnn
from rlm.recommend.popularity import Popularity

SIZE = 40
_SMALL_FACTORS = FactorSettings(factors=4, ridge=0.5)
_SMALL_ITEMS = ItemItemSettings(ridge=0.5)

MODELS = {
    "popularity": lambda: Popularity(),
    "item-item dual": lambda: ItemItem(ItemItemSettings(ridge=0.5, form="dual")),
    "item-item primal": lambda: ItemItem(ItemItemSettings(ridge=0.5, form="primal")),
    "item-knn": ItemKnn,
    "factors": lambda: Factors(_SMALL_FACTORS),
    "ensemble": lambda: Ensemble(EnsembleSettings(_SMALL_ITEMS, factors=(_SMALL_FACTORS,))),
}
# Popularity has no taste: it is held to what all models promise, not to finding groups.
WITH_TASTE = tuple(name for name in MODELS if name != "popularity")


def fan(number: int) -> str:
    return f"fan-{number:03}"


def artist(number: int) -> str:
    return f"artist-{number:03}"


def missing_of(number: int) -> str:
    """The artist of their group that a fan lacks."""
    return artist(number)


def likes() -> list[tuple[str, str]]:
    return [
        (fan(f), artist(a)) for f in range(SIZE) for a in range(SIZE) if f % 2 == a % 2 and a != f
    ]


def profiles() -> list[ArtistProfile]:
    """Even artists play folk, odd ones metal; two of each are new, and one says nothing."""
    return [
        *(ArtistProfile(artist(a), ("metal" if a % 2 else "folk",)) for a in range(SIZE)),
        ArtistProfile("new-folk", ("Folk",)),
        ArtistProfile("new-metal", ("metal",)),
        ArtistProfile("new-silent"),
    ]


def training() -> TrainingSet:
    # Nobody knows new-booked's genre; it played with two metal artists.
    bills = [["new-booked", artist(1), artist(3)]]
    return TrainingSet(Interactions.of(likes()), Catalogue.of(profiles(), bills))
