"""Objects by URI: `s3://bucket/key` through boto3, `file:///path` on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class StoredObject:
    uri: str
    size: int
    """Bytes."""
    etag: str
    """Changes when the content does."""


class Storage(Protocol):
    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose URI starts with `prefix`, in order of URI."""

    def open(self, uri: str) -> IO[bytes]:
        """The object's bytes as a stream; raises `FileNotFoundError`."""

    def write(self, uri: str, content: bytes) -> None:
        """Puts the whole object at once: readers see the old or the new content."""

    def delete(self, uri: str) -> None:
        """Removes the object; nothing happens where there is none."""


class S3Storage:
    def __init__(self, client: Any | None = None) -> None:
        self._client = client or boto3.client("s3")

    def list(self, prefix: str) -> Iterator[StoredObject]:
        bucket, key = _bucket_and_key(prefix)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        for page in pages:
            for item in page.get("Contents", []):
                etag = item["ETag"].strip('"')
                yield StoredObject(f"s3://{bucket}/{item['Key']}", item["Size"], etag)

    def open(self, uri: str) -> IO[bytes]:
        bucket, key = _bucket_and_key(uri)
        try:
            return cast("IO[bytes]", self._client.get_object(Bucket=bucket, Key=key)["Body"])
        except self._client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(uri) from error

    def write(self, uri: str, content: bytes) -> None:
        bucket, key = _bucket_and_key(uri)
        self._client.put_object(Bucket=bucket, Key=key, Body=content)

    def delete(self, uri: str) -> None:
        bucket, key = _bucket_and_key(uri)
        self._client.delete_object(Bucket=bucket, Key=key)


class FileStorage:
    def list(self, prefix: str) -> Iterator[StoredObject]:
        path = _path(prefix)
        folder = path if prefix.endswith("/") else path.parent
        for file in sorted(folder.rglob("*")) if folder.is_dir() else []:
            uri = f"file://{file}"
            is_unfinished = file.name.startswith(".") and file.suffix == ".unfinished"
            if file.is_file() and uri.startswith(prefix) and not is_unfinished:
                status = file.stat()
                etag = f"{status.st_size}-{status.st_mtime_ns}"
                yield StoredObject(uri, status.st_size, etag)

    def open(self, uri: str) -> IO[bytes]:
        return _path(uri).open("rb")

    def write(self, uri: str, content: bytes) -> None:
        path = _path(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(path)

    def delete(self, uri: str) -> None:
        _path(uri).unlink(missing_ok=True)


def storage_for(uri: str) -> Storage:
    """The storage that `uri` names; raises `ValueError` for a scheme that is neither."""
    match urlsplit(uri).scheme:
        case "s3":
            return S3Storage()
        case "file":
            return FileStorage()
        case scheme:
            raise ValueError(f"expected an s3:// or file:/// address, found {scheme!r} in {uri}")


def _bucket_and_key(uri: str) -> tuple[str, str]:
    # Not urlsplit: a key may hold what parts a web address.
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _path(uri: str) -> Path:
    return Path(uri.removeprefix("file://"))
