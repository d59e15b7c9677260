"""Kinds of charts: which wells are axes and which measures, and how the API names their options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class AxisWell:
    """Which well is an axis, and where the definition has its sorting and its limit."""

    well: str
    sort: str = ""
    limit: str = ""
    default_limit: int | None = None


@dataclass(frozen=True)
class Chart:
    """The wells of one kind of chart; axes from the outermost to the innermost."""

    axes: tuple[AxisWell, ...]
    measures: tuple[str, ...]
    category: str = ""
    """The axis whose rest is in `other`."""


CHARTS: Final[Mapping[str, Chart]] = {
    "BarChartVisual": Chart(
        (
            AxisWell("SmallMultiples", "SmallMultiplesSort", "SmallMultiplesLimitConfiguration"),
            AxisWell("Category", "CategorySort", "CategoryItemsLimit"),
            AxisWell("Colors", "ColorSort", "ColorItemsLimit", 50),
        ),
        ("Values",),
        "Category",
    ),
    "ComboChartVisual": Chart(
        (
            AxisWell("Category", "CategorySort", "CategoryItemsLimit"),
            AxisWell("Colors", "ColorSort", "ColorItemsLimit", 50),
        ),
        ("BarValues", "LineValues"),
        "Category",
    ),
    "LineChartVisual": Chart(
        (
            AxisWell("SmallMultiples", "SmallMultiplesSort", "SmallMultiplesLimitConfiguration"),
            AxisWell("Category", "CategorySort", "CategoryItemsLimitConfiguration"),
            AxisWell("Colors", "", "ColorItemsLimitConfiguration", 25),
        ),
        ("Values",),
        "Category",
    ),
    "PieChartVisual": Chart(
        (
            AxisWell("SmallMultiples", "SmallMultiplesSort", "SmallMultiplesLimitConfiguration"),
            AxisWell("Category", "CategorySort", "CategoryItemsLimit", 20),
        ),
        ("Values",),
        "Category",
    ),
    "FunnelChartVisual": Chart(
        (AxisWell("Category", "CategorySort", "CategoryItemsLimit", 50),), ("Values",), "Category"
    ),
    "WordCloudVisual": Chart(
        (AxisWell("GroupBy", "CategorySort", "CategoryItemsLimit", 100),), ("Size",)
    ),
    "TreeMapVisual": Chart(
        (AxisWell("Groups", "TreeMapSort", "TreeMapGroupItemsLimitConfiguration", 100),),
        ("Sizes", "Colors"),
        "Groups",
    ),
    "WaterfallVisual": Chart(
        (
            AxisWell("Categories", "CategorySort", "CategoryItemsLimit"),
            AxisWell("Breakdowns", "", "BreakdownItemsLimit", 10),
        ),
        ("Values",),
    ),
    "HeatMapVisual": Chart(
        (
            AxisWell("Rows", "HeatMapRowSort", "HeatMapRowItemsLimitConfiguration", 100),
            AxisWell("Columns", "HeatMapColumnSort", "HeatMapColumnItemsLimitConfiguration", 100),
        ),
        ("Values",),
    ),
    "RadarChartVisual": Chart(
        (
            AxisWell("Category", "CategorySort", "CategoryItemsLimit", 50),
            AxisWell("Color", "ColorSort", "ColorItemsLimit", 20),
        ),
        ("Values",),
        "Category",
    ),
    "SankeyDiagramVisual": Chart(
        (
            AxisWell("Source", "WeightSort", "SourceItemsLimit", 100),
            AxisWell("Destination", "WeightSort", "DestinationItemsLimit", 100),
        ),
        ("Weight",),
    ),
    "FilledMapVisual": Chart((AxisWell("Geospatial", "CategorySort"),), ("Values",)),
    "GeospatialMapVisual": Chart(
        (AxisWell("Geospatial"), AxisWell("Colors", default_limit=20)), ("Values",)
    ),
}
