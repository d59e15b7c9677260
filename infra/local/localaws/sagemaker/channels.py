"""S3 into a job's folders and back: channels, model archives, outputs."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import botocore.exceptions

if TYPE_CHECKING:
    from collections.abc import Iterator

_S3_ERRORS = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
_PIECE_BYTES = 1024 * 1024
_PART_BYTES = 64 * 1024 * 1024


class TransferError(Exception):
    """Data that could not be fetched or stored; the message names it and what S3 answered."""


def fetch_prefix(s3: Any, uri: str, folder: Path) -> int:
    """Every object below a prefix, by its key's rest; how many.

    A prefix that is one object's whole key gives that object under its own name.
    """
    bucket, prefix = split(uri)
    keys = [key for key in _keys(s3, bucket, prefix, uri) if not key.endswith("/")]
    if not keys:
        raise TransferError(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. '
            "Please ensure that the bucket exists in the selected region, "
            "and that objects exist under that S3 prefix."
        )
    for key in keys:
        rest = key[len(prefix) :]
        is_inside = not prefix or prefix.endswith("/") or rest.startswith("/")
        start = len(prefix) if is_inside else prefix.rfind("/") + 1
        fetch_object(s3, bucket, key, inside(folder, key[start:].lstrip("/")))
    return len(keys)


def fetch_manifest(s3: Any, uri: str, folder: Path) -> int:
    """The objects that a manifest lists: a prefix, then what follows it; how many."""
    bucket, key = split(uri)
    try:
        listed = json.loads(_body(s3, bucket, key).read())
        prefix = str(listed[0]["prefix"])
        names = [str(name) for name in listed[1:]]
    except (ValueError, LookupError, TypeError) as error:
        raise TransferError(f"{uri}: expected a manifest, got {error!r}") from error
    for name in names:
        source_bucket, source_key = split(prefix + name)
        fetch_object(s3, source_bucket, source_key, inside(folder, name))
    return len(names)


def fetch_object(s3: Any, bucket: str, key: str, path: Path) -> None:
    """One object, in pieces."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = _body(s3, bucket, key)
    with path.open("wb") as stream:
        for piece in body.iter_chunks(_PIECE_BYTES):
            stream.write(piece)


def unpack(archive: Path, folder: Path) -> None:
    """Extract model.tar.gz; a member that would leave the folder is an error."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:*") as packed:
            packed.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise TransferError(f"{archive.name} cannot be unpacked: {error}") from error


def pack(folder: Path, archive: Path) -> None:
    """Everything in a folder as a .tar.gz, with names from the folder on."""
    with tarfile.open(archive, "w:gz", compresslevel=6) as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, arcname=path.name)


def store_object(s3: Any, path: Path, uri: str) -> None:
    """One file, in parts where it is large."""
    bucket, key = split(uri)
    try:
        if path.stat().st_size <= _PART_BYTES:
            with path.open("rb") as stream:
                s3.put_object(Bucket=bucket, Key=key, Body=stream)
            return
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        named = {"Bucket": bucket, "Key": key, "UploadId": upload}
        parts: list[dict[str, Any]] = []
        with path.open("rb") as stream:
            while piece := stream.read(_PART_BYTES):
                number = len(parts) + 1
                answer = s3.upload_part(**named, PartNumber=number, Body=piece)
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    except _S3_ERRORS as error:
        raise TransferError(f"{uri} cannot be written: {error}") from error


def store_folder(s3: Any, folder: Path, uri: str) -> int:
    """Every file of a folder below a prefix; how many."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        store_object(s3, path, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}")
    return len(files)


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an s3:// address."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def inside(folder: Path, name: str) -> Path:
    """A file of a folder; a name that would leave it is an error."""
    if ".." in PurePosixPath(name).parts:
        raise TransferError(f"{name}: a key must not lead out of its channel")
    return folder / name


def _keys(s3: Any, bucket: str, prefix: str, uri: str) -> Iterator[str]:
    token: dict[str, str] = {}
    while True:
        try:
            answer = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
        except _S3_ERRORS as error:
            raise TransferError(f"{uri} cannot be listed: {error}") from error
        yield from (found["Key"] for found in answer.get("Contents", ()))
        if not answer.get("IsTruncated"):
            return
        token = {"ContinuationToken": answer["NextContinuationToken"]}


def _body(s3: Any, bucket: str, key: str) -> Any:
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"]
    except _S3_ERRORS as error:
        raise TransferError(f"s3://{bucket}/{key} cannot be read: {error}") from error
