"""What people call the parts of a dashboard: titles instead of ids."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Final

_MARKUP: Final = re.compile(r"<[^>]*>")
_SPACES: Final = re.compile(r"\s+")


def plain_text(text: str) -> str:
    """Rich text of QuickSight without its markup, in one line."""
    spaced = _MARKUP.sub(" ", text) if "<" in text else text
    return _SPACES.sub(" ", html.unescape(spaced)).strip()


def visual_kind(visual: Mapping[str, Any]) -> str:
    """`BarChartVisual`, ...; empty where the visual has none."""
    return next(iter(visual), "")


def visual_title(body: Any) -> str:
    """The title that a visual shows, without markup; empty where there is none."""
    title = body.get("Title") if isinstance(body, Mapping) else None
    text = title.get("FormatText") if isinstance(title, Mapping) else None
    if not isinstance(text, Mapping):
        return ""
    found = text.get("PlainText") or text.get("RichText")
    return plain_text(found) if isinstance(found, str) else ""


def visual_label(visual: Mapping[str, Any]) -> str:
    """The visual's title, else what kind of visual it is: `bar chart`."""
    kind = visual_kind(visual)
    return visual_title(visual.get(kind)) or kind_label(kind)


def kind_label(kind: str) -> str:
    """`KPIVisual` -> `KPI`, `PivotTableVisual` -> `pivot table`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*", kind.removesuffix("Visual"))
    return " ".join(word if word.isupper() else word.lower() for word in words)
