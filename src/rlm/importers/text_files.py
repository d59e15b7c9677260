"""Text files as they come: several encodings in one file, any line ending, header or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class MissingInputError(Exception):
    """A file that the import needs is not where it was looked for."""


@dataclass(frozen=True)
class Record:
    """The cells of one line, without blanks at their ends."""

    line: int
    cells: tuple[str, ...]


def records(path: Path, separator: str) -> Iterator[Record]:
    """Every line that is not empty, header lines included.

    Only line feeds, with or without a carriage return, end a line: names hold other separators.
    """
    if not path.is_file():
        raise MissingInputError(
            f"{path} is missing: --data-dir names the folder that holds {path.parent.name}/;"
            " docs/data-sources.md says where to get it"
        )
    for number, raw in enumerate(path.read_bytes().split(b"\n"), start=1):
        line = raw.removesuffix(b"\r")
        if line.strip():
            yield Record(number, tuple(c.strip() for c in text(line).split(separator)))


def text(raw: bytes) -> str:
    """UTF-8 where that is what it is, else Windows-1252, which is what is left in practice."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def repaired(name: str) -> str:
    """The name as it was meant if UTF-8 was once read as Latin-1 and written again, else itself.

    A name that only looks odd stays: what it would have been must be valid UTF-8.
    """
    if name.isascii():
        return name
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name
