"""Who plays near, and when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from rlm.recommend.arrays import Ids
from rlm.recommend.concerts import Concert, Concerts, Near

if TYPE_CHECKING:
    from pathlib import Path

ARTISTS = Ids.of(["abba", "blur", "cher", "dido"])
DAY = dt.date(2026, 6, 1)
BERLIN, POTSDAM = (52.5200, 13.4050), (52.3906, 13.0645)


def concert(event: str, artists: str, day: int, place: str | None, where: object) -> Concert:
    latitude, longitude = where or (None, None)  # type: ignore[misc]
    on = DAY + dt.timedelta(days=day)
    return Concert(event, tuple(artists.split()), on, place, latitude, longitude)


@pytest.fixture(params=["made", "loaded"])
def concerts(request: pytest.FixtureRequest, tmp_path: Path) -> Concerts:
    made = Concerts.of(
        [
            concert("e3", "cher abba", 9, "Berlin, DE", BERLIN),
            concert("e1", "abba blur", 0, "Berlin, DE", BERLIN),
            concert("e2", "dido", 3, "Potsdam, DE", POTSDAM),
            concert("e4", "stranger", 3, "Berlin, DE", BERLIN),
            concert("e5", "blur", 5, None, None),
        ],
        ARTISTS,
    )
    if request.param == "made":
        return made
    made.save(tmp_path / "concerts")
    return Concerts.load(tmp_path / "concerts")


def found(concerts: Concerts, near: Near) -> set[str]:
    return set(ARTISTS.texts(concerts.find(near).artists))


def test_without_a_wish_everybody_who_plays(concerts: Concerts) -> None:
    assert found(concerts, Near()) == {"abba", "blur", "cher", "dido"}
    assert len(concerts) == 6


def test_a_place_is_a_city(concerts: Concerts) -> None:
    assert found(concerts, Near(place="Potsdam, DE")) == {"dido"}


def test_an_unknown_place_is_not_a_venue_of_unknown_place(concerts: Concerts) -> None:
    assert found(concerts, Near(place="Atlantis, GR")) == set()


def test_days_are_both_included(concerts: Concerts) -> None:
    near = Near(first_day=DAY + dt.timedelta(days=3), last_day=DAY + dt.timedelta(days=5))
    assert found(concerts, near) == {"dido", "blur"}
    assert found(concerts, Near(first_day=DAY + dt.timedelta(days=10))) == set()


@pytest.mark.parametrize(("radius_km", "artists"), [(27, {"abba", "blur", "cher"}), (28, None)])
def test_a_radius_is_in_kilometres_on_the_globe(
    concerts: Concerts, radius_km: float, artists: set[str] | None
) -> None:
    # 27.2 km lie between the two cities.
    near = Near(latitude=BERLIN[0], longitude=BERLIN[1], radius_km=radius_km)
    assert found(concerts, near) == (artists or {"abba", "blur", "cher", "dido"})


def test_events_of_an_artist_come_in_their_order(concerts: Concerts) -> None:
    abba = int(ARTISTS.find(["abba"])[0])
    assert concerts.find(Near()).events_of(abba, 5) == ["e1", "e3"]
    assert concerts.find(Near()).events_of(abba, 1) == ["e1"]


def test_no_concert_at_all() -> None:
    assert not len(Concerts.of([], ARTISTS))
    assert Concerts.of([], ARTISTS).find(Near(place="Berlin, DE")).artists.tolist() == []
