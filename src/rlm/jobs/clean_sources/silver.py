"""Silver tables in Iceberg: made from the contract, changed by one atomic publication a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm.jobs.clean_sources.rules import literal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from rlm.domain.contract import Contract
    from rlm.jobs.clean_sources.versions import Changes

_BRANCH = "batch"
_BATCH_PROPERTY = "rlm.batch_id"
# Iceberg compares no more values than these with the bounds of a file.
_NAMED_KEYS = 200
# Late rows touch many old partitions. Deleting by position writes as much as has changed;
# maintain_lake compacts. Sorting rows into partitions would cost a shuffle of every load, so each
# task keeps a file open for each of the few months that it sees.
_PROPERTIES = {
    "format-version": "2",
    "write.delete.mode": "merge-on-read",
    "write.update.mode": "merge-on-read",
    "write.merge.mode": "merge-on-read",
    "write.distribution-mode": "none",
    "write.merge.distribution-mode": "none",
    "write.spark.fanout.enabled": "true",
    "write.parquet.compression-codec": "zstd",
}


@dataclass(frozen=True)
class SilverTable:
    """The table of one source. Grain: one row a key of its contract."""

    spark: SparkSession
    contract: Contract
    catalog: str
    database: str

    @property
    def name(self) -> str:
        return f"{self.catalog}.{self.database}.{self.contract.source}"

    def create(self) -> None:
        """Makes the table where it is missing; raises where it lacks a column of the contract."""
        columns = ", ".join(f"`{c.name}` {c.type}" for c in self.contract.silver)
        partitions = f"PARTITIONED BY ({self.contract.partitioned_by})"
        properties = ", ".join(f"'{k}' = '{v}'" for k, v in _PROPERTIES.items())
        self.spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}, row_hash BIGINT) USING iceberg"
            f" {partitions if self.contract.partitioned_by else ''} TBLPROPERTIES ({properties})"
        )
        missing = {c.name for c in self.contract.silver} - set(self.read().columns)
        if missing:
            raise RuntimeError(
                f"{self.name} lacks {sorted(missing)}, which contract {self.contract.version} "
                "promises; add the columns with ALTER TABLE and run again"
            )

    def read(self) -> DataFrame:
        return self.spark.table(self.name)

    def rows(self) -> int:
        return self.read().count()

    def has_rows(self) -> bool:
        return not self.read().isEmpty()

    def has_batch(self, batch_id: str) -> bool:
        """Whether this batch was published, however its run ended."""
        # A snapshot of the branch alone is one that no reader has seen.
        found = self.spark.sql(
            f"SELECT 1 FROM {self.name}.snapshots JOIN {self.name}.history USING (snapshot_id)"
            f" WHERE is_current_ancestor AND summary['{_BATCH_PROPERTY}'] = '{batch_id}'"
        )
        return not found.isEmpty()

    def forget_branch(self) -> None:
        """Drops what a killed publication left: a branch would keep its snapshots for ever."""
        self.spark.sql(f"ALTER TABLE {self.name} DROP BRANCH IF EXISTS {_BRANCH}")

    def publish(self, changes: Changes, batch_id: str) -> None:
        """Brings `changes` into the table: readers see all of them or none."""
        if not changes.update_rows:
            changes.inserts.writeTo(self.name).option(
                f"snapshot-property.{_BATCH_PROPERTY}", batch_id
            ).append()
            return
        branch = f"{self.name}.branch_{_BRANCH}"
        self.spark.sql(f"ALTER TABLE {self.name} CREATE OR REPLACE BRANCH {_BRANCH}")
        self._merge(changes.updates, branch, changes.update_rows)
        changes.inserts.writeTo(branch).option(
            f"snapshot-property.{_BATCH_PROPERTY}", batch_id
        ).append()
        table = f"{self.database}.{self.contract.source}"
        self.spark.sql(f"CALL {self.catalog}.system.fast_forward('{table}', 'main', '{_BRANCH}')")
        self.spark.sql(f"ALTER TABLE {self.name} DROP BRANCH {_BRANCH}")

    def _merge(self, updates: DataFrame, target: str, rows: int) -> None:
        updates.createOrReplaceTempView("updates")
        keys = " AND ".join(f"silver.`{k}` = new.`{k}`" for k in self.contract.key)
        if rows <= _NAMED_KEYS:
            # Named, they let Iceberg pass over files: a correction is mostly of recent rows.
            first = self.contract.key[0]
            named = {row[first] for row in updates.select(first).distinct().collect()}
            keys += f" AND silver.`{first}` IN ({', '.join(literal(n) for n in sorted(named))})"
        grown = {
            c.name: f"greatest(silver.`{c.name}`, new.`{c.name}`)"
            for c in self.contract.silver
            if c.merges_greatest
        }
        names = [c.name for c in self.contract.silver] + ["row_hash"]
        newest = ", ".join(f"`{n}` = {grown.get(n, f'new.`{n}`')}" for n in names)
        older = ", ".join(f"`{n}` = {value}" for n, value in grown.items())
        self.spark.sql(
            f"MERGE INTO {target} AS silver USING (SELECT /*+ BROADCAST(updates) */ * FROM updates)"
            f" AS new ON {keys} WHEN MATCHED AND new.is_newer THEN UPDATE SET {newest}"
            + (f" WHEN MATCHED THEN UPDATE SET {older}" if older else "")
        )
