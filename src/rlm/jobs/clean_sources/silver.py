"""Silver tables in Iceberg: made from the contract, changed by one atomic publication a batch."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from time import sleep
from typing import TYPE_CHECKING

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from rlm.jobs.clean_sources.rules import literal
from rlm.jobs.clean_sources.versions import Silver
from rlm.jobs.iceberg import IcebergTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from rlm.domain.contract import Contract
    from rlm.jobs.clean_sources.versions import Changes

_BRANCH = "batch"
_BATCH_PROPERTY = "rlm.batch_id"
_RUN_PROPERTY = "rlm.run_id"
# Compaction commits a few times a table; twice in a row is bad luck, five times is another writer.
_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0
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
    report: Callable[[str], None]
    """Takes progress lines for people."""

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

    @cached_property
    def _table(self) -> IcebergTable:
        return IcebergTable(self.spark, self.name)

    @property
    def _iceberg(self) -> IcebergTable:
        """The table as it is now."""
        self._table.refresh()
        return self._table

    def rows(self) -> int:
        noted = self._iceberg.rows()
        return self.read().count() if noted is None else noted

    def rows_at_most(self) -> int:
        """What the table's files hold, deleted rows among them; costs no Spark job."""
        current = self._iceberg.snapshot_id()
        snapshot = None if current is None else self._iceberg.snapshot(current)
        return int(snapshot.summary.get("total-records", 0)) if snapshot else 0

    def content(self) -> Silver | None:
        """The rows, and the bounds of their keys by what Iceberg knows of each file; None while
        there are none."""
        if not self.rows_at_most():
            return None
        ends = []
        for name in self.contract.key:
            low, high = (
                F.col(f"readable_metrics.{name}.{end}_bound") for end in ("lower", "upper")
            )
            # Of a file without a bound anything may be expected.
            are_known = F.every(low.isNotNull() & high.isNotNull())
            ends.append(F.when(are_known, F.struct(F.min(low), F.max(high))).alias(name))
        found = self.spark.table(f"{self.name}.data_files").agg(*ends).collect()[0]
        bounds = {name: (ends[0], ends[1]) for name, ends in found.asDict().items() if ends}
        return Silver(self.read(), bounds)

    def has_batch(self, batch_id: str) -> bool:
        """Whether this batch was published, however its run ended."""
        # A snapshot of the branch alone is one that no reader has seen.
        table = self._iceberg
        return any(
            snapshot.summary.get(_BATCH_PROPERTY) == batch_id
            for snapshot in table.ancestors(table.snapshot_id())
        )

    def forget_branch(self) -> None:
        """Drops what a killed publication left: a branch would keep its snapshots for ever."""
        table = self._iceberg
        if _BRANCH in table.branches():
            table.drop_branch(_BRANCH)

    def publish(self, changes: Changes, batch_id: str, run_id: str) -> None:
        """Brings `changes` into the table: readers see all of them or none.

        Where somebody else, who compacts it, changes the table meanwhile, it begins again.
        Raises `RuntimeError`, with nothing changed, if that does not end.
        """
        properties = {_BATCH_PROPERTY: batch_id, _RUN_PROPERTY: run_id}
        if not changes.update_rows:
            # Files are added to whatever the table holds by then.
            self._append(changes.inserts, self.name, properties)
            return
        for attempt in range(_ATTEMPTS):
            if attempt:
                seconds = random.uniform(0.5, 1) * _PAUSE_SECONDS * 2**attempt  # noqa: S311
                self.report(
                    f"{self.name} was changed by somebody else; publication {attempt + 1} of at "
                    f"most {_ATTEMPTS} begins in {seconds:.1f} s"
                )
                sleep(seconds)
            if self._publish_branch(changes, properties) or self.has_batch(batch_id):
                return
        raise RuntimeError(
            f"{self.name}: changed by somebody else during each of {_ATTEMPTS} publications; "
            "nothing was published, run again when nobody else writes silver"
        )

    def _publish_branch(self, changes: Changes, properties: Mapping[str, str]) -> bool:
        """False, with nothing changed, where somebody else has changed the table meanwhile."""
        table = self._iceberg
        start = table.snapshot_id()
        branch = f"{self.name}.branch_{_BRANCH}"
        self.forget_branch()
        table.create_branch(_BRANCH)
        try:
            self._merge(changes, branch)
            self._append(changes.inserts, branch, properties)
            return table.publish(_BRANCH)
        except (Py4JJavaError, PySparkException):
            table.refresh()
            # A branch on an old snapshot may be taken for one that was left behind.
            if table.snapshot_id() == start and _BRANCH in table.branches():
                raise
            return False

    def _append(self, rows: DataFrame, target: str, properties: Mapping[str, str]) -> None:
        writer = rows.writeTo(target)
        for name, value in properties.items():
            writer = writer.option(f"snapshot-property.{name}", value)
        writer.append()

    def _merge(self, changes: Changes, target: str) -> None:
        changes.updates.createOrReplaceTempView("updates")
        keys = " AND ".join(f"silver.`{k}` = new.`{k}`" for k in self.contract.key)
        # Named, they let Iceberg pass over files: a correction is mostly of recent rows.
        for name, values in (changes.update_keys or {}).items():
            keys += f" AND silver.`{name}` IN ({', '.join(map(literal, values))})"
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
