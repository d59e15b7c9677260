"""The ledger for people: one line a delivered file, and the manifest by which QuickSight reads it.

One CSV file a source, `<lake>/ledger/deliveries/<source>.csv`, whole and in the ledger's order, so
that a rerun writes the same bytes. A dashboard sees from it how fresh a source is, the newest
delivery date, and how complete, the share of rows in quarantine.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rlm.aws.storage import Storage
    from rlm.domain.delivery import Batch
    from rlm.jobs.clean_sources.ledger import Ledger

COLUMNS: Final = (
    "source",
    "delivery_date",
    "file",
    "size_bytes",
    "rows_in",
    "rows_quarantined",
    "is_rejected",
    "reason",
    "batch_id",
    "run_id",
)


def write_delivery_books(storage: Storage, lake: str, ledgers: Iterable[Ledger]) -> None:
    """Writes the books of these sources anew, and the manifest of all books."""
    for ledger in ledgers:
        uri = f"{lake}/{names.DELIVERY_BOOKS_PREFIX}/{ledger.source}.csv"
        storage.write(uri, delivery_books(ledger.batches).encode())
    storage.write(f"{lake}/{names.DELIVERY_BOOKS_MANIFEST_KEY}", manifest(lake).encode())


def delivery_books(batches: Iterable[Batch]) -> str:
    """CSV with a header; a file whose whole was rejected has no rows in, and the reason why."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for batch in batches:
        writer.writerows(_lines(batch))
    return text.getvalue()


def manifest(lake: str) -> str:
    """What QuickSight reads of S3: every book, with its header."""
    document = {
        "fileLocations": [{"URIPrefixes": [f"{lake}/{names.DELIVERY_BOOKS_PREFIX}/"]}],
        "globalUploadSettings": {
            "format": "CSV",
            "delimiter": ",",
            "textqualifier": '"',
            "containsHeader": "true",
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _lines(batch: Batch) -> Iterator[tuple[object, ...]]:
    counted = {(counts.uri, counts.etag): counts for counts in batch.file_counts}
    for file in batch.files:
        counts = counted.get((file.uri, file.etag))
        reason = (counts.reason if counts else None) or ""
        yield (
            batch.source,
            file.delivery_date.isoformat(),
            file.uri.rpartition("/")[2],
            file.size,
            counts.rows_in if counts else 0,
            counts.rows_quarantined if counts else 0,
            int(bool(reason)),
            reason,
            batch.batch_id,
            batch.run_id,
        )
