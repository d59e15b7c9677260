# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Each filter alone, over the same sales: which tickets are left in which city."""

import datetime as dt
from typing import Any

import pytest

from rlm.quicksight.queries.state import FilterChoice, State

EVERYTHING = {"Bergen": 9, "Kiel": 8, "Oslo": 30, None: 3}
WITHOUT_NULL = {"Bergen": 9, "Kiel": 8, "Oslo": 30}


def in_list(operator: str, values: list[str], **more: Any) -> dict[str, Any]:
    told = {"MatchOperator": operator, "CategoryValues": values, **more}
    return {"FilterListConfiguration": told}


def custom(operator: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"MatchOperator": operator, "NullOption": "NON_NULLS_ONLY", **more}
    if value is not None:
        told["CategoryValue"] = value
    return {"CustomFilterConfiguration": told}


@pytest.mark.parametrize(
    ("configuration", "left"),
    [
        (in_list("CONTAINS", ["Oslo", "Kiel"]), {"Kiel": 8, "Oslo": 30}),
        (in_list("EQUALS", ["Oslo"]), {"Oslo": 30}),
        (in_list("EQUALS", ["Oslo"], NullOption="ALL_VALUES"), {"Oslo": 30, None: 3}),
        (in_list("CONTAINS", ["Oslo"], NullOption="NULLS_ONLY"), {None: 3}),
        (in_list("DOES_NOT_CONTAIN", ["Oslo"]), {"Bergen": 9, "Kiel": 8, None: 3}),
        (
            in_list("DOES_NOT_EQUAL", ["Oslo"], NullOption="NON_NULLS_ONLY"),
            {"Bergen": 9, "Kiel": 8},
        ),
        (in_list("STARTS_WITH", ["O", "B"]), {"Bergen": 9, "Oslo": 30}),
        (in_list("ENDS_WITH", ["l"]), {"Kiel": 8}),
        (in_list("CONTAINS", [], SelectAllOptions="FILTER_ALL_VALUES"), EVERYTHING),
        (in_list("CONTAINS", []), {}),
        (custom("EQUALS", "Oslo"), {"Oslo": 30}),
        (custom("DOES_NOT_EQUAL", "Oslo"), {"Bergen": 9, "Kiel": 8}),
        (
            custom("DOES_NOT_EQUAL", "Oslo", NullOption="ALL_VALUES"),
            {"Bergen": 9, "Kiel": 8, None: 3},
        ),
        (custom("CONTAINS", "e"), {"Bergen": 9, "Kiel": 8}),
        (custom("DOES_NOT_CONTAIN", "e"), {"Oslo": 30}),
        (custom("STARTS_WITH", "B"), {"Bergen": 9}),
        (custom("ENDS_WITH", "lo"), {"Oslo": 30}),
    ],
)
def test_category_filters(world: Any, configuration: dict[str, Any], left: dict) -> None:
    world.filters = [world.group(world.category(configuration))]
    assert world.cities() == left


def test_a_custom_list_is_a_list(world: Any) -> None:
    told = {"MatchOperator": "CONTAINS", "CategoryValues": ["Oslo"], "NullOption": "NON_NULLS_ONLY"}
    world.filters = [world.group(world.category({"CustomFilterListConfiguration": told}))]
    assert world.cities() == {"Oslo": 30}


def test_category_values_of_a_number_are_numbers(world: Any) -> None:
    world.filters = [world.group(world.category(in_list("CONTAINS", ["20", "7"]), "tickets"))]
    assert world.cities() == {"Oslo": 20, "Kiel": 7}


def test_text_is_looked_for_in_numbers_as_they_are_written(world: Any) -> None:
    world.filters = [world.group(world.category(custom("STARTS_WITH", "1"), "tickets"))]
    assert world.cities() == {"Oslo": 10, "Kiel": 1}


def test_a_parameter_stands_for_all_of_its_values(world: Any) -> None:
    declared = world.parameter(
        "String", "Cities", ["Oslo", "Kiel"], ParameterValueType="MULTI_VALUED"
    )
    world.parameters = [declared]
    world.filters = [world.group(world.category(custom("EQUALS", ParameterName="Cities")))]
    assert world.cities() == {"Oslo": 30, "Kiel": 8}
    assert world.cities(State(parameters={"Cities": ("Bergen",)})) == {"Bergen": 9}


def test_a_parameter_that_is_not_set_does_not_filter(world: Any) -> None:
    world.parameters = [world.parameter("String", "City")]
    world.filters = [world.group(world.category(custom("EQUALS", ParameterName="City")))]
    assert world.cities() == EVERYTHING
    assert world.cities(State(parameters={"City": ("Oslo",)})) == {"Oslo": 30}
    assert world.cities(State(parameters={"City": ()})) == EVERYTHING


def numbers(kind: str, column: str = "tickets", **more: Any) -> dict[str, Any]:
    told = {
        "FilterId": "f",
        "Column": {"DataSetIdentifier": "sales", "ColumnName": column},
        "NullOption": "NON_NULLS_ONLY",
    }
    return {kind: told | more}


SUM = {"NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (
            numbers(
                "NumericRangeFilter",
                RangeMinimum={"StaticValue": 5},
                RangeMaximum={"StaticValue": 10},
                IncludeMinimum=True,
                IncludeMaximum=False,
            ),
            {"Bergen": 5, "Kiel": 7},
        ),
        (numbers("NumericRangeFilter", RangeMinimum={"StaticValue": 10}), {"Oslo": 20}),
        (
            numbers("NumericRangeFilter", RangeMinimum={"StaticValue": 8}, AggregationFunction=SUM),
            {"Bergen": 9, "Oslo": 30},
        ),
        (
            numbers(
                "NumericRangeFilter",
                "price",
                RangeMaximum={"StaticValue": 2},
                IncludeMaximum=True,
                NullOption="ALL_VALUES",
            ),
            {"Oslo": 20, "Bergen": 4, "Kiel": 1},
        ),
        (numbers("NumericRangeFilter", "price", NullOption="NULLS_ONLY"), {"Kiel": 1}),
        (numbers("NumericRangeFilter", SelectAllOptions="FILTER_ALL_VALUES"), EVERYTHING),
        (numbers("NumericEqualityFilter", Value=7, MatchOperator="EQUALS"), {"Kiel": 7}),
        (
            numbers(
                "NumericEqualityFilter",
                Value=30,
                MatchOperator="DOES_NOT_EQUAL",
                AggregationFunction=SUM,
            ),
            {"Bergen": 9, "Kiel": 8, None: 3},
        ),
    ],
)
def test_numeric_filters(world: Any, told: dict[str, Any], left: dict) -> None:
    world.filters = [world.group(told)]
    assert world.cities() == left


def test_a_range_takes_its_ends_from_parameters(world: Any) -> None:
    world.parameters = [world.parameter("Integer", "Least", 10)]
    told = numbers("NumericRangeFilter", RangeMinimum={"Parameter": "Least"}, IncludeMinimum=True)
    world.filters = [world.group(told)]
    assert world.cities() == {"Oslo": 30}
    assert world.cities(State(parameters={"Least": ("20",)})) == {"Oslo": 20}


def moments(kind: str, **more: Any) -> dict[str, Any]:
    return numbers(kind, "sold", **more)


NOW_ANCHOR = {"AnchorOption": "NOW"}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (
            moments("TimeEqualityFilter", Value="2026-03-01", TimeGranularity="DAY"),
            {"Kiel": 7},
        ),
        (
            moments("TimeEqualityFilter", Value="2026-02-17", TimeGranularity="MONTH"),
            {"Oslo": 20, "Bergen": 5},
        ),
        (
            moments(
                "TimeRangeFilter",
                RangeMinimumValue={"StaticValue": "2026-02-05"},
                RangeMaximumValue={"StaticValue": "2026-03-01"},
                IncludeMinimum=True,
                IncludeMaximum=True,
                TimeGranularity="DAY",
            ),
            {"Oslo": 20, "Bergen": 5, "Kiel": 7},
        ),
        (
            moments(
                "TimeRangeFilter",
                RangeMinimumValue={"StaticValue": "2026-02-05"},
                RangeMaximumValue={"StaticValue": "2026-03-01"},
                TimeGranularity="DAY",
            ),
            {"Bergen": 5},
        ),
        (
            moments(
                "TimeRangeFilter",
                RangeMinimumValue={
                    "RollingDate": {"Expression": "addDateTime(-14, 'DD', truncDate('DD', now()))"}
                },
                IncludeMinimum=True,
                TimeGranularity="DAY",
            ),
            {"Bergen": 4, "Kiel": 8},
        ),
        (
            moments(
                "RelativeDatesFilter",
                AnchorDateConfiguration=NOW_ANCHOR,
                RelativeDateType="LAST",
                RelativeDateValue=2,
                TimeGranularity="MONTH",
            ),
            {"Oslo": 20, "Bergen": 9, "Kiel": 8},
        ),
        (
            moments(
                "RelativeDatesFilter",
                AnchorDateConfiguration=NOW_ANCHOR,
                RelativeDateType="LAST",
                RelativeDateValue=3,
                TimeGranularity="MONTH",
                ExcludePeriodConfiguration={"Amount": 1, "Granularity": "MONTH"},
            ),
            {"Oslo": 30, "Bergen": 5},
        ),
        (
            moments(
                "RelativeDatesFilter",
                AnchorDateConfiguration=NOW_ANCHOR,
                RelativeDateType="PREVIOUS",
                TimeGranularity="YEAR",
                ExcludePeriodConfiguration={
                    "Amount": 1,
                    "Granularity": "YEAR",
                    "Status": "DISABLED",
                },
            ),
            {None: 3},
        ),
    ],
)
def test_filters_of_time(world: Any, told: dict[str, Any], left: dict) -> None:
    world.filters = [world.group(told)]
    assert world.cities() == left


def test_relative_dates_are_relative_to_a_parameter(world: Any) -> None:
    declared = {"Name": "Day", "DefaultValues": {"StaticValues": ["2026-02-28"]}}
    world.parameters = [{"DateTimeParameterDeclaration": declared}]
    told = moments(
        "RelativeDatesFilter",
        AnchorDateConfiguration={"ParameterName": "Day"},
        RelativeDateType="THIS",
        TimeGranularity="MONTH",
    )
    world.filters = [world.group(told)]
    assert world.cities() == {"Oslo": 20, "Bergen": 5}


def top(limit: int | None = None, column: str = "city", **more: Any) -> dict[str, Any]:
    order = {
        "Column": {"DataSetIdentifier": "sales", "ColumnName": "tickets"},
        "SortDirection": more.pop("direction", "DESC"),
        "AggregationFunction": SUM,
    }
    told = {
        "FilterId": more.pop("filter_id", "f"),
        "Column": {"DataSetIdentifier": "sales", "ColumnName": column},
        "AggregationSortConfigurations": [order],
    }
    return {"TopBottomFilter": told | ({"Limit": limit} if limit else {}) | more}


def test_top_and_bottom(world: Any) -> None:
    world.filters = [world.group(top(2))]
    assert world.cities() == {"Oslo": 30, "Bergen": 9}
    world.filters = [world.group(top(2, direction="ASC"))]
    assert world.cities() == {None: 3, "Kiel": 8}


def test_the_top_is_chosen_among_what_other_filters_leave(world: Any) -> None:
    without_oslo = world.category(in_list("DOES_NOT_CONTAIN", ["Oslo"]), filter_id="g")
    world.filters = [world.group(top(1)), world.group(without_oslo)]
    assert world.cities() == {"Bergen": 9}


def test_a_top_of_as_many_as_a_parameter_says(world: Any) -> None:
    world.parameters = [world.parameter("Integer", "Count", 1)]
    world.filters = [world.group(top(ParameterName="Count"))]
    assert world.cities() == {"Oslo": 30}
    assert len(world.cities(State(parameters={"Count": (3,)}))) == 3
    assert world.cities(State(parameters={"Count": ()})) == EVERYTHING


def test_a_nested_filter_keeps_or_drops_whole_members(world: Any) -> None:
    inner = {
        "CategoryInnerFilter": {
            "Column": {"DataSetIdentifier": "sales", "ColumnName": "tickets"},
            "Configuration": in_list("CONTAINS", ["20", "7"]),
        }
    }
    told = numbers("NestedFilter", "city", IncludeInnerSet=True, InnerFilter=inner)
    world.filters = [world.group(told)]
    assert world.cities() == {"Oslo": 30, "Kiel": 8}
    told["NestedFilter"]["IncludeInnerSet"] = False
    assert world.cities() == {"Bergen": 9, None: 3}


def test_filters_of_one_group_are_alternatives(world: Any) -> None:
    oslo = world.category(in_list("CONTAINS", ["Oslo"]))
    large = numbers("NumericEqualityFilter", Value=7, MatchOperator="EQUALS")
    world.filters = [world.group(oslo, large)]
    assert world.cities() == {"Oslo": 30, "Kiel": 7}
    world.filters = [world.group(oslo), world.group(large)]
    assert world.cities() == {}


def test_a_ranking_can_be_an_alternative(world: Any) -> None:
    bergen = world.category(in_list("CONTAINS", ["Bergen"]), filter_id="g")
    world.filters = [world.group(top(1), bergen)]
    assert world.cities() == {"Oslo": 30, "Bergen": 9}


def test_an_alternative_that_lets_everything_through_does_so_for_its_group(world: Any) -> None:
    oslo = world.category(in_list("CONTAINS", ["Oslo"]))
    everything = world.category(
        in_list("CONTAINS", [], SelectAllOptions="FILTER_ALL_VALUES"), filter_id="g"
    )
    world.filters = [world.group(oslo, everything)]
    assert world.cities() == EVERYTHING


def test_a_disabled_group_does_not_filter(world: Any) -> None:
    oslo = world.category(in_list("CONTAINS", ["Oslo"]))
    world.filters = [world.group(oslo, status="DISABLED")]
    assert world.cities() == EVERYTHING


@pytest.mark.parametrize(
    ("scoping", "is_filtered"),
    [
        ({"SheetId": "sheet", "Scope": "ALL_VISUALS"}, True),
        ({"SheetId": "sheet", "Scope": "SELECTED_VISUALS", "VisualIds": ["it"]}, True),
        ({"SheetId": "sheet", "Scope": "SELECTED_VISUALS", "VisualIds": ["another"]}, False),
        ({"SheetId": "another", "Scope": "ALL_VISUALS"}, False),
    ],
)
def test_scopes(world: Any, scoping: dict[str, Any], is_filtered: bool) -> None:
    scope = {"SelectedSheets": {"SheetVisualScopingConfigurations": [scoping]}}
    oslo = world.category(in_list("CONTAINS", ["Oslo"]))
    world.filters = [world.group(oslo, scope=scope)]
    assert world.cities() == ({"Oslo": 30} if is_filtered else EVERYTHING)


@pytest.mark.parametrize(
    ("cross", "left"),
    [("ALL_DATASETS", [("Oslo", 100)]), ("SINGLE_DATASET", [("Kiel", 50), ("Oslo", 100)])],
)
def test_a_filter_across_data_sets_acts_where_the_column_is(
    world: Any, cross: str, left: list
) -> None:
    oslo = world.category(in_list("CONTAINS", ["Oslo"]))
    web = world.category(in_list("CONTAINS", ["web"]), "channel", filter_id="g")
    world.filters = [world.group(oslo, cross=cross), world.group(web, cross=cross)]
    by_city = world.chart(
        "TableVisual",
        {
            "GroupBy": [world.dimension("city", data_set="visits")],
            "Values": [world.measure("visits", data_set="visits")],
        },
    )
    assert world.rows(by_city) == left


def test_a_ranking_across_data_sets_needs_its_measure_there(world: Any) -> None:
    world.filters = [world.group(top(1), cross="ALL_DATASETS")]
    by_city = world.chart(
        "TableVisual",
        {
            "GroupBy": [world.dimension("city", data_set="visits")],
            "Values": [world.measure("visits", data_set="visits")],
        },
    )
    assert world.rows(by_city) == [("Kiel", 50), ("Oslo", 100)]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        (FilterChoice(values=("Kiel",)), {"Kiel": 8}),
        (FilterChoice(values=("Kiel", None)), {"Kiel": 8, None: 3}),
        (FilterChoice(is_all=True), EVERYTHING),
    ],
)
def test_a_choice_replaces_the_filters_own_values(
    world: Any, choice: FilterChoice, left: dict
) -> None:
    world.filters = [world.group(world.category(in_list("CONTAINS", ["Oslo"])))]
    assert world.cities(State(filters={"f": choice})) == left


def test_a_chosen_text_is_matched_as_the_filter_matches(world: Any) -> None:
    world.filters = [world.group(world.category(custom("CONTAINS", "nowhere")))]
    assert world.cities(State(filters={"f": FilterChoice(values=("el",))})) == {"Kiel": 8}


def test_a_chosen_range_takes_both_of_its_ends(world: Any) -> None:
    world.filters = [world.group(numbers("NumericRangeFilter", RangeMinimum={"StaticValue": 100}))]
    state = State(filters={"f": FilterChoice(minimum=7, maximum=10)})
    assert world.cities(state) == {"Oslo": 10, "Kiel": 7}


def test_chosen_days_are_whole_days(world: Any) -> None:
    told = moments("TimeRangeFilter", TimeGranularity="DAY")
    world.filters = [world.group(told)]
    days = FilterChoice(minimum=dt.datetime(2026, 3, 2), maximum=dt.datetime(2026, 3, 14))
    assert world.cities(State(filters={"f": days})) == {"Kiel": 1, "Bergen": 4}


def test_a_chosen_relative_period(world: Any) -> None:
    told = moments(
        "RelativeDatesFilter",
        AnchorDateConfiguration=NOW_ANCHOR,
        RelativeDateType="THIS",
        TimeGranularity="DAY",
    )
    world.filters = [world.group(told)]
    assert world.cities() == {}
    month = {"RelativeDateType": "PREVIOUS", "TimeGranularity": "MONTH", "RelativeDateValue": 1}
    state = State(filters={"f": FilterChoice(relative=month)})
    assert world.cities(state) == {"Oslo": 20, "Bergen": 5}


def test_a_filter_of_a_column_that_is_not_there_is_told(world: Any) -> None:
    world.filters = [world.group(world.category(in_list("CONTAINS", ["x"]), "country"))]
    world.visuals = [
        world.chart("TableVisual", {"GroupBy": [world.dimension("city")], "Values": []})
    ]
    found = world.board().visual("sheet", "it")
    assert found.table is None
    assert found.unsupported == ("sales has no column or calculated field 'country'",)


def test_a_chosen_range_may_be_text(world: Any) -> None:
    world.filters = [world.group(numbers("NumericRangeFilter"))]
    state = State(filters={"f": FilterChoice(minimum="10")})
    assert world.cities(state) == {"Oslo": 30}


def test_a_choice_that_does_not_fit_is_told(world: Any) -> None:
    world.filters = [world.group(moments("TimeRangeFilter", TimeGranularity="DAY"))]
    world.visuals = [world.chart("TableVisual", {"GroupBy": [world.dimension("city")]})]
    state = State(filters={"f": FilterChoice(minimum="soon")})
    (text,) = world.board().visual("sheet", "it", state).unsupported
    assert text.startswith("filter f: ")


@pytest.mark.parametrize(
    ("operator", "left"),
    [
        ("INCLUDE", {"Oslo": 10, "Kiel": 8}),
        ("EXCLUDE", {"Oslo": 20, "Bergen": 9}),
    ],
)
def test_a_hierarchy_narrows_values_by_those_below_them(
    world: Any, operator: str, left: dict
) -> None:
    below = {
        "Column": world.at("channel"),
        "ParentValue": "Oslo",
        "HierarchyValues": ["web"],
    }
    told = {
        "FilterId": "f",
        "Column": world.at("city"),
        "HierarchyLevels": [{"Column": world.at("city")}, {"Column": world.at("channel")}],
        "HierarchyTree": {
            "Column": world.at("city"),
            "HierarchyValues": ["Oslo", "Kiel"],
            "Children": [below],
        },
        "NullOption": "NON_NULLS_ONLY",
        "MatchOperator": operator,
    }
    world.filters = [world.group({"HierarchyFilter": told})]
    assert world.cities() == left
    del told["HierarchyTree"]
    assert world.cities() == EVERYTHING
