"""Generated pictures: the ones that are good, and what is wrong with the others."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from rlm.generate import cover_art
from rlm.generate.delivery_files import DeliveryFolder
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import size_for
from rlm.jobs.artist_images.books import delivered_image
from rlm.jobs.artist_images.pictures import BrokenPictureError, Limits, picture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def images(broken_world: Any) -> dict[str, Any]:
    truth: dict[str, Any] = broken_world.truth["artist_images"]
    return truth


def _delivered(root: Path) -> list[Path]:
    return sorted(root.glob("artists/delivery_date=*/images/*"))


def test_every_picture_is_in_the_truth(broken_world: Any, images: dict[str, Any]) -> None:
    told = images["stored"] + images["unchanged"] + len(images["quarantined"])
    assert len(_delivered(broken_world.root)) == told
    assert len(images["with_image"]) > 20


def test_broken_pictures_break_the_rule_that_the_truth_names(
    broken_world: Any, images: dict[str, Any]
) -> None:
    rules = set()
    for broken in images["quarantined"]:
        path = broken_world.root / broken["file"]
        found = delivered_image(f"/{broken['file']}", "", path.stat().st_size)
        assert found is not None
        rules.add(broken["rule"])
        if broken["rule"] == "file_name":
            assert found.artist_id is None
        elif broken["rule"] == "reference":
            assert (found.artist_id,) not in broken_world.read["artists"].versions
        else:
            assert (found.artist_id,) in broken_world.read["artists"].versions
            with pytest.raises(BrokenPictureError) as refused:
                picture(path.read_bytes(), Limits())
            assert refused.value.rule == broken["rule"]
    assert rules == {
        *("empty_file", "not_an_image", "type", "truncated", "animated"),
        *("decompression_bomb", "too_small", "file_name", "reference"),
    }


def test_all_other_pictures_are_good_and_of_registered_artists(
    broken_world: Any, images: dict[str, Any]
) -> None:
    broken = {broken_world.root / b["file"] for b in images["quarantined"]}
    good = [path for path in _delivered(broken_world.root) if path not in broken]
    kinds = set()
    for path in good:
        with Image.open(path) as image:
            image.verify()
            kinds.add(image.format)
        assert (path.stem,) in broken_world.read["artists"].versions
    assert kinds == {"JPEG", "PNG", "WEBP"}


def test_one_picture_is_replaced_one_repeated_and_one_comes_before_its_artist(
    broken_world: Any, images: dict[str, Any]
) -> None:
    def of(artist_id: str) -> list[bytes]:
        found = broken_world.root.glob(f"artists/delivery_date=*/images/{artist_id}.*")
        return [path.read_bytes() for path in sorted(found)]

    first, second = of(images["new_version"])
    assert first != second
    assert len(set(of(images["same_again"]))) == 1 < len(of(images["same_again"]))
    assert len(of(images["before_its_artist"])) == 1
    registered = broken_world.read["artists"].versions[images["before_its_artist"],]
    assert min(row["updated_at"] for row in registered) > "2026-06-02"


def test_no_pictures_where_none_are_wanted(tmp_path: Path) -> None:
    size = replace(size_for(500), history_days=30, popularity_days=5, listens=100)
    request = Request(size, dt.date(2026, 6, 1), 2, 1, with_broken_rows=True, image_share=0)
    generate(request, DeliveryFolder(tmp_path), Progress(io.StringIO()))
    assert not _delivered(tmp_path)
    assert (tmp_path / "artists").is_dir()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("The Silver Foxes", "SF"),
        ("Kings of Avenue", "KA"),
        ('Zoë "Wild" Iyer', "ZW"),
        ("Íñigo Costa", ""),
        ("静かな海", ""),
    ],
)
def test_initials_are_letters_that_the_font_has(name: str, expected: str) -> None:
    assert cover_art.initials(name) == expected
