"""Looks at each new file once, before Spark does: can it be read by its contract at all?"""

from __future__ import annotations

import csv
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rlm.aws.storage import Storage
    from rlm.domain.contract import Contract
    from rlm.domain.delivery import DeliveredFile

_CHUNK_BYTES = 1 << 20
_HEADER_BYTES = 64 << 10
_GZIP = 16 + zlib.MAX_WBITS
# What quarantine shows of a line without an end: a megabyte of a gzip can be a gigabyte of it.
_BROKEN_LINE_BYTES = 1 << 20


@dataclass(frozen=True)
class InspectedFile:
    """What the first look found."""

    file: DeliveredFile
    header: str | None = None
    """First line of a CSV file, without its line end; None where the format has no header."""
    rejected_by: str | None = None
    """Rule that the file as a whole breaks; its rows are not read."""
    reason: str | None = None
    complete_lines: int | None = None
    """Lines before the break of a gzip that ends early; None where the file is whole."""
    broken_line: str = ""
    """What came after the last complete line of a gzip that ends early."""

    @property
    def is_faulty(self) -> bool:
        """Whether there is something to say of the file as a whole."""
        return self.rejected_by is not None or self.complete_lines is not None

    @property
    def columns(self) -> tuple[str, ...]:
        return header_columns(self.header or "")


def header_columns(header: str) -> tuple[str, ...]:
    """Column names of a CSV header line, a byte order mark removed."""
    row = next(csv.reader([header.removeprefix("\ufeff")], strict=False), [])
    return tuple(name.strip() for name in row)


def inspect(file: DeliveredFile, contract: Contract, storage: Storage) -> InspectedFile:
    """The first look at `file`. A gzip is read to its end, anything else only at its start."""
    if file.size == 0:
        return InspectedFile(file, rejected_by="empty_file", reason="the file has no bytes")
    with storage.open(file.uri) as stream:
        if file.is_gzip:
            head, complete_lines, broken_line = _read_gzip(stream)
        else:
            head, complete_lines, broken_line = stream.read(_HEADER_BYTES), None, b""
    found = InspectedFile(
        file,
        header=None if file.is_json else _first_line(head),
        complete_lines=complete_lines,
        broken_line=broken_line.decode("utf-8", "replace"),
    )
    if not head.strip():
        if complete_lines is None:
            return InspectedFile(file, rejected_by="empty_file", reason="the file has no lines")
        return found
    if found.header is None:
        return found
    required = {c.name for c in contract.landing if c.required}
    missing = sorted(required - set(found.columns))
    doubled = sorted({c for c in found.columns if found.columns.count(c) > 1})
    if not missing and not doubled:
        return found
    complaint = f"lacks {', '.join(missing)}" if missing else f"repeats {', '.join(doubled)}"
    return InspectedFile(
        file,
        header=found.header,
        rejected_by="header",
        reason=f"the header line {found.header[:200]!r} {complaint}; expected names and commas",
        complete_lines=complete_lines,
        broken_line=found.broken_line,
    )


def _first_line(head: bytes) -> str:
    return head.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")


def _read_gzip(stream: IO[bytes]) -> tuple[bytes, int | None, bytes]:
    """(start of the content, complete lines if it ends early, the rest of its last line).

    Holds no more in memory than a few chunks, whatever the content expands to.
    """
    decompress = zlib.decompressobj(_GZIP)
    head, lines, tail = b"", 0, b""
    try:
        while compressed := stream.read(_CHUNK_BYTES):
            while compressed:
                # In pieces: what was decompressed before a broken byte is not lost with it.
                content = decompress.decompress(compressed, _CHUNK_BYTES)
                head += content[: _HEADER_BYTES - len(head)]
                lines += content.count(b"\n")
                _, newline, after = content.rpartition(b"\n")
                tail = after if newline else tail + after[: _BROKEN_LINE_BYTES - len(tail)]
                compressed = decompress.unconsumed_tail
                if decompress.eof and decompress.unused_data:
                    # Members may follow each other in one file.
                    compressed = decompress.unused_data
                    decompress = zlib.decompressobj(_GZIP)
    except zlib.error:
        return head, lines, tail
    return (head, None, b"") if decompress.eof else (head, lines, tail)
