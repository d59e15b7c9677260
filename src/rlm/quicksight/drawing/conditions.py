"""What conditional formatting decided, as styles of cells, rows and parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.themes import readable_on
from rlm.quicksight.results import (  # noqa: TC001 - part of the public types
    CellFormat,
    VisualResult,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Place = tuple[tuple[str, ...] | None, int, str | None]


@dataclass(frozen=True)
class Decisions:
    """Styles of one visual; nothing decided: everything looks as it is."""

    found: Mapping[Place, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, result: VisualResult) -> Decisions:
        """The decisions of a result; of several on one cell the later ones count."""
        found: dict[Place, dict[str, Any]] = {}
        for one in result.formats:
            place = (_sorted(one.kept), one.row, one.field_id)
            decided = found.setdefault(place, {"style": {}})
            decided["style"].update(_style(one))
            if one.icon:
                decided["icon"] = {"name": one.icon, "color": one.icon_color}
                decided["hidesText"] = one.is_icon_only
        for decided in found.values():
            _keep_readable(decided["style"])
        return cls(found)

    def of_cell(
        self, field_id: str, row: int, kept: tuple[str, ...] | None = None
    ) -> Mapping[str, Any] | None:
        """Style and icon of a cell; of a total by the dimensions that it keeps."""
        return self.found.get((_sorted(kept), row, field_id))

    def of_row(self, row: int) -> Mapping[str, str] | None:
        """The style of a whole row."""
        decided = self.found.get((None, row, None))
        return decided["style"] if decided else None

    def of_part(self, part: str) -> Mapping[str, Any] | None:
        """Of a KPI or gauge: `primary`, `comparison`, `progress`, `arc`."""
        for (_kept, _row, name), decided in self.found.items():
            if name == part:
                return decided
        return None


def _sorted(kept: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if kept is None else tuple(sorted(kept))


def _style(one: CellFormat) -> dict[str, str]:
    style = {}
    if one.background:
        style["background"] = one.background
    if one.color:
        style["color"] = one.color
    return style


def _keep_readable(style: dict[str, str]) -> None:
    """A background without a colour for its text gets one that can be read on it."""
    background = style.get("background", "")
    if background.startswith("#") and "color" not in style:
        style["color"] = readable_on(background)
