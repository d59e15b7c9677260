"""Broken rows: each with its reason, its file and its line, kept as JSON lines by batch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from rlm.jobs.clean_sources.lines import escape_glob
from rlm.jobs.clean_sources.local_rows import local_rows

if TYPE_CHECKING:
    from rlm.aws.storage import Storage
    from rlm.domain.contract import Contract
    from rlm.jobs.clean_sources.files import InspectedFile

ROW_SCHEMA = (
    "source string, file string, line bigint, rule string, `column` string, reason string, "
    "raw string, record string, delivery_date string"
)
FILE_RULES = frozenset({"empty_file", "truncated_gzip", "header"})


@dataclass(frozen=True)
class Quarantine:
    """The quarantine of one source: `<root>/quarantine/<source>/batch_id=<id>/`.

    Rows that were released stay there as history; `<root>/released/<source>/` names them.
    """

    spark: SparkSession
    storage: Storage
    contract: Contract
    root: str

    def rows(self, explained: DataFrame | None, files: list[InspectedFile]) -> DataFrame:
        """`explained` broken rows (`file`, `line_number`, `line`, `record`, `delivery_date`,
        `violations`), if any, in the shape of the quarantine, with what is wrong with whole
        files."""
        if explained is None:
            return self._of_whole_files(files)
        whole = [
            (f.file.uri, f.rejected_by, f.reason)
            for f in files
            if f.rejected_by and f.rejected_by != "empty_file"
        ]
        rejected = F.broadcast(
            local_rows(self.spark, whole, "file string, _rule string, _reason string")
        )
        first = F.col("violations")[0]
        reason = F.array_join(F.transform("violations", lambda v: v["message"]), "; ")
        readable = F.col("_rule").isNull() & F.col("record._corrupt").isNull()
        shown = F.decode(F.col("line").cast("binary"), "UTF-8")
        rows = explained.join(rejected, "file", "left").select(
            F.lit(self.contract.source).alias("source"),
            "file",
            F.col("line_number").alias("line"),
            F.coalesce("_rule", first["rule"]).alias("rule"),
            F.when(F.col("_rule").isNull(), first["column"]).alias("column"),
            F.coalesce("_reason", reason).alias("reason"),
            shown.alias("raw"),
            F.when(readable, F.to_json("record")).alias("record"),
            F.col("delivery_date").cast("string").alias("delivery_date"),
        )
        return rows.unionByName(self._of_whole_files(files))

    def write(self, rows: DataFrame, batch_id: str) -> None:
        """Writes the batch's quarantine anew, so that a rerun leaves it once."""
        self.discard(batch_id)
        rows.coalesce(1).write.mode("overwrite").json(self._folder("quarantine", batch_id))

    def discard(self, batch_id: str) -> None:
        """Takes back what a batch that was not loaded has put into quarantine or released."""
        for part in ("quarantine", "released"):
            for found in list(self.storage.list(self._folder(part, batch_id) + "/")):
                self.storage.delete(found.uri)

    def waiting(self) -> DataFrame | None:
        """Rows that only waited for another source and were not released yet; None if none."""
        rows = self._read("quarantine")
        if rows is None:
            return None
        rows = rows.where(F.col("rule").isin(*self.contract.healing_rules))
        released = self._read("released")
        if released is not None:
            rows = rows.join(
                released.select("file", "line").distinct(), ["file", "line"], "left_anti"
            )
        return rows

    def mark_released(self, rows: DataFrame, batch_id: str) -> None:
        """Notes that `rows` (`file`, `line_number`) have left."""
        rows.selectExpr("file", "line_number AS line").coalesce(1).write.mode("overwrite").json(
            self._folder("released", batch_id)
        )

    def _of_whole_files(self, files: list[InspectedFile]) -> DataFrame:
        rows: list[tuple[object, ...]] = []
        for found in files:
            file, source = found.file, self.contract.source
            day = file.delivery_date.isoformat()
            if found.complete_lines is not None:
                after = found.complete_lines
                line = after + 1 if found.broken_line.strip() else None
                reason = f"the gzip ends early, after {after} complete lines"
                raw = found.broken_line or None
                rows.append(
                    (source, file.uri, line, "truncated_gzip", None, reason, raw, None, day)
                )
            if found.rejected_by == "empty_file":
                rule, reason = found.rejected_by, found.reason or ""
                rows.append((source, file.uri, None, rule, None, reason, None, None, day))
        return local_rows(self.spark, rows, ROW_SCHEMA)

    def _read(self, part: str) -> DataFrame | None:
        prefix = f"{self.root}/{part}/{self.contract.source}/"
        if not any(o.uri.endswith(".json") and o.size for o in self.storage.list(prefix)):
            return None
        return self.spark.read.schema(ROW_SCHEMA).json(escape_glob(prefix))

    def _folder(self, part: str, batch_id: str) -> str:
        return f"{self.root}/{part}/{self.contract.source}/batch_id={batch_id}"


def broken_by_file(rows: DataFrame) -> dict[str, Counter[str]]:
    """Quarantined lines by file and rule; entries about whole files, without a line, aside."""
    counted = rows.where("line IS NOT NULL").groupBy("file", "rule").count().collect()
    found: dict[str, Counter[str]] = {}
    for row in counted:
        found.setdefault(row["file"], Counter())[row["rule"]] = row["count"]
    return found
