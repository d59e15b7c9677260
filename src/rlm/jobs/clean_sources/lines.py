"""Delivered files as lines that know where they stand.

Spark reads a file in blocks, in parallel, and numbers nothing. Each line keeps its block and an id
that grows within it; where the line numbers are wanted, the few blocks are counted and the ids
turned into numbers. So the common, good row pays only for a counter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from rlm.jobs.clean_sources.local_rows import local_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlm.domain.delivery import DeliveredFile

PLACE = ("path", "block", "id")


@dataclass(frozen=True)
class Block:
    """A run of lines of one file that one task read."""

    path: str
    block: int
    lines: int
    first_id: int


def read_lines(
    spark: SparkSession, files: Iterable[DeliveredFile], *, until_break: bool = False
) -> DataFrame:
    """Every line of `files`: `line`, `delivery_date`, `path`, `block` (byte offset), `id`.

    `until_break` takes a compressed file that ends early up to its break instead of failing.
    """
    files = list(files)
    # The folder of the source: what is below it and above the file says the day, at no cost a row.
    source = files[0].uri.rsplit("/", 2)[0]
    return (
        spark.read.option("ignoreCorruptFiles", until_break)
        .option("basePath", source)
        .text([escape_glob(f.uri) for f in files])
        .select(
            F.col("value").alias("line"),
            F.col("delivery_date").cast("date").alias("delivery_date"),
            F.col("_metadata.file_path").alias("path"),
            F.col("_metadata.file_block_start").alias("block"),
            F.monotonically_increasing_id().alias("id"),
        )
    )


def escape_glob(uri: str) -> str:
    """`uri` as a path that Hadoop does not take for a pattern."""
    return "".join(f"\\{c}" if c in "*?[]{}\\" else c for c in uri)


def is_blank(line: Column) -> Column:
    return F.length(F.trim(line)) == 0


def number_lines(spark: SparkSession, lines: DataFrame, blocks: list[Block]) -> DataFrame:
    """`lines` with `file` (its URI) and `line_number` (from 1) in place of path, block and id."""
    rows = []
    ordered = sorted(blocks, key=lambda b: (b.path, b.block))
    for path, of_file in groupby(ordered, key=lambda b: b.path):
        before = 1
        for block in of_file:
            rows.append((path, block.block, file_uri(path), before - block.first_id))
            before += block.lines
    offsets = local_rows(spark, rows, "path string, block bigint, file string, shift bigint")
    return (
        lines.join(F.broadcast(offsets), ["path", "block"])
        .withColumn("line_number", F.col("id") + F.col("shift"))
        .drop(*PLACE, "shift")
    )


def file_uri(path: str) -> str:
    """The URI as the storage lists it; Spark's paths are percent-encoded."""
    uri = unquote(path)
    return "file:///" + uri.removeprefix("file:").lstrip("/") if uri.startswith("file:") else uri
