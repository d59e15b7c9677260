"""The head of a gold table's SQL file: comments that document it, read by jobs and by pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_LINE: Final = re.compile(r"--\s*(\w+):\s*(.*)")
_COLUMNS_LINE: Final = "-- columns:"
# A name, its type with what may stand in its brackets, and a note in parentheses.
_COLUMN: Final = re.compile(r"(\w+)(?:\s+(\w+(?:<.*>)?))?(?:\s+\((.*)\))?$")
_OPEN: Final = {"<": 1, "(": 1, ">": -1, ")": -1}


@dataclass(frozen=True)
class Column:
    """One column as a header describes it; `says` may be empty."""

    name: str
    type: str
    says: str


def split_header(text: str) -> tuple[list[tuple[str, str]], str]:
    """The (key, value) lines before the statement, and the statement without its semicolon.

    A comment line that is indented further goes on with the value right above it.
    """
    lines = text.strip().splitlines()
    header: list[tuple[str, str]] = []
    nth, is_open = 0, False
    for nth, line in enumerate([*lines, "end"]):  # noqa: B007
        if line.strip() and not line.startswith("--"):
            break
        if found := _HEADER_LINE.match(line):
            header.append((found[1].lower(), found[2].strip()))
        elif is_open and line.startswith("--  "):
            key, value = header[-1]
            header[-1] = (key, f"{value} {line.lstrip('- ').rstrip()}")
            continue
        is_open = bool(found)
    return header, "\n".join(lines[nth:]).strip().removesuffix(";").rstrip()


def header_columns(text: str) -> tuple[Column, ...]:
    """The columns that a header lists, in its order.

    A line names columns with their types, and says something of them after two blanks; names
    without a type have that of the next one; a line far to the right goes on with the one above.
    """
    lines: list[str] = []
    for line in _lines_after(text, _COLUMNS_LINE):
        body = line.removeprefix("--")
        if body.startswith(" " * 20) and lines:
            lines[-1] += f" {body.strip()}"
        else:
            lines.append(body.strip())
    return tuple(column for line in lines for column in _columns(line))


def header_prose(text: str) -> tuple[str, ...]:
    """What a header tells between its keys and its columns, by paragraphs."""
    paragraphs: list[str] = [""]
    lines = iter(text.splitlines())
    for line in lines:
        if line == "--":
            break
    for line in lines:
        if not line.startswith("--") or line == _COLUMNS_LINE:
            break
        if line == "--":
            paragraphs.append("")
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {line.removeprefix('--').strip()}".strip()
    return tuple(one for one in paragraphs if one)


def _lines_after(text: str, opening: str) -> Iterator[str]:
    lines = iter(text.splitlines())
    for line in lines:
        if line == opening:
            break
    for line in lines:
        if not line.startswith("--   "):
            return
        yield line


def _columns(line: str) -> list[Column]:
    listed, _, says = line.partition("  ")
    found: list[Column] = []
    for part in _parts(listed):
        matched = _COLUMN.match(part)
        if matched is None:
            raise ValueError(f"a header lists columns as `name TYPE`, found {part!r}")
        name, kind, note = matched.groups()
        found.append(Column(name, kind or "", "; ".join(t for t in (note, says.strip()) if t)))
    for nth in reversed(range(len(found))):
        if not found[nth].type:
            found[nth] = Column(found[nth].name, found[nth + 1].type, found[nth].says)
    return found


def _parts(listed: str) -> Iterator[str]:
    """Split at commas outside of brackets."""
    depth, start = 0, 0
    for place, sign in enumerate(listed):
        depth += _OPEN.get(sign, 0)
        if sign == "," and depth == 0:
            yield listed[start:place].strip()
            start = place + 1
    yield listed[start:].strip()
