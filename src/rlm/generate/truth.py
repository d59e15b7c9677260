"""What is true of the generated files: counts that a pipeline must reproduce, and planted facts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Broken:
    """One thing that a contract forbids, and where it is.

    `line` is the physical line of the uncompressed file, the header being line 1;
    None where the whole file is meant. `column` is None where no single column is to blame.
    """

    source: str
    file: str
    line: int | None
    rule: str
    column: str | None = None


@dataclass
class SourceCounts:
    """Of one source, all deliveries together.

    `rows_in` are the data lines that are not empty. A file that is rejected as a whole counts its
    lines as quarantined; an empty file has none. `rows_superseded` were loaded, and are not the
    latest version of their key: `silver_rows` is what is left.
    """

    files: int = 0
    files_rejected: int = 0
    rows_in: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_superseded: int = 0

    @property
    def rows_loaded(self) -> int:
        return self.rows_in - self.rows_quarantined - self.rows_duplicate

    @property
    def silver_rows(self) -> int:
        return self.rows_loaded - self.rows_superseded

    def as_dict(self) -> dict[str, int]:
        return asdict(self) | {"rows_loaded": self.rows_loaded, "silver_rows": self.silver_rows}


@dataclass
class Truth:
    """Filled while files are written; `as_dict` is the truth file."""

    sources: dict[str, SourceCounts] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    planted: dict[str, Any] = field(default_factory=dict)

    def counts(self, source: str) -> SourceCounts:
        return self.sources.setdefault(source, SourceCounts())

    def as_dict(self) -> dict[str, Any]:
        return {
            "sources": {name: counts.as_dict() for name, counts in self.sources.items()},
            "broken": [asdict(b) for b in self.broken],
            "files": self.files,
            **self.planted,
        }
