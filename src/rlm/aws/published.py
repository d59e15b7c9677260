"""Objects that browsers and people open: each is stored with its content type."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3

from rlm.aws.storage import FileStorage, S3Storage

if TYPE_CHECKING:
    from rlm.aws.storage import Storage

# Not in every system's table of types.
_TYPES = {"webp": "image/webp", "json": "application/json", "csv": "text/csv", "html": "text/html"}


class PublishedStorage(S3Storage):
    def __init__(self, client: Any | None = None) -> None:
        self._s3 = client or boto3.client("s3")
        super().__init__(self._s3)

    def write(self, uri: str, content: bytes) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self._s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type(uri))


def published_storage_for(uri: str) -> Storage:
    """The storage that `uri` names; files have no content type."""
    return FileStorage() if urlsplit(uri).scheme == "file" else PublishedStorage()


def content_type(uri: str) -> str:
    """What a browser is told of an object, from the end of its name; text is UTF-8."""
    suffix = uri.rpartition(".")[2].lower()
    found = _TYPES.get(suffix) or mimetypes.guess_type(uri)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
