"""Pictures of sheets are complete and repeat byte by byte."""

from __future__ import annotations

import struct
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from rlm.quicksight.shots import ShotError, shoot

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from rlm.quicksight.server import Running

pytestmark = pytest.mark.slow


def test_two_pictures_are_the_same_bytes(
    served: Running, chromium: Browser, tmp_path: Path
) -> None:
    for sheet in ("overview", "details"):
        paths = [tmp_path / f"{sheet}-{time_}.png" for time_ in range(2)]
        shots = [shoot(served.sheet("sales", sheet), path, within=chromium) for path in paths]
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert shots[0].trouble == ()
        width, height = struct.unpack(">II", paths[0].read_bytes()[16:24])
        assert (width, height) == (1600, shots[0].height)


def test_picture_follows_width_and_choices(
    served: Running, chromium: Browser, tmp_path: Path
) -> None:
    address = served.sheet("sales", "overview")
    plain, chosen = tmp_path / "plain.png", tmp_path / "chosen.png"
    assert shoot(address, plain, 1000, within=chromium).width == 1000
    shoot(f"{address}#p.Measure=Tickets", chosen, 1000, within=chromium)
    assert plain.read_bytes() != chosen.read_bytes()


def test_cold_picture_takes_at_most_fifteen_seconds(served: Running, tmp_path: Path) -> None:
    began = time.monotonic()
    # In a thread of its own: the browser of the other tests is at work in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(shoot, served.sheet("sales", "overview"), tmp_path / "cold.png").result()
    assert time.monotonic() - began < 15


def test_error_of_the_page_is_no_picture(
    served: Running, chromium: Browser, tmp_path: Path
) -> None:
    with pytest.raises(ShotError, match="has no sheet nowhere"):
        shoot(served.sheet("sales", "nowhere"), tmp_path / "none.png", within=chromium)
    assert not (tmp_path / "none.png").exists()
