"""What of QuickSight's API queries only approximate, or leave alone."""

from __future__ import annotations

from typing import Final

from rlm.quicksight.support import approximated, honoured, ignored

SUPPORT: Final = (
    *approximated(
        "exponential smoothing with a damped trend and a season, not QuickSight's own model",
        "Computation.Forecast",
        "LineChartConfiguration.ForecastConfigurations",
        "ForecastConfiguration.ForecastProperties",
    ),
    *ignored("what might have been is not asked", "ForecastConfiguration.Scenario"),
    *approximated(
        "whiskers end at the extremes: there are no outliers",
        "BoxPlotOptions.OutlierVisibility",
        "BoxPlotOptions.AllDataPointsVisibility",
    ),
    *approximated(
        "by sign where values of both signs occur, else by equal parts of their range",
        "ConditionalFormattingIcon.IconSet",
    ),
    *ignored(
        "rows come from SPICE, where parameters of data sets have had their values already",
        "StringParameterDeclaration.MappedDataSetParameters",
        "IntegerParameterDeclaration.MappedDataSetParameters",
        "DecimalParameterDeclaration.MappedDataSetParameters",
        "DateTimeParameterDeclaration.MappedDataSetParameters",
    ),
    # Asked by our tests; no one definition leads to all of it at once.
    *honoured(
        "AnchorDateConfiguration.AnchorOption",
        "AttributeAggregationFunction.SimpleAttributeAggregation",
        "BinWidthOptions.*",
        "ColumnSort.*",
        "ConditionalFormattingColor.*",
        "ConditionalFormattingCustomIconOptions.*",
        "ConditionalFormattingIcon.CustomCondition",
        "DataPathSort.*",
        "DateMeasureField.*",
        "DefaultFilterDropDownControlOptions.ControlSortConfigurations",
        "DefaultFilterListControlOptions.ControlSortConfigurations",
        "DrillDownFilter.*",
        "CategoryDrillDownFilter.*",
        "NumericEqualityDrillDownFilter.*",
        "TimeRangeDrillDownFilter.*",
        "DynamicDefaultValue.*",
        "FieldSortOptions.ColumnSort",
        "FilterDropDownControl.CascadingControlConfiguration",
        "FilterDropDownControl.ControlSortConfigurations",
        "FilterListControl.CascadingControlConfiguration",
        "FilterListControl.ControlSortConfigurations",
        "FilterGroup.CrossDataset",
        "FilterGroup.FilterGroupId",
        "GradientStop.*",
        "HierarchyFilterNode.ParentValue",
        "HistogramBinOptions.BinWidth",
        "KPIConfiguration.SortConfiguration",
        "KPISortConfiguration.*",
        "MeasureField.DateMeasureField",
        "PercentileAggregation.PercentileValue",
        "PivotTableCellConditionalFormatting.Scopes",
        "PivotTableSortBy.*",
        "PredefinedHierarchy.DrillDownFilters",
        *(
            f"{kind}{rest}"
            for kind in ("String", "Integer", "Decimal", "DateTime")
            for rest in ("ParameterDeclaration.ValueWhenUnset", "ValueWhenUnsetConfiguration.*")
        ),
    ),
    *approximated(
        "exponential smoothing with a damped trend and a season, not QuickSight's own model",
        *(
            f"TimeBasedForecastProperties.{member}"
            for member in (
                "PeriodsForward",
                "PeriodsBackward",
                "UpperBoundary",
                "LowerBoundary",
                "PredictionInterval",
            )
        ),
    ),
    *approximated(
        "up to 5,000 rows, all on one page",
        "TableSortConfiguration.PaginationConfiguration",
    ),
)
