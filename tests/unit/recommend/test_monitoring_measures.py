"""Rates with a known answer, how sure they are, and when they ask for a new model."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest

from rlm.recommend.arrays import Ids
from rlm.recommend.held_out import HeldOut
from rlm.recommend.interactions import Activity
from rlm.recommend.monitoring.captures import CapturedAnswer
from rlm.recommend.monitoring.deeds import Deeds
from rlm.recommend.monitoring.drift import drift, who_asked
from rlm.recommend.monitoring.joining import Joined
from rlm.recommend.monitoring.measures import by_place, measure, measure_by, rate
from rlm.recommend.monitoring.population import population
from rlm.recommend.monitoring.verdict import Verdict, lead, strangers

DAY = dt.date(2026, 6, 1)


def one(fan: int, hits: tuple[int, ...] = (), popular: tuple[int, ...] = (), **more: Any) -> Joined:
    told = {"listed": 10, "turned_to": len(set(hits)) or len(popular), "is_known_fan": True} | more
    return Joined(
        fan_id=f"fan-{fan}", day=DAY, model_version="v1", hits=hits, popular_hits=popular, **told
    )


def test_rates_of_a_planted_world_are_exact() -> None:
    joined = [
        one(0, hits=(1,), popular=(3,)),
        one(1, hits=(2, 5), popular=()),
        one(2, hits=(), popular=(10,)),
        one(3),
    ]
    found = measure(joined)
    assert (found["answers"], found["fans"]) == (4, 4)
    assert found["hits"] == {"model": 2, "popularity": 2}
    means = {name: value["mean"] for name, value in found["model"].items()}
    ideal = 1 + 1 / math.log2(3)
    assert means == pytest.approx(
        {
            "hit_rate_1": 1 / 4,
            "hit_rate_3": 2 / 4,
            "hit_rate_10": 2 / 4,
            "reciprocal_rank": (1 + 1 / 2) / 4,
            "ndcg_10": (1 + (1 / math.log2(3) + 1 / math.log2(6)) / ideal) / 4,
        }
    )
    assert found["popularity"]["hit_rate_3"]["mean"] == 1 / 4
    assert found["popularity"]["reciprocal_rank"]["mean"] == pytest.approx((1 / 3 + 1 / 10) / 4)
    assert found["lift"]["hit_rate_10"]["mean"] == 0
    assert found["lift"]["hit_rate_3"]["mean"] == 1 / 4


def test_places_are_measured_over_the_answers_that_reach_them() -> None:
    joined = [one(0, hits=(1,), listed=1), one(1, hits=(2,), popular=(1,), listed=2)]
    assert by_place(joined) == [
        {"place": 1, "answers": 2, "model": 0.5, "popularity": 0.5},
        {"place": 2, "answers": 1, "model": 1.0, "popularity": 0.0},
    ]


def test_groups_stand_apart() -> None:
    joined = [one(0, hits=(1,)), one(1, is_known_fan=False), one(1, is_known_fan=False)]
    found = measure_by(joined, lambda j: "known" if j.is_known_fan else "new")
    assert {name: (m["answers"], m["fans"]) for name, m in found.items()} == {
        "known": (1, 1), "new": (2, 1)
    }  # fmt: skip


def test_an_interval_counts_fans_and_not_answers() -> None:
    values = np.array([1.0, 0.0] * 50)
    alone = rate(values, np.arange(100))
    assert alone.mean == 0.5
    # The standard error of a share, p (1 - p) / (n - 1) under the root.
    assert alone.high - alone.mean == pytest.approx(1.96 * math.sqrt(0.25 / 99))
    # Four answers of each fan, all alike: four times as many, and no surer.
    bundled = rate(np.repeat(values, 4), np.repeat(np.arange(100), 4))
    assert bundled.high - bundled.mean == pytest.approx(alone.high - alone.mean)


def test_the_interval_holds_the_truth_nineteen_times_of_twenty() -> None:
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        taste = generator.beta(2, 8, size=200)
        fans = np.repeat(np.arange(200), 3)
        found = rate((generator.random(600) < taste[fans]).astype(float), fans)
        held += found.low <= 0.2 <= found.high
    assert 370 <= held <= 392


def test_nothing_joined_is_measured_as_nothing() -> None:
    found = measure([])
    assert (found["answers"], found["fans"], found["model"]["hit_rate_10"]["mean"]) == (0, 0, 0.0)
    assert by_place([]) == []


def many(fans: int, model: int, popular: int, both: int = 0) -> dict[str, Any]:
    """So many fans, of whom these were hit by one list, the other, or both."""
    by_popularity = {*range(both), *range(model, model + popular - both)}
    return measure(
        [
            one(fan, (1,) if fan < model else (), (2,) if fan in by_popularity else ())
            for fan in range(fans)
        ]
    )


def test_a_model_that_leads_beyond_noise_stays() -> None:
    found = lead("v1", many(1000, model=100, popular=40))
    assert (found.is_judged, found.is_crossed) == (True, False)
    assert found.text.startswith(
        "v1 hit 10.00% of the time, popularity 4.00% for the same fans: +6.00 points"
    )


@pytest.mark.parametrize(("model", "popular"), [(40, 40), (50, 40), (40, 100)])
def test_a_lead_within_noise_or_none_asks_for_a_new_model(model: int, popular: int) -> None:
    found = lead("v1", many(1000, model=model, popular=popular))
    assert (found.is_judged, found.is_crossed) == (True, True)
    assert "no lead beyond noise" in found.text


def test_pairs_make_a_small_lead_sure() -> None:
    # The lists agree on 40 fans: ten that the model alone hit are no chance any more.
    assert not lead("v1", many(1000, model=50, popular=40, both=40)).is_crossed


@pytest.mark.parametrize(("fans", "hits"), [(99, 60), (1000, 14)])
def test_too_few_answers_or_hits_judge_nobody(fans: int, hits: int) -> None:
    found = lead("v1", many(fans, model=hits // 2, popular=hits - hits // 2))
    assert (found.is_judged, found.is_crossed) == (False, False)
    assert found.text.startswith("too few answers to judge")


def test_a_version_without_a_whole_window_is_not_judged() -> None:
    assert not lead("v2", None).is_judged
    assert "no answer at all" in lead(None, None).text


REFERENCE = population([(0, None)] * 100 + [(5, "Graz, AT")] * 500 + [(60, "Linz, AT")] * 400)


def test_a_population_is_counted_by_what_fans_know_and_where_they_go() -> None:
    assert REFERENCE == {
        "known_fans": {"known": 900, "new": 100},
        "known_artists": {"none": 100, "1-9": 500, "10-49": 0, "50 and more": 400},
        "place": {"Graz, AT": 500, "Linz, AT": 400, "unknown": 100, "elsewhere": 0},
    }


def test_places_beyond_the_largest_are_elsewhere() -> None:
    found = population([(1, f"place-{n:02}") for n in range(25) for _ in range(30 - n)])["place"]
    assert list(found)[:2] == ["place-00", "place-01"]
    assert len(found) == 22
    assert found["elsewhere"] == sum(30 - n for n in range(20, 25))


def test_the_same_population_has_not_drifted() -> None:
    assert [one.index for one in drift(REFERENCE, REFERENCE)] == [0, 0, 0]


def test_the_index_is_that_of_the_definition() -> None:
    asked = {"known_fans": {"known": 500, "new": 500}}
    (found,) = drift({"known_fans": REFERENCE["known_fans"]}, asked)
    trained = (900.5 / 1001, 100.5 / 1001)
    expected = sum((0.5 - t) * math.log(0.5 / t) for t in trained)
    assert found.index == pytest.approx(expected)
    assert found.noise == pytest.approx(3.841 * (1 / 1000 + 1 / 1000), rel=1e-3)
    assert found.is_crossed


def test_a_few_strangers_are_no_drift() -> None:
    (found,) = drift(
        {"known_fans": REFERENCE["known_fans"]}, {"known_fans": {"known": 3, "new": 5}}
    )
    assert found.index > 0.25
    assert not found.is_told
    assert not strangers(1000, [found]).is_judged


def test_samples_without_a_change_stay_below_their_noise() -> None:
    generator = np.random.default_rng(3)
    shares = np.array([0.1, 0.5, 0.1, 0.3])
    beyond = 0
    for _ in range(400):
        draw = [
            {"f": dict(zip("abcd", row.tolist(), strict=True))}
            for row in generator.multinomial(300, shares, size=2)
        ]
        (found,) = drift(*draw)
        beyond += found.index > found.noise
    assert 10 <= beyond <= 32


def test_who_asks_is_counted_once_and_as_they_were() -> None:
    deeds = Deeds({"f1": {f"a{n}": n for n in range(12)}, "f2": {"a": 500}}, {})
    answers = [
        CapturedAnswer("f1", 10, "v1", True, ()),
        CapturedAnswer("f1", 20, "v1", True, ()),
        CapturedAnswer("f2", 10, "v1", False, (), place="Linz, AT"),
        CapturedAnswer("f3", 10, "v1", False, (), liked=("x", "y")),
    ]
    places = {"f1": "Paris, FR", "f2": "Graz, AT"}
    # Held out at random was a part of what was known to the last moment.
    found = who_asked(answers, deeds, places, REFERENCE, held_out_weeks=0)
    assert found == {
        "known_fans": {"known": 2, "new": 1},
        "known_artists": {"10-49": 1, "none": 1, "1-9": 1},
        "place": {"elsewhere": 1, "Linz, AT": 1, "unknown": 1},
    }


def test_a_fan_is_new_who_was_unknown_before_the_weeks_that_training_would_hold_out() -> None:
    wednesday = moment(dt.date(2026, 6, 3))
    # Training after that day would hold out its week and the three before.
    since = dt.date(2026, 5, 11)
    deeds = Deeds(
        {
            "before": {"a": moment(since) - 1},
            "since": {"a": moment(since), "b": wednesday - 1},
            "both": {"a": moment(since) - 1, "b": moment(since)},
        },
        {},
    )
    # The served model has learned from those weeks too, and knows all of them.
    answers = [CapturedAnswer(fan, wednesday, "v1", True, ()) for fan in deeds.firsts]
    found = who_asked(answers, deeds, {}, REFERENCE, held_out_weeks=4)
    assert found["known_fans"] == {"known": 2, "new": 1}
    assert found["known_artists"] == {"1-9": 2, "none": 1}


def test_a_world_in_which_as_many_fans_arrive_as_before_has_not_drifted() -> None:
    """Every week forty fans arrive and stay for ten, and each hears an artist more a week."""
    monday, weeks = dt.date(2026, 1, 5), 30
    rows = [
        (f"fan-{arrived}-{number}", f"artist-{week - arrived}", week)
        for arrived in range(weeks)
        for number in range(40)
        for week in range(arrived, min(arrived + 10, weeks))
    ]
    fans, artists = Ids.of(fan for fan, _, _ in rows), Ids.of(artist for _, artist, _ in rows)
    activity = Activity(
        fans,
        artists,
        fans.find([fan for fan, _, _ in rows]),
        artists.find([artist for _, artist, _ in rows]),
        np.datetime64(monday) + 7 * np.array([week for *_, week in rows]).astype("timedelta64[D]"),
        np.ones(len(rows), dtype=np.float32),
    )
    reference = population(HeldOut.of(activity, weeks=4).described({}))
    firsts: dict[str, dict[str, int]] = {}
    for fan, artist, week in rows:
        firsts.setdefault(fan, {})[artist] = moment(monday + dt.timedelta(weeks=week))
    asked_at = moment(monday + dt.timedelta(weeks=weeks, days=-2))
    asking = [fan for fan, artists in firsts.items() if max(artists.values()) > asked_at - 604_800]
    answers = [CapturedAnswer(fan, asked_at, "v1", True, ()) for fan in asking]
    found = who_asked(answers, Deeds(firsts, {}), {}, reference, held_out_weeks=4)
    assert {one.feature: one.is_crossed for one in drift(reference, found)} == dict.fromkeys(
        ("known_fans", "known_artists", "place"), False
    )


def moment(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def test_strangers_ask_for_a_new_model_and_say_which() -> None:
    asked = {**REFERENCE, "place": {"elsewhere": 1000}}
    found = strangers(1000, drift(REFERENCE, asked))
    assert found.is_crossed
    assert found.text.startswith("others ask than the model was judged on: place (")
    assert Verdict((lead(None, None), found)).reason == found.text


def test_without_a_reference_or_enough_fans_nothing_is_compared() -> None:
    assert not strangers(1000, None).is_judged
    assert not strangers(99, drift(REFERENCE, REFERENCE)).is_judged
    assert strangers(100, drift(REFERENCE, REFERENCE)).is_judged
