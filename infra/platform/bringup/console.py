"""Progress on the terminal: one line a fact, with the seconds since the command began."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Console:
    """Writes progress lines, and remembers how long each phase took."""

    def __init__(self, started_at: float | None = None) -> None:
        """Count from `started_at` (epoch seconds), or from now."""
        self._started_at = time.time() if started_at is None else started_at
        self._lock = threading.Lock()
        self.phase_seconds: dict[str, float] = {}

    @property
    def started_at(self) -> float:
        """When the command began, in epoch seconds."""
        return self._started_at

    def seconds(self) -> float:
        """Seconds since the command began."""
        return round(time.time() - self._started_at, 2)

    def say(self, message: str) -> None:
        """Print one line behind the seconds since the start."""
        seconds = time.time() - self._started_at
        with self._lock:
            for line in message.splitlines() or [""]:
                sys.stdout.write(f"{seconds:7.1f} s  {line}\n")
            sys.stdout.flush()

    def write(self, text: str) -> None:
        """Print text as it is: tables and closing remarks."""
        with self._lock:
            sys.stdout.write(text if text.endswith("\n") else text + "\n")
            sys.stdout.flush()

    @contextmanager
    def phase(self, name: str, title: str) -> Iterator[None]:
        """Announce a phase and record its seconds under `name`, also when it fails."""
        self.say(title)
        began = time.monotonic()
        try:
            yield
        finally:
            self.phase_seconds[name] = round(time.monotonic() - began, 2)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under a header; the first column is left-aligned, the others right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines: list[str] = []
    for row in [header, *rows]:
        first = row[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([first, *others]).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
