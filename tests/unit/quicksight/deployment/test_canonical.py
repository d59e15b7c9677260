from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from rlm.quicksight.deployment.canonical import (
    Difference,
    differences,
    fingerprint,
    mark,
    marked,
)


def test_fingerprint_is_blind_for_spelling_and_nothing_else() -> None:
    one = {"a": 1, "b": [1.0, Decimal("2.5")], "c": {"x": None}}
    same = {"c": {}, "b": (1, 2.5), "a": 1}
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint({"a": [1, 2]}) != fingerprint({"a": [2, 1]})
    assert fingerprint({"a": {}}) != fingerprint({})
    assert fingerprint({"a": True}) != fingerprint({"a": "true"})


def test_moments_are_compared_in_utc() -> None:
    east = dt.datetime(2026, 6, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert fingerprint(east) == fingerprint(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC))


def test_a_mark_is_read_back_with_its_note_and_others_have_none() -> None:
    body = fingerprint({"Name": "x"})
    assert mark(body, "rev abc1234") == f"rlm:{body} rev abc1234"
    assert marked(mark(body, "rev abc1234")) == body
    assert len(mark(body, "n" * 600)) == 512
    assert [marked(text) for text in (None, "", "Q3 numbers", "rlm:12")] == [None] * 4


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, ()),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, (Difference("a.b[1]", 2, 3),)),
        ({"a": [1]}, {"a": [1, 2]}, (Difference("a", [1], [1, 2]),)),
        ({"a": 1}, {"a": 1, "b": 2}, (Difference("b", None, 2),)),
        # Left out or empty is the same to the service.
        ({"a": 1}, {"a": 1, "b": {}, "c": []}, ()),
        ({"a": {}}, {}, ()),
        ({"a": 1, "b": 2}, {"a": 1}, (Difference("b", 2, None),)),
    ],
)
def test_differences(wanted: object, found: object, expected: tuple[Difference, ...]) -> None:
    assert differences(wanted, found) == expected


def test_what_was_added_can_be_passed_over() -> None:
    wanted, found = {"a": {"x": 1}}, {"a": {"x": 2, "y": 3}, "b": 4}
    assert differences(wanted, found, with_added=False) == (Difference("a.x", 1, 2),)
