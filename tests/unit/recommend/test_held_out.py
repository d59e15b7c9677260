"""What is held out: new artists of the last weeks, and nothing that a model may have seen."""

from __future__ import annotations

import numpy as np
import pytest

from rlm.recommend.arrays import Ids
from rlm.recommend.catalogue import Catalogue
from rlm.recommend.contract import TrainingSet
from rlm.recommend.held_out import HeldOut, TooLittleHeldOutError
from rlm.recommend.interactions import Activity
from rlm.recommend.popularity import Popularity

MONDAY = np.datetime64("2026-01-05")


def activity(*rows: tuple[str, str, int]) -> Activity:
    """Rows of fan, artist and week number, each of affinity 1."""
    fans, artists = Ids.of(r[0] for r in rows), Ids.of(r[1] for r in rows)
    return Activity(
        fans,
        artists,
        fans.find([r[0] for r in rows]),
        artists.find([r[1] for r in rows]),
        MONDAY + np.array([7 * r[2] for r in rows]).astype("timedelta64[D]"),
        np.ones(len(rows), dtype=np.float32),
    )


LONG = (
    *(("ann", "abba", week) for week in range(12)),
    ("ann", "blur", 11),
    ("bob", "blur", 0),
    ("bob", "cher", 11),
    ("eve", "cher", 11),
)


def names(held_out: HeldOut, matrix: object, fan: str) -> set[str]:
    row = held_out.fans.texts().index(fan)
    return set(held_out.artists.texts(matrix[[row]].indices))  # type: ignore[index]


def test_only_new_artists_of_the_last_weeks_are_wanted() -> None:
    held_out = HeldOut.of(activity(*LONG), weeks=4)
    assert held_out.split == "time"
    assert held_out.since == MONDAY + np.timedelta64(7 * 8, "D")
    assert {f: names(held_out, held_out.wanted, f) for f in held_out.fans.texts()} == {
        "ann": {"blur"},
        "bob": {"cher"},
        "eve": {"cher"},
    }
    assert names(held_out, held_out.known, "ann") == {"abba"}
    assert names(held_out, held_out.known, "eve") == set()


def test_training_knows_nothing_of_the_held_out_weeks() -> None:
    held_out = HeldOut.of(activity(*LONG), weeks=4)
    assert len(held_out.training) == 2
    later = HeldOut.of(activity(*LONG, ("ann", "dido", 11)), weeks=4)
    assert (later.training.matrix.data == held_out.training.matrix.data).all()


def test_segments_part_fans_by_what_was_known() -> None:
    held_out = HeldOut.of(activity(*LONG), weeks=4)
    segments = held_out.segments
    assert sum(s.astype(int) for s in segments.values()).tolist() == [1] * len(held_out.fans)
    assert [held_out.fans[i] for i in np.flatnonzero(segments["new"])] == ["eve"]


def test_without_enough_weeks_a_fifth_of_what_fans_like_is_held_out() -> None:
    rows = [(f"fan-{fan:02d}", f"artist-{n:02d}", 0) for fan in range(50) for n in range(10)]
    held_out = HeldOut.of(activity(*rows), weeks=4)
    assert (held_out.split, held_out.since) == ("random", None)
    wanted = held_out.wanted.nnz
    assert wanted == pytest.approx(100, abs=30)
    assert len(held_out.training) + wanted == 500


def test_nothing_new_is_an_error_that_says_so() -> None:
    with pytest.raises(TooLittleHeldOutError, match="new artist"):
        HeldOut.of(activity(*(("ann", "abba", week) for week in range(12))), weeks=4)


def test_a_list_of_the_right_artists_has_the_best_measure_there_is() -> None:
    held_out = HeldOut.of(activity(*LONG), weeks=4)
    catalogue = Catalogue.without_profiles(Ids.of(["abba", "blur", "cher"]))
    model = Popularity().fit(TrainingSet(held_out.training, catalogue))
    judgement = held_out.judge(model, count=2)
    # Known artists are left out, so that each fan's list holds what they turned to.
    assert judgement.fans.recall.tolist() == [1.0, 1.0, 0.0]
    assert judgement.coverage == 1.0
