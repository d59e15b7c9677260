"""The files below an S3 target, and their bytes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localaws.operations import Document

    S3Call = Callable[[str, Document], Document]

# Of one folder's files, which Glue takes to be alike, this many are read.
FILES_READ_PER_FOLDER = 20


@dataclass(frozen=True)
class S3Object:
    """One object, as listed; reading it is a ranged request."""

    bucket: str
    key: str
    size: int
    etag: str
    call: S3Call

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def read(self, start: int, length: int) -> bytes:
        wanted = f"bytes={start}-{start + length - 1}"
        # If the object was replaced since it was listed, this is an error, not a mixture.
        request = {"Bucket": self.bucket, "Key": self.key, "Range": wanted, "IfMatch": self.etag}
        body: bytes = self.call("GetObject", request)["Body"]
        return body


def split_path(path: str) -> tuple[str, str]:
    """Bucket and prefix of s3://bucket/prefix."""
    bucket, _, prefix = path.removeprefix("s3://").partition("/")
    return bucket, prefix


def list_target(call: S3Call, path: str, exclusions: list[str]) -> list[S3Object]:
    """Every file of a target that Glue would look at, in key order.

    Names that begin with _ or . are hidden, as Hive has it; folders' own objects are no files.
    """
    bucket, prefix = split_path(path)
    excluded = [_glob(pattern) for pattern in exclusions]
    return [
        found
        for found in _objects(call, bucket, prefix)
        if _is_below(found.key, prefix)
        and not found.key.endswith("/")
        and not any(part[0] in "_." for part in PurePosixPath(found.key[len(prefix) :]).parts)
        and not any(glob.fullmatch(found.key[len(prefix) :].lstrip("/")) for glob in excluded)
    ]


def choose_samples(objects: list[S3Object], limit: int | None) -> list[S3Object]:
    """The files to read: of each folder all when they are few, else evenly from first to last."""
    folders: dict[str, list[S3Object]] = defaultdict(list)
    for found in objects:
        folders[found.key.rpartition("/")[0]].append(found)
    wanted = limit or FILES_READ_PER_FOLDER
    chosen: list[S3Object] = []
    for inside in folders.values():
        if len(inside) <= wanted:
            chosen += inside
            continue
        step = (len(inside) - 1) / max(1, wanted - 1)
        chosen += [inside[round(index * step)] for index in range(wanted)]
    return chosen


def _objects(call: S3Call, bucket: str, prefix: str) -> Iterator[S3Object]:
    request: Document = {"Bucket": bucket, "Prefix": prefix}
    while True:
        listed = call("ListObjectsV2", request)
        for entry in listed.get("Contents", []):
            yield S3Object(bucket, entry["Key"], int(entry["Size"]), entry["ETag"], call)
        if not listed.get("IsTruncated"):
            return
        request = request | {"ContinuationToken": listed["NextContinuationToken"]}


def _is_below(key: str, prefix: str) -> bool:
    """`artists` is a folder or one file, never the beginning of `artists_old/`."""
    if not prefix or prefix.endswith("/"):
        return True
    return key == prefix or key.startswith(f"{prefix}/")


def _glob(pattern: str) -> re.Pattern[str]:
    """Glue's exclusion patterns: * and ? within a folder, ** across folders, {a,b}, [a-z]."""
    parts = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    expression = ""
    for token in re.findall(r"\*\*|\[[^\]]*\]|.", pattern):
        if token.startswith("[") and len(token) > 1:
            expression += token.replace("[!", "[^")
        else:
            expression += parts.get(token, re.escape(token))
    return re.compile(expression)
