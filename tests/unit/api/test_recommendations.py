"""`/recommend` on items in memory: who is recommended, why, and what stands in for the model."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rlm.api.events_near import days_of
from rlm.api.operations import RECOMMEND_ARTIST
from rlm.api.parameters import read_query
from rlm.api.problems import ProblemError
from rlm.api.recommendations import Told, recommend
from rlm.aws.faults import DependencyError
from rlm.serving.recommendations import recommendations_item

from .conftest import NOW, MemoryTables, SaidModel, artist, event, scored

EARLY = dt.datetime(2026, 6, 8, 2, tzinfo=dt.UTC)
FAULTS = ["throttled", "timeout", "refused", "gone", "malformed", "failed"]


def ask(tables: MemoryTables, model: SaidModel, now: dt.datetime = NOW, **query: Any) -> Told:
    given = {
        name.rstrip("_"): [str(one) for one in (value if isinstance(value, list) else [value])]
        for name, value in query.items()
    }
    return recommend(read_query(RECOMMEND_ARTIST.parameters, given), tables, model, now)


def ids(told: Told) -> list[str]:
    return [one.artist_id for one in told.answer.artists]


def test_the_model_orders_and_its_version_is_told(tables: MemoryTables, model: SaidModel) -> None:
    told = ask(tables, model, fan_id="f")
    assert ids(told) == ["d", "c", "a", "b"]
    assert (told.answer.source, told.answer.model_version) == ("model", "model-7")
    assert told.answer.is_known_fan is True
    assert told.faults == ()
    assert [one.name for one in told.answer.artists] == ["D", "C", "A", "B"]


def test_only_who_plays_there_is_asked_for_and_told(tables: MemoryTables, model: SaidModel) -> None:
    told = ask(tables, model, fan_id="f", city="Berlin, DE")
    assert model.questions[0]["candidate_ids"] == ["a", "b", "c"]
    assert ids(told) == ["c", "a", "b"]
    # A support act's event is the headliner's.
    assert [one.event_id for one in told.answer.artists[0].events] == ["e-b"]


@pytest.mark.parametrize(
    "closed", [{"status": "cancelled"}, {"status": "postponed"}, {"is_sold_out": True}]
)
def test_events_that_nobody_can_go_to_are_not_offered(
    tables: MemoryTables, model: SaidModel, closed: dict[str, Any]
) -> None:
    tables.events[0] |= closed
    assert ids(ask(tables, model, fan_id="f", city="Berlin, DE")) == ["c", "b"]
    by_fan = ask(tables, model, fan_id="f")
    assert {one.artist_id: len(one.events) for one in by_fan.answer.artists}["a"] == 0


def test_tickets_that_the_fan_holds_are_not_recommended_back(
    tables: MemoryTables, model: SaidModel
) -> None:
    answer = {"source": "history", "recommendations": []}
    tables.fans["f"] = recommendations_item("f", answer, "model-6", ["e-b"], 0)
    assert ids(ask(tables, model, fan_id="f", city="Berlin, DE")) == ["a"]
    anywhere = ask(tables, model, fan_id="f").answer.artists
    assert {one.artist_id: [e.event_id for e in one.events] for one in anywhere} == {
        "a": ["e-a"],
        "b": [],
        "c": [],
        "d": [],
    }


def test_what_was_recommended_before_is_read_only_when_it_is_needed(
    tables: MemoryTables, model: SaidModel
) -> None:
    ask(tables, model, fan_id="f")
    assert tables.reads == ["fan", "artists", *["events_of"] * 4]


def test_events_are_read_only_of_artists_who_may_play_then(
    tables: MemoryTables, model: SaidModel
) -> None:
    """A is booked until July, B played last week, C never; D is of a load before this one."""
    tables.known_artists["a"] |= {"has_events": True, "last_event_at": "2026-07-01T18:00:00Z"}
    tables.known_artists["b"] |= {"has_events": True, "last_event_at": "2026-06-01T18:00:00Z"}
    tables.known_artists["c"] |= {"has_events": False}
    ask(tables, model, fan_id="f")
    assert tables.asked_for == ["d", "a"]
    tables.asked_for.clear()
    told = ask(tables, model, fan_id="f", from_="2026-05-01")
    assert tables.asked_for == ["d", "a", "b"]
    assert [e.event_id for one in told.answer.artists for e in one.events] == ["e-a", "e-b"]


# In the Americas it is still the seventh, until noon by UTC.
@pytest.mark.parametrize(
    ("now", "from_"), [(NOW, {}), (NOW, {"from_": "2026-06-08"}), (EARLY, {"from_": "2026-06-07"})]
)
def test_events_that_have_begun_are_over(
    tables: MemoryTables, model: SaidModel, now: dt.datetime, from_: dict[str, str]
) -> None:
    tables.events[0]["starts_at"] = f"{now - dt.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    tables.events[0]["starts_on_local"] = f"{now:%Y-%m-%d}"
    assert ids(ask(tables, model, now, fan_id="f", city="Berlin, DE", **from_)) == ["c", "b"]


def test_tonight_in_the_west_is_offered_after_midnight_by_utc(
    tables: MemoryTables, model: SaidModel
) -> None:
    tables.events[0] |= {"starts_at": "2026-06-08T03:00:00Z", "starts_on_local": "2026-06-07"}
    assert ids(ask(tables, model, EARLY, fan_id="f", city="Berlin, DE")) == ["c", "a", "b"]


def test_who_asks_from_a_day_that_is_over_is_shown_what_is_past(
    tables: MemoryTables, model: SaidModel
) -> None:
    tables.events[0] |= {"starts_at": "2026-06-07T18:00:00Z", "starts_on_local": "2026-06-07"}
    past = {"city": "Berlin, DE", "from_": "2026-06-07"}
    assert ids(ask(tables, model, fan_id="f", **past)) == ["c", "a", "b"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_of_all_days_are_days(day: str) -> None:
    days = days_of(read_query(RECOMMEND_ARTIST.parameters, {"from": [day], "to": [day]}), NOW)
    assert days.first_text <= f"{day}T00:00:00Z" <= days.last_text


def test_days_bound_the_events(tables: MemoryTables, model: SaidModel) -> None:
    tables.events.append(event("e-late", "a", "2026-09-01"))
    told = ask(tables, model, fan_id="f", city="Berlin, DE", from_="2026-08-01", to="2026-09-01")
    assert ids(told) == ["a"]
    assert [one.event_id for one in told.answer.artists[0].events] == ["e-late"]


def test_a_circle_keeps_what_is_farther_out(tables: MemoryTables, model: SaidModel) -> None:
    # Potsdam is 27 km from the middle of Berlin.
    tables.events[0] |= {"latitude": 52.4, "longitude": 13.05}
    near = ask(tables, model, fan_id="f", lat=52.52, lon=13.4, radius_km=20)
    assert ids(near) == ["c", "b"]
    told = ask(tables, model, fan_id="f", lat=52.52, lon=13.4, radius_km=40)
    (of_a,) = (one for one in told.answer.artists if one.artist_id == "a")
    assert of_a.events[0].distance_km == pytest.approx(27.3, abs=0.2)


def test_artists_like_these_are_not_these(tables: MemoryTables, model: SaidModel) -> None:
    told = ask(tables, model, artist_id=["d", "a"])
    assert model.questions[0]["liked_artist_ids"] == ["d", "a"]
    assert ids(told) == ["c", "b"]
    assert told.answer.is_known_fan is None


def test_a_genre_is_the_artists_own(tables: MemoryTables, model: SaidModel) -> None:
    assert ids(ask(tables, model, fan_id="f", genre="jazz")) == ["b"]


def test_reasons_are_for_people(tables: MemoryTables, model: SaidModel) -> None:
    model.artists = (
        scored("a", reasons=("d",)),
        scored("b", stands_in_for=("c",)),
        scored("c", is_known=True),
        scored("d"),
    )
    told = ask(tables, model, fan_id="f")
    assert [(one.reason.text, one.reason.artist_ids) for one in told.answer.artists] == [
        ("Fans of D also hear A", ("d",)),
        ("B is new here and much like C", ("c",)),
        ("You already listen to C", ()),
        ("D suits what you listen to", ()),
    ]


def test_a_fan_whom_nobody_knows_gets_what_is_popular_and_is_told(
    tables: MemoryTables, model: SaidModel
) -> None:
    model.rests_on = "popularity"
    told = ask(tables, model, fan_id="nobody", city="Berlin, DE")
    assert (told.answer.source, told.answer.is_known_fan) == ("popular", False)
    assert told.answer.artists[0].reason.text == "C is popular near Berlin, DE"


@pytest.mark.parametrize("fault", FAULTS)
def test_without_the_model_what_was_made_before_answers(
    tables: MemoryTables, model: SaidModel, fault: str
) -> None:
    model.fault = fault
    tables.fans["f"] = {
        "fan_id": "f",
        "artist_ids": ["b", "d", "a"],
        "scores": [0.3, 0.2, 0.1],
        "are_known": [True, False, False],
        "source": "history",
        "model_version": "model-6",
    }
    told = ask(tables, model, fan_id="f")
    assert ids(told) == ["b", "d", "a"]
    assert (told.answer.source, told.answer.model_version) == ("precomputed", "model-6")
    assert told.faults == (f"recommender {fault}",)
    near = ask(tables, model, fan_id="f", city="Berlin, DE")
    assert ids(near) == ["b", "a"]


@pytest.mark.parametrize("fault", FAULTS)
def test_without_either_the_most_popular_there_answer(
    tables: MemoryTables, model: SaidModel, fault: str
) -> None:
    model.fault = fault
    told = ask(tables, model, fan_id="f", city="Berlin, DE")
    assert ids(told) == ["b", "c", "a"]
    assert (told.answer.source, told.answer.is_known_fan) == ("popular", False)
    assert told.asked_model
    assert ids(ask(tables, model, fan_id="f")) == ["d", "a"]
    assert ids(ask(tables, model, fan_id="f", genre="rock")) == ["d", "c"]


def test_kept_recommendations_of_which_none_plays_there_give_way(
    tables: MemoryTables, model: SaidModel
) -> None:
    model.fault = "timeout"
    tables.fans["f"] = {"fan_id": "f", "artist_ids": ["d"], "source": "history"}
    told = ask(tables, model, fan_id="f", city="Berlin, DE")
    assert told.answer.source == "popular"
    assert ids(told) == ["b", "c", "a"]


def test_where_nobody_plays_nobody_is_recommended(tables: MemoryTables, model: SaidModel) -> None:
    tables.events = []
    told = ask(tables, model, fan_id="f", city="Berlin, DE")
    assert ids(told) == []
    assert model.questions == []
    assert not told.asked_model


@pytest.mark.parametrize("broken", [{"fan"}, {"artists"}, {"events_of"}])
def test_a_table_that_cannot_be_read_takes_only_its_part(
    tables: MemoryTables, model: SaidModel, broken: set[str]
) -> None:
    tables.broken = broken
    told = ask(tables, model, fan_id="f")
    assert ids(told) == ["d", "c", "a", "b"]
    assert told.faults == ("dynamodb throttled",)


def test_nobody_guesses_who_plays_where(tables: MemoryTables, model: SaidModel) -> None:
    tables.broken = {"events_at"}
    with pytest.raises(DependencyError):
        ask(tables, model, fan_id="f", city="Berlin, DE")


def test_pages_follow_one_another_without_gap_or_double(
    tables: MemoryTables, model: SaidModel
) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"fan_id": "f", "limit": 2}
    while True:
        told = ask(tables, model, **query)
        seen += ids(told)
        if told.answer.next_token is None:
            break
        query["next_token"] = told.answer.next_token
    assert seen == ["d", "c", "a", "b"]


def test_a_token_goes_with_its_question(tables: MemoryTables, model: SaidModel) -> None:
    token = ask(tables, model, fan_id="f", limit=1).answer.next_token
    assert token is not None
    for query in ({"fan_id": "g"}, {"fan_id": "f", "genre": "rock"}):
        with pytest.raises(ProblemError, match="next_token"):
            ask(tables, model, next_token=token, **query)
    with pytest.raises(ProblemError, match="next_token"):
        ask(tables, model, fan_id="f", next_token="AAAA")


def test_the_same_answer_has_the_same_id(tables: MemoryTables, model: SaidModel) -> None:
    first = ask(tables, model, fan_id="f").answer.recommendation_id
    assert ask(tables, model, fan_id="f").answer.recommendation_id == first
    tables.known_artists["d"] = artist("d renamed")
    assert ask(tables, model, fan_id="f").answer.recommendation_id != first


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ({}, ["fan_id", "artist_id"]),
        ({"fan_id": "f", "artist_id": "a"}, ["fan_id", "artist_id"]),
        ({"fan_id": "f", "lat": 1}, ["lat", "lon"]),
        ({"fan_id": "f", "lat": 1, "lon": 1, "city": "Berlin, DE"}, ["city", "lat"]),
        ({"fan_id": "f", "radius_km": 10}, ["radius_km"]),
        ({"fan_id": "f", "from_": "2026-07-02", "to": "2026-07-01"}, ["to"]),
        ({"fan_id": "f", "to": "2026-06-01"}, ["to"]),
    ],
)
def test_what_cannot_be_combined_is_named(
    tables: MemoryTables, model: SaidModel, query: dict[str, Any], parameters: list[str]
) -> None:
    with pytest.raises(ProblemError) as raised:
        ask(tables, model, **query)
    assert [error.parameter for error in raised.value.errors] == parameters
