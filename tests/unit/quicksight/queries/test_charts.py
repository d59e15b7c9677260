# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
from typing import Any

from rlm.quicksight.queries.state import DrillStep, Selection, State

JANUARY, FEBRUARY, MARCH = (dt.datetime(2026, month, 1) for month in (1, 2, 3))
DECEMBER = dt.datetime(2025, 12, 1)


def bars(world: Any, sorting: dict[str, Any] | None = None, **wells: Any) -> dict[str, Any]:
    fields = {"Category": [world.dimension("city")], "Values": [world.measure()], **wells}
    return world.chart("BarChartVisual", fields, SortConfiguration=sorting or {})


def test_categories_descend_by_the_measure_unless_they_are_sorted(world: Any) -> None:
    assert world.rows(bars(world)) == [("Oslo", 30), ("Bergen", 9), ("Kiel", 8), (None, 3)]
    sort = {"CategorySort": [world.by_field("city", "DESC")]}
    assert [row[0] for row in world.rows(bars(world, sort))] == ["Oslo", "Kiel", "Bergen", None]


def test_numbers_ascend_unless_they_are_sorted(world: Any) -> None:
    number = {"NumericalDimensionField": {"FieldId": "tickets", "Column": world.at("tickets")}}
    values = [world.measure("price", "MAX")]
    found = world.rows(bars(world, Category=[number], Values=values))
    assert [row[0] for row in found] == [1, 3, 4, 5, 7, 10, 20]


def test_sorting_by_a_measure_that_is_not_shown(world: Any) -> None:
    sort = {"CategorySort": [world.by_column("price", "ASC", "AVERAGE")]}
    # Averages: Oslo 1.75, Bergen 3, Kiel 3; equal ones ascend by name.
    assert [row[0] for row in world.rows(bars(world, sort))] == ["Oslo", "Bergen", "Kiel", None]


def test_fields_tell_what_they_are(world: Any) -> None:
    table = world.ask(bars(world)).table
    assert [(f.field_id, f.label, f.well, f.is_measure, f.aggregate) for f in table.fields] == [
        ("city", "city", "Category", False, None),
        ("tickets", "tickets", "Values", True, "SUM"),
    ]
    assert [f.type.value for f in table.fields] == ["STRING", "INTEGER"]


def test_a_format_is_the_fields_own_or_its_columns(world: Any) -> None:
    own, of_column = {"NumberFormat": "own"}, {"NumberFormat": "column"}
    world.more = {
        "ColumnConfigurations": [{"Column": world.at("tickets"), "FormatConfiguration": of_column}]
    }
    assert world.ask(bars(world)).table.fields[1].format == of_column
    values = [world.measure(FormatConfiguration=own)]
    assert world.ask(bars(world, Values=values)).table.fields[1].format == own


def test_the_rest_of_the_categories_is_other(world: Any) -> None:
    sort = {"CategoryItemsLimit": {"ItemsLimit": 2, "OtherCategories": "INCLUDE"}}
    found = world.ask(bars(world, sort))
    assert list(found.table.rows) == [("Oslo", 30), ("Bergen", 9)]
    assert list(found.other.rows) == [(11,)]
    assert not found.is_cut


def test_the_rest_of_the_categories_can_be_left_out(world: Any) -> None:
    sort = {"CategoryItemsLimit": {"ItemsLimit": 2, "OtherCategories": "EXCLUDE"}}
    found = world.ask(bars(world, sort))
    assert list(found.table.rows) == [("Oslo", 30), ("Bergen", 9)]
    assert found.other is None
    assert found.is_cut


def test_other_of_an_average_is_the_average_of_its_rows(world: Any) -> None:
    sort = {
        "CategorySort": [world.by_field("city", "DESC")],
        "CategoryItemsLimit": {"ItemsLimit": 1, "OtherCategories": "INCLUDE"},
    }
    found = world.ask(bars(world, sort, Values=[world.measure("price", "AVERAGE")]))
    assert list(found.table.rows) == [("Oslo", 1.75)]
    # Bergen 4, 2; Kiel 3 (and none); nowhere 5.
    assert list(found.other.rows) == [((4 + 2 + 3 + 5) / 4,)]


def test_colours_beyond_the_limit_are_other_in_each_category(world: Any) -> None:
    sort = {"ColorItemsLimit": {"ItemsLimit": 1, "OtherCategories": "INCLUDE"}}
    found = world.rows(
        bars(world, sort, Category=[world.dimension("channel")], Colors=[world.dimension("city")])
    )
    assert found == [
        ("door", "Oslo", 20),
        ("door", "Other", 5),
        ("web", "Oslo", 10),
        ("web", "Other", 15),
    ]


def test_colours_are_sorted_by_their_own_totals(world: Any) -> None:
    found = world.rows(
        bars(
            world,
            {"CategorySort": [world.by_field("city")]},
            Colors=[world.dimension("channel")],
        )
    )
    # 25 at the door, 25 on the web: the names decide.
    assert found == [
        ("Bergen", "door", 4),
        ("Bergen", "web", 5),
        ("Kiel", "door", 1),
        ("Kiel", "web", 7),
        ("Oslo", "door", 20),
        ("Oslo", "web", 10),
        (None, "web", 3),
    ]


def test_categories_with_colours_are_sorted_by_a_measure_over_all_colours(world: Any) -> None:
    sort = {"CategorySort": [world.by_field("price", "DESC")]}
    values = [world.measure("price", "AVERAGE")]
    found = world.rows(bars(world, sort, Values=values, Colors=[world.dimension("channel")]))
    # Averages over both channels: nowhere 5, Bergen 3, Kiel 3, Oslo 1.75.
    assert list(dict.fromkeys(row[0] for row in found)) == [None, "Bergen", "Kiel", "Oslo"]


def test_small_multiples_come_first(world: Any) -> None:
    found = world.rows(
        bars(
            world,
            {"SmallMultiplesSort": [world.by_field("channel", "DESC")]},
            SmallMultiples=[world.dimension("channel")],
            Category=[world.date()],
        )
    )
    assert found == [
        ("web", DECEMBER, 3),
        ("web", JANUARY, 10),
        ("web", FEBRUARY, 5),
        ("web", MARCH, 7),
        ("door", FEBRUARY, 20),
        ("door", MARCH, 5),
    ]


def test_months_ascend(world: Any) -> None:
    line = world.chart("LineChartVisual", {"Category": [world.date()], "Values": [world.measure()]})
    assert world.rows(line) == [(DECEMBER, 3), (JANUARY, 10), (FEBRUARY, 25), (MARCH, 12)]


def test_a_combo_has_the_values_of_its_bars_then_of_its_lines(world: Any) -> None:
    combo = world.chart(
        "ComboChartVisual",
        {
            "Category": [world.dimension("channel")],
            "BarValues": [world.measure()],
            "LineValues": [world.measure("price", "MAX")],
        },
    )
    assert world.rows(combo) == [("door", 25, 2.0), ("web", 25, 5.0)]


def test_a_pie_shows_twenty_slices_at_most(world: Any) -> None:
    world.connection.execute(
        "INSERT INTO sales SELECT 'c' || i, 'web', now(), 1, 1 FROM range(30) t(i)"
    )
    pie = world.chart(
        "PieChartVisual", {"Category": [world.dimension("city")], "Values": [world.measure()]}
    )
    found = world.ask(pie)
    assert len(found.table.rows) == 20
    assert list(found.other.rows) == [(30 - 16,)]


def test_percentiles_and_the_attribute_of_a_group(world: Any) -> None:
    median = {"PercentileAggregation": {"PercentileValue": 50}}
    told = {"FieldId": "p", "Column": world.at("tickets"), "AggregationFunction": median}
    only = {"AttributeAggregationFunction": {"SimpleAttributeAggregation": "UNIQUE_VALUE"}}
    values = [
        {"NumericalMeasureField": told},
        {
            "NumericalMeasureField": {
                "FieldId": "a",
                "Column": world.at("price"),
                "AggregationFunction": only,
            }
        },
    ]
    found = world.rows(bars(world, {"CategorySort": [world.by_field("city")]}, Values=values))
    assert found == [
        ("Bergen", 4, None),
        ("Kiel", 1, None),
        ("Oslo", 10, None),
        (None, 3, 5.0),
    ]


def test_counts_of_texts_and_days(world: Any) -> None:
    values = [
        {
            "CategoricalMeasureField": {
                "FieldId": "c",
                "Column": world.at("channel"),
                "AggregationFunction": "DISTINCT_COUNT",
            }
        },
        {
            "DateMeasureField": {
                "FieldId": "d",
                "Column": world.at("sold"),
                "AggregationFunction": "MAX",
            }
        },
    ]
    category = [world.dimension("channel")]
    assert world.rows(bars(world, Category=category, Values=values)) == [
        ("door", 1, dt.datetime(2026, 3, 14, 23)),
        ("web", 1, dt.datetime(2026, 3, 1)),
    ]


def test_a_calculated_measure_of_its_own(world: Any) -> None:
    told = {"CalculatedMeasureField": {"FieldId": "m", "Expression": "sum({tickets}) * 2"}}
    category = [world.dimension("channel")]
    assert world.rows(bars(world, Category=category, Values=[told])) == [("door", 50), ("web", 50)]


def test_an_aggregated_field_is_not_aggregated_again(world: Any) -> None:
    world.calculated = {"gross": "sum({tickets} * {price})"}
    category = [world.dimension("channel")]
    for function in (None, "SUM"):
        values = [world.measure("gross", function)]
        assert world.rows(bars(world, Category=category, Values=values)) == [
            ("web", 25 + 20 + 21 + 15),
            ("door", 20 + 8),
        ]


def test_a_broken_calculated_field_is_told(world: Any) -> None:
    world.calculated = {"gross": "sum("}
    world.visuals = [bars(world, Values=[world.measure("gross", None)])]
    found = world.board().visual("sheet", "it")
    assert found.table is None
    assert found.unsupported[0].startswith("calculated field 'gross' of sales: ")


def test_drilling_goes_down_the_columns_and_keeps_to_the_value(world: Any) -> None:
    path = {
        "ExplicitHierarchy": {
            "HierarchyId": "h",
            "Columns": [world.at("city"), world.at("channel")],
        }
    }
    wells = {"Category": [world.dimension("city", HierarchyId="h")], "Values": [world.measure()]}
    visual = world.chart("BarChartVisual", wells, ColumnHierarchies=[path])
    assert world.rows(visual)[0] == ("Oslo", 30)
    into_oslo = State(drills={"it": (DrillStep("city", "Oslo"),)})
    found = world.ask(visual, into_oslo)
    assert list(found.table.rows) == [("door", 20), ("web", 10)]
    assert found.table.fields[0].label == "channel"
    everywhere = State(drills={"it": (DrillStep("city", has_value=False),)})
    assert world.rows(visual, everywhere) == [("door", 25), ("web", 25)]
    too_far = State(drills={"it": (DrillStep("city", "Oslo"), DrillStep("city", "web"))})
    assert world.rows(visual, too_far) == [("web", 10)]


def test_drilling_into_a_period(world: Any) -> None:
    path = {"DateTimeHierarchy": {"HierarchyId": "h"}}
    wells = {"Category": [world.date(HierarchyId="h")], "Values": [world.measure()]}
    visual = world.chart("LineChartVisual", wells, ColumnHierarchies=[path])
    into_march = State(drills={"it": (DrillStep("sold", MARCH),)})
    assert world.rows(visual, into_march) == [
        (dt.datetime(2026, 3, 1), 7),
        (dt.datetime(2026, 3, 2), 1),
        (dt.datetime(2026, 3, 14), 4),
    ]


def cross(target: dict[str, Any], fields: dict[str, Any] | None = None) -> dict[str, Any]:
    operation = {
        "SelectedFieldsConfiguration": fields or {"SelectedFieldOptions": "ALL_FIELDS"},
        "TargetVisualsConfiguration": {"SameSheetTargetVisualConfiguration": target},
    }
    return {
        "CustomActionId": "a",
        "Name": "Filter",
        "Status": "ENABLED",
        "Trigger": "DATA_POINT_CLICK",
        "ActionOperations": [{"FilterOperation": operation}],
    }


def clicked(world: Any, action: dict[str, Any], values: dict[str, Any]) -> list[Any]:
    """The cities' tickets after a click on a point of another visual, by month and channel."""
    source = world.chart(
        "BarChartVisual",
        {
            "Category": [world.date()],
            "Colors": [world.dimension("channel")],
            "Values": [world.measure()],
        },
        VisualId="source",
        Actions=[action],
    )
    world.visuals = [source, bars(world)]
    state = State(selection=(Selection("source", values),))
    found = world.board().draw_plan("sheet", state).visuals
    assert len(found[0].table.rows) == 6  # The visual itself stays as it is.
    return list(found[1].table.rows)


def test_a_click_filters_the_other_visuals(world: Any) -> None:
    everything = {"TargetVisualOptions": "ALL_VISUALS"}
    values = {"sold": FEBRUARY, "channel": "web"}
    assert clicked(world, cross(everything), values) == [("Bergen", 5)]
    assert clicked(world, cross({"TargetVisuals": ["it"]}), values) == [("Bergen", 5)]


def test_a_click_filters_by_the_selected_fields_only(world: Any) -> None:
    by_month = cross({"TargetVisuals": ["it"]}, {"SelectedFields": ["sold"]})
    values = {"sold": FEBRUARY, "channel": "web"}
    assert clicked(world, by_month, values) == [("Oslo", 20), ("Bergen", 5)]


def test_a_click_leaves_other_visuals_alone(world: Any) -> None:
    values = {"sold": FEBRUARY, "channel": "web"}
    assert len(clicked(world, cross({"TargetVisuals": ["another"]}), values)) == 4
    disabled = cross({"TargetVisuals": ["it"]}) | {"Status": "DISABLED"}
    assert len(clicked(world, disabled, values)) == 4


def test_reference_lines_of_measures_that_are_not_shown(world: Any) -> None:
    def line(column: str, function: str) -> dict[str, Any]:
        dynamic = {
            "Column": world.at(column),
            "MeasureAggregationFunction": {
                "NumericalAggregationFunction": {"SimpleNumericalAggregation": function}
            },
            "Calculation": {"SimpleNumericalAggregation": "AVERAGE"},
        }
        return {"DataConfiguration": {"DynamicConfiguration": dynamic}}

    lines = [line("tickets", "SUM"), line("price", "MAX"), {"DataConfiguration": {}}]
    wells = {"Category": [world.dimension("channel")], "Values": [world.measure()]}
    found = world.ask(world.chart("BarChartVisual", wells, ReferenceLines=lines))
    assert found.reference_values == {1: 3.5}


def test_a_forecast_goes_on_by_the_chart_periods(world: Any) -> None:
    ahead = [{"ForecastProperties": {"PeriodsForward": 2, "LowerBoundary": 0}}]
    wells = {"Category": [world.date()], "Values": [world.measure()]}
    found = world.ask(world.chart("LineChartVisual", wells, ForecastConfigurations=ahead))
    assert [row[0] for row in found.forecast.rows] == [
        dt.datetime(2026, 4, 1),
        dt.datetime(2026, 5, 1),
    ]
    assert all(0 <= low <= value <= high for _, value, low, high in found.forecast.rows)


def test_kinds_that_are_not_known_say_so(world: Any) -> None:
    world.visuals = [{"PluginVisual": {"VisualId": "p"}}, {"LayerMapVisual": {"VisualId": "l"}}]
    found = world.board().draw_plan("sheet").visuals
    assert [one.unsupported for one in found] == [
        ("visuals of kind PluginVisual",),
        ("visuals of kind LayerMapVisual",),
    ]


def test_visuals_without_data(world: Any) -> None:
    world.visuals = [
        {"EmptyVisual": {"VisualId": "e", "DataSetIdentifier": "sales"}},
        {"CustomContentVisual": {"VisualId": "c", "DataSetIdentifier": "sales"}},
    ]
    found = world.board().draw_plan("sheet").visuals
    assert [(one.table, one.unsupported) for one in found] == [(None, ()), (None, ())]


def test_visuals_without_fields_are_empty(world: Any) -> None:
    kinds = ("BarChartVisual", "KPIVisual", "TableVisual", "PivotTableVisual", "ScatterPlotVisual")
    world.visuals = [
        {kind: {"VisualId": kind, "ChartConfiguration": {"FieldWells": {}}}} for kind in kinds
    ]
    found = world.board().draw_plan("sheet").visuals
    assert [(one.table, one.unsupported) for one in found] == [(None, ())] * len(kinds)


def test_what_is_not_as_the_api_has_it_costs_no_other_visual(world: Any) -> None:
    broken = {
        "BarChartVisual": {
            "VisualId": "broken",
            "ChartConfiguration": {
                "FieldWells": {
                    "BarChartAggregatedFieldWells": {"Values": [{"NumericalMeasureField": {}}]}
                }
            },
        }
    }
    world.visuals = [bars(world), broken]
    found = world.board().draw_plan("sheet").visuals
    assert (len(found[0].table.rows), found[0].unsupported) == (4, ())
    assert len(found[1].unsupported) == 1


def test_chart_without_a_value_counts_rows(world: Any) -> None:
    fields = {"Category": [world.dimension("city")], "Values": []}
    table = world.ask(world.chart("PieChartVisual", fields)).table
    assert sorted(table.rows, key=str) == [
        ("Bergen", 2), ("Kiel", 2), ("Oslo", 2), (None, 1),
    ]  # fmt: skip
    assert table.fields[1].label == "Count of records"


def test_combo_without_a_value_counts_rows_as_bars(world: Any) -> None:
    fields = {"Category": [world.dimension("city")], "BarValues": [], "LineValues": []}
    table = world.ask(world.chart("ComboChartVisual", fields)).table
    assert ("Oslo", 2) in table.rows
    assert (table.fields[1].label, table.fields[1].well) == ("Count of records", "BarValues")


def test_line_of_a_combo_is_of_the_category_alone(world: Any) -> None:
    fields = {
        "Category": [world.dimension("city")],
        "Colors": [world.dimension("channel")],
        "BarValues": [world.measure("tickets")],
        "LineValues": [world.measure("price", "AVERAGE")],
    }
    result = world.ask(world.chart("ComboChartVisual", fields))
    assert sorted(result.totals["city",].rows, key=str) == [
        ("Bergen", 3.0), ("Kiel", 3.0), ("Oslo", 1.75), (None, 5.0),
    ]  # fmt: skip
