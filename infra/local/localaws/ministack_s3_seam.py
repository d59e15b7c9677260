"""ministack's S3, changed so that bytes live in files and not in memory.

As it comes, ministack keeps every version's bytes and every part of an unfinished upload in
memory, loses those parts with the process, and reads a whole object to answer a range.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import mmap
import shutil
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

# Smaller bodies are cheaper to read than to map.
_MAPPED_FROM_BYTES = 256 * 1024
# A whole body from here on is sent in pieces instead of as one copy.
_STREAMED_FROM_BYTES = 8 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_SIDECAR = ".meta.json"

_reads_for_get: ContextVar[bool] = ContextVar("reads_for_get", default=False)
_lost: ContextVar[list[str] | None] = ContextVar("lost", default=None)


def install(s3: Any, streaming_response: Callable[[Any], Any], uploads_dir: Path) -> None:
    """Put our functions in place of ministack's; once a process, before the first request."""
    _keep_versions_on_disk(s3)
    _map_bodies(s3, streaming_response)
    _Uploads(s3, uploads_dir).install()
    s3.logger.addHandler(_LostWrites())


@contextmanager
def watching_writes() -> Iterator[list[str]]:
    """What could not be written of objects meanwhile, by this request: it must not succeed."""
    lost: list[str] = []
    token = _lost.set(lost)
    try:
        yield lost
    finally:
        _lost.reset(token)


class _LostWrites(logging.Handler):
    """ministack keeps an object in memory that it could not write, and says so in its log alone."""

    def emit(self, record: logging.LogRecord) -> None:
        lost = _lost.get()
        if lost is not None and record.getMessage().startswith("Failed to persist"):
            lost.append(record.getMessage())


def cors_allows(bucket: str, origin: str, method: str, headers: Sequence[str]) -> bool:
    """Whether the bucket's CORS configuration lets pages of an origin send such requests."""
    s3: Any = importlib.import_module("ministack.services.s3")
    rules = s3._cors_rules(bucket)
    return bool(rules) and s3._cors_answer(rules, origin, method, headers) is not None


def repair_torn_overwrites(s3_dir: Path) -> int:
    """Make data and sidecar agree where a kill fell between the two; how many were repaired.

    ministack writes an object's bytes, then its sidecar. Killed between the two, the bytes are
    new and the sidecar describes the old ones, and nothing was acknowledged. Where the bucket is
    versioned the old bytes were set aside first and are put back; elsewhere the new ones stand.
    """
    repaired = 0
    for sidecar in s3_dir.rglob(f"*{_SIDECAR}") if s3_dir.exists() else ():
        data = sidecar.with_name(sidecar.name.removesuffix(_SIDECAR))
        if not data.is_file() or data.stat().st_mtime_ns <= sidecar.stat().st_mtime_ns:
            continue
        meta = json.loads(sidecar.read_text())
        if meta.get("is_delete_marker"):
            continue
        account, bucket, *key = data.relative_to(s3_dir).parts
        aside = s3_dir.joinpath(".versions", account, bucket, meta.get("version_id") or "-", *key)
        if aside.is_file():
            _write(data, aside.read_bytes())
            sidecar.touch()
        else:
            with data.open("rb") as body:
                digest = hashlib.file_digest(body, _md5).hexdigest()
            meta |= {"size": data.stat().st_size, "etag": f'"{digest}"', "checksums": {}}
            _write(sidecar, json.dumps(meta).encode())
        repaired += 1
    return repaired


def _keep_versions_on_disk(s3: Any) -> None:
    """Let version entries carry no bytes: ministack then reads them from the version's file."""
    entry_of = s3._version_entry_from_record

    def entry_without_body(record: dict[str, Any], version_id: str, _body: object) -> Any:
        return entry_of(record, version_id, None)

    s3._version_entry_from_record = entry_without_body


def _map_bodies(s3: Any, streaming_response: Callable[[Any], Any]) -> None:
    """Answer GetObject from a map of the file: a range costs what it holds."""
    read_body, version_body, get_object = s3._read_body, s3._version_body, s3._get_object

    def mapped_read(bucket: str, key: str, record: dict[str, Any]) -> Any:
        body = record.get("body")
        if body is None and _reads_for_get.get() and record["size"] >= _MAPPED_FROM_BYTES:
            return _mapped(s3._object_disk_path(bucket, key))
        return read_body(bucket, key, record)

    def mapped_version(bucket: Any, name: str, key: str, version: dict[str, Any]) -> Any:
        if _reads_for_get.get() and version["size"] >= _MAPPED_FROM_BYTES:
            path = s3._version_disk_path(name, key, version["version_id"])
            if path is not None and s3.os.path.isfile(path):
                return _mapped(path)
        return version_body(bucket, name, key, version)

    def get(bucket: str, key: str, headers: dict[str, str], query: Any = None) -> Any:
        token = _reads_for_get.set(True)
        try:
            status, answer, body = get_object(bucket, key, headers, query)
        finally:
            _reads_for_get.reset(token)
        if isinstance(body, mmap.mmap):
            if len(body) < _STREAMED_FROM_BYTES:
                return status, answer, body[:]
            answer["Content-Length"] = str(len(body))
            return status, answer, streaming_response(_pieces_of(body))
        return status, answer, body

    s3._read_body, s3._version_body, s3._get_object = mapped_read, mapped_version, get


def _pieces_of(body: mmap.mmap) -> Callable[[Any, Any], Any]:
    async def run(send: Any, _receive: Any) -> None:
        size = len(body)
        for start in range(0, size, _PIECE_BYTES):
            end = min(start + _PIECE_BYTES, size)
            await send(
                {"type": "http.response.body", "body": body[start:end], "more_body": end < size}
            )

    return run


class _Uploads:
    """Unfinished multipart uploads as files: `<id>/upload.json`, and a body and a JSON a part."""

    def __init__(self, s3: Any, folder: Path) -> None:
        self._s3 = s3
        self._folder = folder

    def install(self) -> None:
        self._load()
        s3 = self._s3
        create, part = s3._create_multipart_upload, s3._upload_part
        copy, complete = s3._upload_part_copy, s3._complete_multipart_upload
        abort = s3._abort_multipart_upload

        def created(*given: Any, **named: Any) -> Any:
            known = set(s3._multipart_uploads._data)
            answer = create(*given, **named)
            for scoped in set(s3._multipart_uploads._data) - known:
                self._keep_upload(scoped)
            return answer

        def kept(store_part: Any) -> Any:
            def stored(bucket: str, key: str, *given: Any, **named: Any) -> Any:
                answer = store_part(bucket, key, *given, **named)
                if answer[0] == 200:
                    query = next(q for q in given if isinstance(q, dict) and "uploadId" in q)
                    self._keep_part(s3._qp(query, "uploadId"), int(s3._qp(query, "partNumber")))
                return answer

            return stored

        def ended(end: Any) -> Any:
            def done(*given: Any, **named: Any) -> Any:
                answer = end(*given, **named)
                self._forget_ended()
                return answer

            return done

        s3._create_multipart_upload = created
        s3._upload_part, s3._upload_part_copy = kept(part), kept(copy)
        s3._complete_multipart_upload, s3._abort_multipart_upload = ended(complete), ended(abort)

    def _keep_upload(self, scoped: tuple[str, str]) -> None:
        account, upload_id = scoped
        upload = dict(self._s3._multipart_uploads._data[scoped], parts={})
        folder = self._folder / upload_id
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "upload.json", json.dumps([account, upload]).encode())

    def _keep_part(self, upload_id: str, number: int) -> None:
        part = self._s3._multipart_uploads[upload_id]["parts"][number]
        folder = self._folder / upload_id
        # A part sent again gets its own file: the earlier one may still be mapped.
        body = folder / f"{number}-{part['etag'].strip(chr(34))}.part"
        _write(body, part["body"])
        described = {k: v for k, v in part.items() if k != "body"} | {"file": body.name}
        _write(folder / f"{number}.json", json.dumps(described).encode())
        part["body"] = _mapped(body)

    def _forget_ended(self) -> None:
        live = {upload_id for _, upload_id in self._s3._multipart_uploads._data}
        for folder in self._folder.iterdir() if self._folder.exists() else ():
            if folder.name not in live:
                shutil.rmtree(folder)

    def _load(self) -> None:
        for described in self._folder.glob("*/upload.json"):
            account, upload = json.loads(described.read_text())
            for part_file in described.parent.glob("[0-9]*.json"):
                part = json.loads(part_file.read_text())
                part["body"] = _mapped(described.parent / part.pop("file"))
                upload["parts"][int(part_file.stem)] = part
            self._s3._multipart_uploads._data[(account, described.parent.name)] = upload


def _mapped(path: Path | str) -> mmap.mmap | bytes:
    with open(path, "rb") as body:  # noqa: PTH123 - ministack's paths are text
        if body.seek(0, 2) == 0:
            return b""  # nothing cannot be mapped
        return mmap.mmap(body.fileno(), 0, access=mmap.ACCESS_READ)


def _write(path: Path, content: Any) -> None:
    """Replace the file in one step."""
    partial = path.with_name(path.name + ".tmp")
    partial.write_bytes(content)
    partial.replace(path)


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)  # S3's ETag is an MD5
