"""Pictures that could not be taken, as rows like those of the sources' quarantine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm.domain.json_tables import QUARANTINED_IMAGES

if TYPE_CHECKING:
    from rlm.aws.storage import Storage
    from rlm.jobs.artist_images.books import ImageBatch


@dataclass(frozen=True)
class ImageQuarantine:
    """`<lake>/quarantine/artist_images/batch_id=<id>/`: which file, which rule, and why.

    The picture itself stays in landing; a row names it. The catalog has the rows as a table.
    """

    storage: Storage
    lake: str

    def ensure(self, batch: ImageBatch) -> None:
        """Writes the rows of a batch of the ledger, unless they are there."""
        rows = [
            {
                "source": QUARANTINED_IMAGES.name,
                "file": outcome.image.uri,
                "line": None,
                "rule": outcome.rule,
                "column": None,
                "reason": outcome.reason,
                "raw": None,
                "record": None,
                "delivery_date": outcome.image.delivery_date.isoformat(),
                "batch_id": batch.batch_id,
            }
            for outcome in batch.outcomes
            if not outcome.is_good
        ]
        folder = f"{self.lake}/{QUARANTINED_IMAGES.folder}/batch_id={batch.batch_id}"
        uri = f"{folder}/part-00000.json"
        if not rows or any(found.uri == uri for found in self.storage.list(uri)):
            return
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self.storage.write(uri, content.encode())
