"""What a crawl found, brought into the Glue Data Catalog by the crawler's policy."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.glue_crawlers.table_input import (
    DEPRECATED_PARAMETER,
    OWNER_PARAMETER,
    column_inputs,
    partition_inputs,
    table_input,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localaws.glue_crawlers.layout import FoundTable
    from localaws.operations import Document

    GlueCall = Callable[[str, Document], Document]
    Log = Callable[[str, str], None]

BATCH = 100
# What a table or partition is compared by; the rest is the catalog's own.
TABLE_FIELDS = ("StorageDescriptor", "PartitionKeys", "Parameters", "TableType")
PARTITION_FIELDS = ("StorageDescriptor", "Parameters")


class CatalogWriter:
    """One crawl's writing; `counts` says what changed: for the same files again, nothing."""

    def __init__(self, call: GlueCall, crawler: Document, log: Log) -> None:
        self._call = call
        self._crawler = crawler["Name"]
        self._database = crawler["DatabaseName"]
        self._prefix = crawler.get("TablePrefix", "")
        self._updates = crawler["SchemaChangePolicy"]["UpdateBehavior"] == "UPDATE_IN_DATABASE"
        self._deletes = crawler["SchemaChangePolicy"]["DeleteBehavior"]
        self._merges = "MergeNewColumns" in crawler.get("Configuration", "")
        self._log = log
        self._tables = {
            table["Name"]: table
            for table in self._pages("GetTables", {"DatabaseName": self._database}, "TableList")
        }
        self.seen: set[str] = set()
        self.counts: Counter[str] = Counter()

    def write(self, table: FoundTable, bucket: str) -> None:
        """Create or update one table, then its partitions."""
        name = self._name(table, bucket)
        self.seen.add(name)
        existing = self._tables.get(name)
        columns = column_inputs(table)
        if existing is not None:
            columns = self._columns(name, existing, columns, table.partition_keys)
        wanted = table_input(table, name, bucket, self._crawler, columns)
        if existing is None:
            self._call("CreateTable", {"DatabaseName": self._database, "TableInput": wanted})
            self._tables[name] = wanted
            self._log("INFO", f"Created table {name} in database {self._database}")
            self.counts["created"] += 1
        elif _differs(existing, wanted, TABLE_FIELDS):
            self._update(name, existing, wanted)
        if table.partition_keys:
            self._write_partitions(name, partition_inputs(table, bucket, columns))

    def remove_unseen(self, locations: list[str]) -> None:
        """Tables of this crawler, below its targets, whose files are gone."""
        for name, table in self._tables.items():
            location = table.get("StorageDescriptor", {}).get("Location", "")
            parameters = table.get("Parameters", {})
            if (
                name in self.seen
                or parameters.get(OWNER_PARAMETER) != self._crawler
                or not any(location.startswith(target) for target in locations)
            ):
                continue
            if self._deletes == "DELETE_FROM_DATABASE":
                self._call("DeleteTable", {"DatabaseName": self._database, "Name": name})
                self.counts["deleted"] += 1
                self._log("INFO", f"Deleted table {name}: no files are left at {location}")
            elif self._deletes == "DEPRECATE_IN_DATABASE":
                if DEPRECATED_PARAMETER not in parameters:
                    changed = _input_of(table)
                    changed["Parameters"] = parameters | _deprecated()
                    self._call(
                        "UpdateTable", {"DatabaseName": self._database, "TableInput": changed}
                    )
                    self.counts["updated"] += 1
                    self._log("INFO", f"Deprecated table {name}: no files at {location}")
            else:
                self._log("WARN", f"Table {name} has no files left at {location}")

    def _name(self, table: FoundTable, bucket: str) -> str:
        """Glue's rule: a name that another place has taken gets a hash of the location."""
        name: str = self._prefix + (table.name or bucket.replace("-", "_").replace(".", "_"))
        location = f"s3://{bucket}/{table.location}"
        taken = self._tables.get(name)
        if taken is None or taken["StorageDescriptor"].get("Location", "").rstrip(
            "/"
        ) == location.rstrip("/"):
            return name
        return f"{name}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"

    def _columns(
        self, name: str, existing: Document, found: list[Document], keys: tuple[str, ...]
    ) -> list[Document]:
        """Which columns an existing table has from now on."""
        kept: list[Document] = existing["StorageDescriptor"].get("Columns", [])
        if not self._updates:
            if kept != found:
                self._log("WARN", f"Table {name}: the schema changed; by policy it is kept")
            return kept
        if self._merges:
            names = {column["Name"] for column in kept} | set(keys)
            return kept + [column for column in found if column["Name"] not in names]
        return found

    def _update(self, name: str, existing: Document, wanted: Document) -> None:
        if not self._updates:
            return
        if existing.get("PartitionKeys", []) != wanted["PartitionKeys"]:
            # The old partitions mean nothing under other keys.
            self._call("DeleteTable", {"DatabaseName": self._database, "Name": name})
            self._call("CreateTable", {"DatabaseName": self._database, "TableInput": wanted})
        else:
            self._call("UpdateTable", {"DatabaseName": self._database, "TableInput": wanted})
        if _differs(existing["StorageDescriptor"], wanted["StorageDescriptor"], ("Columns",)):
            self._log("INFO", f"Updated table {name} in database {self._database}")
        self.counts["updated"] += 1

    def _write_partitions(self, name: str, wanted: list[Document]) -> None:
        table = {"DatabaseName": self._database, "TableName": name}
        existing = {
            tuple(partition["Values"]): partition
            for partition in self._pages("GetPartitions", table, "Partitions")
        }
        new = [one for one in wanted if tuple(one["Values"]) not in existing]
        changed = [
            one
            for one in wanted
            if tuple(one["Values"]) in existing
            and _differs(existing[tuple(one["Values"])], one, PARTITION_FIELDS)
        ]
        for batch in _batches(new):
            answer = self._call("BatchCreatePartition", table | {"PartitionInputList": batch})
            _raise_first(answer)
        for batch in _batches(changed):
            entries = [
                {"PartitionValueList": one["Values"], "PartitionInput": one} for one in batch
            ]
            _raise_first(self._call("BatchUpdatePartition", table | {"Entries": entries}))
        if new:
            values = [one["Values"] for one in new]
            self._log("INFO", f"Created partitions with values {values} for table {name}")
        self.counts["partitions_created"] += len(new)
        self.counts["partitions_updated"] += len(changed)
        gone = existing.keys() - {tuple(one["Values"]) for one in wanted}
        for key in sorted(gone):
            self._remove_partition(table, existing[key])

    def _remove_partition(self, table: Document, partition: Document) -> None:
        values = partition["Values"]
        where = f"partition {values} of table {table['TableName']}"
        if self._deletes == "DELETE_FROM_DATABASE":
            self._call("DeletePartition", table | {"PartitionValues": values})
            self.counts["partitions_deleted"] += 1
            self._log("INFO", f"Deleted {where}: no files are left")
        elif self._deletes == "LOG":
            self._log("WARN", f"No files are left in {where}")
        elif DEPRECATED_PARAMETER not in partition.get("Parameters", {}):
            changed = {
                "Values": values,
                "StorageDescriptor": partition["StorageDescriptor"],
                "Parameters": partition.get("Parameters", {}) | _deprecated(),
            }
            entry = {"PartitionValueList": values, "PartitionInput": changed}
            _raise_first(self._call("BatchUpdatePartition", table | {"Entries": [entry]}))
            self.counts["partitions_updated"] += 1
            self._log("INFO", f"Deprecated {where}: no files are left")

    def _pages(self, operation: str, request: Document, key: str) -> Iterator[Document]:
        while True:
            answer = self._call(operation, request)
            yield from answer.get(key, [])
            if not answer.get("NextToken"):
                return
            request = request | {"NextToken": answer["NextToken"]}


def _differs(existing: Document, wanted: Document, fields: tuple[str, ...]) -> bool:
    """Whether something wanted is not so; what the catalog adds of its own does not count."""
    for field in fields:
        left, right = existing.get(field), wanted.get(field)
        if isinstance(left, dict) and isinstance(right, dict):
            if _differs(left, right, tuple(right)):
                return True
        elif left != right:
            return True
    return "Parameters" in fields and DEPRECATED_PARAMETER in existing.get("Parameters", {})


def _input_of(table: Document) -> Document:
    names = ("Name", "Owner", "Retention", *TABLE_FIELDS)
    return {name: table[name] for name in names if name in table}


def _deprecated() -> dict[str, str]:
    return {DEPRECATED_PARAMETER: str(int(time.time() * 1000))}


def _raise_first(answer: Document) -> None:
    """A batch answers 200 also when it did nothing."""
    for error in answer.get("Errors", []):
        detail = error.get("ErrorDetail", {})
        raise AwsError(detail.get("ErrorCode", "Unknown"), detail.get("ErrorMessage", str(error)))


def _batches(items: list[Document]) -> Iterator[list[Document]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
