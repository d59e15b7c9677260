"""Deliveries: which files are new, and the books that every run must balance."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_PLACE = re.compile(
    r"/(?P<source>\w+)/delivery_date=(?P<day>\d{4}-\d{2}-\d{2})/[^/]+\.(?:csv|jsonl)(?:\.gz)?$"
)


class ReconciliationError(AssertionError):
    """Rows went missing or appeared from nowhere: a bug that must surface."""


@dataclass(frozen=True, order=True)
class DeliveredFile:
    uri: str
    etag: str
    size: int
    source: str = ""
    delivery_date: dt.date = dt.date.min

    @property
    def is_gzip(self) -> bool:
        return self.uri.endswith(".gz")

    @property
    def is_json(self) -> bool:
        return self.uri.removesuffix(".gz").endswith(".jsonl")


def delivered_file(uri: str, etag: str, size: int) -> DeliveredFile | None:
    """The delivery that an object of the landing zone belongs to; None where it is none.

    A delivery lies in `<source>/delivery_date=YYYY-MM-DD/<name>.csv|.jsonl[.gz]`.
    """
    place = _PLACE.search(uri)
    if place is None:
        return None
    try:
        day = dt.date.fromisoformat(place["day"])
    except ValueError:
        return None
    return DeliveredFile(uri, etag, size, place["source"], day)


def new_files(
    landed: Iterable[DeliveredFile],
    loaded: Iterable[tuple[str, str]],
    business_date: dt.date,
) -> list[DeliveredFile]:
    """Files delivered up to `business_date` that are not among the `loaded` (uri, etag)."""
    known = set(loaded)
    return sorted(
        f for f in landed if f.delivery_date <= business_date and (f.uri, f.etag) not in known
    )


def batch_id(previous: str, files: Iterable[DeliveredFile]) -> str:
    """Names a batch by its files and the batch before it, so that a rerun has the same name."""
    digest = hashlib.sha256(previous.encode())
    for file in sorted(files):
        digest.update(f"\n{file.uri} {file.etag}".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class FileCounts:
    """What became of one file. Rows are data lines: neither header nor blank lines."""

    uri: str
    etag: str
    rows_in: int = 0
    rows_quarantined: int = 0
    reason: str | None = None
    """Why the whole file was rejected; None where it was read."""


@dataclass(frozen=True)
class SourceCounts:
    """The books of one source and run."""

    rows_in: int = 0
    rows_loaded: int = 0
    """Valid rows that silver did not have, superseded ones among them."""
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    """Valid rows equal in every column to another of the run or to silver's."""
    rows_superseded: int = 0
    """Loaded rows that a newer version of the same key overtook."""
    rows_released: int = 0
    """Rows of earlier runs that left quarantine, because what they refer to has arrived."""
    rows_waiting: int = 0
    """Growth of the quarantined rows that a delivery of another source can release."""
    rows_held: int = 0
    """Rows of a stopped source: still in landing, in no table."""
    files_rejected: int = 0

    def __add__(self, other: SourceCounts) -> SourceCounts:
        both = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        return SourceCounts(**both)

    def check(self, source: str) -> None:
        """Raises `ReconciliationError` unless rows in = loaded + quarantined + duplicate."""
        out = self.rows_loaded + self.rows_quarantined + self.rows_duplicate
        entered = self.rows_loaded + self.rows_released
        if self.rows_in != out or self.rows_superseded > entered:
            raise ReconciliationError(
                f"{source}: {self.rows_in} rows in, but {self.rows_loaded} loaded + "
                f"{self.rows_quarantined} quarantined + {self.rows_duplicate} duplicate = {out} "
                f"({self.rows_superseded} superseded); nothing was published"
            )


@dataclass(frozen=True)
class Batch:
    """One source's files that are loaded together, or not at all."""

    source: str
    batch_id: str
    files: tuple[DeliveredFile, ...]
    file_counts: tuple[FileCounts, ...] = ()
    counts: SourceCounts | None = None
    """None until everything but the publication is done."""
    run_id: str = ""
    """The run that loaded it or, where that was killed, completed it: it has to tell of it."""

    def counted(self, counts: SourceCounts, files: Iterable[FileCounts]) -> Batch:
        counts.check(self.source)
        return replace(self, counts=counts, file_counts=tuple(files))


@dataclass(frozen=True)
class SourceResult:
    """What a run did with one source; the shape of the run report."""

    status: str
    """loaded, no_new_deliveries or stopped."""
    reason: str | None = None
    files: int = 0
    counts: SourceCounts = field(default_factory=SourceCounts)
    seconds: float = 0.0
    rejected_files: tuple[FileCounts, ...] = ()

    @classmethod
    def loaded(cls, batches: Collection[Batch]) -> SourceResult:
        """What one run has to tell of the batches that its tries have loaded."""
        files = [f for batch in batches for f in batch.file_counts]
        return cls(
            "loaded",
            files=sum(len(batch.files) for batch in batches),
            counts=sum((b.counts for b in batches if b.counts), SourceCounts()),
            rejected_files=tuple(f for f in files if f.reason),
        )
