"""What differs between the rows of a query and the items in the table."""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, cast

from rlm.aws.dynamodb_writer import Delete, Put
from rlm.domain.serving_items import ServingRowError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rlm.domain.serving_items import Entry
    from rlm.serving.manifest import Key

# A first load holds every item: beyond this they wait on disk.
_IN_MEMORY_BYTES = 32 * 1024 * 1024


@contextmanager
def open_spool() -> Iterator[IO[bytes]]:
    """A place for changed items, in memory while there are few; gone afterwards."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        yield cast("IO[bytes]", spool)


class Changes:
    """Takes the new entries one by one; only keys and hashes stay in memory."""

    def __init__(
        self, feed: str, version: int, known: Mapping[Key, str], newer: set[Key], spool: IO[bytes]
    ) -> None:
        self.hashes: dict[Key, str] = {}
        """What the table holds afterwards."""
        self.skipped = 0
        self.kept_newer = 0
        self._feed = feed
        self._version = version
        self._known = known
        self._newer = newer
        self._spool = spool
        self._puts: list[Key] = []

    def add(self, entry: Entry) -> None:
        """Raises `ServingRowError` for a key that comes twice."""
        if entry.key in self.hashes:
            raise ServingRowError(
                f"{self._feed}: {entry.key} comes twice, or its rows do not stand together"
            )
        known = self._known.get(entry.key)
        self.hashes[entry.key] = entry.content_hash
        if entry.key in self._newer:
            self.hashes[entry.key] = known or ""
            self.kept_newer += 1
        elif known == entry.content_hash:
            self.skipped += 1
        else:
            self._puts.append(entry.key)
            pickle.dump(entry.versioned(self._version), self._spool, pickle.HIGHEST_PROTOCOL)

    def keep_newer(self) -> None:
        """After the last entry: newer items that no entry names stay too."""
        for key in self._newer - self.hashes.keys():
            self.hashes[key] = self._known[key]
            self.kept_newer += 1

    def vanished(self) -> list[Key]:
        """Keys of the table that no entry has."""
        return [key for key in self._known if key not in self.hashes]

    @property
    def differ_from_known(self) -> bool:
        """Whether the table will hold other items than it is known to."""
        return bool(self._puts) or self.hashes.keys() != self._known.keys()

    def keys_to_write(self) -> list[Key]:
        return self._puts + self.vanished()

    def to_write(self, key_names: Sequence[str]) -> Iterator[Put | Delete]:
        """Every change; can be gone through once."""
        self._spool.seek(0)
        for _ in self._puts:
            yield Put(pickle.load(self._spool))  # noqa: S301 - this object wrote it
        for key in self.vanished():
            yield Delete(dict(zip(key_names, key, strict=True)))
