"""Writes source files in the landing layout and keeps count of what is in them."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from typing import IO, TYPE_CHECKING, Any, Final

from rlm.generate.csv_bytes import iso_day
from rlm.generate.truth import Broken, Truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from rlm.generate.csv_bytes import Block

# The sources of which files are made; others come from their suppliers alone.
GENERATED: Final = (
    "artists",
    "venues",
    "events",
    "ticket_sales",
    "listens",
    "artist_popularity",
)
TRUTH_FOLDER: Final = "_truth"
# Level 6 of zlib takes three times as long for a tenth less.
_GZIP_LEVEL: Final = 4


class OutputNotEmptyError(Exception):
    """The target already holds source files; nothing was written."""


class SourceFile:
    """One file of a delivery, counting lines as they are written."""

    def __init__(self, path: Path, key: str, source: str, header: bytes | None, truth: Truth):
        self.key = key
        self.line = 0
        self._source = source
        self._truth = truth
        self._rows = self._quarantined = self._duplicate = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._raw: IO[bytes] = path.open("wb")
        # No name and no time in the gzip header: the same rows give the same bytes.
        self._out: IO[bytes] = (
            gzip.GzipFile("", "wb", _GZIP_LEVEL, self._raw, mtime=0)  # type: ignore[assignment]
            if key.endswith(".gz")
            else self._raw
        )
        truth.counts(source).files += 1
        if header is not None:
            self._put(header)

    def __enter__(self) -> SourceFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    @property
    def rows(self) -> int:
        return self._rows

    def block(self, block: Block) -> None:
        """Good lines, each with a key and version of its own."""
        self._out.write(block.payload)
        self.line += block.rows
        self._rows += block.rows

    def good(self, line: bytes) -> None:
        """One good line with a key and version of its own."""
        self._put(line)
        self._rows += 1

    def version(self, line: bytes) -> None:
        """One good line of a key that another line has too: one of the two is superseded."""
        self.good(line)
        self._truth.counts(self._source).rows_superseded += 1

    def duplicate(self, line: bytes) -> None:
        """A line that was written before, byte for byte."""
        self.good(line)
        self._duplicate += 1

    def broken(self, line: bytes, rule: str, column: str | None, *, ended: bool = True) -> None:
        """A line that goes to quarantine; without its newline where it is not `ended`."""
        self._put(line, ended=ended)
        self._rows += 1
        self._quarantined += 1
        self._truth.broken.append(Broken(self._source, self.key, self.line, rule, column))

    def close(self) -> None:
        if self._raw.closed:
            return
        if self._out is not self._raw:
            self._out.close()
        self._raw.close()
        record(self._truth, self._source, self.key, self._rows, self._quarantined, self._duplicate)

    def _put(self, line: bytes, *, ended: bool = True) -> None:
        self._out.write(line + b"\n" if ended else line)
        self.line += 1


def record(
    truth: Truth, source: str, key: str, rows: int, quarantined: int = 0, duplicate: int = 0
) -> None:
    """Adds one finished file to the truth."""
    counts = truth.counts(source)
    counts.rows_in += rows
    counts.rows_quarantined += quarantined
    counts.rows_duplicate += duplicate
    truth.files.append(
        {"source": source, "file": key, "rows_in": rows, "rows_quarantined": quarantined,
         "rows_duplicate": duplicate}
    )  # fmt: skip


class DeliveryFolder:
    """`<root>/<source>/delivery_date=<day>/<file>`, and what is true of it under `_truth/`.

    `done` is told of each finished file's path under the root, so that it can be sent on.
    """

    def __init__(self, root: Path, done: Callable[[str], None] = lambda _: None) -> None:
        self.root = root
        self.truth = Truth()
        self._done = done

    def prepare(self, *, force: bool) -> None:
        """Makes the folder; removes what an earlier run left there only with `force`.

        Raises `OutputNotEmptyError` where source files are there without it.
        """
        parts = [self.root / name for name in (*GENERATED, TRUTH_FOLDER)]
        there = [part for part in parts if part.exists()]
        if there and not force:
            names = ", ".join(path.name for path in there)
            raise OutputNotEmptyError(
                f"{self.root} already has {names}: choose another folder, or --force to replace "
                "the source files"
            )
        for path in there:
            shutil.rmtree(path)
        self.root.mkdir(parents=True, exist_ok=True)

    def key(self, source: str, day: int, name: str) -> str:
        return f"{source}/delivery_date={iso_day(day)}/{name}"

    def open(self, source: str, day: int, name: str, header: bytes | None) -> SourceFile:
        """A new file of that source's delivery; call `finished` once it is closed."""
        key = self.key(source, day, name)
        return SourceFile(self.root / key, key, source, header, self.truth)

    def raw(self, source: str, day: int, name: str, content: bytes) -> str:
        """Writes a file as it is, counting only the file itself, and returns its key."""
        key = self.key(source, day, name)
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.truth.counts(source).files += 1
        return key

    def finished(self, key: str) -> None:
        self._done(key)

    def write_truth(self, name: str, members: dict[str, Any]) -> None:
        self._write(f"{TRUTH_FOLDER}/{name}", json.dumps(members, indent=1, ensure_ascii=False))

    def write_fan_groups(self, rows: list[tuple[str, int]]) -> None:
        out = io.StringIO()
        out.write("fan_id,group\n")
        out.writelines(f"{fan},{group}\n" for fan, group in rows)
        self._write(f"{TRUTH_FOLDER}/fan_groups.csv", out.getvalue())

    def _write(self, key: str, text: str) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + ("" if text.endswith("\n") else "\n"), encoding="utf-8")
        self._done(key)
