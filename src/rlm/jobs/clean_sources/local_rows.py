"""Few rows that the driver knows, as a frame."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def local_rows(spark: SparkSession, rows: Iterable[Sequence[object]], schema: str) -> DataFrame:
    """`rows` of texts, integers and nulls with the columns of `schema`, a DDL of plain names.

    They travel as one literal: `createDataFrame` would start Python workers for them.
    """
    columns = [column.split() for column in schema.split(",")]
    names = [name.strip("`") for name, _ in columns]
    fields = ", ".join(f"{name}: {kind}" for name, kind in columns)
    text = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
    parsed = F.from_json(F.lit(text), f"array<struct<{fields}>>")
    return spark.range(0, 1, numPartitions=1).select(F.inline(parsed))
