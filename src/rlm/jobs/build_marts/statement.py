"""Runs the SELECT of a gold table so that what it names and reads twice is computed once.

Spark puts a query of a WITH into the plan wherever it is named: three that read each other twice
are eight plans, and planning them costs more than a day's rows.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark import StorageLevel

from rlm.jobs.sql_files import renamed, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark.sql import DataFrame, SparkSession

    from rlm.domain.gold import GoldTable


@contextmanager
def statement(
    spark: SparkSession, gold: GoldTable, relation: Callable[[str], str]
) -> Iterator[DataFrame]:
    """The rows of the SELECT, to be read inside the `with`; `relation` says what stands for an
    input."""
    place = f"gold.{gold.name}"
    views: dict[str, str] = {}
    kept: list[DataFrame] = []
    try:
        for step in steps(gold.select, place):
            rows = spark.sql(
                renamed(step.sql, lambda n: views[n] if n in views else relation(n), place, views)
            )
            if not step.name:
                yield rows
                return
            if step.readers > 1:
                kept.append(rows.persist(StorageLevel.MEMORY_AND_DISK))
            views[step.name] = f"step_{gold.name}_{step.name}"
            rows.createOrReplaceTempView(views[step.name])
    finally:
        for rows in kept:
            rows.unpersist()
        for view in views.values():
            spark.catalog.dropTempView(view)
