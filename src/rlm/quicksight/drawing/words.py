"""Word clouds: the words and how large each is; the page lays them out."""

from __future__ import annotations

import math
from typing import Any

from rlm.quicksight.drawing.formats.values import number, write
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.points import fields_in, indexes, point_of
from rlm.quicksight.results import ResultTable, VisualResult  # noqa: TC001 - part of the public types

MOST_WORDS = 150


def word_body(result: VisualResult, table: ResultTable, look: Look) -> dict[str, Any]:
    """What the page needs to show a WordCloudVisual: `size` is between 0 and 1."""
    options = (result.definition.get("ChartConfiguration") or {}).get("WordCloudOptions") or {}
    names, sizes = fields_in(table, "GroupBy"), fields_in(table, "Size")
    if not names:
        return {"words": []}
    place = indexes(table, names)[0]
    amount = indexes(table, sizes)[0] if sizes else None
    rows = list(table.rows)
    if amount is not None:
        rows.sort(key=lambda row: -(number(row[amount]) or 0))
    rows = rows[:MOST_WORDS]
    roots = [
        math.sqrt(max(number(row[amount]) or 0, 0)) if amount is not None else 1 for row in rows
    ]
    low, high = (min(roots), max(roots)) if roots else (0, 1)
    casing = options.get("WordCasing", "EXISTING_CASE")
    longest = int(options.get("MaximumStringLength") or 100)
    words = []
    for row, root in zip(rows, roots, strict=True):
        text = write(row[place], names[0])
        if casing == "LOWER_CASE":
            text = text.lower()
        said = write(row[amount], sizes[0]) if amount is not None else ""
        words.append(
            {
                "text": text if len(text) <= longest else f"{text[: longest - 1]}…",
                "size": round((root - low) / (high - low), 4) if high > low else 0.5,
                "value": said,
                "point": point_of([row[place]], names[:1]),
            }
        )
    return {
        "words": words,
        "isTurned": options.get("WordOrientation", "HORIZONTAL") != "HORIZONTAL",
        "padding": {"SMALL": 2, "MEDIUM": 5, "LARGE": 10}.get(
            options.get("WordPadding", "SMALL"), 2
        ),
        "colors": list(look.theme.colors[:8]),
    }
