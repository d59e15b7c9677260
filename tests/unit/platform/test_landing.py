"""Source files reach landing once; a second time only what changed does."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING, Any

import pytest

from bringup.console import Console
from bringup.failures import PlatformError
from bringup.landing import put_source_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Bucket:
    """As much of S3 as landing needs: objects with the ETag that S3 gives to what is put whole."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []

    def put_object(self, Bucket: str, Key: str, Body: IO[bytes]) -> None:  # noqa: N803
        self.objects[Key] = Body.read()
        self.puts.append(Key)

    def get_paginator(self, operation: str) -> Bucket:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, **_arguments: Any) -> Iterator[dict[str, Any]]:
        for key, content in self.objects.items():
            etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
            yield {"Contents": [{"Key": key, "ETag": f'"{etag}"'}]}
        yield {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key in (
        "artists/delivery_date=2026-06-01/artists.csv",
        "events/delivery_date=2026-06-03/events.jsonl",
        "_truth/truth.json",
    ):
        file = tmp_path / key
        file.parent.mkdir(parents=True)
        file.write_text(key)
    return tmp_path


def put(folder: Path, bucket: Bucket) -> Any:
    return put_source_files(folder, bucket, "rlm-dev-landing", Console())


def test_deliveries_are_put_and_truths_are_not(folder: Path) -> None:
    bucket = Bucket()
    landed = put(folder, bucket)
    assert sorted(bucket.objects) == [
        "artists/delivery_date=2026-06-01/artists.csv",
        "events/delivery_date=2026-06-03/events.jsonl",
    ]
    assert (landed.put, landed.unchanged, landed.business_date) == (2, 0, "2026-06-03")


def test_second_time_puts_only_what_changed(folder: Path) -> None:
    bucket = Bucket()
    put(folder, bucket)
    (folder / "events/delivery_date=2026-06-03/events.jsonl").write_text("more")
    bucket.puts.clear()
    landed = put(folder, bucket)
    assert bucket.puts == ["events/delivery_date=2026-06-03/events.jsonl"]
    assert (landed.put, landed.unchanged, landed.put_bytes) == (1, 1, 4)


def test_business_date_is_that_of_the_newest_delivery_in_landing(folder: Path) -> None:
    bucket = Bucket()
    bucket.objects["artists/delivery_date=2026-09-01/artists.csv"] = b""
    assert put(folder, bucket).business_date == "2026-09-01"


def test_folder_without_deliveries_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="holds no delivery"):
        put(tmp_path, Bucket())
