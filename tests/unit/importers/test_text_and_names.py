"""Mixed encodings, spellings of names, and places."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm.importers.act_matching import index_by_name, normalised
from rlm.importers.places import _CANADIAN_ZONES, _US_ZONES, place_of
from rlm.importers.text_files import MissingInputError, records, repaired, text

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_of_several_encodings_and_endings(tmp_path: Path) -> None:
    path = tmp_path / "mixed.dat"
    path.write_bytes(
        "1\tCafé\r\n".encode() + "2\tCafé\n".encode("latin-1") + b"\n" + b"3\tA\x0bB \r\n4\tlast"
    )
    assert [(r.line, r.cells) for r in records(path, "\t")] == [
        (1, ("1", "Café")),
        (2, ("2", "Café")),
        (4, ("3", "A\x0bB")),
        (5, ("4", "last")),
    ]


def test_missing_file_says_where_it_should_be(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="--data-dir"):
        list(records(tmp_path / "tickit" / "venues.txt", "|"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("BallakÃ© Sissoko", "Ballaké Sissoko"),
        ("OSKÃO", "OSKÃO"),
        ("Björk", "Björk"),
        ("Ленинград", "Ленинград"),
        ("ABBA", "ABBA"),
    ],
)
def test_only_names_that_were_encoded_twice_are_repaired(written: str, meant: str) -> None:
    assert repaired(written) == meant


@given(st.text())
def test_valid_utf8_is_read_as_it_is(name: str) -> None:
    assert text(name.encode()) == name


@given(st.binary())
def test_any_bytes_are_some_text(raw: bytes) -> None:
    assert isinstance(text(raw), str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beach Boys", "Beach Boys"),
        ("Beach Boys, The", "beach boys"),
        ("Mötley Crüe", "Motley Crue"),
        ("Earth, Wind & Fire", "Earth Wind and Fire"),
        ("Gov't Mule", "Govt Mule"),
        ("O.A.R.", "OAR"),
        ("AC/DC", "ac dc"),
        ('"Weird Al" Yankovic', "Weird Al Yankovic"),
    ],
)
def test_spellings_of_one_act(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"), [("The The", "The"), ("!!!", "???"), ("Yes", "Yes Yes"), ("静かな海", "海")]
)
def test_different_acts_stay_different(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(st.text(min_size=1))
def test_a_name_never_becomes_nothing(name: str) -> None:
    assert normalised(name) or not name.casefold()


def test_of_equal_names_the_weightiest_is_meant() -> None:
    found = index_by_name([(1, "Nirvana", 5), (2, "NIRVANA", 90), (3, "The Nirvana", 90)])
    assert found == {"nirvana": 2}


def test_every_state_has_a_real_time_zone() -> None:
    states = [*_US_ZONES, *_CANADIAN_ZONES]
    assert len(states) == len(set(states)) > 55
    for state in states:
        place = place_of("", state)
        assert place is not None
        assert ZoneInfo(place.timezone)
        assert (place.country, place.currency) in (("US", "USD"), ("CA", "CAD"))
    assert place_of("London", "ENG") is None
    assert place_of("El Paso", "TX") != place_of("Dallas", "TX")
