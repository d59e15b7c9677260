"""Objects by URI, on disk and in S3."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from rlm.aws.storage import FileStorage, S3Storage, StoredObject, storage_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_file_is_written_read_listed_and_deleted(tmp_path: Path) -> None:
    storage, uri = FileStorage(), f"file://{tmp_path}/a/b?c #1.json"
    storage.write(uri, b"first")
    (first,) = storage.list(f"file://{tmp_path}/a/")
    assert (first.uri, first.size) == (uri, 5)
    storage.write(uri, b"second, longer")
    (second,) = storage.list(f"file://{tmp_path}/a/")
    assert second.etag != first.etag
    with storage.open(uri) as stream:
        assert stream.read() == b"second, longer"
    storage.delete(uri)
    storage.delete(uri)
    assert list(storage.list(f"file://{tmp_path}/a/")) == []
    with pytest.raises(FileNotFoundError):
        storage.open(uri)


def test_files_are_listed_by_prefix_in_order(tmp_path: Path) -> None:
    storage = FileStorage()
    for name in ("b/2", "b/1/x", "bc", "a"):
        storage.write(f"file://{tmp_path}/{name}", b"")
    names = [
        o.uri.removeprefix(f"file://{tmp_path}/") for o in storage.list(f"file://{tmp_path}/b")
    ]
    assert names == ["b/1/x", "b/2", "bc"]
    assert [o.uri for o in storage.list(f"file://{tmp_path}/b/")] == [
        f"file://{tmp_path}/b/1/x",
        f"file://{tmp_path}/b/2",
    ]
    assert list(storage.list(f"file://{tmp_path}/nowhere/")) == []


def test_half_written_file_is_no_object(tmp_path: Path) -> None:
    storage, uri = FileStorage(), f"file://{tmp_path}/batch.json"
    storage.write(uri, b"whole")

    class Killed(BaseException):
        pass

    with mock.patch("pathlib.Path.replace", side_effect=Killed), pytest.raises(Killed):
        storage.write(uri, b"half")
    assert len(list(tmp_path.iterdir())) == 2
    assert [o.uri for o in storage.list(f"file://{tmp_path}/")] == [uri]
    assert storage.open(uri).read() == b"whole"


@pytest.fixture
def s3() -> Iterator[tuple[S3Storage, Stubber]]:
    client = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s"
    )
    with Stubber(client) as stubber:
        yield S3Storage(client), stubber
        stubber.assert_no_pending_responses()


def test_s3_lists_every_page(s3: tuple[S3Storage, Stubber]) -> None:
    storage, stubber = s3
    asked: dict[str, Any] = {"Bucket": "landing", "Prefix": "artists/"}
    one = {"Key": "artists/a b%.csv", "Size": 3, "ETag": '"e1"'}
    two = {"Key": "artists/c.csv", "Size": 0, "ETag": '"e2-2"'}
    stubber.add_response(
        "list_objects_v2",
        {"Contents": [one], "IsTruncated": True, "NextContinuationToken": "more"},
        asked,
    )
    stubber.add_response(
        "list_objects_v2", {"Contents": [two]}, asked | {"ContinuationToken": "more"}
    )
    assert list(storage.list("s3://landing/artists/")) == [
        StoredObject("s3://landing/artists/a b%.csv", 3, "e1"),
        StoredObject("s3://landing/artists/c.csv", 0, "e2-2"),
    ]


def test_s3_prefix_without_objects_lists_nothing(s3: tuple[S3Storage, Stubber]) -> None:
    storage, stubber = s3
    stubber.add_response("list_objects_v2", {}, {"Bucket": "landing", "Prefix": ""})
    assert list(storage.list("s3://landing")) == []


def test_s3_object_is_read_written_and_deleted(s3: tuple[S3Storage, Stubber]) -> None:
    storage, stubber = s3
    place = {"Bucket": "lake", "Key": "runs/a?b#c.json"}
    body = StreamingBody(io.BytesIO(b"text"), 4)
    stubber.add_response("put_object", {}, place | {"Body": b"text"})
    stubber.add_response("get_object", {"Body": body}, place)
    stubber.add_response("delete_object", {}, place)
    storage.write("s3://lake/runs/a?b#c.json", b"text")
    assert storage.open("s3://lake/runs/a?b#c.json").read() == b"text"
    storage.delete("s3://lake/runs/a?b#c.json")


def test_missing_s3_object_is_a_missing_file(s3: tuple[S3Storage, Stubber]) -> None:
    storage, stubber = s3
    stubber.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    with pytest.raises(FileNotFoundError, match="s3://lake/nothing"):
        storage.open("s3://lake/nothing")


def test_refused_s3_object_is_not_a_missing_file(s3: tuple[S3Storage, Stubber]) -> None:
    storage, stubber = s3
    stubber.add_client_error("get_object", "AccessDenied", http_status_code=403)
    with pytest.raises(Exception, match="AccessDenied"):
        storage.open("s3://lake/secret")


def test_uri_names_its_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert isinstance(storage_for("s3://bucket"), S3Storage)
    assert isinstance(storage_for("file:///folder"), FileStorage)
    with pytest.raises(ValueError, match="'https'"):
        storage_for("https://example.org")
