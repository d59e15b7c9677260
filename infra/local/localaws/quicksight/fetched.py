"""Rows as they come from a source: files of text, and how DuckDB reads them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.quicksight.source_errors import SourceError
from localaws.quicksight.sql_tables import literal, quoted

if TYPE_CHECKING:
    from pathlib import Path

# SPICE takes texts of 2,047 characters; a line of a file may be far longer.
_LINE_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Window:
    """Only rows whose column is not before this moment (UTC, as SQL writes it) are wanted."""

    column: str
    since: str


@dataclass(frozen=True)
class Fetched:
    """A SELECT of DuckDB's that gives every column as text, null where there is no value."""

    sql: str
    columns: tuple[str, ...]


def csv_with_quoted_values(path: Path) -> Fetched:
    """A file with a header in which every value is quoted, so that what is not is null."""
    with path.open(encoding="utf-8", newline="") as file:
        names = tuple(next(csv.reader(file), []))
    if not names:
        raise SourceError("SQL_EXCEPTION", "The query gave no columns.")
    return Fetched(
        f"SELECT * FROM read_csv({literal(str(path))}, header = true, auto_detect = false,"  # noqa: S608
        f" columns = {columns_of(names)}, delim = ',', quote = '\"', escape = '\"',"
        f" nullstr = '', allow_quoted_nulls = false, max_line_size = {_LINE_BYTES})",
        names,
    )


def columns_of(names: tuple[str, ...]) -> str:
    """All columns as text, as read_csv and read_json want to hear it."""
    folded = [name.lower() for name in names]
    if repeated := sorted({name for name in folded if folded.count(name) > 1}):
        raise SourceError(
            "DUPLICATE_COLUMN_NAMES_FOUND", f"There are several columns {', '.join(repeated)}."
        )
    inside = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return f"{{{inside}}}"


def column_named(fetched: Fetched, name: str) -> str | None:
    """The column of that name, in any case where there is none in this; quoted."""
    found = [one for one in fetched.columns if one == name]
    found += [one for one in fetched.columns if one.lower() == name.lower()]
    return quoted(found[0]) if found else None
