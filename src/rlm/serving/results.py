"""The rows of a query's result file, as they come from S3."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.aws.storage import Storage

# Athena limits a value to 32 MB; Python's reader stops at 128 KB unless told.
_LONGEST_VALUE = 32 * 1024 * 1024


@dataclass(frozen=True)
class Rows:
    """A header, and rows to go through once."""

    header: list[str]
    rows: Iterator[list[str]]


def read_rows(storage: Storage, uri: str) -> Rows:
    """The rows of the CSV file that Athena wrote at `uri`; nothing and empty text are the same.

    Raises `FileNotFoundError`, and `ValueError` for a file without a header.
    """
    csv.field_size_limit(_LONGEST_VALUE)
    reader = csv.reader(_lines(storage.open(uri)), strict=True)
    header = next(reader, None)
    if header is None:
        raise ValueError(f"{uri} is empty, expected a header at least: did the query return rows?")
    return Rows(header, _rows(reader, len(header), uri))


def _rows(reader: Iterator[list[str]], width: int, uri: str) -> Iterator[list[str]]:
    nth = 1
    try:
        for nth, row in enumerate(reader, start=2):
            if len(row) != width:
                raise ValueError(f"{uri}: record {nth} has {len(row)} values, expected {width}")
            yield row
    except csv.Error as problem:
        raise ValueError(f"{uri}: after record {nth}: {problem}") from problem


def _lines(stream: IO[bytes]) -> Iterator[str]:
    """The file's lines with their ends, whatever is in quotes."""
    # S3's stream has no more than `read`; the text reader wants a little more of a stream.
    with io.TextIOWrapper(
        io.BufferedReader(_Readable(stream), 1 << 20), encoding="utf-8", newline=""
    ) as lines:
        yield from lines


class _Readable(io.RawIOBase):
    """What `io.BufferedReader` needs, made of `read` alone."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()
