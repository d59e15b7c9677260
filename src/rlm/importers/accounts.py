"""The books of an import: what was read, what came out, and what was left out and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class LeftOut:
    """Rows that are in the input and not in the output, for one reason."""

    file: str
    reason: str
    rows: int
    lines: list[int]
    """Physical lines of the first of them; all of them up to `Accounts.LINES_SHOWN`."""


@dataclass
class Accounts:
    """Filled while importing; `as_dict` is the import's truth file."""

    LINES_SHOWN = 1_000

    rows_in: dict[str, int] = field(default_factory=dict)
    """By input file, header lines aside."""
    rows_used: dict[str, int] = field(default_factory=dict)
    """By input file: rows that the output holds."""
    notes: dict[str, Any] = field(default_factory=dict)
    _left_out: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def read(self, file: str, rows: int, used: int) -> None:
        self.rows_in[file] = rows
        self.rows_used[file] = used

    def leave_out(self, file: str, line: int, reason: str) -> None:
        self._left_out.setdefault((file, reason), []).append(line)

    def left_out(self) -> list[LeftOut]:
        return [
            LeftOut(file, reason, len(lines), lines[: self.LINES_SHOWN])
            for (file, reason), lines in self._left_out.items()
        ]

    def check(self) -> None:
        """Raises `ValueError` unless every row that was read is used or left out for a reason."""
        for file, rows in self.rows_in.items():
            left = sum(item.rows for item in self.left_out() if item.file == file)
            if rows != self.rows_used[file] + left:
                raise ValueError(
                    f"{file}: {rows} rows read, but {self.rows_used[file]} used + {left} left out; "
                    "a bug of the importer"
                )

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows_in": self.rows_in,
            "rows_used": self.rows_used,
            "left_out": [asdict(item) for item in self.left_out()],
            **self.notes,
        }
