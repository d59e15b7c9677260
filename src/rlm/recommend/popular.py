"""What many like, everywhere, at a place, of a genre: the answer for a fan who is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.recommend.arrays import Csr, Floats, Ids, csr
from rlm.recommend.saved import Arrays, matrix_arrays, matrix_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm.recommend.catalogue import Catalogue
    from rlm.recommend.interactions import Interactions

# A place's own taste counts as much as everybody's once it has so many interactions; below that
# its few fans would be taken for a trend (Bayesian average with the overall share as prior).
_PRIOR: Final = 50.0
# Artists outside the wanted genres come after all of those inside, in their usual order.
_OUTSIDE: Final = 1e-6


@dataclass(frozen=True)
class PopularArtists:
    """The share of each artist in all that fans like, by place too."""

    fans_of: Floats
    """How many fans each artist has."""
    places: Ids
    at_place: Csr
    """Places x artists: how many fans from there each artist has."""
    genre_names: Ids
    genres: Csr

    @classmethod
    def of(cls, interactions: Interactions, histories: Csr, catalogue: Catalogue) -> PopularArtists:
        """Count fans; `histories` has the columns of the catalogue."""
        fans_of = np.bincount(histories.indices, minlength=histories.shape[1]).astype(np.float32)
        place_of = [interactions.fan_places.get(fan, "") for fan in _known(interactions)]
        places = Ids.of(place for place in place_of if place)
        at = places.find(place_of)
        row, column = histories.nonzero()
        from_place = at[row] if len(at) else np.full(len(row), -1)
        is_known = from_place >= 0
        where = (from_place[is_known], column[is_known])
        ones = np.ones(len(where[0]))
        counted = csr((ones, where), (len(places), histories.shape[1]))
        return cls(fans_of, places, counted, catalogue.genre_names, catalogue.genres)

    def scores(self, place: str | None = None, genres: Sequence[str] = ()) -> Floats:
        """From 0 to 1 for every artist; an unknown place or genre changes nothing."""
        share = self.fans_of / max(float(self.fans_of.sum()), 1.0)
        at = int(self.places.find([place])[0]) if place else -1
        if at >= 0:
            here = self.at_place[[at]].toarray().ravel()
            share = (here + _PRIOR * share) / (float(here.sum()) + _PRIOR)
        wanted = self.genre_names.find([genre.casefold() for genre in genres])
        wanted = wanted[wanted >= 0]
        if len(wanted):
            is_inside = np.asarray(self.genres[:, wanted].sum(axis=1)).ravel() > 0
            share = share * np.where(is_inside, 1.0, _OUTSIDE)
        return share.astype(np.float32)

    def arrays(self) -> Arrays:
        return {
            "popular.fans_of": self.fans_of,
            "popular.places": self.places.names,
            "popular.genre_names": self.genre_names.names,
            **matrix_arrays("popular.at_place", self.at_place),
            **matrix_arrays("popular.genres", self.genres),
        }

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> PopularArtists:
        return cls(
            arrays["popular.fans_of"],
            Ids(arrays["popular.places"]),
            matrix_of("popular.at_place", arrays),
            Ids(arrays["popular.genre_names"]),
            matrix_of("popular.genres", arrays),
        )


def _known(interactions: Interactions) -> list[str]:
    """Fans in order; none where no place is known, which saves a million texts."""
    return interactions.fans.texts() if interactions.fan_places else []
