"""Compares what two platforms hold, part by part, row by row: nothing lost, nothing double."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Of each kind, in a report; how many there are is always said.
SHOWN = 5

# By part (`silver.events`, `items.Venues`, ...), its rows as canonical text.
Picture = dict[str, list[str]]


@dataclass(frozen=True)
class Difference:
    """What one part of the disturbed platform lacks or has too much."""

    part: str
    lost: tuple[str, ...]
    """Rows of the undisturbed platform that are not there, as often as they are missing."""
    extra: tuple[str, ...]
    """Rows that the undisturbed platform does not have, or not as often."""

    @property
    def title(self) -> str:
        """What is wrong, in a line; names the columns where rows seem to be changed ones."""
        text = f"{self.part}: {len(self.lost)} lost, {len(self.extra)} too many"
        changed = self._changed_columns()
        return f"{text}; they differ in {', '.join(changed)}" if changed else text

    def _changed_columns(self) -> list[str]:
        """The columns in which the rows differ when they are paired in their order."""
        try:
            pairs = [
                (json.loads(lost), json.loads(extra))
                for lost, extra in zip(self.lost, self.extra, strict=True)
            ]
        except ValueError:  # not as many, or no documents
            return []
        if not all(isinstance(row, dict) for pair in pairs for row in pair):
            return []
        names = {name for pair in pairs for row in pair for name in row}
        return sorted(name for name in names if any(a.get(name) != b.get(name) for a, b in pairs))

    def __str__(self) -> str:
        lines = [self.title]
        lines += [f"  - {row[:1000]}" for row in self.lost[:SHOWN]]
        lines += [f"  + {row[:1000]}" for row in self.extra[:SHOWN]]
        return "\n".join(lines)


def differences(undisturbed: Picture, disturbed: Picture) -> list[Difference]:
    """Every part that differs; a part that only one of them has differs by all its rows."""
    found = []
    for part in sorted(undisturbed.keys() | disturbed.keys()):
        before, after = Counter(undisturbed.get(part, ())), Counter(disturbed.get(part, ()))
        lost, extra = before - after, after - before
        if lost or extra or (part in undisturbed) != (part in disturbed):
            found.append(
                Difference(part, tuple(sorted(lost.elements())), tuple(sorted(extra.elements())))
            )
    return found


def require_content(picture: Picture, parts: Sequence[str]) -> list[str]:
    """What is wrong with a picture that should show something of each of these parts."""
    return [f"{part}: nothing there to compare" for part in parts if not picture.get(part)]


def counts(picture: Picture) -> Mapping[str, int]:
    """Rows by part."""
    return {part: len(rows) for part, rows in sorted(picture.items())}
