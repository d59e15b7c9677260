"""One source of a run: from new files in landing to silver, quarantine and ledger.

The order of the steps is what makes a kill harmless: the batch is named and written down, broken
rows go to the folder of that batch, silver changes in one commit that carries the batch's name,
and only then does the ledger say that the files are loaded.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from rlm.domain.delivery import (
    Batch,
    DeliveredFile,
    SourceCounts,
    SourceResult,
    batch_id,
    new_files,
)
from rlm.jobs.clean_sources.checking import Checker
from rlm.jobs.clean_sources.files import inspect
from rlm.jobs.clean_sources.lines import PLACE
from rlm.jobs.clean_sources.reading import Reading, reading
from rlm.jobs.clean_sources.versions import changes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from rlm.aws.storage import Storage
    from rlm.domain.contract import Contract
    from rlm.jobs.clean_sources.ledger import Ledger
    from rlm.jobs.clean_sources.quarantine import Quarantine
    from rlm.jobs.clean_sources.silver import SilverTable


@dataclass(frozen=True)
class SourceCleaner:
    """Cleans one source; everything it needs comes in."""

    spark: SparkSession
    contract: Contract
    storage: Storage
    table: SilverTable
    ledger: Ledger
    quarantine: Quarantine
    references: Mapping[str, SilverTable]
    """Of the sources that the contract refers to."""
    run_id: str
    report: Callable[[str], None]
    """Takes progress lines for people."""

    def run(
        self, landed: list[DeliveredFile], up_to: dt.date, *, accept_broken: bool = False
    ) -> SourceResult:
        """Loads the files of `landed` that are new and delivered up to `up_to`.

        A rerun after a kill ends as if there had been no kill, and tells of what the killed try
        has loaded as its own: nobody else was told.
        Raises `ReconciliationError`, before anything is published, if rows do not add up.
        """
        started = time.monotonic()
        self.table.create()
        self._settle_pending()
        files = new_files(landed, self.ledger.loaded_files(), up_to)
        result = SourceResult("no_new_deliveries")
        if files or self.ledger.rows_waiting():
            result = self._load_new(files, accept_broken)
        loaded = self.ledger.loaded_by(self.run_id)
        if loaded and result.status != "stopped":
            result = SourceResult.loaded(loaded)
        return replace(result, seconds=round(time.monotonic() - started, 3))

    def _load_new(self, files: list[DeliveredFile], accept_broken: bool) -> SourceResult:
        previous = f"{self.ledger.last_batch_id} {len(self.ledger.batches)}"
        batch = Batch(
            self.contract.source, batch_id(previous, files), tuple(files), run_id=self.run_id
        )
        self.ledger.begin(batch)
        megabytes = sum(f.size for f in files) / 1e6
        self.report(f"{self.contract.source}: {len(files)} new files, {megabytes:.1f} MB")
        return self._load(batch, accept_broken)

    def _settle_pending(self) -> None:
        """Ends a run that was killed after its publication; undoes one killed or stopped before."""
        pending = self.ledger.pending()
        if pending is None:
            return
        self.table.forget_branch()
        # A batch without a good row is in the ledger only.
        is_recorded = pending.batch_id == self.ledger.last_batch_id
        if is_recorded or (pending.counts and self.table.has_batch(pending.batch_id)):
            self.ledger.complete(replace(pending, run_id=self.run_id))
        else:
            self.quarantine.discard(pending.batch_id)
            self.ledger.abandon()

    def _load(self, batch: Batch, accept_broken: bool) -> SourceResult:
        checker = Checker(self.spark, self.contract, self.references)
        files = [inspect(f, self.contract, self.storage) for f in batch.files]
        with reading(checker, self.quarantine, files) as read:
            if read.quarantined is not None:
                self.quarantine.write(read.quarantined, batch.batch_id)
            if read.over_threshold and not accept_broken:
                self.report(f"{self.contract.source}: stopped, {read.over_threshold}")
                held = SourceCounts(rows_held=read.rows_in)
                return SourceResult("stopped", read.over_threshold, len(files), held)
            return self._publish(checker, read, batch)

    def _publish(self, checker: Checker, read: Reading, batch: Batch) -> SourceResult:
        candidates = read.valid.withColumn("is_released", F.lit(False))
        healed, healed_rows = self._healed(checker)
        if not batch.files and not healed_rows:
            self.ledger.abandon()
            return SourceResult("no_new_deliveries")
        if healed is not None:
            candidates = candidates.unionByName(healed.drop("file", "line_number"))
        good = read.rows_in - read.rows_quarantined
        silver = self.table.content()
        with changes(self.contract, candidates, good, healed_rows, silver) as change:
            counts = SourceCounts(
                rows_in=read.rows_in,
                rows_loaded=change.rows_loaded,
                rows_quarantined=read.rows_quarantined,
                rows_duplicate=change.rows_duplicate,
                rows_superseded=change.rows_superseded,
                rows_released=change.rows_released,
                rows_waiting=read.rows_waiting - healed_rows,
                files_rejected=sum(f.reason is not None for f in read.files),
            )
            counted = batch.counted(counts, read.files)
            if healed is not None:
                self.quarantine.mark_released(healed, batch.batch_id)
            self.ledger.begin(counted)
            if change.rows_loaded or change.rows_released or change.update_rows:
                self.table.publish(change, batch.batch_id, self.run_id)
        self.ledger.complete(counted)
        self.report(
            f"{self.contract.source}: {counts.rows_loaded} of {counts.rows_in} rows loaded, "
            f"{counts.rows_quarantined} quarantined, {counts.rows_duplicate} duplicate"
        )
        return SourceResult.loaded([counted])

    def _healed(self, checker: Checker) -> tuple[DataFrame | None, int]:
        """Quarantined rows that have become good, as candidates, and how many they are."""
        waiting = self.quarantine.waiting() if self.ledger.rows_waiting() else None
        if waiting is None:
            return None, 0
        records = waiting.select(
            F.col("raw").alias("line"),
            checker.from_json(F.col("record")).alias("record"),
            F.to_date("delivery_date").alias("delivery_date"),
            "file",
            F.col("line").alias("line_number"),
            *(F.lit(None).alias(c) for c in PLACE),
        )
        rows = checker.check(records).where("broken IS NULL").drop("broken")
        healed = rows.withColumn("is_released", F.lit(True))
        return healed, healed.count()
