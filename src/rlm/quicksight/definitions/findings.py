"""What is wrong with a definition, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error is refused by QuickSight or shows something wrong; a warning is worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    severity: Severity
    rule: str
    """Short and stable: `unknown-column`."""
    path: str
    """In the assembled definition: `Sheets[0].Visuals[3].BarChartVisual.VisualId`."""
    message: str
    """What was expected and what was found."""
    next_step: str
    file: str | None = None
    """Below the dashboard's folder, where the definition came from files."""
    line: int | None = None
    """Of the file, from 1."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file and self.line else ""
        place = place or (f"{self.file}: " if self.file else "")
        where = f"{self.path}: " if self.path else ""
        step = f"; {self.next_step}" if self.next_step else ""
        return f"{place}{self.severity}: {where}{self.message}{step} [{self.rule}]"


def error(rule: str, path: str, message: str, next_step: str) -> Finding:
    return Finding(Severity.ERROR, rule, path, message, next_step)


def warning(rule: str, path: str, message: str, next_step: str) -> Finding:
    return Finding(Severity.WARNING, rule, path, message, next_step)


class DefinitionError(ValueError):
    """Files that cannot be assembled: the author has to mend them, a retry does not help."""

    def __init__(
        self, message: str, *, file: str = "", line: int | None = None, path: str = ""
    ) -> None:
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(f"{place}{path + ': ' if path else ''}{message}")
        self.file, self.line, self.path = file, line, path
