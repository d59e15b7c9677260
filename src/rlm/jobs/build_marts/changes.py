"""Which rows of a table are not what they were when somebody last read it.

Iceberg's own changelog knows no tables that delete by position, as silver does; here the files of
two snapshots are compared, and only those that differ are read.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.jobs.iceberg import FileTask, IcebergTable, Snapshot


class UnknownChangesError(Exception):
    """What changed cannot be told any more; the message says why. The reader must start anew."""


# +1 for a row that came, -1 for one that went.
BALANCE = "_balance"


def changed_rows(table: IcebergTable, since: int | None, until: int | None) -> DataFrame | None:
    """The rows that came and went, an update as both, after the snapshot `since` up to `until`,
    with their `BALANCE`; None where no file was written but by compaction.

    A row that changed twice comes in every shape that it had; what it was in between adds up to
    nothing. Raises `UnknownChangesError` where the history between the two is gone.
    """
    if since == until:
        return None
    parts = [
        rows
        for start, end in _segments(table, since, until)
        for rows in _differences(table, start, end)
    ]
    return reduce(DataFrame.unionByName, parts) if parts else None


def net_changes(rows: DataFrame, columns: list[str]) -> DataFrame:
    """The `columns` of those `rows` that are other rows than before, as far as these columns say.

    A correction of another column leaves nothing here, nor does a row written anew as it was.
    """
    balanced = rows.groupBy(*columns).agg(F.sum(BALANCE).alias(BALANCE))
    return balanced.where(F.col(BALANCE) != 0).drop(BALANCE)


def _segments(
    table: IcebergTable, since: int | None, until: int | None
) -> Iterator[tuple[int | None, int]]:
    """The history in stretches without compaction, which moves rows into other files."""
    history: list[Snapshot] = []
    for snapshot in table.ancestors(until):
        if snapshot.id == since:
            break
        history.append(snapshot)
    if not history or history[-1].parent_id != since:
        raise UnknownChangesError(
            f"the history of {table.name} no longer reaches back to snapshot {since}"
        )
    stretch: list[Snapshot] = []
    for snapshot in reversed(history):
        if snapshot.operation != "replace":
            stretch.append(snapshot)
        elif stretch:
            yield stretch[0].parent_id, stretch[-1].id
            stretch = []
    if stretch:
        yield stretch[0].parent_id, stretch[-1].id


def _differences(table: IcebergTable, start: int | None, end: int) -> Iterator[DataFrame]:
    if start is not None and table.snapshot(start) is None:
        raise UnknownChangesError(f"snapshot {start} of {table.name} has expired")
    before, after = table.file_tasks(start), table.file_tasks(end)
    if any(t.has_equality_deletes for t in (*before.values(), *after.values())):
        raise UnknownChangesError(f"{table.name} has deletes by value, which only its writer knows")
    if added := [task for file, task in after.items() if file not in before]:
        yield table.read_files(added).withColumn(BALANCE, F.lit(1))
    if removed := [task for file, task in before.items() if file not in after]:
        yield table.read_files(removed).withColumn(BALANCE, F.lit(-1))
    thinned = {
        file: task.deletes - before[file].deletes
        for file, task in after.items()
        if file in before and not task.deletes <= before[file].deletes
    }
    if thinned:
        deleted = _deleted_rows(table, end, thinned, [before[file] for file in thinned])
        yield deleted.withColumn(BALANCE, F.lit(-1))


def _deleted_rows(
    table: IcebergTable, end: int, thinned: dict[str, frozenset[str]], files: list[FileTask]
) -> DataFrame:
    """What the new delete files of `thinned` took from `files`, as it was."""
    new = frozenset().union(*thinned.values())
    places = table.read_position_deletes(end, new).select(
        F.col("file_path").alias("_in"), F.col("pos").alias("_at")
    )
    rows = table.read_files(files)
    columns = rows.columns
    # Named anew: Spark cannot join on metadata columns as they are.
    placed = rows.select("*", F.col("_file").alias("_in"), F.col("_pos").alias("_at"))
    return placed.join(F.broadcast(places), ["_in", "_at"], "left_semi").select(*columns)
