"""Open boards, kept as long as nothing of them changes; drawings of their sheets."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing import draw, look_of, read_theme
from rlm.quicksight.drawing.controls import control_json
from rlm.quicksight.drawing.formats.values import told
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of a dataclass
from rlm.quicksight.drawing.sheets import sheet_outline, sheet_texts, still_drawings
from rlm.quicksight.server.source import (
    NotThereError,
    Opened,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.quicksight.drawing.drawing import Drawing
    from rlm.quicksight.queries.state import State

MOST_OPEN = 12


@dataclass
class Kept:
    """One open board; its lock makes draws take turns, as one DuckDB connection needs."""

    stamp: str
    opened: Opened
    look: Look
    lock: threading.Lock = field(default_factory=threading.Lock)


class Boards:
    """The boards of one source, by dashboard and user."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, dashboard_id: str, user: str) -> Kept:
        """The board as it is now; opened anew only if something of it has changed."""
        stamp = self._source.stamp(dashboard_id, user)
        key = (dashboard_id, user)
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.stamp != stamp:
                opened = self._source.open(dashboard_id, user)
                theme = read_theme(opened.theme, opened.base_theme)
                kept = Kept(stamp, opened, look_of(opened.definition, theme))
                self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_OPEN:
                self._kept.popitem(last=False)
            return kept


def outline(kept: Kept) -> dict[str, Any]:
    """A dashboard without its numbers."""
    opened = kept.opened
    sheets = opened.definition.get("Sheets") or ()
    return {
        "id": opened.dashboard_id,
        "name": opened.name,
        "version": opened.version,
        "refreshedAt": opened.refreshed_at.isoformat() + "Z" if opened.refreshed_at else None,
        "theme": kept.look.theme.css(),
        "sheets": [sheet_outline(sheet, place) for place, sheet in enumerate(sheets)],
        "parameters": [
            {
                "name": inner["Name"],
                "kind": kind.removesuffix("ParameterDeclaration").lower(),
                "isMultiple": inner.get("ParameterValueType") == "MULTI_VALUED",
            }
            for one in opened.definition.get("ParameterDeclarations") or ()
            for kind, inner in one.items()
        ],
    }


def draw_sheet(kept: Kept, sheet_id: str, state: State, known: Mapping[str, str]) -> dict[str, Any]:
    """What changed on a sheet: drawings whose hash the page does not know yet.

    Raises NotThereError for a sheet that does not exist.
    """
    definition = kept.opened.definition
    sheets = {one["SheetId"]: one for one in definition.get("Sheets") or ()}
    if sheet_id not in sheets:
        raise NotThereError(f"{kept.opened.name} has no sheet {sheet_id}")
    sheet = sheets[sheet_id]
    with kept.lock:
        found = kept.opened.board.draw_plan(sheet_id, state)
    look = look_of(definition, kept.look.theme, found.parameters)
    drawings: list[Drawing] = [draw(one, look) for one in found.visuals]
    drawings.extend(still_drawings(sheet, look))
    hashes: dict[str, str] = {}
    changed: dict[str, Any] = {}
    for one in drawings:
        as_json = one.to_json()
        digest = digest_of(as_json)
        hashes[one.visual_id] = digest
        if known.get(one.visual_id) != digest:
            changed[one.visual_id] = as_json
    shown = [one for one in drawings if one.kind not in ("text", "image")]
    boxed = [one for one in shown if one.kind == "box"]
    return {
        "sheet": sheet_id,
        "texts": sheet_texts(sheet, look),
        "controls": [control_json(one) for one in found.controls],
        "parameters": {name: list(map(told, v)) for name, v in found.parameters.items()},
        "hashes": hashes,
        "visuals": changed,
        "counts": {
            "visuals": len(shown),
            "boxed": len(boxed),
            "empty": sum(one.kind == "empty" for one in shown),
            "missing": sorted({name for one in boxed for name in one.missing}),
        },
    }


def digest_of(drawing: Mapping[str, Any]) -> str:
    """A short name for exactly this drawing."""
    text = json.dumps(drawing, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
