"""Puts source files into the landing bucket, each content once."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .failures import PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .console import Console

# A delivery's files and pictures; what lies elsewhere, such as the generator's truths, stays.
DELIVERY = re.compile(r"^[a-z_]+/delivery_date=(\d{4}-\d{2}-\d{2})/(?:images/)?[^/]+$")
UPLOADS_AT_ONCE = 4
REPORT_EVERY = 50


@dataclass(frozen=True)
class Landed:
    """What landing holds after the files were put."""

    put: int
    unchanged: int
    put_bytes: int
    business_date: str


def put_source_files(folder: Path, s3: Any, bucket: str, console: Console) -> Landed:
    """Put every delivery file of the folder that landing does not hold with the same content.

    The business date is the day of the newest delivery in landing.
    """
    files = {
        file.relative_to(folder).as_posix(): file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and DELIVERY.match(file.relative_to(folder).as_posix())
    }
    if not files:
        raise PlatformError(f"{folder} holds no delivery: expected <source>/delivery_date=.../file")
    there = _contents(s3, bucket)
    changed = {key: file for key, file in files.items() if there.get(key) != _md5(file)}
    size = sum(file.stat().st_size for file in changed.values())
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        waiting = [pool.submit(_put, s3, bucket, key, file) for key, file in changed.items()]
        for number, upload in enumerate(waiting, start=1):
            upload.result()
            if number % REPORT_EVERY == 0:
                console.say(f"  {number} of {len(waiting)} files put")
    dates = [found.group(1) for key in {**there, **files} if (found := DELIVERY.match(key))]
    return Landed(
        put=len(changed),
        unchanged=len(files) - len(changed),
        put_bytes=size,
        business_date=max(dates),
    )


def _contents(s3: Any, bucket: str) -> Mapping[str, str]:
    """The MD5 of every object: the ETag of what was put in one piece."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {
        item["Key"]: item["ETag"].strip('"') for page in pages for item in page.get("Contents", [])
    }


def _md5(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _put(s3: Any, bucket: str, key: str, file: Path) -> None:
    with file.open("rb") as content:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
