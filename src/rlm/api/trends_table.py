"""Rankings out of DynamoDB, kept for a minute: they change once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.api.kept import Kept
    from rlm.aws.serving_reader import ItemReader


class TrendsTable:
    """The table `Trends`."""

    def __init__(self, reader: ItemReader, table: str, kept: Kept) -> None:
        self._reader = reader
        self._table = table
        self._kept = kept
        self._stale_seen = 0

    def ranking(self, trend: str) -> Mapping[str, Any] | None:
        """The item of a ranking; raises DependencyError."""
        key = {"trend": trend, "part": "top"}
        found: Mapping[str, Any] | None = self._kept.get(
            trend, lambda: self._reader.get(self._table, key)
        )
        return found

    def was_stale(self) -> bool:
        """Whether something old was answered since this was asked last."""
        before, self._stale_seen = self._stale_seen, self._kept.stale_reads
        return self._stale_seen > before
