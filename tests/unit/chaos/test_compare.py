"""A planted difference is found, whichever way it goes."""

from __future__ import annotations

from chaos.compare import Difference, differences, require_content

PICTURE = {"silver.events": ["a", "b", "b"], "items.Venues": ["v"], "books.events.unbalanced": []}


def test_equal_pictures_do_not_differ() -> None:
    assert differences(PICTURE, {part: rows[::-1] for part, rows in PICTURE.items()}) == []


def test_lost_row_is_found() -> None:
    found = differences(PICTURE, PICTURE | {"silver.events": ["a", "b"]})
    assert found == [Difference("silver.events", lost=("b",), extra=())]


def test_double_row_is_found() -> None:
    found = differences(PICTURE, PICTURE | {"items.Venues": ["v", "v"]})
    assert found == [Difference("items.Venues", lost=(), extra=("v",))]


def test_changed_row_is_lost_and_extra() -> None:
    found = differences(PICTURE, PICTURE | {"items.Venues": ["w"]})
    assert found == [Difference("items.Venues", lost=("v",), extra=("w",))]
    assert "items.Venues: 1 lost, 1 too many" in str(found[0])


def test_changed_columns_are_named() -> None:
    lost = ('{"at": 1, "id": "a", "n": 1}', '{"at": 1, "id": "b", "n": 1}')
    extra = ('{"at": 2, "id": "a", "n": 1}', '{"at": 2, "id": "b", "n": 1}')
    found = Difference("items.Venues", lost, extra)
    assert found.title == "items.Venues: 2 lost, 2 too many; they differ in at"
    assert Difference("items.Venues", lost, ()).title == "items.Venues: 2 lost, 0 too many"


def test_missing_part_is_found_even_if_it_was_empty() -> None:
    without = {part: rows for part, rows in PICTURE.items() if part != "books.events.unbalanced"}
    assert [found.part for found in differences(PICTURE, without)] == ["books.events.unbalanced"]


def test_empty_part_proves_nothing() -> None:
    assert require_content(PICTURE, ["silver.events"]) == []
    assert require_content(PICTURE, ["books.events.unbalanced", "gold.x"]) == [
        "books.events.unbalanced: nothing there to compare",
        "gold.x: nothing there to compare",
    ]
