"""One S3 object that several programs change in turn: nobody overwrites what he has not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


class ChangedMeanwhileError(Exception):
    """Somebody else changed the object since it was read."""


@dataclass(frozen=True)
class Seen:
    """The object as it was read, or that there was none."""

    content: bytes | None
    etag: str | None


class SharedObject:
    """S3's conditional writes: put if the object still has the ETag that was seen."""

    def __init__(self, client: Any, uri: str) -> None:
        self.uri = uri
        self._client = client
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self._place = {"Bucket": bucket, "Key": key}

    def read(self) -> Seen:
        try:
            answer = self._client.get_object(**self._place)
        except self._client.exceptions.NoSuchKey:
            return Seen(None, None)
        return Seen(answer["Body"].read(), answer["ETag"])

    def replace(self, seen: Seen, content: bytes) -> Seen:
        """Write `content` if the object is as seen; raises `ChangedMeanwhileError`, and
        `OSError` where nobody knows whether it was written.

        The content must be one that nobody else would write: a put whose answer was lost and
        that the client sent again is known by it.
        """
        condition = {"IfMatch": seen.etag} if seen.etag else {"IfNoneMatch": "*"}
        try:
            answer = self._client.put_object(**self._place, Body=content, **condition)
        except BotoCoreError as problem:
            raise OSError(f"{self.uri}: {problem}") from problem
        except ClientError as problem:
            # 409: two conditional writes at once, of which S3 let neither or one through.
            code = problem.response["Error"]["Code"]
            if code not in ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"):
                raise
            now = self.read()
            if now.content != content:
                raise ChangedMeanwhileError(self.uri) from problem
            return now
        return Seen(content, answer["ETag"])
