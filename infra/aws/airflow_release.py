"""What MWAA runs on, in its bucket: a folder a release, which its template names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from package import DAGS, RUNTIME
from rlm import names
from same_bytes import files_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from deploy import Target
    from package import Package


def put_release(env: str, target: Target, package: Package, say: Callable[[str], None]) -> int:
    """Have the bucket's folder of this release as the package is; returns how much was put.

    A release is never changed but for its DAGs, which Airflow reads as they come: those that need
    nothing new of the runtime are at work within minutes, all others when their release is.
    """
    s3 = target.client("s3")
    bucket = names.bucket(env, "airflow")
    folder = f"{names.RELEASES_PREFIX}/{package.release}"
    there = _etags(s3, bucket, f"{folder}/")
    wanted = _wanted(package, folder)
    # The runtime first: a DAG must not be there before what it imports.
    missing = [key for key, path in wanted.items() if there.get(key) != _etag(path)]
    for key in missing:
        s3.put_object(Bucket=bucket, Key=key, Body=wanted[key].read_bytes())
    gone = sorted(there.keys() - wanted.keys())
    for key in gone:
        s3.delete_object(Bucket=bucket, Key=key)
    say(f"s3://{bucket}/{folder}: {len(missing)} files put, {len(gone)} deleted")
    return len(missing) + len(gone)


def _wanted(package: Package, folder: str) -> dict[str, Path]:
    """Keys and files, the runtime's before the DAGs."""
    found = {f"{folder}/{_name(part)}": package.directory / part for part in RUNTIME}
    dags = package.directory / DAGS
    for file in files_of(dags):
        found[f"{folder}/{_name(DAGS)}/{file.relative_to(dags).as_posix()}"] = file
    return found


def _name(artifact: str) -> str:
    return artifact.rpartition("/")[2]


def _etags(s3: Any, bucket: str, prefix: str) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {one["Key"]: one["ETag"] for page in pages for one in page.get("Contents", [])}


_QUOTED: Final = '"{}"'


def _etag(path: Path) -> str:
    """As S3 gives it to an object that it encrypts itself and that was put whole."""
    return _QUOTED.format(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest())
