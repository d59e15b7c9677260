"""The job: from pictures in landing to versions, profiles, quarantine and the table."""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rlm.aws.storage import FileStorage, StoredObject
from rlm.jobs.artist_images.books import ImageCounts
from rlm.jobs.artist_images.job import (
    ImagesReport,
    ProcessArtistImages,
    process_artist_images,
)
from rlm.jobs.artist_images.pictures import Limits

sys.path.insert(0, str(Path(__file__).parent))

from pixels import animated, bomb, jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 6, day) for day in (1, 2, 3))


@dataclass
class Silver:
    """Answers the job's only query."""

    artists: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, artist_id: str, **more: Any) -> None:
        self.artists[artist_id] = {
            "artist_id": artist_id,
            "name": f"The {artist_id}",
            "genres": '["jazz"]',
            "tags": None,
            "country": "DE",
            "formed_year": None,
            "updated_at": dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC),
            **more,
        }

    def rows(self, sql: str, parameters: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        assert "rlm_dev_silver.artists" in sql
        yield from self.artists.values()


class KilledError(BaseException):
    """What no handler catches."""


class CountingStorage(FileStorage):
    """Counts writes by URI, and can be killed at one."""

    def __init__(self) -> None:
        self.written: Counter[str] = Counter()
        self.kill_at: int | None = None

    def write(self, uri: str, content: bytes) -> None:
        if self.kill_at is not None and self.written.total() >= self.kill_at:
            raise KilledError
        self.written[uri] += 1
        super().write(uri, content)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        # An object's etag follows from its content here, as on S3.
        for found in super().list(prefix):
            with self.open(found.uri) as stream:
                etag = str(hash(stream.read()))
            yield StoredObject(found.uri, found.size, etag)


class World:
    """A landing zone, a lake and a bucket of artist data in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.silver = Silver()
        for artist in ("ada", "bob", "cyd"):
            self.silver.add(artist)
        self.storage = CountingStorage()

    def deliver(self, day: dt.date, name: str, content: bytes) -> str:
        path = self.folder / f"landing/artists/delivery_date={day}/images/{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return f"file://{path}"

    def run(self, day: dt.date = WEDNESDAY, limits: Limits | None = None) -> ImagesReport:
        run = ProcessArtistImages(
            run_id=f"run-{day}",
            business_date=day,
            landing=f"file://{self.folder}/landing",
            lake=f"file://{self.folder}/lake",
            artist_data=f"file://{self.folder}/artist-data",
            silver="rlm_dev_silver",
            limits=limits or Limits(),
        )
        lines: list[str] = []
        return process_artist_images(run, self.silver, self.storage, self.storage, lines.append)

    def profile(self, artist_id: str) -> dict[str, Any]:
        text = (self.folder / f"artist-data/artists/{artist_id}/profile.json").read_text()
        found: dict[str, Any] = json.loads(text)
        return found

    def table(self) -> dict[str, dict[str, Any]]:
        text = (self.folder / "lake/gold/artist_profiles/artist_profiles.jsonl").read_text()
        return {row["artist_id"]: row for row in map(json.loads, text.splitlines())}

    def quarantine(self) -> list[dict[str, Any]]:
        files = (self.folder / "lake/quarantine/artist_images").rglob("*.json")
        return [json.loads(line) for file in sorted(files) for line in file.open()]

    def result(self) -> dict[str, bytes]:
        """Everything that a run leaves behind, but for its report and the ledger's batches."""
        return {
            str(file.relative_to(self.folder)): file.read_bytes()
            for part in ("artist-data", "lake/gold")
            for file in sorted((self.folder / part).rglob("*"))
            if file.is_file()
        }


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_picture_is_stored_in_its_widths_and_named_by_the_profile(world: World) -> None:
    world.deliver(MONDAY, "ada.jpg", jpeg(640, 480))
    assert world.run().counts == ImageCounts(images_in=1, images_stored=1)
    image = world.profile("ada")["image"]
    assert [(f["width"], f["height"]) for f in image["files"]] == [
        (160, 120),
        (480, 360),
        (640, 480),
    ]
    for file in image["files"]:
        assert file["key"].startswith(f"artists/ada/images/{image['version']}/")
        assert (world.folder / "artist-data" / file["key"]).stat().st_size == file["bytes"]
    assert image["source"]["delivery_date"] == "2026-06-01"


def test_table_has_a_row_for_every_artist(world: World) -> None:
    world.deliver(MONDAY, "ada.jpg", jpeg())
    assert world.run().profiles == 3
    table = world.table()
    keys = tuple(f["key"] for f in world.profile("ada")["image"]["files"])
    assert tuple(table["ada"]["image_keys"]) == keys
    assert table["ada"]["image_version"] == world.profile("ada")["image"]["version"]
    # The delivery is what was true at the end of its day; Bob's row is as old as Bob's.
    assert table["ada"]["updated_at"] == "2026-06-01 23:59:59"
    assert table["bob"] == {
        "artist_id": "bob",
        "profile_key": "artists/bob/profile.json",
        "image_keys": [],
        "image_version": None,
        "updated_at": "2026-05-01 09:00:00",
        "content_sha256": table["bob"]["content_sha256"],
    }


def test_second_run_writes_nothing_but_its_report(world: World) -> None:
    world.deliver(MONDAY, "ada.jpg", jpeg())
    world.deliver(MONDAY, "bob.jpg", b"no picture")
    world.run()
    world.storage.written.clear()
    again = world.run()
    assert (again.counts, again.profiles_written) == (ImageCounts(), 0)
    assert [Path(uri).parent.name for uri in world.storage.written] == ["process_artist_images"]


def test_new_delivery_is_a_new_version_and_keeps_the_old_one(world: World) -> None:
    world.deliver(MONDAY, "ada.jpg", jpeg(640))
    world.run(MONDAY)
    before = world.profile("ada")["image"]
    world.deliver(TUESDAY, "ada.jpg", jpeg(800))
    assert world.run(TUESDAY).counts.images_stored == 1
    after = world.profile("ada")
    assert after["image"]["version"] != before["version"]
    assert [v["version"] for v in after["image_history"]] == [
        before["version"],
        after["image"]["version"],
    ]
    for file in before["files"]:
        assert (world.folder / "artist-data" / file["key"]).exists()


def test_unchanged_picture_is_not_written_again(world: World) -> None:
    world.deliver(MONDAY, "ada.jpg", jpeg())
    world.run(MONDAY)
    world.deliver(TUESDAY, "ada.jpg", jpeg())
    world.storage.written.clear()
    assert world.run(TUESDAY).counts == ImageCounts(images_in=1, images_unchanged=1)
    assert not [uri for uri in world.storage.written if uri.endswith(".webp")]


def test_same_picture_twice_in_one_run_is_written_once(world: World) -> None:
    world.deliver(MONDAY, "ada.jpg", jpeg())
    world.deliver(TUESDAY, "ada.jpeg", jpeg())
    counts = world.run().counts
    assert (counts.images_stored, counts.images_unchanged) == (1, 1)
    assert {n for uri, n in world.storage.written.items() if uri.endswith(".webp")} == {1}


def test_late_delivery_becomes_a_version_and_not_the_current_one(world: World) -> None:
    world.deliver(TUESDAY, "ada.jpg", jpeg(640))
    world.run()
    current = world.profile("ada")["image"]
    world.deliver(MONDAY, "ada.jpg", jpeg(800))
    world.run()
    assert world.profile("ada")["image"] == current
    assert len(world.profile("ada")["image_history"]) == 2


def test_delivery_after_the_business_date_waits(world: World) -> None:
    world.deliver(WEDNESDAY, "ada.jpg", jpeg())
    assert world.run(TUESDAY).counts == ImageCounts()
    assert world.run(WEDNESDAY).counts.images_stored == 1


def test_broken_pictures_are_quarantined_with_their_reason_and_stop_nothing(world: World) -> None:
    broken = {
        "bob.jpg": (b"", "empty_file"),
        "bob.png": (b"no picture", "not_an_image"),
        "bob.webp": (animated("GIF"), "type"),
        "bob.JPG": (jpeg()[:-500], "truncated"),
        "cyd.png": (bomb(8_000), "decompression_bomb"),
        "cyd.webp": (animated("WEBP"), "animated"),
        "cyd.jpg": (jpeg(80, 80), "too_small"),
        "press photo.jpg": (jpeg(), "file_name"),
        "ada.gif": (jpeg(), "file_name"),
        "zoe.jpg": (jpeg(), "reference"),
    }
    uris = {world.deliver(MONDAY, name, body): rule for name, (body, rule) in broken.items()}
    world.deliver(MONDAY, "ada.jpg", jpeg())
    world.deliver(MONDAY, "ada.png", jpeg(3000, 2000))
    report = world.run(limits=Limits(bytes=20_000))
    rows = world.quarantine()
    too_large = {row["file"]: row["rule"] for row in rows if row["rule"] == "file_size"}
    assert {Path(uri).name for uri in too_large} == {"ada.png"}
    assert {row["file"]: row["rule"] for row in rows} == uris | too_large
    assert report.counts == ImageCounts(images_in=12, images_stored=1, images_quarantined=11)
    assert report.quarantined_by_rule["file_name"] == 2
    assert all(row["reason"] and row["delivery_date"] == "2026-06-01" for row in rows)
    assert set(rows[0]) == {
        *("source", "file", "line", "rule", "column"),
        *("reason", "raw", "record", "delivery_date", "batch_id"),
    }
    assert {row["source"] for row in rows} == {"artist_images"}


def test_picture_that_came_before_its_artist_is_released(world: World) -> None:
    world.deliver(MONDAY, "zoe.jpg", jpeg())
    waiting = world.run(MONDAY)
    assert (waiting.counts.images_quarantined, waiting.images_waiting) == (1, 1)
    world.silver.add("zoe")
    released = world.run(TUESDAY)
    assert released.counts == ImageCounts(images_released=1, images_stored=1)
    assert released.images_waiting == 0
    assert world.table()["zoe"]["image_keys"]


def test_profile_follows_the_artist(world: World) -> None:
    world.run()
    world.silver.add(
        "bob", name='Bob "B" & the Ñandúes', updated_at=dt.datetime(2026, 6, 9, tzinfo=dt.UTC)
    )
    assert world.run().profiles_written == 1
    assert world.profile("bob")["name"] == 'Bob "B" & the Ñandúes'
    assert world.table()["bob"]["updated_at"] == "2026-06-09 00:00:00"


def test_killed_at_any_write_a_rerun_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    def delivered(name: str) -> World:
        world = World(tmp_path / name)
        world.deliver(MONDAY, "ada.jpg", jpeg(640))
        world.deliver(TUESDAY, "ada.jpg", jpeg(800))
        world.deliver(TUESDAY, "bob.jpg", b"no picture")
        world.deliver(TUESDAY, "cyd.png", jpeg(500))
        return world

    undisturbed = delivered("undisturbed")
    undisturbed.run()
    writes = undisturbed.storage.written.total()
    assert writes > 12

    def shown(world: World) -> dict[str, bytes]:
        root = str(world.folder).encode()
        return {name: body.replace(root, b"") for name, body in world.result().items()}

    for at in [0, writes - 1, *random.Random(5).sample(range(1, writes - 1), 6)]:
        world = delivered(f"killed-{at}")
        world.storage.kill_at = at
        with pytest.raises(KilledError):
            world.run()
        world.storage.kill_at = None
        world.run()
        assert len(world.quarantine()) == 1, at
        left = {k: v for k, v in shown(world).items() if "profile" not in k}
        assert left == {k: v for k, v in shown(undisturbed).items() if "profile" not in k}, at
        for artist in ("ada", "bob", "cyd"):
            mine, theirs = world.profile(artist), undisturbed.profile(artist)
            assert json.dumps(mine).replace(str(world.folder), "") == json.dumps(theirs).replace(
                str(undisturbed.folder), ""
            ), at
        assert world.table().keys() == undisturbed.table().keys()
