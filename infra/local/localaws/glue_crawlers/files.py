"""What one file holds: its format, its columns, how large its records are.

Text is judged by the first megabyte, Parquet by its footer.
"""

from __future__ import annotations

import codecs
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from localaws.glue_crawlers import parquet, text

if TYPE_CHECKING:
    from localaws.glue_crawlers.hive_types import Columns

HEAD_BYTES = 1_000_000
TEXT_BYTES = 4_000_000
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"


class UnreadableError(ValueError):
    """A file that says nothing about a schema; the message says why."""


class Source(Protocol):
    """One stored file."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, length: int) -> bytes: ...


@dataclass(frozen=True)
class FileSchema:
    """One file, described. Counts are exact when the whole file was seen, else estimates."""

    classification: str
    compression: str
    columns: Columns
    record_count: int
    average_record_bytes: int
    delimiter: str = ""
    has_header: bool = False
    undecodable_lines: int = 0

    def document(self) -> dict[str, Any]:
        return asdict(self)


def inspect(source: Source) -> FileSchema:
    """The schema of a file, or UnreadableError."""
    if source.size == 0:
        raise UnreadableError("the file is empty")
    head = source.read(0, min(HEAD_BYTES, source.size))
    if head.startswith(PARQUET_MAGIC):
        return _parquet(source)
    compression = "gzip" if head.startswith(GZIP_MAGIC) else "none"
    is_whole = len(head) == source.size
    if compression == "gzip":
        raw, is_whole = _gunzip(head, is_whole)
    else:
        raw = head
    lines, undecodable = _lines(raw, is_whole)
    if not lines:
        raise UnreadableError("the file has no lines of UTF-8")
    try:
        found = text.inspect(lines)
    except text.UnclassifiedError as error:
        raise UnreadableError(str(error)) from error
    average = max(1, round(sum(len(line) + 1 for line in lines) / len(lines)))
    records = found.records + undecodable
    if not is_whole:
        # The rest of the file is taken to be like its beginning.
        records = round(records * source.size / len(head)) if len(head) < source.size else records
    return FileSchema(
        classification=found.classification,
        compression=compression,
        columns=found.columns,
        record_count=records,
        average_record_bytes=average,
        delimiter=found.delimiter,
        has_header=found.has_header,
        undecodable_lines=undecodable,
    )


def _parquet(source: Source) -> FileSchema:
    try:
        columns, rows = parquet.inspect(source)
    except parquet.BrokenParquetError as error:
        raise UnreadableError(f"not a whole Parquet file: {error}") from error
    return FileSchema("parquet", "none", columns, rows, max(1, source.size // max(1, rows)))


def _gunzip(head: bytes, is_whole: bool) -> tuple[bytes, bool]:
    """The text at the start of a gzip, of any number of members, and whether that is all of it."""
    text_parts: list[bytes] = []
    total = 0
    rest = head
    while rest and total < TEXT_BYTES:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(rest, TEXT_BYTES - total)
        except zlib.error as error:
            raise UnreadableError(f"broken gzip: {error}") from error
        text_parts.append(part)
        total += len(part)
        if not unpacker.eof:
            if is_whole and not unpacker.unconsumed_tail:
                raise UnreadableError("the gzip ends early")
            return b"".join(text_parts), False
        rest = unpacker.unused_data
    return b"".join(text_parts), is_whole and not rest


def _lines(raw: bytes, is_whole: bool) -> tuple[list[str], int]:
    """Whole lines of text, and how many are no UTF-8; a line that the sample cuts is left out."""
    if not is_whole:
        raw = raw[: raw.rfind(b"\n") + 1]
    lines: list[str] = []
    undecodable = 0
    for line in raw.removeprefix(codecs.BOM_UTF8).split(b"\n"):
        if line.strip():
            try:
                lines.append(line.decode("utf-8").rstrip("\r"))
            except UnicodeDecodeError:
                undecodable += 1
    if undecodable > (1 - text.GOOD_SHARE) * (len(lines) + undecodable):
        raise UnreadableError(f"{undecodable} of {len(lines) + undecodable} lines are not UTF-8")
    return lines, undecodable
