"""A gold table in Iceberg: written on a branch of its own, then brought to its readers at once."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from rlm.domain.gold import GoldSqlError
from rlm.jobs.iceberg import IcebergTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from rlm.domain.gold import GoldTable

_INPUTS = "rlm.inputs"
_SQL = "rlm.sql"
_CHECKS = "rlm.checks"
# As clean_sources calls it.
_RUN = "rlm.run_id"
_BRANCH = "audit_"
# Old versions of the metadata are of no use to anyone once their snapshots have expired.
_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}
# What Iceberg widens without touching a file.
_WIDENED = {("int", "bigint"), ("float", "double")}


@dataclass(frozen=True)
class Origin:
    """What a published table was built from."""

    inputs: Mapping[str, int | None]
    """Snapshot of each input."""
    sql: str
    checks: str
    run_id: str
    """Which run built it."""

    def properties(self) -> dict[str, str]:
        inputs = json.dumps(self.inputs, sort_keys=True)
        return {_INPUTS: inputs, _SQL: self.sql, _CHECKS: self.checks, _RUN: self.run_id}


class PublishedTable:
    """One gold table. All that is known of its builds is in its own snapshots."""

    def __init__(self, spark: SparkSession, gold: GoldTable, name: str) -> None:
        self.gold = gold
        self.name = name
        self._spark = spark
        self._table = IcebergTable(spark, name) if spark.catalog.tableExists(name) else None

    @property
    def table(self) -> IcebergTable:
        if self._table is None:
            raise RuntimeError(f"{self.name} is used before it is made")
        return self._table

    def origin(self) -> Origin | None:
        """None where the table does not exist, is empty, or was written by somebody else."""
        if self._table is None:
            return None
        for snapshot in self._table.ancestors(self._table.snapshot_id()):
            if _INPUTS in (told := snapshot.summary):
                inputs = json.loads(told[_INPUTS])
                return Origin(inputs, told[_SQL], told[_CHECKS], told.get(_RUN, ""))
            if snapshot.operation != "replace":
                return None
        return None

    def rows(self, branch: str = "main") -> int:
        """Rows that a branch holds, as its snapshot says."""
        current = None if self._table is None else self._table.snapshot_id(branch)
        snapshot = None if current is None else self.table.snapshot(current)
        return 0 if snapshot is None else int(snapshot.summary["total-records"])

    def make(self, rows: DataFrame) -> None:
        """Makes the table for `rows`, or adds the columns that it lacks.

        Raises `GoldSqlError` where a column has become another type.
        """
        wanted = {f.name: f.dataType.simpleString() for f in rows.schema}
        partition = self.gold.partition
        missing = {*self.gold.key, *((partition,) if partition else ())} - wanted.keys()
        if missing:
            raise GoldSqlError(f"gold.{self.gold.name}: its SELECT answers no {sorted(missing)}")
        if self._table is None:
            columns = ", ".join(f"`{name}` {type_}" for name, type_ in wanted.items())
            properties = ", ".join(f"'{k}' = '{v}'" for k, v in _PROPERTIES.items())
            self._spark.sql(
                f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}) USING iceberg"
                f" {f'PARTITIONED BY (`{partition}`)' if partition else ''}"
                f" TBLPROPERTIES ({properties})"
            )
            self._table = IcebergTable(self._spark, self.name)
            return
        self._add_columns(wanted)
        self._partition_by(partition)

    def _add_columns(self, wanted: Mapping[str, str]) -> None:
        existing = {f.name: f.dataType.simpleString() for f in self._columns()}
        for name, type_ in wanted.items():
            found = existing.get(name)
            if found is None:
                self._spark.sql(f"ALTER TABLE {self.name} ADD COLUMN `{name}` {type_}")
            elif (found, type_) in _WIDENED:
                self._spark.sql(f"ALTER TABLE {self.name} ALTER COLUMN `{name}` TYPE {type_}")
            elif found != type_:
                raise GoldSqlError(
                    f"gold.{self.gold.name}.{name} is {found} and its SQL now answers {type_}; a "
                    f"column that means something else needs a new name, or DROP TABLE {self.name}"
                )
        self.table.refresh()

    def _partition_by(self, partition: str | None) -> None:
        """Only a full build comes here with another partition: it leaves no file of the old one."""
        existing = self.table.partition_columns()
        wanted = [partition] if partition else []
        if existing == wanted:
            return
        for column in existing:
            self._spark.sql(f"ALTER TABLE {self.name} DROP PARTITION FIELD `{column}`")
        for column in wanted:
            self._spark.sql(f"ALTER TABLE {self.name} ADD PARTITION FIELD `{column}`")
        self.table.refresh()

    def open_branch(self) -> str:
        """A new branch at what is published; what killed or failed builds left goes."""
        for stale in self.table.branches():
            if stale.startswith(_BRANCH):
                self.table.drop_branch(stale)
        # Nobody else can write to a branch of this name: what is audited is what is published.
        branch = f"{_BRANCH}{uuid.uuid4().hex[:12]}"
        self.table.create_branch(branch)
        return branch

    def has_branch(self, branch: str) -> bool:
        """Whether it is still there, whoever may have dropped it."""
        self.table.refresh()
        return branch in self.table.branches()

    def write(
        self, rows: DataFrame, branch: str, partitions: list[object] | None, origin: Origin
    ) -> None:
        """Puts `rows` in the place of these partitions' rows, or of all rows, in one commit.

        A partition without a row among `rows` is empty afterwards.
        """
        have = {f.name for f in rows.schema}
        dropped = [f for f in self._columns() if f.name not in have]
        gone = [F.lit(None).cast(f.dataType).alias(f.name) for f in dropped]
        writer = rows.select("*", *gone).writeTo(f"{self.name}.branch_{branch}")
        for key, value in origin.properties().items():
            writer = writer.option(f"snapshot-property.{key}", value)
        writer.overwrite(F.lit(True) if partitions is None else self.is_in(partitions))
        self.table.refresh()

    def write_nothing(self, branch: str, origin: Origin) -> None:
        """Only puts down what the table is now built from."""
        self.table.append_nothing(branch, origin.properties())

    def partitions(self, branch: str) -> int:
        """How many partitions the last write to a branch brought or took away."""
        current = self.table.snapshot_id(branch)
        snapshot = None if current is None else self.table.snapshot(current)
        return 0 if snapshot is None else int(snapshot.summary["changed-partition-count"])

    def is_in(self, partitions: list[object]) -> Column:
        """Whether a row belongs to one of these partitions."""
        column = F.col(str(self.gold.partition))
        condition = column.isin([p for p in partitions if p is not None])
        return condition | column.isNull() if None in partitions else condition

    def publish(self, branch: str, rows: DataFrame | None) -> bool:
        """Shows the branch to readers; False where somebody else has published meanwhile.

        Columns that `rows` no longer answers go once no reader needs them.
        """
        if not self.table.publish(branch):
            return False
        have = None if rows is None else {f.name for f in rows.schema}
        for field in self._columns():
            if have is not None and field.name not in have:
                self._spark.sql(f"ALTER TABLE {self.name} DROP COLUMN `{field.name}`")
        self.table.refresh()
        return True

    def _columns(self) -> StructType:
        return self._spark.table(self.name).schema
