"""DuckDB's part of an ingestion: text becomes typed rows, rows become a Parquet file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from localaws.quicksight.columns import from_text
from localaws.quicksight.fetched import column_named
from localaws.quicksight.preparation import input_columns
from localaws.quicksight.relations import BROKEN
from localaws.quicksight.source_errors import SourceError
from localaws.quicksight.sql_tables import literal, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.quicksight.fetched import Fetched, Window
    from localaws.quicksight.preparation import Base, Prepared

_MEMORY = "2GB"
_THREADS = 2
_PARQUET = "(FORMAT parquet, COMPRESSION zstd)"


@dataclass(frozen=True)
class Loaded:
    """How many rows of a refresh could be kept, and how many not."""

    kept: int
    dropped: int


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database of one ingestion's own."""
    return duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "threads": str(_THREADS),
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
        }
    )


def read_text(connection: duckdb.DuckDBPyConnection, base: Base, fetched: Fetched) -> None:
    """Make a base's relation from text, each column of its declared type."""
    assert base.physical is not None  # noqa: S101 - callers look first
    chosen, broken = [], []
    for given in input_columns(base.physical):
        text = column_named(fetched, given["Name"])
        if text is None:
            raise SourceError(
                "SQL_SCHEMA_MISMATCH_ERROR",
                f"There is no column {given['Name']}; there are {', '.join(fetched.columns)}.",
            )
        typed = from_text(given["Type"], text, given.get("SubType"))
        chosen.append(f"{typed} AS {quoted(given['Name'])}")
        if given["Type"] not in ("STRING", "JSON"):
            broken.append(f"({text} IS NOT NULL AND ({typed}) IS NULL)")
    is_broken = " OR ".join(broken) or "false"
    connection.execute(
        f"CREATE VIEW {base.relation} AS"  # noqa: S608
        f" SELECT {', '.join(chosen)}, {is_broken} AS {BROKEN} FROM ({fetched.sql})"
    )


def read_spice(connection: duckdb.DuckDBPyConnection, base: Base, path: Path) -> None:
    """Make a base's relation from another data set's copy."""
    connection.execute(
        f"CREATE VIEW {base.relation} AS SELECT *, false AS {BROKEN}"  # noqa: S608
        f" FROM read_parquet({literal(str(path))})"
    )


def write(connection: duckdb.DuckDBPyConnection, prepared: Prepared, path: Path) -> Loaded:
    """Run the preparation into a file, broken rows marked in it."""
    connection.execute(f"COPY ({prepared.sql}) TO {literal(str(path))} {_PARQUET}")
    found = connection.execute(
        f"SELECT count(*) FILTER (NOT {BROKEN}), count(*) FILTER ({BROKEN})"  # noqa: S608
        f" FROM read_parquet({literal(str(path))})"
    ).fetchone()
    assert found is not None  # noqa: S101 - an aggregate has one row
    return Loaded(*found)


def merge(
    connection: duckdb.DuckDBPyConnection,
    prepared: Prepared,
    loaded: Path,
    made: Path,
    old: Path | None,
    window: Window | None,
) -> int:
    """Write the new copy; how many rows it has.

    With a window, rows of the old copy before it stay, and all that is inside is replaced.
    """
    names = ", ".join(quoted(one.name) for one in prepared.columns)
    new = f"SELECT {names} FROM read_parquet({literal(str(loaded))}) WHERE NOT {BROKEN}"  # noqa: S608
    if window is not None and old is not None:
        inside = f"{quoted(window.column)} >= TIMESTAMP '{window.since}'"
        kept = f"SELECT {names} FROM read_parquet({literal(str(old))})"  # noqa: S608
        new = f"{kept} WHERE ({inside}) IS NOT TRUE UNION ALL {new} AND {inside}"
    connection.execute(f"COPY ({new}) TO {literal(str(made))} {_PARQUET}")
    found = connection.execute(
        f"SELECT count(*) FROM read_parquet({literal(str(made))})"  # noqa: S608
    ).fetchone()
    assert found is not None  # noqa: S101 - an aggregate has one row
    return int(found[0])
