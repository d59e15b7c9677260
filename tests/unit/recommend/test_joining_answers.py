"""What a hit is, and what popularity would have hit in the same place."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest

from rlm.recommend.monitoring.captures import CapturedAnswer
from rlm.recommend.monitoring.deeds import Deeds
from rlm.recommend.monitoring.joining import Joined, join

DAY = dt.date(2026, 6, 1)
DAY_SECONDS = 86_400
MORNING = int(dt.datetime(2026, 6, 1, tzinfo=dt.UTC).timestamp())
NOON = MORNING + DAY_SECONDS // 2
LONG_AGO = MORNING - 100 * DAY_SECONDS
ANSWER = CapturedAnswer("fan", NOON, "v1", True, ("a", "b", "c"))
# Artists p, q and r are popular in this order, because so many others heard them long ago.
FANS_OF = {"p": 3, "q": 2, "r": 1}
CROWD = [(f"other-{n}", artist, LONG_AGO) for artist in FANS_OF for n in range(FANS_OF[artist])]


def deeds(*rows: tuple[str, str, int], fans: tuple[str, ...] = ("fan",)) -> Deeds:
    columns = list(zip(*CROWD, *rows, strict=True))
    batch = pa.record_batch(
        [pa.array(column) for column in columns], names=["fan_id", "artist_id", "first_at"]
    )
    return Deeds.of([batch], fans, [DAY])


def joined_with(answer: CapturedAnswer, *rows: tuple[str, str, int], **genres: set[str]) -> Joined:
    (found,), left_out = join([answer], deeds(*rows), 7, {DAY}, genres)
    assert not left_out
    return found


def after(days: float) -> int:
    """So long after the morning of the answer's day."""
    return MORNING + int(days * DAY_SECONDS)


@pytest.mark.parametrize(
    ("first_at", "is_hit"),
    [
        (after(1), True),  # heard the next day
        (NOON + 60, True),  # a ticket a minute after the answer
        (after(7.999), True),  # the last moment of the window
        (after(8), False),
    ],
)
def test_a_hit_is_a_first_deed_after_the_answer_and_within_the_window(
    first_at: int, is_hit: bool
) -> None:
    found = joined_with(ANSWER, ("fan", "b", first_at))
    assert (found.hits, found.listed) == (((2,) if is_hit else ()), 3)
    assert found.turned_to == int(is_hit)


@pytest.mark.parametrize("first_at", [LONG_AGO, NOON - 60, MORNING])
def test_what_was_there_before_is_no_hit_and_takes_no_place(first_at: int) -> None:
    # MORNING: a play of the same day, which may have come first.
    found = joined_with(ANSWER, ("fan", "a", first_at), ("fan", "b", after(1)))
    assert (found.hits, found.listed, found.turned_to) == ((1,), 2, 1)


def test_another_fans_deeds_are_nobody_elses() -> None:
    assert joined_with(ANSWER, ("other-1", "b", after(1))).hits == ()


def test_popularity_gets_as_many_tries_with_artists_as_new_to_the_fan() -> None:
    rows = (("fan", "p", LONG_AGO), ("fan", "r", after(2)), ("fan", "q", after(3)))
    assert joined_with(ANSWER, *rows).popular_hits == (1, 2)
    short = replace(ANSWER, artist_ids=("a",))
    assert joined_with(short, *rows).popular_hits == (1,)


def test_popularity_is_that_of_the_day() -> None:
    late = [(f"late-{n}", "z", after(1)) for n in range(9)]
    assert joined_with(ANSWER, *late, ("fan", "z", after(2))).popular_hits == ()


def test_both_lists_hold_only_the_candidates() -> None:
    answer = replace(ANSWER, artist_ids=("b", "r"), candidates=("b", "q", "r"))
    found = joined_with(answer, ("fan", "q", after(1)), ("fan", "b", after(1)))
    assert (found.hits, found.popular_hits) == ((1,), (1,))


def test_artists_of_a_wanted_genre_come_first_in_popularitys_list() -> None:
    answer = replace(ANSWER, artist_ids=("a",), genres=("Jazz",))
    found = joined_with(answer, ("fan", "r", after(1)), r={"jazz"}, p={"rock"})
    assert found.popular_hits == (1,)


def test_what_a_fan_said_to_like_is_no_news() -> None:
    found = joined_with(replace(ANSWER, liked=("a", "p")), ("fan", "a", after(1)))
    assert (found.listed, found.hits, found.turned_to) == (2, (), 0)


def test_answers_that_cannot_be_judged_are_counted() -> None:
    answers = [
        ANSWER,
        replace(ANSWER, is_by_place=True),
        replace(ANSWER, is_by_place=True, candidates=("a",)),
        replace(ANSWER, artist_ids=()),
        replace(ANSWER, at=after(1)),
    ]
    joined, left_out = join(answers, deeds(), 7, {DAY}, {})
    assert len(joined) == 2
    # The last one's day is none of those that are judged.
    assert left_out == {"by_place": 1, "nothing_new": 1}


def test_a_list_is_judged_as_far_as_people_see_it() -> None:
    answer = replace(ANSWER, artist_ids=tuple(f"a{n:02}" for n in range(20)))
    found = joined_with(answer, ("fan", "a09", after(1)), ("fan", "a10", after(1)))
    assert (found.hits, found.listed, found.turned_to) == ((10,), 10, 2)
