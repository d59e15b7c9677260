"""Rows as boards ask for them fastest: texts of few values kept as numbers, rows by date."""

# ruff: noqa: S608 - names are quoted, and a source is the program's own
from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

_MOST_VALUES: Final = 20_000
"""Texts of more values are kept as they are: a dictionary would not be small."""


def store(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    table: str,
    most_values: int = _MOST_VALUES,
) -> None:
    """Copies the rows of `source` (SQL: a relation, `read_parquet(...)`) to a new table.

    Text columns of few values become enumerations in alphabetical order: they compare, sort and
    concatenate as text does, and group several times as fast. Rows are sorted by their first date,
    so that a filter of dates skips the blocks outside of it. Decimals become doubles, as which
    queries read them anyway: once here is half the cost of a sum. `table` is a bare name; one of
    that name is replaced.
    """
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    texts = [row[0] for row in described if row[1] == "VARCHAR"]
    sizes: dict[str, int] = {}
    if texts:
        counts = ", ".join(f"approx_count_distinct({_quoted(name)})" for name in texts)
        found = connection.execute(f"SELECT {counts} FROM {source}").fetchone()
        sizes = dict(zip(texts, found or (), strict=False))
    drop(connection, table)
    kinds = {row[0]: str(row[1]) for row in described}
    columns = []
    for place, (name, *_) in enumerate(described):
        column = _quoted(name)
        if kinds[name].startswith("DECIMAL"):
            columns.append(f"CAST({column} AS DOUBLE) AS {column}")
            continue
        if not 0 < sizes.get(name, 0) <= most_values:
            columns.append(column)
            continue
        kind = _quoted(f"{table} {place}")
        connection.execute(
            f"CREATE TYPE {kind} AS ENUM"
            f" (SELECT DISTINCT {column} FROM {source} WHERE {column} IS NOT NULL ORDER BY 1)"
        )
        columns.append(f"CAST({column} AS {kind}) AS {column}")
    dates = [row[0] for row in described if row[1].startswith(("DATE", "TIMESTAMP"))]
    order = f" ORDER BY {_quoted(dates[0])}" if dates else ""
    connection.execute(
        f"CREATE TABLE {_quoted(table)} AS SELECT {', '.join(columns)} FROM {source}{order}"
    )


def few_values(connection: duckdb.DuckDBPyConnection, table: str) -> frozenset[str]:
    """Texts that `store` made enumerations of at most a hundred values of."""
    found = connection.execute(
        "SELECT column_name FROM duckdb_columns() JOIN duckdb_types()"
        " ON type_name = table_name || ' ' || (column_index - 1)"
        " WHERE table_name = ? AND len(labels) <= 100",
        [table],
    ).fetchall()
    return frozenset(name for (name,) in found)


def whole_days(connection: duckdb.DuckDBPyConnection, table: str) -> frozenset[str]:
    """Columns of dates without a time of day in any row."""
    described = connection.execute(f"DESCRIBE {_quoted(table)}").fetchall()
    dates = [row[0] for row in described if row[1] in ("DATE", "TIMESTAMP")]
    if not dates:
        return frozenset()
    checks = ", ".join(f"bool_and({_quoted(one)} = CAST({_quoted(one)} AS DATE))" for one in dates)
    found = connection.execute(f"SELECT {checks} FROM {_quoted(table)}").fetchone() or ()
    return frozenset(name for name, is_whole in zip(dates, found, strict=True) if is_whole)


def drop(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Forgets a table that `store` made, if it is there, and its enumerations."""
    described = connection.execute(
        "SELECT column_index FROM duckdb_columns() WHERE table_name = ?", [table]
    ).fetchall()
    connection.execute(f"DROP TABLE IF EXISTS {_quoted(table)}")
    for (place,) in described:
        connection.execute(f"DROP TYPE IF EXISTS {_quoted(f'{table} {place - 1}')}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
