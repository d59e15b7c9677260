"""The ledger: which files have been loaded, in which batch, and with what result.

One JSON object a batch, `<root>/ledger/<source>/<nth>-<batch_id>.json`. A batch is written down
before it is published, as `<root>/ledger/pending/<source>.json`; a run that was killed between the
two is completed from there, with the same files under the same name.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rlm.domain.delivery import Batch, DeliveredFile, FileCounts, SourceCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.aws.storage import Storage


@dataclass(frozen=True)
class Ledger:
    storage: Storage
    root: str
    source: str

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """Completed batches, oldest first."""
        return tuple(self._read_all())

    @property
    def last_batch_id(self) -> str:
        return self.batches[-1].batch_id if self.batches else ""

    def loaded_files(self) -> set[tuple[str, str]]:
        """(uri, etag) of every file of a completed batch, rejected ones among them."""
        return {(f.uri, f.etag) for batch in self.batches for f in batch.files}

    def rows_waiting(self) -> int:
        """Quarantined rows that a delivery of another source can still release."""
        return sum(b.counts.rows_waiting for b in self.batches if b.counts)

    def pending(self) -> Batch | None:
        """The batch of a run that did not end."""
        try:
            with self.storage.open(self._pending_uri) as stream:
                return _batch(stream.read())
        except FileNotFoundError:
            return None

    def begin(self, batch: Batch) -> None:
        """Writes down what is about to be published."""
        self.storage.write(self._pending_uri, _text(batch))

    def loaded_by(self, run_id: str) -> tuple[Batch, ...]:
        """Completed batches that this run has to tell of, those of its earlier tries among them."""
        return tuple(b for b in self.batches if b.run_id == run_id)

    def complete(self, batch: Batch) -> None:
        """Records the batch as loaded; doing it twice changes nothing."""
        is_recorded = batch.batch_id == self.last_batch_id
        nth = len(self.batches) + (0 if is_recorded else 1)
        uri = f"{self.root}/ledger/{self.source}/{nth:06d}-{batch.batch_id}.json"
        if not is_recorded or batch.run_id != self.batches[-1].run_id:
            self.storage.write(uri, _text(batch))
        self.abandon()

    def abandon(self) -> None:
        """Forgets the pending batch."""
        self.storage.delete(self._pending_uri)
        self.__dict__.pop("batches", None)

    @property
    def _pending_uri(self) -> str:
        return f"{self.root}/ledger/pending/{self.source}.json"

    def _read_all(self) -> Iterator[Batch]:
        for entry in self.storage.list(f"{self.root}/ledger/{self.source}/"):
            with self.storage.open(entry.uri) as stream:
                yield _batch(stream.read())


def _text(batch: Batch) -> bytes:
    return json.dumps(asdict(batch), default=str, separators=(",", ":")).encode() + b"\n"


def _batch(text: bytes) -> Batch:
    found = json.loads(text)
    counts = found["counts"]
    return Batch(
        source=found["source"],
        batch_id=found["batch_id"],
        files=tuple(
            DeliveredFile(**{**f, "delivery_date": dt.date.fromisoformat(f["delivery_date"])})
            for f in found["files"]
        ),
        file_counts=tuple(FileCounts(**f) for f in found["file_counts"]),
        counts=SourceCounts(**counts) if counts else None,
        # Batches of before they were kept have none.
        run_id=found.get("run_id", ""),
    )
