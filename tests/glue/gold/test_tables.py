"""Each gold table on small worlds whose answer was worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gold.cases import HERE, Case, comparable, matches, table_cases, world_inputs
from gold.marts import Marts, gold_tables

from rlm.names import GOLD_TABLES

if TYPE_CHECKING:
    from gold.cases import Row
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

CASES = [case for table in GOLD_TABLES for case in table_cases(table)]


class Worlds:
    """Builds each world when it is first asked for."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._built: dict[tuple[str, str], list[Row]] = {}

    def rows(self, table: str, world: str) -> list[Row]:
        if (table, world) not in self._built:
            marts = Marts(self._spark)
            for relation in gold_tables()[table].inputs:
                marts.put_rows(relation, [])
            together = [c for c in CASES if (c.table, c.world) == (table, world)]
            for relation, rows in world_inputs(together).items():
                marts.put_rows(relation, rows)
            marts.build(table)
            self._built[table, world] = marts.rows(f"gold.{table}")
        return self._built[table, world]


@pytest.fixture(scope="module")
def worlds(small_spark: SparkSession) -> Worlds:
    return Worlds(small_spark)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.table}: {case.name}")
def test_table_is_what_was_worked_out_by_hand(worlds: Worlds, case: Case) -> None:
    found = [row for row in worlds.rows(case.table, case.world) if matches(row, case.only)]
    columns = case.expect[0].keys()
    assert comparable(found, columns) == comparable(case.expect, columns)


def test_every_table_and_file_has_cases() -> None:
    assert set(gold_tables()) == set(GOLD_TABLES)
    files = {file.stem for file in (HERE / "tables").glob("*.yaml")}
    assert files == set(GOLD_TABLES) == {case.table for case in CASES}
    assert all(case.expect for case in CASES)
