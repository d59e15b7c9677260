"""Each kind of chart as options of ECharts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.drawing.charts.bar import bar
from rlm.quicksight.drawing.charts.combo import combo
from rlm.quicksight.drawing.charts.line import line
from rlm.quicksight.drawing.charts.pie import pie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.quicksight.drawing.charts.common import ChartOf

CHARTS: Mapping[str, ChartOf] = {
    "BarChartVisual": bar,
    "LineChartVisual": line,
    "ComboChartVisual": combo,
    "PieChartVisual": pie,
}
