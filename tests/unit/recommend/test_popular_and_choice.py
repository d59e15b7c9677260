"""What is popular where and within what, and which model suits which size."""

from __future__ import annotations

import numpy as np
import pytest

from rlm.recommend import models
from rlm.recommend.arrays import Ids, best
from rlm.recommend.catalogue import ArtistProfile, Catalogue
from rlm.recommend.contract import Request, TrainingSet
from rlm.recommend.ensemble import Ensemble
from rlm.recommend.factors import Factors
from rlm.recommend.interactions import Activity, Interactions
from rlm.recommend.popularity import Popularity


@pytest.fixture(scope="module")
def model() -> Popularity:
    """300 fans like `rock`, 100 of them in Oslo like `folk` too, and 200 elsewhere `jazz`."""
    rows = [(f"fan-{n:03}", "rock") for n in range(300)]
    rows += [(f"fan-{n:03}", "folk") for n in range(100)]
    rows += [(f"fan-{n:03}", "jazz") for n in range(100, 300)]
    places = {f"fan-{n:03}": "Oslo, NO" if n < 100 else "Rome, IT" for n in range(300)}
    profiles = [ArtistProfile(name, (name,)) for name in ("rock", "folk", "jazz")]
    return Popularity().fit(
        TrainingSet(Interactions.of(rows, fan_places=places), Catalogue.of(profiles))
    )


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(), ["rock", "jazz", "folk"]),
        (Request(place="Oslo, NO"), ["rock", "folk", "jazz"]),
        (Request(place="nowhere"), ["rock", "jazz", "folk"]),
        (Request(genres=("Folk",)), ["folk", "rock", "jazz"]),
        (Request(place="Oslo, NO", genres=("folk", "jazz")), ["folk", "jazz", "rock"]),
        (Request(genres=("polka",)), ["rock", "jazz", "folk"]),
    ],
)
def test_strangers_get_what_is_popular_there_and_within(
    model: Popularity, request_: Request, expected: list[str]
) -> None:
    (answer,) = model.recommend([request_])
    assert [one.artist_id for one in answer.recommendations] == expected


def test_few_fans_of_a_place_are_no_trend() -> None:
    rows = [(f"fan-{n:03}", "rock") for n in range(300)] + [("fan-000", "polka")]
    made = Interactions.of(rows, fan_places={"fan-000": "Ulm, DE"})
    fitted = Popularity().fit(TrainingSet(made, Catalogue.without_profiles(made.artists)))
    (answer,) = fitted.recommend([Request(place="Ulm, DE")])
    assert [one.artist_id for one in answer.recommendations] == ["rock", "polka"]


def test_model_is_chosen_by_the_smaller_of_fans_and_artists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_fans = Interactions.of([(f"fan-{n}", f"artist-{n % 3}") for n in range(9)])
    square = Interactions.of([(f"fan-{n}", f"artist-{n}") for n in range(9)])
    monkeypatch.setattr(models, "LARGEST_DENSE", 5)
    assert isinstance(models.default_model(many_fans), Ensemble)
    assert isinstance(models.default_model(square), Factors)
    assert isinstance(models.tuned_model(square), Factors)


def test_too_little_to_try_settings_on_leaves_them_as_they_are() -> None:
    told: list[str] = []
    pair = Interactions.of([("fan", "artist")])
    assert models.tuned_model(pair, told.append).settings == Ensemble().settings
    assert "nothing to hold out" in told[-1]


def test_best_is_exact_on_ties_and_never_lists_what_is_excluded() -> None:
    scores = np.array([1, 3, 3, -np.inf, 3, 2], dtype=np.float32)
    assert best(scores, 2).tolist() == [1, 2]
    assert best(scores, 9).tolist() == [1, 2, 4, 5, 0]


def test_evidence_halves_in_ninety_days_and_later_weeks_are_unknown() -> None:
    weeks = np.array(["2026-01-05", "2026-04-05", "2026-04-06"], dtype="datetime64[D]")
    activity = Activity(
        Ids.of(["fan"]), Ids.of(["a", "b", "c"]), np.zeros(3, np.int64), np.arange(3), weeks,
        np.ones(3, np.float32),
    )  # fmt: skip
    known = activity.until(np.datetime64("2026-04-12"))
    assert known.matrix.toarray()[0] == pytest.approx([0.5 ** (97 / 90), 0.5 ** (7 / 90), 0])
    assert activity.since(np.datetime64("2026-04-06")).matrix.toarray()[0].tolist() == [0, 0, 1]
