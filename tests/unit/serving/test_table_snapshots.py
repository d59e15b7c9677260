"""Snapshots of several tables are those of one moment, or none."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest

from rlm.aws.table_snapshots import (
    MissingTablesError,
    TableSnapshot,
    TableSnapshots,
    snapshot_of,
)


class Glue:
    """Tables whose pointers move as the script says, one step a look at the first of them."""

    class exceptions:  # noqa: N801 - as boto3 has it
        class EntityNotFoundException(Exception):  # noqa: N818
            pass

    def __init__(self, *steps: dict[str, Any]) -> None:
        self.steps = list(steps)
        self.looks = -1

    def get_table(self, DatabaseName: str, Name: str) -> Any:  # noqa: N803
        if Name == "a":
            self.looks += 1
        step = self.steps[min(self.looks, len(self.steps) - 1)]
        if Name not in step:
            raise self.exceptions.EntityNotFoundException
        location = step[Name]
        if isinstance(location, dict):
            return {"Table": location}
        return {"Table": {"Parameters": {"metadata_location": location} if location else {}}}


class S3:
    """Metadata files whose name is the time of their change, and the files of other tables."""

    def __init__(self, **files: tuple[str, int]) -> None:
        self.files = files

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Any:  # noqa: N803
        assert (Bucket, Prefix) == ("l", "gold/b/")
        found = [
            {"Key": name, "ETag": etag, "LastModified": dt.datetime.fromtimestamp(second, dt.UTC)}
            for name, (etag, second) in self.files.items()
        ]
        # A page more: an empty one has no contents at all.
        return [{"Contents": found}, {}]

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        content = {"current-snapshot-id": 7, "last-updated-ms": int(Key)}
        return {"Body": io.BytesIO(json.dumps(content).encode())}


def look(*steps: dict[str, str | None]) -> dict[str, TableSnapshot]:
    return TableSnapshots(Glue(*steps), S3()).at_one_moment([("d", "a"), ("d", "b")])


def test_tables_that_stand_still_are_read_as_they_are() -> None:
    assert look({"a": "s3://l/5", "b": "s3://l/6"}) == {
        "d.a": TableSnapshot(7, 5),
        "d.b": TableSnapshot(7, 6),
    }


def test_tables_that_changed_while_they_were_looked_at_are_looked_at_again() -> None:
    moved = [{"a": "s3://l/1", "b": "s3://l/2"}, {"a": "s3://l/1", "b": "s3://l/3"}]
    found = look(*moved, {"a": "s3://l/4", "b": "s3://l/3"})
    assert {name: at.changed_at_ms for name, at in found.items()} == {"d.a": 4, "d.b": 3}


def test_tables_that_never_stand_still_are_given_up() -> None:
    steps: list[dict[str, str | None]] = [{"a": f"s3://l/{n}", "b": "s3://l/1"} for n in range(20)]
    with pytest.raises(TimeoutError):
        look(*steps)


PROFILES = {
    "TableType": "EXTERNAL_TABLE",
    "StorageDescriptor": {"Location": "s3://l/gold/b/"},
    "Parameters": {"classification": "json"},
}


def look_at_files(**files: tuple[str, int]) -> TableSnapshot:
    glue = Glue({"a": "s3://l/5", "b": PROFILES})
    return TableSnapshots(glue, S3(**files)).at_one_moment([("d", "a"), ("d", "b")])["d.b"]


def test_table_of_files_is_as_new_as_its_newest_file() -> None:
    assert look_at_files(x=("e1", 3), y=("e2", 7)).changed_at_ms == 7000
    assert look_at_files() == TableSnapshot(None, 0)


def test_table_of_files_is_another_when_a_file_is() -> None:
    states = [
        look_at_files(**files).state
        for files in (
            {"x": ("e1", 3)},
            {"x": ("e2", 3)},
            {"x": ("e1", 4)},
            {"y": ("e1", 3)},
            {"x": ("e1", 3), "y": ("e1", 3)},
        )
    ]
    assert len({*states}) == 5
    assert look_at_files(x=("e1", 3)).state == states[0]
    assert isinstance(states[0], str)


def test_missing_tables_and_tables_of_other_kinds_are_named() -> None:
    with pytest.raises(MissingTablesError, match=r"d\.a, d\.b"):
        look({"a": None})
    view = {"TableType": "VIRTUAL_VIEW", "StorageDescriptor": {"Location": ""}}
    with pytest.raises(MissingTablesError, match=r"d\.b$"):
        TableSnapshots(Glue({"a": "s3://l/5", "b": view}), S3()).at_one_moment(
            [("d", "a"), ("d", "b")]
        )


@pytest.mark.parametrize("none", [{}, {"current-snapshot-id": -1}, {"current-snapshot-id": None}])
def test_table_that_never_had_a_row_has_no_snapshot(none: dict[str, Any]) -> None:
    assert snapshot_of({"last-updated-ms": 3, **none}) == TableSnapshot(None, 3)
