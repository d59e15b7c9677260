"""New files to valid rows, quarantined rows and the count of both."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from rlm.domain.delivery import FileCounts, ReconciliationError
from rlm.jobs.clean_sources.lines import Block, file_uri, is_blank, number_lines
from rlm.jobs.clean_sources.quarantine import Quarantine, broken_by_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.jobs.clean_sources.checking import Checker
    from rlm.jobs.clean_sources.files import InspectedFile


@dataclass(frozen=True)
class Reading:
    """What is in the files of a batch."""

    valid: DataFrame
    """Silver columns and row_hash of every good row."""
    quarantined: DataFrame | None
    """None if nothing is to be quarantined."""
    files: tuple[FileCounts, ...]
    rows_waiting: int
    """Quarantined rows that a delivery of another source can release."""
    over_threshold: str | None
    """Why the source must stop; None if every file may be loaded."""

    @property
    def rows_in(self) -> int:
        return sum(f.rows_in for f in self.files)

    @property
    def rows_quarantined(self) -> int:
        return sum(f.rows_quarantined for f in self.files)


@contextmanager
def reading(
    checker: Checker, quarantine: Quarantine, files: list[InspectedFile]
) -> Iterator[Reading]:
    """Reads and checks `files` in one pass; the result lives on disk until the context ends."""
    with ExitStack() as kept:

        def keep(frame: DataFrame) -> DataFrame:
            # On disk only: what a run needs of memory must not grow with what is delivered.
            kept.callback(frame.persist(StorageLevel.DISK_ONLY).unpersist)
            return frame

        with_lines = [f for f in files if f.file.size]
        rows = keep(checker.check(checker.read(with_lines)))
        blocks = checker.blocks(with_lines)
        is_row = ~is_blank(F.col("line")) & ~_is_header(files, blocks)
        suspect = rows.where("broken IS NOT NULL").select("broken.*")
        suspect = keep(suspect.withColumn("is_row", is_row))
        other_lines, has_broken_rows = _other_lines(suspect)
        # To explain nothing takes seconds of planning.
        broken = quarantined = None
        if has_broken_rows:
            faults = suspect.where("is_row").drop("is_row")
            broken = checker.explain(number_lines(checker.spark, faults, blocks))
        if has_broken_rows or any(f.is_faulty for f in files):
            quarantined = keep(quarantine.rows(broken, files))
        broken_rows = {} if quarantined is None else broken_by_file(quarantined)
        counts = _count(checker, files, blocks, other_lines, broken_rows)
        yield Reading(
            valid=rows.where("broken IS NULL").drop("broken"),
            quarantined=quarantined,
            files=tuple(c for c, _ in counts),
            rows_waiting=sum(waiting for _, waiting in counts),
            over_threshold=_over_threshold(checker, counts),
        )


def _is_header(files: list[InspectedFile], blocks: list[Block]) -> Column:
    """Whether a line is the first one of a file that has a header."""
    with_header = {f.file.uri for f in files if not f.file.is_json}
    # Files that are not read alike are numbered on their own: an id alone may come twice.
    starts = [
        f"{b.first_id} {b.path}" for b in blocks if b.block == 0 and file_uri(b.path) in with_header
    ]
    return F.concat_ws(" ", "id", "path").isin(starts)


def _other_lines(suspect: DataFrame) -> tuple[dict[str, int], bool]:
    """Headers and blank lines by file, and whether there is any other line in `suspect`."""
    found = suspect.groupBy("path", "is_row").count().collect()
    others = {file_uri(row["path"]): row["count"] for row in found if not row["is_row"]}
    return others, any(row["is_row"] for row in found)


def _count(
    checker: Checker,
    files: list[InspectedFile],
    blocks: list[Block],
    other_lines: dict[str, int],
    broken: dict[str, Counter[str]],
) -> list[tuple[FileCounts, int]]:
    """The counts of each file, with how many of its rows wait for another source."""
    lines: dict[str, int] = {}
    for block in blocks:
        uri = file_uri(block.path)
        lines[uri] = lines.get(uri, 0) + block.lines
    counts = []
    for found in files:
        uri = found.file.uri
        read = lines.get(uri, 0)
        if found.complete_lines is not None and read != found.complete_lines:
            raise ReconciliationError(
                f"{uri}: {found.complete_lines} complete lines before its break, "
                f"but Spark read {read}; nothing was published"
            )
        cut_line = 1 if found.broken_line.strip() else 0
        rules = broken.get(uri, Counter())
        file_counts = FileCounts(
            uri=uri,
            etag=found.file.etag,
            rows_in=read - other_lines.get(uri, 0) + cut_line,
            rows_quarantined=sum(rules.values()),
            reason=found.reason,
        )
        waiting = sum(rules.get(rule, 0) for rule in checker.contract.healing_rules)
        counts.append((file_counts, waiting))
    return counts


def _over_threshold(checker: Checker, counts: list[tuple[FileCounts, int]]) -> str | None:
    contract = checker.contract
    for file, waiting in counts:
        broken = file.rows_quarantined - waiting
        # A file that was rejected as a whole has loaded nothing and needs no second brake.
        if file.reason is None and contract.stops_at(broken, file.rows_in):
            return (
                f"{file.uri}: {broken} of {file.rows_in} rows are broken "
                f"({broken / file.rows_in:.1%}), the contract allows "
                f"{contract.quarantine_threshold:.0%}; see quarantine/{contract.source}, then "
                "have the file replaced, or load it with --accept_broken"
            )
    return None
