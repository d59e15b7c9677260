"""Files that are broken as a whole: empty, with another delimiter, or a gzip that ends early."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from rlm.generate.delivery_files import DeliveryFolder, record
from rlm.generate.truth import Broken

if TYPE_CHECKING:
    from collections.abc import Sequence


def empty(folder: DeliveryFolder, source: str, day: int, extension: str) -> None:
    """A file of no bytes."""
    key = folder.raw(source, day, f"{source}-empty{extension}", b"")
    folder.truth.counts(source).files_rejected += 1
    folder.truth.broken.append(Broken(source, key, None, "empty_file"))
    record(folder.truth, source, key, 0)
    folder.finished(key)


def with_semicolons(folder: DeliveryFolder, source: str, day: int, lines: Sequence[bytes]) -> None:
    """A CSV file, header included, in which semicolons stand where commas should."""
    content = b"".join(line.replace(b",", b";") + b"\n" for line in lines)
    key = folder.raw(source, day, f"{source}-semicolons.csv", content)
    rows = len(lines) - 1
    folder.truth.counts(source).files_rejected += 1
    folder.truth.broken += [Broken(source, key, line, "header") for line in range(2, rows + 2)]
    record(folder.truth, source, key, rows, quarantined=rows)
    folder.finished(key)


def ending_early(
    folder: DeliveryFolder, source: str, day: int, lines: Sequence[bytes], half_line: bytes
) -> None:
    """A gzip of `lines`, the header among them, that ends within the next one."""
    content = b"".join(line + b"\n" for line in lines) + half_line
    key = folder.raw(source, day, f"{source}-cut.csv.gz", gzip_cut_after(content))
    folder.truth.broken.append(Broken(source, key, len(lines) + 1, "truncated_gzip"))
    record(folder.truth, source, key, len(lines), quarantined=1)
    folder.finished(key)


def gzip_cut_after(content: bytes) -> bytes:
    """A gzip that ends early: every reader gets `content` out of it and then misses the end.

    The stream is flushed after `content`, so that no reader loses a part of it in a half block.
    """
    squeeze = zlib.compressobj(zlib.Z_BEST_SPEED, zlib.DEFLATED, 31)
    return squeeze.compress(content) + squeeze.flush(zlib.Z_SYNC_FLUSH)
