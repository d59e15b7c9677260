"""Iceberg tables as SELECTs of DuckDB: at a snapshot, and their metadata tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.athena.failures import QueryFailedError, not_supported
from localaws.athena.sources import quoted, string

# The rows of a query of DuckDB's.
RowsOf = Callable[[str], list[tuple[Any, ...]]]
_TYPES = {
    "boolean": "BOOLEAN", "int": "INTEGER", "long": "BIGINT", "float": "FLOAT",
    "double": "DOUBLE", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ", "string": "VARCHAR", "uuid": "UUID", "binary": "BLOB",
}  # fmt: skip
_CONTENTS = "CASE data_file.content WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 END"


@dataclass(frozen=True)
class IcebergTable:
    """A table's metadata file, read."""

    location: str
    metadata: dict[str, Any]
    rows_of: RowsOf

    @classmethod
    def read(cls, location: str, rows_of: RowsOf) -> IcebergTable:
        content = rows_of(f"SELECT content FROM read_text({string(location)})")[0][0]  # noqa: S608
        return cls(location, json.loads(content), rows_of)

    @property
    def snapshots(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.metadata.get("snapshots", [])
        return found

    @property
    def current(self) -> dict[str, Any] | None:
        return self.snapshot(self.metadata.get("current-snapshot-id"))

    def snapshot(self, snapshot_id: object) -> dict[str, Any] | None:
        return next((one for one in self.snapshots if one["snapshot-id"] == snapshot_id), None)

    def at_time(self, name: str, at_ms: int, shown: str) -> dict[str, Any]:
        """The snapshot that was current then."""
        past = [
            one for one in self.metadata.get("snapshot-log", []) if one["timestamp-ms"] <= at_ms
        ]
        found = self.snapshot(past[-1]["snapshot-id"]) if past else None
        if found is None:
            raise QueryFailedError(
                "INVALID_ARGUMENTS", f"No version history table {name} at or before {shown}"
            )
        return found

    def at_version(self, version: int | str) -> dict[str, Any]:
        """The snapshot of an id, a tag or a branch."""
        wanted: object = version
        if isinstance(version, str):
            reference = self.metadata.get("refs", {}).get(version)
            if reference is None:
                raise QueryFailedError(
                    "INVALID_ARGUMENTS", f"Cannot find snapshot with reference name: {version}"
                )
            wanted = reference["snapshot-id"]
        found = self.snapshot(wanted)
        if found is None:
            raise QueryFailedError(
                "INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {version}"
            )
        return found

    def rows(self, snapshot: dict[str, Any] | None) -> str:
        """The table's rows at a snapshot; a table that was never written to has none."""
        if snapshot is None:
            fields = self._schema()["fields"]
            chosen = ", ".join(
                f"CAST(NULL AS {_duckdb(one['type'])}) AS {quoted(one['name'])}" for one in fields
            )
            return f"SELECT {chosen} WHERE false"
        version = ""
        if snapshot is not self.current:
            version = f", snapshot_from_id = {int(snapshot['snapshot-id'])}"
        return f"SELECT * FROM iceberg_scan({string(self.location)}{version})"  # noqa: S608

    def metadata_rows(self, kind: str) -> str:
        """`"table$snapshots"` and its kin, with Trino's columns."""
        makers = {
            "snapshots": self._snapshots, "history": self._history, "refs": self._refs,
            "manifests": self._manifests, "files": self._files, "partitions": self._partitions,
        }  # fmt: skip
        if kind not in makers:
            raise not_supported(f"the metadata table ${kind}")
        return makers[kind]()

    def _schema(self) -> dict[str, Any]:
        current = self.metadata.get("current-schema-id", 0)
        schemas: list[dict[str, Any]] = self.metadata.get("schemas", [])
        return next(one for one in schemas if one.get("schema-id", 0) == current)

    def _snapshots(self) -> str:
        rows = [
            f"(make_timestamptz({one['timestamp-ms']} * 1000), {one['snapshot-id']},"
            f" {_or_null(one.get('parent-snapshot-id'))},"
            f" {string(one.get('summary', {}).get('operation', ''))},"
            f" {string(one.get('manifest-list', ''))}, {_map(one.get('summary', {}))})"
            for one in self.snapshots
        ]
        return _values(
            rows,
            {
                "committed_at": "TIMESTAMPTZ",
                "snapshot_id": "BIGINT",
                "parent_id": "BIGINT",
                "operation": "VARCHAR",
                "manifest_list": "VARCHAR",
                "summary": "MAP(VARCHAR, VARCHAR)",
            },
        )

    def _history(self) -> str:
        ancestors, found = set(), self.current
        while found is not None:
            ancestors.add(found["snapshot-id"])
            found = self.snapshot(found.get("parent-snapshot-id"))
        rows = []
        for one in self.metadata.get("snapshot-log", []):
            snapshot = self.snapshot(one["snapshot-id"]) or {}
            rows.append(
                f"(make_timestamptz({one['timestamp-ms']} * 1000), {one['snapshot-id']},"
                f" {_or_null(snapshot.get('parent-snapshot-id'))},"
                f" {str(one['snapshot-id'] in ancestors).lower()})"
            )
        return _values(
            rows,
            {
                "made_current_at": "TIMESTAMPTZ",
                "snapshot_id": "BIGINT",
                "parent_id": "BIGINT",
                "is_current_ancestor": "BOOLEAN",
            },
        )

    def _refs(self) -> str:
        rows = [
            f"({string(name)}, {string(str(one['type']).upper())}, {one['snapshot-id']},"
            f" {_or_null(one.get('max-ref-age-ms'))},"
            f" {_or_null(one.get('min-snapshots-to-keep'))},"
            f" {_or_null(one.get('max-snapshot-age-ms'))})"
            for name, one in sorted(self.metadata.get("refs", {}).items())
        ]
        return _values(
            rows,
            {
                "name": "VARCHAR",
                "type": "VARCHAR",
                "snapshot_id": "BIGINT",
                "max_reference_age_in_ms": "BIGINT",
                "min_snapshots_to_keep": "INTEGER",
                "max_snapshot_age_in_ms": "BIGINT",
            },
        )

    def _manifests(self) -> str:
        return (
            "SELECT manifest_path AS path, manifest_length AS length, partition_spec_id,"  # noqa: S608
            " added_snapshot_id, added_files_count AS added_data_files_count, added_rows_count,"
            " existing_files_count AS existing_data_files_count, existing_rows_count,"
            " deleted_files_count AS deleted_data_files_count, deleted_rows_count"
            f" FROM {self._manifest_list()}"
        )

    def _files(self) -> str:
        return (
            f"SELECT {_CONTENTS} AS content, data_file.file_path AS file_path,"  # noqa: S608
            " data_file.file_format AS file_format, data_file.record_count AS record_count,"
            " data_file.file_size_in_bytes AS file_size_in_bytes"
            f" FROM {self._entries()}"
        )

    def _partitions(self) -> str:
        spec = self.metadata.get("default-spec-id", 0)
        if any(one["spec-id"] != spec for one in self.metadata.get("partition-specs", [])):
            raise not_supported("$partitions of a table whose partitioning was changed")
        fields = self.metadata["partition-specs"][0]["fields"]
        partition = 'data_file."partition" AS "partition", ' if fields else ""
        grouped = ' GROUP BY data_file."partition"' if fields else ""
        return (
            f"SELECT {partition}CAST(sum(data_file.record_count) AS BIGINT) AS record_count,"  # noqa: S608
            " count(*) AS file_count, CAST(sum(data_file.file_size_in_bytes) AS BIGINT)"
            f" AS total_size FROM {self._entries()} WHERE data_file.content = 0{grouped}"
        )

    def _manifest_list(self) -> str:
        if self.current is None:
            raise not_supported("metadata tables of an Iceberg table without snapshots")
        return f"read_avro({string(self.current['manifest-list'])})"

    def _entries(self) -> str:
        """The live entries of every manifest."""
        manifests = self.rows_of(f"SELECT manifest_path FROM {self._manifest_list()}")  # noqa: S608
        parts = [
            f"SELECT data_file FROM read_avro({string(str(path))}) WHERE status <> 2"  # noqa: S608
            for (path,) in manifests
        ]
        return "(" + " UNION ALL BY NAME ".join(parts) + ")"


def _duckdb(kind: Any) -> str:
    if isinstance(kind, str):
        if kind.startswith("decimal"):
            return kind.upper()
        return _TYPES.get(kind, "BLOB")
    if kind["type"] == "list":
        return _duckdb(kind["element"]) + "[]"
    if kind["type"] == "map":
        return f"MAP({_duckdb(kind['key'])}, {_duckdb(kind['value'])})"
    fields = ", ".join(f"{quoted(one['name'])} {_duckdb(one['type'])}" for one in kind["fields"])
    return f"STRUCT({fields})"


def _values(rows: list[str], columns: dict[str, str]) -> str:
    chosen = ", ".join(
        f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in columns.items()
    )
    names = ", ".join(quoted(name) for name in columns)
    filled = ", ".join(rows) or "(" + ", ".join("NULL" for _ in columns) + ")"
    nothing = "" if rows else " WHERE false"
    return f"SELECT {chosen} FROM (VALUES {filled}) AS t({names}){nothing}"  # noqa: S608


def _or_null(value: object) -> str:
    return "NULL" if value is None else str(int(str(value)))


def _map(values: dict[str, str]) -> str:
    keys = ", ".join(string(key) for key in values)
    entries = ", ".join(string(str(value)) for value in values.values())
    return f"map([{keys}], [{entries}])"
