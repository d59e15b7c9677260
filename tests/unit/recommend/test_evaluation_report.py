"""The report of an evaluation, and artists on the rise."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rlm.recommend.arrays import Ids, csr
from rlm.recommend.interactions import Activity
from rlm.recommend.report import report_page
from rlm.recommend.rising import rising_artists, rising_found


def told(ndcg: float, heavy: int = 12) -> dict[str, object]:
    around = {"mean": ndcg, "low": ndcg - 0.01, "high": ndcg + 0.01}
    return {
        "metrics": dict.fromkeys(("ndcg", "recall", "map", "hit_rate"), around),
        "coverage": 0.25,
        "novelty": 4.5,
        "popularity_ratio": 1.2,
        "rising": {"artists": 3, "wanted": 40, "recall": 0.5},
        "segments": {
            "new": {"fans": 0, "ndcg": {"mean": 0.0, "low": 0.0, "high": 0.0}},
            "heavy": {"fans": heavy, "ndcg": around},
        },
    }


def evaluation(*, is_approved: bool = True, version: str = "job-7") -> dict[str, object]:
    return {
        "model_version": version,
        "kind": "ensemble",
        "fans": 1234,
        "held_out_since": "2026-05-04",
        "live_version": None,
        "verdict": {
            "is_approved": is_approved,
            "reason": "nDCG@20 0.3000 against 0.1000",
            "champion": "popularity",
            "conditions": [{"name": "better", "is_met": is_approved, "text": "0.3 to 0.1"}],
        },
        "models": {"candidate": told(0.3), "popularity": told(0.1)},
        "data": {"fans": 9, "artists": 8, "interactions": 7_654, "concerts_on_sale": 6},
    }


def test_page_tells_the_verdict_and_every_number() -> None:
    page = report_page(evaluation()).decode()
    assert "<strong>Approved.</strong> nDCG@20 0.3000 against 0.1000" in page
    for text in ("0.3000", "0.1000", "25.0%", "4.50", "1.20", "1,234", "50.0%", "no fans"):
        assert text in page


def test_rejection_is_not_dressed_up() -> None:
    page = report_page(evaluation(is_approved=False)).decode()
    assert "<strong>Rejected.</strong>" in page
    assert '<li class="unmet">' in page


def test_page_needs_nothing_but_itself() -> None:
    page = report_page(evaluation()).decode()
    assert page.count("<svg ") == 2
    assert not re.findall(r'(?:src|href)="', page)
    assert set(re.findall(r"https?://[^\"' )]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_pictures_say_in_words_what_they_show() -> None:
    page = report_page(evaluation()).decode()
    assert "nDCG@20, candidate: 0.300 (0.290 to 0.310)" in page
    assert "heavy (12), popularity: 0.100 (0.090 to 0.110)" in page
    assert "new (0)" not in page


def test_names_from_outside_are_escaped() -> None:
    page = report_page(evaluation(version="<script>x</script>")).decode()
    assert "<script>" not in page


def activity() -> Activity:
    """`up` has four times its usual share in the last month, `flat` its usual one; `few` begins."""
    rows = []
    for week in range(16):
        is_late = week >= 12
        rows += [(0, week, 12.0 if is_late else 3.0), (1, week, 20.0)]
        rows += [(2, week, 1.0)] if is_late else []
    artist, week, affinity = zip(*rows, strict=True)
    return Activity(
        Ids.of(["fan"]),
        Ids.of(["a-up", "b-flat", "c-few"]),
        np.zeros(len(rows), np.int64),
        np.array(artist),
        np.datetime64("2026-01-05") + np.array(week) * np.timedelta64(7, "D"),
        np.array(affinity, dtype=np.float32),
    )


def test_rising_artists_grew_and_have_enough_evidence() -> None:
    end = np.datetime64("2026-01-05") + np.timedelta64(16 * 7, "D")
    assert rising_artists(activity(), end).texts() == ["a-up"]


def test_nobody_rises_before_there_is_a_past() -> None:
    assert len(rising_artists(activity(), np.datetime64("2026-02-02"))) == 0


def test_share_of_rising_artists_found() -> None:
    artists, rising = Ids.of(["a", "b", "c"]), Ids.of(["a", "c"])
    wanted = csr((np.ones(4), ([0, 0, 1, 2], [0, 1, 2, 0])), (3, 3))
    lists = np.array([[0, 1], [0, -1], [0, 2]])
    found = rising_found(lists, wanted, artists, rising)
    assert (found.artists, found.wanted) == (2, 3)
    assert found.recall == pytest.approx(2 / 3)


def test_nothing_rising_is_nothing_found() -> None:
    wanted = csr((np.ones(1), ([0], [0])), (1, 2))
    found = rising_found(np.array([[0]]), wanted, Ids.of(["a", "b"]), Ids.of([]))
    assert (found.artists, found.wanted, found.recall) == (0, 0, 0.0)
