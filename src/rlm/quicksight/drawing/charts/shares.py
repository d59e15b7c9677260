"""Labels of parts of stacks: those of slivers would lie over their neighbours'."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - part of the public types
from typing import Any

# A part of less than this share of the longest stack has no room for a label.
SLIVER = 0.03


def hide_slivers(data: Sequence[dict[str, Any]], longest: float) -> None:
    """Switch off the labels of parts that are too thin."""
    for cell in data:
        value = cell["value"]
        if value is not None and longest > 0 and abs(value) / longest < SLIVER:
            cell["label"] = {"show": False}
