"""Lines to rows: parsed, typed and judged by the contract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from rlm.jobs.clean_sources import rules as sql
from rlm.jobs.clean_sources.lines import PLACE, Block, read_lines
from rlm.jobs.clean_sources.local_rows import local_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.domain.contract import Contract
    from rlm.jobs.clean_sources.files import InspectedFile
    from rlm.jobs.clean_sources.silver import SilverTable

# Larger references are joined by shuffle; five million ids and times take some 300 MB.
_BROADCAST_ROWS = 5_000_000
_NO_LINES = "line string, delivery_date date, path string, block bigint, id bigint"
_CSV = {"sep": ",", "quote": '"', "escape": '"', "mode": "PERMISSIVE"}


@dataclass(frozen=True)
class Checker:
    """Judges the rows of one source; `references` are the silver tables that it refers to."""

    spark: SparkSession
    contract: Contract
    references: Mapping[str, SilverTable]

    def read(self, files: list[InspectedFile]) -> DataFrame:
        """The lines of all files with their `record`: a struct of texts, null if unreadable."""
        nothing = local_rows(self.spark, [], _NO_LINES)
        parts = [
            lines.withColumn("record", self._parse(columns))
            for columns, lines in self._lines(files)
        ] or [nothing.withColumn("record", self._parse(None))]
        return reduce(DataFrame.unionByName, parts)

    def blocks(self, files: list[InspectedFile]) -> list[Block]:
        """How the lines that `read` answers are spread over blocks."""
        counts = [
            lines.groupBy("path", "block").agg(
                F.count("*").alias("lines"), F.min("id").alias("first_id")
            )
            for _, lines in self._lines(files)
        ]
        if not counts:
            return []
        return [Block(**b.asDict()) for b in reduce(DataFrame.unionByName, counts).collect()]

    def _lines(
        self, files: list[InspectedFile]
    ) -> Iterator[tuple[tuple[str, ...] | None, DataFrame]]:
        """Files that are read alike together: their columns and their lines."""
        for columns, ends_early in sorted({_kind(f) for f in files}, key=repr):
            same = [f.file for f in files if _kind(f) == (columns, ends_early)]
            yield columns, read_lines(self.spark, same, until_break=ends_early)

    def check(self, records: DataFrame) -> DataFrame:
        """Silver columns and `row_hash` of good rows; `broken` (`line`, `record`, `delivery_date`
        and place) of the others. What else `records` has stays with every row."""
        all_rules = self._rules()
        typed = self._typed(records).withColumn("is_broken", F.expr(sql.is_broken(all_rules)))
        good = ~F.col("is_broken")
        silver = [
            # Only for good rows: an expression may raise on what its rule has just refused.
            (F.col(c.name) if c.expression == c.name else F.when(good, F.expr(c.expression)))
            .cast(c.type)
            .alias(c.name)
            for c in self.contract.silver
        ]
        # One column for all that only a broken row needs: null costs a good row next to nothing.
        of_broken = ("line", "record", "delivery_date", *PLACE)
        broken = F.when(~good, F.struct(*of_broken)).alias("broken")
        others = [c for c in records.columns if c not in of_broken]
        rows = typed.select(*silver, broken, *others)
        return rows.withColumn("row_hash", self.row_hash())

    def explain(self, broken: DataFrame) -> DataFrame:
        """`broken` rows (`line`, `record`, `delivery_date`, ...) with `violations`: (rule, column,
        message) each."""
        typed = self._typed(broken).withColumn("violations", F.expr(sql.violations(self._rules())))
        return typed.select(*broken.columns, "violations")

    def row_hash(self) -> Column:
        """64-bit hash of what a version says; equal rows are exact duplicates."""
        return F.xxhash64(*(c.name for c in self.contract.silver if not c.merges_greatest))

    def from_json(self, text: Column) -> Column:
        """A `record` from its JSON text."""
        names = tuple(c.name for c in self.contract.landing)
        return self._canonical(F.from_json(text, sql.record_schema(names)), names)

    def _parse(self, columns: tuple[str, ...] | None) -> Column:
        line = F.col("line")
        if columns is None:
            record_type = self._canonical(F.from_csv(line, "`_` STRING", _CSV), ())
            return F.when(F.lit(False), record_type)
        if not columns:
            names = tuple(c.name for c in self.contract.landing)
            options = {"columnNameOfCorruptRecord": sql.CORRUPT}
            record = F.from_json(line, sql.record_schema(names), options)
            return self._canonical(record, names)
        known = {c.name for c in self.contract.landing}
        # What the contract does not know is read past, whatever its name is.
        columns = tuple(c if c in known else f"_{i}" for i, c in enumerate(columns))
        options = {**_CSV, "columnNameOfCorruptRecord": sql.CORRUPT}
        return self._canonical(F.from_csv(line, sql.record_schema(columns), options), columns)

    def _canonical(self, record: Column, delivered: tuple[str, ...]) -> Column:
        """The contract's columns in the contract's order; null for those not delivered."""
        fields = [
            (record.getField(c.name) if c.name in delivered else F.lit(None).cast("string")).alias(
                c.name
            )
            for c in self.contract.landing
        ]
        corrupt = record.getField(sql.CORRUPT) if delivered else F.lit(None).cast("string")
        return F.struct(*fields, corrupt.alias(sql.CORRUPT))

    def _typed(self, records: DataFrame) -> DataFrame:
        """`records` with the typed landing columns and the columns that they refer to."""
        typed = records.select(
            "*", *(F.expr(e).alias(name) for name, e in sql.typed_columns(self.contract))
        )
        for column in self.contract.foreign_keys:
            source, key = column.references or ("", "")
            wanted = {c for r in self.contract.row_rules for s, c in r.references if s == source}
            reference = (
                self.references[source]
                .read()
                .select(
                    F.col(key).alias(f"_{column.name}"),
                    F.lit(True).alias(sql.key_alias(column)),
                    *(F.col(c).alias(sql.reference_alias(source, c)) for c in sorted(wanted)),
                )
            )
            if self.references[source].rows_at_most() <= _BROADCAST_ROWS:
                reference = F.broadcast(reference)
            same = F.col(column.name) == F.col(f"_{column.name}")
            typed = typed.join(reference, same, "left").drop(f"_{column.name}")
        return typed

    def _rules(self) -> list[sql.Rule]:
        jvm: Any = self.spark._jvm
        zones = (
            list(jvm.java.time.ZoneId.getAvailableZoneIds())
            if any(c.is_time_zone for c in self.contract.landing)
            else []
        )
        return sql.rules(self.contract, zones)


def _kind(file: InspectedFile) -> tuple[tuple[str, ...] | None, bool]:
    """Files that are read alike: their columns (none for JSON, None if rejected), cut or whole."""
    columns = None if file.rejected_by else () if file.header is None else file.columns
    return columns, file.complete_lines is not None
