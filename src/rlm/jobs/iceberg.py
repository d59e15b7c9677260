"""Iceberg's own API, as far as Spark SQL has no words for it or would start a job to answer.

The only module that calls it: everything else sees Python values and DataFrames.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pyspark.sql import DataFrame, SparkSession

MAIN = "main"
# Each question about a file crosses into the JVM; more files than these are asked by Spark.
_FEW_FILES = 100


@dataclass(frozen=True)
class Snapshot:
    id: int
    parent_id: int | None
    operation: str
    """append, overwrite, delete, or replace: other files with the same rows."""
    committed_at_ms: int
    summary: Mapping[str, str]


@dataclass(frozen=True)
class FileTask:
    """One data file of a snapshot with the delete files that apply to it."""

    task: Any
    deletes: frozenset[str]
    has_equality_deletes: bool


class IcebergTable:
    """An existing table; `name` as Spark SQL names it. What is asked costs no Spark job."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self.spark = spark
        self.name = name
        self._iceberg: Any = spark._jvm.org.apache.iceberg  # type: ignore[union-attr]
        loader = self._iceberg.spark.Spark3Util
        self._table = loader.loadIcebergTable(spark._jsparkSession, name)
        self.refresh()

    def refresh(self) -> None:
        """Sees what others have committed since; Spark then sees it too."""
        self._table.refresh()

    def snapshot_id(self, ref: str = MAIN) -> int | None:
        """The snapshot that a branch stands at; None while nothing was written to it."""
        found = self._table.refs().get(ref)
        return None if found is None else int(found.snapshotId())

    def snapshot(self, snapshot_id: int) -> Snapshot | None:
        """None for a snapshot that has expired."""
        found = self._table.snapshot(snapshot_id)
        if found is None:
            return None
        parent = found.parentId()
        return Snapshot(
            id=snapshot_id,
            parent_id=None if parent is None else int(parent),
            operation=found.operation(),
            committed_at_ms=int(found.timestampMillis()),
            summary=dict(found.summary()),
        )

    def ancestors(self, snapshot_id: int | None) -> Iterator[Snapshot]:
        """The snapshot and those before it, newest first, as far as they have not expired."""
        while snapshot_id is not None:
            found = self.snapshot(snapshot_id)
            if found is None:
                return
            yield found
            snapshot_id = found.parent_id

    def branches(self) -> list[str]:
        return sorted(r for r in self._table.refs().keySet() if r != MAIN)

    def snapshot_times_ms(self) -> list[int]:
        """When each snapshot that has not expired was committed, oldest first."""
        return sorted(int(s.timestampMillis()) for s in self._table.snapshots())

    def manifests(self) -> int:
        """How many manifests a reader of the current snapshot opens."""
        current = self._table.currentSnapshot()
        return 0 if current is None else len(current.allManifests(self._table.io()))

    def location(self) -> str:
        """URI of the table's folder."""
        return str(self._table.location()).rstrip("/")

    def partition_columns(self) -> list[str]:
        """Columns that the partitions are made from, by identity or by a transform."""
        schema = self._table.schema()
        return [
            str(schema.findColumnName(field.sourceId())) for field in self._table.spec().fields()
        ]

    def create_branch(self, branch: str) -> None:
        """A branch that starts at what is published, or empty."""
        self._table.manageSnapshots().createBranch(branch).commit()
        self.refresh()

    def drop_branch(self, branch: str) -> None:
        self._table.manageSnapshots().removeBranch(branch).commit()
        self.refresh()

    def append_nothing(self, branch: str, properties: Mapping[str, str]) -> None:
        """A commit that changes no row and carries `properties`."""
        append = self._table.newAppend().toBranch(branch)
        for key, value in properties.items():
            append.set(key, value)
        append.commit()
        self.refresh()

    def publish(self, branch: str) -> bool:
        """Brings main to where `branch` stands and drops it, in one commit.

        False, with nothing changed, where main has moved away from the branch's start.
        """
        self.refresh()
        start, end = self.snapshot_id(), self.snapshot_id(branch)
        if start not in {s.id for s in self.ancestors(end)} and start is not None:
            return False
        change = self._table.manageSnapshots()
        if start is None:
            change.createBranch(MAIN, end)
        else:
            change.fastForwardBranch(MAIN, branch)
        try:
            # Iceberg compares again with what is committed by then and refuses what does not fit.
            change.removeBranch(branch).commit()
        except Py4JJavaError:
            self.refresh()
            if self.snapshot_id() == start:
                raise
            return False
        self.refresh()
        return True

    def file_tasks(self, snapshot_id: int | None) -> dict[str, FileTask]:
        """The data files of a snapshot by their address; none where there is no snapshot."""
        if snapshot_id is None:
            return {}
        found: dict[str, FileTask] = {}
        for task in _each(self._table.newScan().useSnapshot(snapshot_id).planFiles()):
            # Most files have none, and each question crosses into the JVM.
            deletes = [] if task.deletes().isEmpty() else list(task.deletes())
            found[task.file().location()] = FileTask(
                task,
                frozenset(d.location() for d in deletes),
                any(d.content().name() == "EQUALITY_DELETES" for d in deletes),
            )
        return found

    def rows(self) -> int | None:
        """Rows of what is published, by what Iceberg notes of each file; None where only reading
        tells: of deletes that are not of one file alone, and of so many files that Spark is
        quicker."""
        current = self._table.currentSnapshot()
        if current is None:
            return 0
        if int(current.summary().getOrDefault("total-data-files", "0")) > _FEW_FILES:
            return None
        rows = 0
        is_of_one_file = self._iceberg.util.ContentFileUtil.isFileScoped
        for task in _each(self._table.newScan().planFiles()):
            rows += int(task.file().recordCount())
            for delete in [] if task.deletes().isEmpty() else list(task.deletes()):
                if not is_of_one_file(delete):
                    return None
                rows -= int(delete.recordCount())
        return rows

    def read_files(self, tasks: Collection[FileTask]) -> DataFrame:
        """The rows of these files alone, those left out that the tasks' delete files name."""
        return self._read_tasks(self._table, self.name, [t.task for t in tasks])

    def read_position_deletes(self, snapshot_id: int, files: Collection[str]) -> DataFrame:
        """`file_path` and `pos` of the rows that these delete files of a snapshot delete."""
        table = self._iceberg.MetadataTableUtils.createMetadataTableInstance(
            self._table, self._iceberg.MetadataTableType.POSITION_DELETES
        )
        planned = table.newBatchScan().useSnapshot(snapshot_id).planFiles()
        tasks = [t for t in _each(planned) if t.file().location() in files]
        rows = self._read_tasks(table, f"{self.name}.position_deletes", tasks)
        return rows.select("file_path", "pos")

    def _read_tasks(self, table: Any, name: str, tasks: list[Any]) -> DataFrame:
        # How Iceberg's own compaction reads chosen files: it parks them under a name first.
        group = uuid.uuid4().hex
        staged = self.spark._jvm.java.util.ArrayList()  # type: ignore[union-attr]
        for task in tasks:
            staged.add(task)
        self._iceberg.spark.ScanTaskSetManager.get().stageTasks(table, group, staged)
        return self.spark.read.format("iceberg").option("scan-task-set-id", group).load(name)


def _each(planned: Any) -> Iterator[Any]:
    """The items of Iceberg's CloseableIterable."""
    try:
        items = planned.iterator()
        while items.hasNext():
            yield items.next()
    finally:
        planned.close()
