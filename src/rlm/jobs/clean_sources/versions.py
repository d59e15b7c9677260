"""Which of the valid rows are duplicates, which are overtaken, and which silver takes.

For each key the version with the greatest (updated_at, row_hash) wins: a maximum, so the order and
the number of deliveries cannot matter.

Comparing with silver must not cost what silver has grown to. Most keys of a day are new, and where
keys grow they lie beyond those of all of silver's files; only the others are looked for.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.domain.contract import Contract

Values = dict[str, list[Any]]
"""What each column of a key can be."""

# More rows than this are joined with silver by shuffle; fewer are sent to every task.
_BROADCAST_ROWS = 1_000_000
# Iceberg compares no more values than these with the bounds of a file.
_NAMED_KEYS = 200


@dataclass(frozen=True)
class Silver:
    """What there is already."""

    rows: DataFrame
    key_bounds: Mapping[str, tuple[Any, Any]]
    """Between these lie all values of a key column; columns of which that is known."""


@dataclass(frozen=True)
class Changes:
    """What the valid rows of a batch do to silver."""

    inserts: DataFrame
    updates: DataFrame
    """Winners over what silver has, with `is_newer`; where it is false only the columns that keep
    their greatest value grow."""
    update_rows: int
    update_keys: Values | None
    """Values of the key columns that hold all keys of `updates`; None where they are many."""
    rows_loaded: int
    rows_duplicate: int
    rows_superseded: int
    rows_released: int


@contextmanager
def changes(
    contract: Contract, candidates: DataFrame, rows: int, released: int, silver: Silver | None
) -> Iterator[Changes]:
    """What `candidates` change in `silver` (None while it is empty).

    `candidates` are the valid rows: silver columns, `row_hash` and `is_released` (comes from
    quarantine); `released` says how many of them are, `rows` how many are not.
    """
    kept: list[DataFrame] = []

    def keep(frame: DataFrame) -> DataFrame:
        kept.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return frame

    keyed = candidates.withColumn("_key", F.xxhash64(*contract.key))
    repeated = keep(keyed.groupBy("_key").count().where("count > 1").select("_key"))
    if repeated.isEmpty():
        versions = candidates.withColumn("is_winner", F.lit(True))
        ranked = None
    else:
        # Most keys come once and need no comparison; only the others are brought together.
        hint = F.broadcast(repeated) if repeated.count() <= _BROADCAST_ROWS else repeated
        single = keyed.join(hint, "_key", "left_anti").withColumn("is_winner", F.lit(True))
        ranked = keep(_ranked(contract, keyed.join(hint, "_key", "left_semi")))
        distinct = ranked.where("NOT is_copy").drop("is_copy")
        versions = single.drop("_key").unionByName(distinct.drop("_key"))

    copies = lost = 0
    if ranked is not None:
        counted = ranked.agg(
            _count(F.col("is_copy") & ~F.col("is_released")),
            _count(F.col("is_copy") & F.col("is_released")),
            _count(~F.col("is_copy") & ~F.col("is_winner")),
        ).collect()[0]
        copies, released_copies, lost = counted
        released -= released_copies
    inserts, updates, known, keys = versions.where("is_winner"), None, _Known(), None
    if silver is not None:
        versions = versions.where(_within(silver.key_bounds))
        keys = _few_keys(contract, versions)
        if keys is None or any(keys.values()):
            matches = keep(_matches(contract, versions, silver.rows, rows + released, keys))
            known = _known(matches)
        if known.matches:
            taken = F.broadcast(matches.select(*contract.key))
            inserts = inserts.join(taken, list(contract.key), "left_anti")
            updates = matches.where("is_winner AND (is_newer OR grows)")
            if keys is None and known.updates <= _NAMED_KEYS:
                keys = _few_keys(contract, updates)
    written = [c.name for c in contract.silver] + ["row_hash"]
    try:
        yield Changes(
            inserts=inserts.select(*written),
            updates=(updates if updates is not None else inserts.limit(0)),
            update_rows=known.updates,
            update_keys=keys,
            rows_loaded=rows - copies - known.same,
            rows_duplicate=copies + known.same,
            rows_superseded=lost - known.same_losers + known.overtaken,
            rows_released=released - known.same_released,
        )
    finally:
        for frame in kept:
            frame.unpersist()


def _ranked(contract: Contract, several: DataFrame) -> DataFrame:
    """`is_copy` for all but the first of equal rows; `is_winner` for the newest version."""
    # A released row is first: it was delivered before.
    equal = Window.partitionBy(*contract.key, "row_hash").orderBy(F.col("is_released").desc())
    versions = Window.partitionBy(*contract.key).orderBy(
        F.col("updated_at").desc(), F.col("row_hash").desc(), "_nth"
    )
    whole_key = Window.partitionBy(*contract.key)
    ranked = several.withColumn("_nth", F.row_number().over(equal))
    ranked = ranked.withColumn("is_winner", F.row_number().over(versions) == 1)
    for column in contract.silver:
        if column.merges_greatest:
            ranked = ranked.withColumn(column.name, F.max(column.name).over(whole_key))
    return ranked.withColumn("is_copy", F.col("_nth") > 1).drop("_nth")


def _within(bounds: Mapping[str, tuple[Any, Any]]) -> Column:
    conditions = [F.col(name).between(*bound) for name, bound in bounds.items()]
    return reduce(Column.__and__, conditions, F.lit(True))


def _few_keys(contract: Contract, versions: DataFrame) -> Values | None:
    """The values of each key column, unless there are many keys."""
    keys = versions.select(*contract.key).limit(_NAMED_KEYS + 1).collect()
    if len(keys) > _NAMED_KEYS:
        return None
    return {name: sorted({key[name] for key in keys}) for name in contract.key}


def _matches(
    contract: Contract, versions: DataFrame, silver: DataFrame, rows: int, keys: Values | None
) -> DataFrame:
    """The `versions` whose key silver has, compared with the version that it has."""
    greatest = [c.name for c in contract.silver if c.merges_greatest]
    compared = ["updated_at", "row_hash", *greatest]
    theirs = silver.select(*contract.key, *(F.col(name).alias(f"_{name}") for name in compared))
    if keys is not None:
        # Named, they let Iceberg pass over files.
        for name, values in keys.items():
            theirs = theirs.where(F.col(name).isin(values))
    elif rows <= _BROADCAST_ROWS:
        # A number is looked up in half the time of a key, and what it finds is next to nothing.
        hashed = F.xxhash64(*contract.key)
        wanted = F.broadcast(versions.select(hashed.alias("_hash")))
        theirs = theirs.withColumn("_hash", hashed).join(wanted, "_hash", "left_semi").drop("_hash")
    if keys is not None or rows <= _BROADCAST_ROWS:
        theirs = F.broadcast(theirs)
    version = ("updated_at", "row_hash")
    silvers = F.struct(*(F.col(f"_{name}").alias(name) for name in version))
    grows: Column = F.lit(False)
    for name in greatest:
        grows = grows | (F.col(name) > F.col(f"_{name}"))
    return (
        versions.join(theirs, list(contract.key))
        .withColumn("is_newer", F.struct(*version) > silvers)
        .withColumn("is_same", F.col("row_hash") == F.col("_row_hash"))
        .withColumn("grows", grows)
        .drop(*(f"_{name}" for name in compared))
    )


@dataclass(frozen=True)
class _Known:
    """Versions whose key silver has, counted."""

    matches: int = 0
    same: int = 0
    """Exact duplicates of silver's version, released ones not among them."""
    same_released: int = 0
    same_losers: int = 0
    """Exact duplicates of silver's version that a newer version of the batch overtakes."""
    overtaken: int = 0
    """A newer winner overtakes silver's version; an older winner is overtaken by it."""
    updates: int = 0


def _known(matches: DataFrame) -> _Known:
    same, winner, released = F.col("is_same"), F.col("is_winner"), F.col("is_released")
    counted = matches.agg(
        F.count("*").alias("matches"),
        _count(same & ~released).alias("same"),
        _count(same & released).alias("same_released"),
        _count(same & ~winner).alias("same_losers"),
        _count(winner & ~same).alias("overtaken"),
        _count(winner & (F.col("is_newer") | F.col("grows"))).alias("updates"),
    ).collect()[0]
    return _Known(**counted.asDict())


def _count(condition: Column) -> Column:
    return F.count(F.when(condition, True))
