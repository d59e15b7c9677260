"""Which models there are, which one suits a training set, and how a saved one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.recommend.contract import Progress, silent
from rlm.recommend.ensemble import Ensemble, EnsembleSettings
from rlm.recommend.factors import Factors, FactorSettings
from rlm.recommend.item_item import ItemItem
from rlm.recommend.neighbours import ItemKnn
from rlm.recommend.popularity import Popularity
from rlm.recommend.saved import SavedModelError, read_description
from rlm.recommend.tuning import MOST_INTERACTIONS, TooLittleToTuneError, tuned_settings

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.recommend.base import HistoryRecommender
    from rlm.recommend.interactions import Interactions

KINDS: Final[dict[str, type[HistoryRecommender]]] = {
    model.kind: model for model in (Popularity, ItemKnn, ItemItem, Factors, Ensemble)
}
# Item-item weights need a dense matrix as large as the smaller of fans and artists, squared: 12,000
# are 576 MB to keep and to serve, and invert in half a minute on 2 cores.
LARGEST_DENSE: Final = 12_000
_LARGE: Final = FactorSettings(factors=128, ridge=40.0)
_BEST: Final = EnsembleSettings(
    factors=tuple(FactorSettings(factors=32, ridge=20.0, seed=seed) for seed in range(1, 17)),
    factors_weight=1.0,
)


def default_model(interactions: Interactions) -> HistoryRecommender:
    """The model that suits the size: the ensemble while a dense matrix fits, factors beyond."""
    smaller = min(len(interactions.fans), len(interactions.artists))
    return Ensemble() if smaller <= LARGEST_DENSE else Factors(_LARGE)


def best_model(interactions: Interactions) -> HistoryRecommender:
    """The most accurate model for the size, whatever time it takes."""
    smaller = min(len(interactions.fans), len(interactions.artists))
    return Ensemble(_BEST) if smaller <= LARGEST_DENSE else Factors(_LARGE)


def tuned_model(interactions: Interactions, progress: Progress = silent) -> HistoryRecommender:
    """The default model with settings that suit the data; as it is where trials would be too many
    or there is too little to try them on."""
    model = default_model(interactions)
    if not isinstance(model, Ensemble) or len(interactions) > MOST_INTERACTIONS:
        progress(f"tuning: too much data for trials, {model.kind} as it is")
        return model
    try:
        return Ensemble(tuned_settings(interactions, progress=progress))
    except TooLittleToTuneError as error:
        progress(f"tuning: {error}; {model.kind} as it is")
        return model


def named_model(
    name: str, interactions: Interactions, progress: Progress = silent
) -> HistoryRecommender:
    """A kind, `default`, `tuned` or `best`. Raises KeyError for anything else."""
    if name == "tuned":
        return tuned_model(interactions, progress)
    if name == "default":
        return default_model(interactions)
    if name == "best":
        return best_model(interactions)
    return KINDS[name]()


def load_recommender(folder: Path) -> HistoryRecommender:
    """Open a saved model of any kind, mapped read-only. Raises SavedModelError."""
    kind = read_description(folder)["kind"]
    if kind not in KINDS:
        raise SavedModelError(f"{folder} holds a {kind!r} model; known are {', '.join(KINDS)}")
    return KINDS[kind].load(folder)
