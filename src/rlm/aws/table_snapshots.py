"""Which snapshot the Iceberg tables of the Glue catalog are at, all at one moment."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Tables change a few times a day, and looking takes a moment: a second look nearly always agrees.
_LOOKS = 10


class MissingTablesError(LookupError):
    """Tables that are not in the catalog, or are no Iceberg tables."""

    def __init__(self, tables: Iterable[str]) -> None:
        self.tables = tuple(sorted(tables))
        super().__init__(", ".join(self.tables))


@dataclass(frozen=True)
class TableSnapshot:
    """What a table holds at a moment."""

    snapshot_id: int | None
    """None for a table that never had a row."""
    changed_at_ms: int
    """When the table last changed, a rollback included."""


class TableSnapshots:
    """Reads the catalog's pointers and the tables' metadata."""

    def __init__(self, glue: Any, s3: Any) -> None:
        self._glue = glue
        self._s3 = s3
        self._read: dict[str, TableSnapshot] = {}

    def at_one_moment(self, tables: Iterable[tuple[str, str]]) -> dict[str, TableSnapshot]:
        """The snapshots of (database, table) by `database.table`, as they stood together.

        Raises `MissingTablesError`.
        """
        wanted = sorted(set(tables))
        before = self._pointers(wanted)
        for _ in range(_LOOKS):
            after = self._pointers(wanted)
            if before == after:
                return {table: self._snapshot(uri) for table, uri in after.items()}
            before = after
        raise TimeoutError(f"the tables changed under each of {_LOOKS} looks: {sorted(before)}")

    def _pointers(self, tables: list[tuple[str, str]]) -> dict[str, str]:
        found, missing = {}, []
        for database, table in tables:
            try:
                answer = self._glue.get_table(DatabaseName=database, Name=table)
            except self._glue.exceptions.EntityNotFoundException:
                missing.append(f"{database}.{table}")
                continue
            uri = answer["Table"].get("Parameters", {}).get("metadata_location")
            if uri:
                found[f"{database}.{table}"] = uri
            else:
                missing.append(f"{database}.{table}")
        if missing:
            raise MissingTablesError(missing)
        return found

    def _snapshot(self, uri: str) -> TableSnapshot:
        # A metadata file never changes: a table that did has another one.
        if uri not in self._read:
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            content = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            if content[:2] == b"\x1f\x8b":
                content = gzip.decompress(content)
            self._read[uri] = snapshot_of(json.loads(content))
        return self._read[uri]


def snapshot_of(metadata: Mapping[str, Any]) -> TableSnapshot:
    """The current snapshot that a table's metadata file names."""
    snapshot_id = metadata.get("current-snapshot-id")
    # Iceberg writes -1 for a table without snapshots, or nothing.
    return TableSnapshot(
        None if snapshot_id in (None, -1) else int(snapshot_id), int(metadata["last-updated-ms"])
    )
