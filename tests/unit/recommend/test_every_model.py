"""What every model promises, on a world with known answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from checkerboard import MODELS, SIZE, WITH_TASTE, artist, fan, likes, missing_of, training

from rlm.recommend.base import HistoryRecommender, NoInteractionsError
from rlm.recommend.catalogue import Catalogue
from rlm.recommend.contract import Request, RequestError, TrainingSet, UnknownArtistError
from rlm.recommend.interactions import Interactions
from rlm.recommend.models import load_recommender
from rlm.recommend.saved import SavedModelError

if TYPE_CHECKING:
    from pathlib import Path

FITTED = {name: make().fit(training()) for name, make in MODELS.items()}


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(name: str) -> HistoryRecommender:
    return FITTED[name]


@pytest.fixture(params=WITH_TASTE)
def tasteful(request: pytest.FixtureRequest) -> HistoryRecommender:
    return FITTED[request.param]


def ids(model: HistoryRecommender, request: Request) -> list[str]:
    (answer,) = model.recommend([request])
    return [one.artist_id for one in answer.recommendations]


def test_first_new_artist_is_the_one_that_the_group_likes(tasteful: HistoryRecommender) -> None:
    heard = tasteful.artist_indexes([artist(a) for a in range(SIZE)])
    requests = [Request(fan(f), count=1, hides_known=True, candidates=heard) for f in range(SIZE)]
    firsts = [a.recommendations[0].artist_id for a in tasteful.recommend(requests)]
    assert firsts == [missing_of(f) for f in range(SIZE)]


def test_similar_artists_are_of_the_same_group(tasteful: HistoryRecommender) -> None:
    similar = tasteful.similar_artists(artist(4), SIZE // 2 - 1)
    assert {one.artist_id for one in similar} == {artist(a) for a in range(0, SIZE, 2) if a != 4}
    assert max(one.similarity for one in similar) <= 1 + 1e-5


def test_artist_is_not_similar_to_itself(model: HistoryRecommender) -> None:
    assert artist(4) not in [one.artist_id for one in model.similar_artists(artist(4), SIZE)]


def test_new_fan_is_folded_in_from_liked_artists(tasteful: HistoryRecommender) -> None:
    liked = tuple(artist(a) for a in range(0, 8, 2))
    found = ids(tasteful, Request(liked_artist_ids=liked, count=16, hides_known=True))
    assert set(found) <= {artist(a) for a in range(8, SIZE, 2)} | {"new-folk"}


def test_new_fan_who_likes_the_same_is_answered_as_the_known_one(
    tasteful: HistoryRecommender,
) -> None:
    own = tuple(a for f, a in likes() if f == fan(3))
    known = ids(tasteful, Request(fan(3), count=1, hides_known=True))
    assert ids(tasteful, Request(liked_artist_ids=own, count=1, hides_known=True)) == known


def test_fan_of_a_single_artist_gets_its_group(tasteful: HistoryRecommender) -> None:
    found = ids(tasteful, Request(liked_artist_ids=(artist(5),), count=5, hides_known=True))
    assert all(int(a[-3:]) % 2 == 1 for a in found if a.startswith("artist"))


def test_unknown_fan_gets_what_is_popular(model: HistoryRecommender) -> None:
    (answer,) = model.recommend([Request("nobody", count=SIZE)])
    assert answer.source == "popularity"
    assert len(answer.recommendations) == SIZE
    assert {one.evidence for one in answer.recommendations} == {"popularity"}


def test_unknown_liked_artist_is_told_and_changes_nothing(model: HistoryRecommender) -> None:
    plain, told = model.recommend(
        [Request(fan(2)), Request(fan(2), liked_artist_ids=("artist-unheard-of",))]
    )
    assert told.unknown_artist_ids == ("artist-unheard-of",)
    assert told.recommendations == plain.recommendations


def test_known_artists_are_marked_or_hidden(model: HistoryRecommender) -> None:
    knows = {a for f, a in likes() if f == fan(1)}
    (marked,) = model.recommend([Request(fan(1), count=SIZE)])
    assert {r.artist_id for r in marked.recommendations if r.is_known} == knows & {
        r.artist_id for r in marked.recommendations
    }
    (hidden,) = model.recommend([Request(fan(1), count=SIZE, hides_known=True)])
    assert not any(r.is_known for r in hidden.recommendations)
    assert not knows & {r.artist_id for r in hidden.recommendations}


def test_favourites_come_first_unless_discovery_is_wanted(model: HistoryRecommender) -> None:
    knows = {a for f, a in likes() if f == fan(1)}
    assert set(ids(model, Request(fan(1), count=5))) <= knows
    assert not set(ids(model, Request(fan(1), count=2, discovery=1.0))) & knows


def test_candidates_are_scored_as_among_all(model: HistoryRecommender) -> None:
    wanted = [artist(a) for a in (1, 2, 3, 4, 7)] + ["new-folk", "new-booked"]
    (every,) = model.recommend([Request(fan(3), count=SIZE + 4, hides_known=True)])
    (few,) = model.recommend(
        [Request(fan(3), hides_known=True, candidates=model.artist_indexes([*wanted, "nobody"]))]
    )
    scores = {r.artist_id: r.score for r in few.recommendations}
    assert scores.keys() == set(wanted) - {a for f, a in likes() if f == fan(3)}
    assert scores == pytest.approx(
        {r.artist_id: r.score for r in every.recommendations if r.artist_id in scores},
        rel=1e-3, abs=1e-4,
    )  # fmt: skip


def test_no_candidate_is_an_empty_answer(model: HistoryRecommender) -> None:
    (answer,) = model.recommend([Request(fan(3), candidates=model.artist_indexes(["nobody"]))])
    assert answer.recommendations == ()


def test_no_request_is_no_answer(model: HistoryRecommender) -> None:
    assert model.recommend([]) == []


def test_new_artist_scores_as_those_that_it_resembles(tasteful: HistoryRecommender) -> None:
    (answer,) = tasteful.recommend([Request(fan(2), count=SIZE + 4, hides_known=True)])
    order = [one.artist_id for one in answer.recommendations]
    assert order.index("new-folk") < order.index("new-metal")
    assert order.index("new-folk") < order.index("new-booked")
    profile = next(one for one in answer.recommendations if one.artist_id == "new-folk")
    assert profile.evidence == "profile"


def test_new_artist_without_any_sign_comes_last_and_is_still_there(
    tasteful: HistoryRecommender,
) -> None:
    (answer,) = tasteful.recommend([Request(fan(2), count=SIZE + 4, hides_known=True)])
    silent = next(one for one in answer.recommendations if one.artist_id == "new-silent")
    assert silent.evidence == "popularity"
    assert silent.score == min(one.score for one in answer.recommendations)


def test_who_likes_a_new_artist_is_understood_by_its_company(
    tasteful: HistoryRecommender,
) -> None:
    (answer,) = tasteful.recommend([Request(liked_artist_ids=("new-booked",), count=5)])
    assert answer.source == "history"
    assert "new-booked" in [one.artist_id for one in answer.recommendations if one.is_known]
    others = [one.artist_id for one in answer.recommendations if not one.is_known]
    assert all(int(a[-3:]) % 2 == 1 for a in others if a.startswith("artist"))


def test_explanation_names_artists_of_the_group(tasteful: HistoryRecommender) -> None:
    (told,) = tasteful.explain(Request(fan(6)), [missing_of(6)], count=4)
    assert told.evidence == "fans"
    assert len(told.reasons) == 4
    assert all(int(r.artist_id[-3:]) % 2 == 0 for r in told.reasons)
    shares = [r.share for r in told.reasons]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1 + 1e-5


def test_explanation_of_a_new_artist_names_who_stands_in(tasteful: HistoryRecommender) -> None:
    (told,) = tasteful.explain(Request(fan(7)), ["new-booked"])
    assert told.evidence == "profile"
    assert set(told.stands_in_for) == {artist(1), artist(3)}
    assert told.reasons


def test_explanation_without_history_is_popularity(model: HistoryRecommender) -> None:
    (told,) = model.explain(Request(), [artist(1)])
    assert (told.evidence, told.reasons) == ("popularity", ())


def test_contributions_add_up_to_the_score(tasteful: HistoryRecommender) -> None:
    history = tasteful.histories[[5]]
    columns = np.array([5, 8])
    totals = tasteful.contributions(history, columns).sum(axis=0)
    assert totals == pytest.approx(tasteful.scores(history)[0, columns], abs=1e-4)


def test_unknown_artist_is_an_error_that_names_it(model: HistoryRecommender) -> None:
    with pytest.raises(UnknownArtistError, match="artist-unheard-of"):
        model.similar_artists("artist-unheard-of")
    with pytest.raises(UnknownArtistError, match="artist-unheard-of"):
        model.explain(Request(fan(1)), [artist(1), "artist-unheard-of"])


def test_order_and_duplicates_of_the_input_change_nothing(name: str) -> None:
    rows = likes()
    turned = TrainingSet(Interactions.of(rows[::-1]), training().catalogue)
    doubled = TrainingSet(Interactions.of([*rows, *rows]), training().catalogue)
    requests = [Request(fan(f), count=SIZE) for f in (0, 1, 17)]
    wanted = FITTED[name].recommend(requests)
    assert MODELS[name]().fit(turned).recommend(requests) == wanted
    assert MODELS[name]().fit(doubled).recommend(requests) == wanted


def test_saved_model_answers_as_before(model: HistoryRecommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_recommender(tmp_path / "model")
    assert type(loaded) is type(model)
    assert loaded.settings == model.settings
    requests = [
        Request(fan(3), count=SIZE),
        Request(liked_artist_ids=(artist(2), "new-metal"), discovery=0.5),
        Request(fan(4), candidates=model.artist_indexes([artist(1), "new-folk", artist(8)])),
        Request(place="nowhere", genres=("metal",), count=3),
    ]
    assert loaded.recommend(requests) == model.recommend(requests)
    assert loaded.similar_artists(artist(1)) == model.similar_artists(artist(1))
    assert loaded.explain(requests[0], [artist(9)]) == model.explain(requests[0], [artist(9)])


def test_loaded_model_is_not_written_to(model: HistoryRecommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_recommender(tmp_path / "model")
    with pytest.raises(ValueError, match="read-only"):
        loaded.histories.data[:] = 0


def test_model_is_never_saved_into_a_folder_in_use(
    model: HistoryRecommender, tmp_path: Path
) -> None:
    model.save(tmp_path / "model")
    with pytest.raises(FileExistsError, match="not empty"):
        model.save(tmp_path / "model")


def test_torn_model_is_refused(model: HistoryRecommender, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    torn = tmp_path / "model" / "histories.data.npy"
    torn.write_bytes(torn.read_bytes()[:-8])
    with pytest.raises(SavedModelError, match=r"histories\.data\.npy"):
        load_recommender(tmp_path / "model")


def test_nothing_to_learn_from_is_an_error(name: str) -> None:
    with pytest.raises(NoInteractionsError):
        MODELS[name]().fit(TrainingSet(Interactions.of([]), Catalogue.of([])))


def test_fan_whose_evidence_cancels_out_is_unknown(name: str) -> None:
    rows = [*likes(), ("gave-back", artist(2)), ("gave-back", artist(2))]
    weights = [1.0] * len(likes()) + [1.0, -1.0]
    model = MODELS[name]().fit(TrainingSet(Interactions.of(rows, weights), training().catalogue))
    (answer,) = model.recommend([Request("gave-back")])
    assert answer.source == "popularity"


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 1001}, {"discovery": 1.5}])
def test_request_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(RequestError, match=next(iter(wrong))):
        replace(Request(), **wrong)  # type: ignore[arg-type]


def test_dual_and_primal_are_the_same_model() -> None:
    dual, primal = FITTED["item-item dual"], FITTED["item-item primal"]
    assert np.allclose(
        dual.scores(dual.histories), primal.scores(primal.histories), rtol=1e-3, atol=1e-4
    )
    assert np.allclose(dual.similarities(7), primal.similarities(7), atol=1e-4)
