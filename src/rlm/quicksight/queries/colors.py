"""Colours and icons by value: gradients between stops, and sets of three or four icons."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the public types
from typing import Any, Final

_GOOD, _MIDDLE, _BAD, _GRAY = "#2CAD00", "#F2A200", "#DE3B00", "#687078"

_SETS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "PLUS_MINUS": (("MINUS", _BAD), ("PLUS", _GOOD)),
    "CHECK_X": (("X", _BAD), ("CHECKMARK", _GOOD)),
    "THREE_COLOR_ARROW": (("ARROW_DOWN", _BAD), ("ARROW_RIGHT", _MIDDLE), ("ARROW_UP", _GOOD)),
    "THREE_GRAY_ARROW": (("ARROW_DOWN", _GRAY), ("ARROW_RIGHT", _GRAY), ("ARROW_UP", _GRAY)),
    "CARET_UP_MINUS_DOWN": (("CARET_DOWN", _BAD), ("MINUS", _MIDDLE), ("CARET_UP", _GOOD)),
    "THREE_SHAPE": (("TRIANGLE", _BAD), ("SQUARE", _MIDDLE), ("CIRCLE", _GOOD)),
    "THREE_CIRCLE": (("CIRCLE", _BAD), ("CIRCLE", _MIDDLE), ("CIRCLE", _GOOD)),
    "FLAGS": (("FLAG", _BAD), ("FLAG", _MIDDLE), ("FLAG", _GOOD)),
    "BARS": (("ONE_BAR", _BAD), ("TWO_BAR", _MIDDLE), ("THREE_BAR", _GOOD)),
    "FOUR_COLOR_ARROW": (
        ("ARROW_DOWN", _BAD),
        ("ARROW_DOWN_RIGHT", _MIDDLE),
        ("ARROW_UP_RIGHT", _MIDDLE),
        ("ARROW_UP", _GOOD),
    ),
    "FOUR_GRAY_ARROW": (
        ("ARROW_DOWN", _GRAY),
        ("ARROW_DOWN_RIGHT", _GRAY),
        ("ARROW_UP_RIGHT", _GRAY),
        ("ARROW_UP", _GRAY),
    ),
}
"""From the worst to the best."""


def gradient(stops: Sequence[Mapping[str, Any]], value: Any, values: Sequence[Any]) -> str | None:
    """The colour of a value between the stops; those without a DataValue divide the range."""
    numbers = [one for one in values if _is_number(one)]
    colors = [one for one in stops if str(one.get("Color", "")).startswith("#")]
    if not _is_number(value) or not colors:
        return None
    low, high = min(numbers, default=value), max(numbers, default=value)
    placed = sorted(
        (
            float(one["DataValue"])
            if one.get("DataValue") is not None
            else low + (high - low) * float(one.get("GradientOffset", 0)) / 100,
            str(one["Color"]),
        )
        for one in colors
    )
    if value <= placed[0][0]:
        return placed[0][1]
    for (start, first), (end, second) in itertools.pairwise(placed):
        if value <= end:
            return _mixed(first, second, (value - start) / (end - start) if end > start else 1.0)
    return placed[-1][1]


def icon_of_set(kind: str, value: Any, values: Sequence[Any]) -> tuple[str, str] | None:
    """The icon and its colour: by sign where values of both signs occur, else by equal parts."""
    icons = _SETS.get(kind)
    if icons is None or not _is_number(value):
        return None
    numbers = [one for one in values if _is_number(one)]
    low, high = min(numbers), max(numbers)
    if low < 0 or len(numbers) == 1:
        if len(icons) > 2 and value == 0:
            return icons[len(icons) // 2]
        return icons[-1] if value >= 0 else icons[0]
    share = (value - low) / (high - low) if high > low else 1.0
    return icons[min(int(share * len(icons)), len(icons) - 1)]


def extremes(values: Sequence[Any]) -> list[Any]:
    """The least and the greatest number: all that `gradient` and `icon_of_set` ask of values.

    One number where there is one; of many rows, found once instead of for each.
    """
    numbers = [one for one in values if _is_number(one)]
    return [min(numbers), max(numbers)] if len(numbers) > 1 else numbers


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _mixed(first: str, second: str, share: float) -> str:
    parts = []
    for at in (1, 3, 5):
        start, end = int(first[at : at + 2], 16), int(second[at : at + 2], 16)
        parts.append(round(start + (end - start) * share))
    return "#" + "".join(f"{one:02X}" for one in parts)
