"""What became of each fault: the book that the report is written from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Fault


@dataclass
class Entry:
    """One fault that happened. Times are epoch seconds; 0 for what was not seen."""

    fault: Fault
    began_at: float
    ended_at: float = 0.0
    """When the disturbance itself was over."""
    recovered_at: float = 0.0
    noticed: list[str] = field(default_factory=list)
    """Who saw it, and how: in the order in which they did."""
    recovered_by: str = ""
    alarms: list[str] = field(default_factory=list)

    @property
    def recovery_seconds(self) -> float | None:
        """From its beginning until all was well; None where that was not seen."""
        return self.recovered_at - self.began_at if self.recovered_at else None


@dataclass
class Book:
    """Entries in the order in which faults began; several threads write."""

    entries: list[Entry] = field(default_factory=list)
    missed: list[tuple[Fault, str]] = field(default_factory=list)
    """Faults that could not be brought about, and why: something else took their place."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: Entry) -> Entry:
        with self._lock:
            self.entries.append(entry)
        return entry

    def miss(self, fault: Fault, why: str) -> None:
        with self._lock:
            self.missed.append((fault, why))

    def open_entries(self) -> list[Entry]:
        """Those that have not recovered yet."""
        with self._lock:
            return [entry for entry in self.entries if not entry.recovered_at]
