"""Each kind of chart as options of ECharts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.quicksight.drawing.charts.bar import bar
from rlm.quicksight.drawing.charts.box_plot import box_plot
from rlm.quicksight.drawing.charts.combo import combo
from rlm.quicksight.drawing.charts.funnel import funnel
from rlm.quicksight.drawing.charts.gauge import gauge
from rlm.quicksight.drawing.charts.heat_map import heat_map
from rlm.quicksight.drawing.charts.histogram import histogram
from rlm.quicksight.drawing.charts.line import line
from rlm.quicksight.drawing.charts.maps import filled_map, point_map
from rlm.quicksight.drawing.charts.pie import pie
from rlm.quicksight.drawing.charts.radar import radar
from rlm.quicksight.drawing.charts.sankey import sankey
from rlm.quicksight.drawing.charts.scatter import scatter
from rlm.quicksight.drawing.charts.small_multiples import panelled
from rlm.quicksight.drawing.charts.tree_map import tree_map
from rlm.quicksight.drawing.charts.waterfall import waterfall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.quicksight.drawing.charts.common import ChartOf

CHARTS: Mapping[str, ChartOf] = {
    "BarChartVisual": panelled(bar),
    "BoxPlotVisual": box_plot,
    "ComboChartVisual": combo,
    "FilledMapVisual": filled_map,
    "FunnelChartVisual": funnel,
    "GaugeChartVisual": gauge,
    "GeospatialMapVisual": point_map,
    "HeatMapVisual": heat_map,
    "HistogramVisual": histogram,
    "LineChartVisual": panelled(line),
    "PieChartVisual": panelled(pie),
    "RadarChartVisual": radar,
    "SankeyDiagramVisual": sankey,
    "ScatterPlotVisual": scatter,
    "TreeMapVisual": tree_map,
    "WaterfallVisual": waterfall,
}
