"""Small pieces of Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEAD: Final = "Written from the code by `make reference`; a test fails when it is stale."
_SENTENCE_END: Final = re.compile(r"(?<=\.) (?=[A-Z\"`])")
# A point after these ends no sentence.
_ABBREVIATIONS: Final = ("et al.", "e.g.", "i.e.")


def page(title: str, *parts: str) -> str:
    """A whole page with its title and where it comes from."""
    return "\n\n".join([f"# {title}", HEAD, *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing in a cell breaks out of it. Empty without a row."""
    lines = [f"| {' | '.join(in_cell(cell) for cell in row)} |" for row in rows]
    if not lines:
        return ""
    ruler = f"|{'---|' * len(head)}"
    return "\n".join([f"| {' | '.join(head)} |", ruler, *lines])


def in_cell(text: str) -> str:
    """Text of one line whose bars are not those of the table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """As code; nothing where there is nothing."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several pieces of code in one cell."""
    return ", ".join(code(text) for text in texts)


def sentences(text: str) -> str:
    """One sentence a line."""
    lines: list[str] = []
    for part in _SENTENCE_END.split(" ".join(text.split())):
        if lines and lines[-1].endswith(_ABBREVIATIONS):
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """`90 s`, `5 min`, `2 h`, `1 day`, whatever is whole."""
    for size, one, several in ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {one if count == 1 else several}"
    return f"{seconds:g} s"
