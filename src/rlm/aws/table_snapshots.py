"""What tables of the Glue catalog hold, all at one moment: Iceberg's snapshots, others' files."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Tables change a few times a day, and looking takes a moment: a second look nearly always agrees.
_LOOKS = 10

State = int | str | None
"""What names a table's rows: the id of an Iceberg snapshot; a fingerprint of the files of a table
that is none, which can only be read as it is; None for a table that never had a row."""


class MissingTablesError(LookupError):
    """Tables that are not in the catalog, or are neither Iceberg's nor made of files."""

    def __init__(self, tables: Iterable[str]) -> None:
        self.tables = tuple(sorted(tables))
        super().__init__(", ".join(self.tables))


@dataclass(frozen=True)
class TableSnapshot:
    """What a table holds at a moment."""

    state: State
    changed_at_ms: int
    """When the table last changed, a rollback included; 0 for files that never were."""


class TableSnapshots:
    """Reads the catalog's pointers, the tables' metadata, and the lists of others' files."""

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
                return {table: self._snapshot(pointer) for table, pointer in after.items()}
            before = after
        raise TimeoutError(f"the tables changed under each of {_LOOKS} looks: {sorted(before)}")

    def _pointers(self, tables: list[tuple[str, str]]) -> dict[str, str | TableSnapshot]:
        """The metadata file of each Iceberg table, and of the others the snapshot itself."""
        found: dict[str, str | TableSnapshot] = {}
        missing = []
        for database, table in tables:
            try:
                answer = self._glue.get_table(DatabaseName=database, Name=table)["Table"]
            except self._glue.exceptions.EntityNotFoundException:
                missing.append(f"{database}.{table}")
                continue
            uri = answer.get("Parameters", {}).get("metadata_location")
            location = answer.get("StorageDescriptor", {}).get("Location")
            if uri:
                found[f"{database}.{table}"] = uri
            elif location and answer.get("TableType") == "EXTERNAL_TABLE":
                found[f"{database}.{table}"] = self._of_files(location)
            else:
                missing.append(f"{database}.{table}")
        if missing:
            raise MissingTablesError(missing)
        return found

    def _of_files(self, location: str) -> TableSnapshot:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        files = [
            (item["Key"], item["ETag"], round(item["LastModified"].timestamp() * 1000))
            for page in pages
            for item in page.get("Contents", ())
        ]
        if not files:
            return TableSnapshot(None, 0)
        fingerprint = hashlib.blake2b(json.dumps(files).encode(), digest_size=8).hexdigest()
        return TableSnapshot(f"files-{fingerprint}", max(changed for _, _, changed in files))

    def _snapshot(self, pointer: str | TableSnapshot) -> TableSnapshot:
        if isinstance(pointer, TableSnapshot):
            return pointer
        # A metadata file never changes: a table that did has another one.
        if pointer not in self._read:
            bucket, _, key = pointer.removeprefix("s3://").partition("/")
            content = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            if content[:2] == b"\x1f\x8b":
                content = gzip.decompress(content)
            self._read[pointer] = snapshot_of(json.loads(content))
        return self._read[pointer]


def snapshot_of(metadata: Mapping[str, Any]) -> TableSnapshot:
    """The current snapshot that a table's metadata file names."""
    snapshot_id = metadata.get("current-snapshot-id")
    # Iceberg writes -1 for a table without snapshots, or nothing.
    return TableSnapshot(
        None if snapshot_id in (None, -1) else int(snapshot_id), int(metadata["last-updated-ms"])
    )
