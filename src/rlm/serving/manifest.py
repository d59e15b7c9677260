"""Lists of keys on S3: what a finished load left in the table, and what one set out to write."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rlm.aws.storage import Storage

Key = tuple[str, ...]


def write_manifest(storage: Storage, uri: str, hashes: Mapping[Key, str]) -> None:
    """Every key with the hash of its item: a JSON line each, compressed."""
    _write(storage, uri, ([*key, content_hash] for key, content_hash in hashes.items()))


def read_manifest(storage: Storage, uri: str) -> dict[Key, str]:
    """What `write_manifest` wrote; raises `FileNotFoundError`."""
    return {tuple(key): content_hash for *key, content_hash in _read(storage, uri)}


def write_keys(storage: Storage, uri: str, keys: Iterable[Key]) -> None:
    """Every key: a JSON line each, compressed."""
    _write(storage, uri, (list(key) for key in keys))


def read_keys(storage: Storage, uri: str) -> Iterator[Key]:
    """What `write_keys` wrote; raises `FileNotFoundError`."""
    return map(tuple, _read(storage, uri))


def _write(storage: Storage, uri: str, lines: Iterable[list[str]]) -> None:
    packed = io.BytesIO()
    with gzip.open(packed, "wt", compresslevel=1, encoding="utf-8") as text:
        text.writelines(json.dumps(line) + "\n" for line in lines)
    storage.write(uri, packed.getvalue())


def _read(storage: Storage, uri: str) -> Iterator[list[str]]:
    with storage.open(uri) as packed, gzip.open(packed, "rt", encoding="utf-8") as text:
        for line in text:
            yield json.loads(line)
