"""Small tables, and what queries find in them."""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rlm.quicksight.expressions import parse
from rlm.quicksight.query import (
    Aggregate,
    ColumnType,
    DataSet,
    Dimension,
    Measure,
    Query,
    Scope,
)
from rlm.quicksight.sql import compile_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.quicksight.expressions.tree import Value

_TYPES = {
    bool: (ColumnType.BOOLEAN, "BOOLEAN"),
    int: (ColumnType.INTEGER, "BIGINT"),
    float: (ColumnType.DECIMAL, "DOUBLE"),
    str: (ColumnType.STRING, "VARCHAR"),
    dt.datetime: (ColumnType.DATETIME, "TIMESTAMP"),
}
NOW = dt.datetime(2022, 8, 31, 12, 30)


class World:
    """One table; the questions are expressions as texts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.types: dict[str, ColumnType] = {}
        self.calculated_fields: dict[str, str] = {}
        self.parameters: dict[str, tuple[Value, ...]] = {}
        self.now = NOW
        self.week_starts_on = 7

    def table(self, **columns: list[Any]) -> None:
        """Creates the table anew; types follow from the first value that is not None."""
        self.columns(columns)

    def columns(self, columns: Mapping[str, list[Any]]) -> None:
        """The same, for names that Python does not have."""
        kinds = {
            name: _TYPES[next((type(one) for one in values if one is not None), str)]
            for name, values in columns.items()
        }
        self.types = {name: kind for name, (kind, _) in kinds.items()}
        shown = ", ".join(
            '"{}" {}'.format(name.replace('"', '""'), sql) for name, (_, sql) in kinds.items()
        )
        self.connection.execute("DROP TABLE IF EXISTS facts")
        self.connection.execute(f"CREATE TABLE facts ({shown})")
        rows = list(zip(*columns.values(), strict=True))
        if rows:
            marks = ", ".join("?" for _ in columns)
            insert = "INSERT INTO facts VALUES (" + marks + ")"  # noqa: S608 - question marks
            self.connection.executemany(insert, rows)

    def scope(self) -> Scope:
        """What names mean here."""
        fields = {name: parse(text) for name, text in self.calculated_fields.items()}
        data_set = DataSet("facts", "facts", self.types)
        return Scope(data_set, fields, self.parameters, self.now, self.week_starts_on)

    def run(self, query: Query) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        return self.connection.execute(compile_query(query, self.scope())).fetchall()

    def ask(
        self,
        *measures: str,
        by: tuple[str | tuple[str, str], ...] = (),
        filters: tuple[str, ...] = (),
        **more: Any,
    ) -> list[tuple[Any, ...]]:
        """Groups `by` fields (or field and granularity); `SUM:{x}` is a field well's aggregate."""
        dimensions = []
        for index, one in enumerate(by):
            text, granularity = one if isinstance(one, tuple) else (one, None)
            dimensions.append(Dimension(f"d{index}", parse(text), granularity))
        found = []
        for index, text in enumerate(measures):
            name, mark, rest = text.partition(":")
            is_well = bool(mark) and name.isupper()
            expression = parse(rest if is_well else text)
            found.append(Measure(f"m{index}", expression, Aggregate(name) if is_well else None))
        return self.run(
            Query(
                "facts",
                tuple(dimensions),
                tuple(found),
                tuple(parse(one) for one in filters),
                **more,
            )
        )

    def each_row(self, expression: str) -> list[Any]:
        """The value of an expression in each row, in the order in which they were given."""
        self.connection.execute("ALTER TABLE facts ADD COLUMN IF NOT EXISTS place BIGINT")
        self.connection.execute("UPDATE facts SET place = rowid")
        self.types = {**self.types, "place": ColumnType.INTEGER}
        query = Query(
            "facts",
            (Dimension("place", parse("{place}")),),
            (Measure("value", parse(expression)),),
            is_detail=True,
        )
        return [value for _, value in self.run(query)]


@pytest.fixture
def world() -> Iterator[World]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    try:
        yield World(connection)
    finally:
        connection.close()
