"""CSV lines by the hundred thousand: columns of numbers in, bytes out, no Python loop over rows.

A block of lines is laid out as a matrix of bytes, one row a line, each column as wide as its
widest value and padded with zero bytes; dropping the zero bytes leaves the CSV.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_FIRST_SECOND = np.datetime64("1970-01-01", "D")


@dataclass(frozen=True)
class Block:
    """Whole lines, each ended by a newline."""

    payload: bytes
    rows: int

    @classmethod
    def of(cls, lines: Sequence[bytes]) -> Block:
        return cls(b"".join(line + b"\n" for line in lines), len(lines))

    def lines(self) -> list[bytes]:
        return self.payload.split(b"\n")[:-1] if self.rows else []


def table(values: Iterable[str]) -> Bytes:
    """A matrix with one row a value, to look cells up in."""
    encoded = np.array([value.encode() for value in values] or [b""])
    return np.frombuffer(encoded.tobytes(), np.uint8).reshape(len(encoded), -1)


def chosen(from_table: Bytes, index: Ints) -> Bytes:
    """Cells that repeat: ids, prices, words."""
    return np.take(from_table, index, axis=0)


def number(values: Ints, width: int, prefix: bytes = b"", *, padded: bool = False) -> Bytes:
    """Cells that count; a negative value gives an empty cell. `padded` keeps leading zeros."""
    cells = np.empty((len(values), len(prefix) + width), np.uint8)
    cells[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
    rest = values.copy()
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        column = len(prefix) + place
        cells[:, column] = digit + ord("0")
        if not padded and place < width - 1:
            cells[:, column][values < 10 ** (width - 1 - place)] = 0
    cells[values < 0] = 0
    return cells


def lines(columns: Sequence[Bytes]) -> Block:
    """The block whose cells are those, separated by commas."""
    rows = len(columns[0])
    width = sum(c.shape[1] + 1 for c in columns)
    matrix = np.empty((rows, width), np.uint8)
    at = 0
    for column in columns:
        matrix[:, at : at + column.shape[1]] = column
        at += column.shape[1]
        matrix[:, at] = ord(",")
        at += 1
    matrix[:, -1] = ord("\n")
    flat = matrix.ravel()
    return Block(flat[flat != 0].tobytes(), rows)


def iso_day(day: int) -> str:
    """`2026-06-01` for a number of days since 1970."""
    return str(_FIRST_SECOND + np.timedelta64(day, "D"))


def iso_second(second: int) -> str:
    """`2026-06-01T12:30:00Z` for a number of seconds since 1970."""
    return f"{np.datetime64(second, 's')}Z"


# Every second of a day as it stands in a timestamp: a look-up is faster than arithmetic.
SECOND_OF_DAY: Bytes = table(
    f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}Z" for s in range(86_400)
)
