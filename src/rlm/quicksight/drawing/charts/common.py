"""What a chart is drawn from, and the frame that all charts share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlm.quicksight.drawing.look import Look, Painter, painter
from rlm.quicksight.drawing.points import fields_in
from rlm.quicksight.results import (  # noqa: TC001 - part of the public types
    Field,
    ResultTable,
    VisualResult,
)


@dataclass(frozen=True)
class Chart:
    """One result with what its drawing needs at hand."""

    result: VisualResult
    table: ResultTable
    look: Look
    options: Mapping[str, Any] = field(default_factory=dict)
    """The visual's ChartConfiguration."""

    @property
    def paint(self) -> Painter:
        """Colours of this visual."""
        return painter(self.result.definition, self.look)

    def fields(self, *wells: str) -> list[Field]:
        """The fields of the wells."""
        return fields_in(self.table, *wells)


ChartOf = Callable[[Chart], dict[str, Any]]


def chart_of(result: VisualResult, table: ResultTable, look: Look) -> Chart:
    """The chart of a result."""
    options = result.definition.get("ChartConfiguration") or {}
    return Chart(result, table, look, options)


def frame(chart: Chart, **parts: Any) -> dict[str, Any]:
    """An ECharts option: still, readable by itself, in the theme's colours."""
    theme = chart.look.theme
    option: dict[str, Any] = {
        "animation": False,
        "color": list(theme.colors),
        "textStyle": {"fontFamily": theme.family, "color": theme.ui["PrimaryForeground"]},
        "aria": {"enabled": True, "label": {"enabled": False}},
    }
    tooltip = chart.options.get("Tooltip") or {}
    if tooltip.get("TooltipVisibility") == "HIDDEN":
        parts.pop("tooltip", None)
    option.update({name: part for name, part in parts.items() if part is not None})
    return option


def item_tooltip() -> dict[str, Any]:
    """A tooltip for the thing under the pointer; the page writes its text."""
    return {"trigger": "item"}


def axis_tooltip(pointer: str = "shadow") -> dict[str, Any]:
    """A tooltip for all series of a category."""
    shade = {"color": "rgba(120,140,170,0.12)"}
    return {"trigger": "axis", "axisPointer": {"type": pointer, "shadowStyle": shade}}


def visible_range(axis: Mapping[str, Any] | None) -> tuple[float, float] | None:
    """The part of a category axis that is shown first, in percent."""
    scrollbar = (axis or {}).get("ScrollbarOptions") or {}
    shown = (scrollbar.get("VisibleRange") or {}).get("PercentRange") or {}
    if not shown:
        return None
    return float(shown.get("From", 0)), float(shown.get("To", 100))


def zoom(
    count: int, fits: int, window: tuple[float, float] | None, axis: str
) -> list[dict[str, Any]] | None:
    """A scrollbar for an axis of more categories than fit, or of a window that is given.

    A window that is the whole axis shows all of it, however many there are.
    """
    if window == (0, 100) or (window is None and count <= fits):
        return None
    first, last = window or (0.0, 100.0 * fits / count)
    # Values are sorted: the first categories are the ones to see.
    keys = {"xAxis": "xAxisIndex", "yAxis": "yAxisIndex"}
    return [
        {"type": "slider", keys[axis]: 0, "start": first, "end": last, "axis": axis},
        {"type": "inside", keys[axis]: 0, "start": first, "end": last},
    ]


def series_names(series: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of series, each once."""
    return list(dict.fromkeys(str(one["name"]) for one in series if one.get("name")))
