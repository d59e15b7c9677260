"""What a run reads: every table at the one snapshot at which the run first looked at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm.jobs.build_marts.changes import changed_rows
from rlm.jobs.iceberg import IcebergTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Input:
    """A table at a snapshot; None while nothing was ever written to it."""

    table: IcebergTable
    snapshot_id: int | None

    def relation(self, condition: str | None = None) -> str:
        """What stands for it in Spark SQL, with only the rows of `condition` if one is given."""
        if self.snapshot_id is None:
            return f"(SELECT * FROM {self.table.name} WHERE false)"
        version = f"{self.table.name} VERSION AS OF {self.snapshot_id}"
        return f"(SELECT * FROM {version} WHERE {condition})" if condition else version


class Inputs:
    """The inputs of a run by the name that the SQL gives them: `silver.events`.

    Sources may be loaded while the run goes on; the run does not see it.
    """

    def __init__(self, spark: SparkSession, catalog: str, databases: Mapping[str, str]) -> None:
        """`databases` says of each layer in which database of `catalog` its tables are."""
        self._spark = spark
        self._catalog = catalog
        self._databases = databases
        self._pinned: dict[str, Input] = {}
        self._changed: dict[tuple[str, int | None, int | None], DataFrame | None] = {}

    def __getitem__(self, name: str) -> Input:
        """Raises `ValueError` for a table that does not exist."""
        if name not in self._pinned:
            qualified = self.qualified(name)
            if not self._spark.catalog.tableExists(qualified):
                raise ValueError(
                    f"{qualified} does not exist; clean_sources makes silver tables, "
                    "build_marts makes gold tables from the SQL files"
                )
            table = IcebergTable(self._spark, qualified)
            self._pinned[name] = Input(table, table.snapshot_id())
        return self._pinned[name]

    def qualified(self, name: str) -> str:
        layer, _, table = name.partition(".")
        return f"{self._catalog}.{self._databases[layer]}.{table}"

    def changed_since(self, name: str, since: int | None) -> DataFrame | None:
        """The rows of a table that came and went since a snapshot, with their balance.

        Raises `UnknownChangesError` where its history does not reach back.
        """
        pinned = self[name]
        asked = (name, since, pinned.snapshot_id)
        if asked not in self._changed:
            self._changed[asked] = changed_rows(pinned.table, since, pinned.snapshot_id)
        return self._changed[asked]

    def forget(self, name: str) -> None:
        """Looks anew at a table that the run itself has written."""
        self._pinned.pop(name, None)
