"""Gold tables built from a few rows: the SQL of the files on temporary views, without Iceberg."""

from __future__ import annotations

import itertools
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from rlm.domain.gold import in_dependency_order
from rlm.jobs.contract_files import load_contracts
from rlm.jobs.sql_files import load_gold, renamed
from rlm.names import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from rlm.domain.gold import Check, GoldTable

Row = dict[str, Any]
_marts = itertools.count()


def silver_columns(source: str) -> dict[str, str]:
    """Type of each silver column, as Spark names it."""
    return {c.name: c.type for c in load_contracts()[source].silver} | {"row_hash": "bigint"}


@cache
def gold_columns(spark: SparkSession) -> dict[str, dict[str, str]]:
    """Type of each column of each gold table, as Spark finds it in the SQL."""
    nothing = Marts(spark)
    for source in SOURCES:
        nothing.put_silver(source, [])
    columns = {}
    for name, table in gold_tables().items():
        answer = nothing.select(table.select, name)
        columns[name] = {f.name: f.dataType.simpleString() for f in answer.schema.fields}
        nothing.put(f"gold.{name}", nothing.frame([], columns[name]))
    return columns


@cache
def gold_tables() -> dict[str, GoldTable]:
    """All gold tables, each after those that it reads."""
    return {t.name: t for t in in_dependency_order(load_gold(), SOURCES)}


class Marts:
    """Relations by their name in the SQL, `silver.events` or `gold.ticket_sales_daily`."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark
        self._nth = next(_marts)
        self._views: dict[str, str] = {}

    def put(self, name: str, frame: DataFrame) -> None:
        """Makes `frame` the relation `name`."""
        view = f"{name.replace('.', '_')}_{self._nth}"
        frame.createOrReplaceTempView(view)
        self._views[name] = view

    def put_silver(self, source: str, rows: Iterable[Row]) -> None:
        """`rows` as a silver table; a column that a row leaves out is null."""
        columns = silver_columns(source)
        self.put(f"silver.{source}", self.frame(rows, columns))

    def put_gold(self, table: str, rows: Iterable[Row]) -> None:
        """`rows` as a gold table, with the columns that its SQL gives it."""
        self.put(f"gold.{table}", self.frame(rows, gold_columns(self.spark)[table]))

    def put_rows(self, name: str, rows: Iterable[Row]) -> None:
        """`rows` as the relation `name`."""
        layer, _, table = name.partition(".")
        (self.put_silver if layer == "silver" else self.put_gold)(table, rows)

    def frame(self, rows: Iterable[Row], columns: Mapping[str, str]) -> DataFrame:
        """`rows`, read as `columns` say: text becomes dates, numbers, times in UTC."""
        plain = [dict(r) for r in rows]
        if strangers := {name for r in plain for name in r} - columns.keys():
            raise ValueError(f"no columns named {sorted(strangers)}; there are {sorted(columns)}")
        schema = ", ".join(f"`{name}` {_carried(type_)}" for name, type_ in columns.items())
        frame = self.spark.createDataFrame(
            [tuple(_as_text(r.get(name)) for name in columns) for r in plain], schema
        )
        return frame.selectExpr(
            *(f"CAST(`{name}` AS {type_}) AS `{name}`" for name, type_ in columns.items())
        )

    def copy(self) -> Marts:
        """The same relations; what is put into the copy stays out of the original."""
        other = Marts(self.spark)
        other._views |= self._views
        return other

    @property
    def relations(self) -> dict[str, str]:
        """The view that stands for each relation."""
        return dict(self._views)

    def build(self, *names: str) -> None:
        """Builds the tables `names`, or all; each is kept, so that the next reads its rows."""
        for name, table in gold_tables().items():
            if not names or name in names:
                self.put(f"gold.{name}", self.select(table.select, name).localCheckpoint())

    def select(self, sql: str, place: str = "statement") -> DataFrame:
        """What the statement answers, reading this object's relations."""
        return self.spark.sql(renamed(sql, self._views, place))

    def rows(self, name: str) -> list[Row]:
        return [row.asDict(recursive=True) for row in self.spark.table(self._views[name]).collect()]


def offending(asked: Sequence[tuple[Check, Marts]]) -> list[list[Row]]:
    """The rows that each check complains of in its marts, as JSON has them; one Spark job."""
    spark = asked[0][1].spark
    as_json = "to_json(struct(*), map('ignoreNullFields', 'false'))"
    answers = " UNION ALL ".join(
        f"SELECT {nth} AS nth, {as_json} AS offender FROM ({renamed(check.sql, marts.relations)})"  # noqa: S608
        for nth, (check, marts) in enumerate(asked)
    )
    found: list[list[Row]] = [[] for _ in asked]
    for row in spark.sql(answers).collect():
        found[row["nth"]].append(json.loads(row["offender"]))
    return found


def _as_text(value: Any) -> Any:
    """How a value travels from Python: as text, so that no local zone or number's type meddles."""
    return value if value is None or isinstance(value, (list, dict)) else str(value)


def _carried(type_: str) -> str:
    return type_ if type_.startswith(("array", "struct")) else "string"
