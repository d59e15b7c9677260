# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
from typing import Any

import pytest

from rlm.quicksight.queries.controls import ControlResult
from rlm.quicksight.queries.state import FilterChoice, State


def shown(world: Any, state: State | None = None) -> list[ControlResult]:
    world.visuals = []
    return list(world.board().draw_plan("sheet", state).controls)


def of_parameter(kind: str = "Dropdown", name: str = "City", **more: Any) -> dict[str, Any]:
    told = {"ParameterControlId": f"c-{name}", "Title": "A title", "SourceParameterName": name}
    return {kind: told | more}


def of_filter(kind: str = "Dropdown", filter_id: str = "f", **more: Any) -> dict[str, Any]:
    told = {"FilterControlId": f"c-{filter_id}", "Title": "A title", "SourceFilterId": filter_id}
    return {kind: told | more}


def linked(world: Any, column: str = "city") -> dict[str, Any]:
    return {"LinkToDataSetColumn": world.at(column)}


def test_options_of_a_parameter_come_from_its_column(world: Any) -> None:
    world.parameters = [world.parameter("String", "City", "Oslo")]
    world.sheet = {
        "ParameterControls": [of_parameter(SelectableValues=linked(world), Type="SINGLE_SELECT")]
    }
    (one,) = shown(world)
    assert (one.control_id, one.kind, one.label) == ("c-City", "Dropdown", "A title")
    assert (one.changes, one.name) == ("parameters", "City")
    assert one.options == ("Bergen", "Kiel", "Oslo")
    assert one.chosen == ("Oslo",)
    assert not one.is_all
    assert not one.is_multi_select


def test_nothing_chosen_is_everything(world: Any) -> None:
    world.parameters = [world.parameter("String", "City", ParameterValueType="MULTI_VALUED")]
    world.sheet = {
        "ParameterControls": [of_parameter("List", SelectableValues={"Values": ["a", "b"]})]
    }
    (one,) = shown(world)
    assert (one.options, one.chosen, one.is_all) == (("a", "b"), (), True)
    assert one.is_multi_select
    (one,) = shown(world, State(parameters={"City": ("b",)}))
    assert (one.chosen, one.is_all) == (("b",), False)


def test_values_to_select_are_of_the_parameters_type(world: Any) -> None:
    world.parameters = [world.parameter("Integer", "City", 1)]
    world.sheet = {"ParameterControls": [of_parameter(SelectableValues={"Values": ["1", "2"]})]}
    assert shown(world)[0].options == (1, 2)


def test_options_can_be_sorted_by_a_measure(world: Any) -> None:
    world.parameters = [world.parameter("String", "City")]
    by = {
        "Column": world.at("tickets"),
        "SortDirection": "DESC",
        "AggregationFunction": {
            "NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}
        },
    }
    sort = [{"ControlColumnSort": by}]
    control = of_parameter(SelectableValues=linked(world), ControlSortConfigurations=sort)
    world.sheet = {"ParameterControls": [control]}
    assert shown(world)[0].options == ("Oslo", "Bergen", "Kiel")
    control["Dropdown"]["ControlSortConfigurations"] = [
        {"SelectableValuesSort": {"Direction": "DESC"}}
    ]
    assert shown(world)[0].options == ("Oslo", "Kiel", "Bergen")


def test_a_cascade_leaves_what_its_source_has_chosen(world: Any) -> None:
    world.parameters = [
        world.parameter("String", "Channel"),
        world.parameter("String", "City"),
    ]
    cascade = {
        "SourceControls": [
            {"SourceSheetControlId": "c-Channel", "ColumnToMatch": world.at("tickets")}
        ]
    }
    world.sheet = {
        "ParameterControls": [
            of_parameter(name="Channel", SelectableValues=linked(world, "channel")),
            of_parameter(SelectableValues=linked(world), CascadingControlConfiguration=cascade),
        ]
    }
    assert shown(world)[1].options == ("Bergen", "Kiel", "Oslo")
    # The source's values are text, the column to match has numbers.
    assert shown(world, State(parameters={"Channel": ("20",)}))[1].options == ("Oslo",)


def test_options_obey_row_level_security(world: Any) -> None:
    from rlm.quicksight.expressions import parse

    world.parameters = [world.parameter("String", "City")]
    world.sheet = {"ParameterControls": [of_parameter(SelectableValues=linked(world))]}
    world.security = {"sales": parse("{channel} = 'door' AND {tickets} > 1")}
    assert shown(world)[0].options == ("Bergen", "Oslo")


def test_long_lists_are_cut(world: Any) -> None:
    world.connection.execute(
        "INSERT INTO sales SELECT 'c' || i, 'web', now(), 1, 1 FROM range(1500) t(i)"
    )
    world.parameters = [world.parameter("String", "City")]
    world.sheet = {"ParameterControls": [of_parameter(SelectableValues=linked(world))]}
    (one,) = shown(world)
    assert len(one.options) == 1000
    assert one.is_cut


def test_a_category_filters_control(world: Any) -> None:
    world.filters = [world.group(world.category(world.listed("Oslo")))]
    world.sheet = {"FilterControls": [of_filter("List", Type="MULTI_SELECT")]}
    (one,) = shown(world)
    assert (one.changes, one.name) == ("filters", "f")
    # Its own filter does not narrow what can be chosen.
    assert one.options == ("Bergen", "Kiel", "Oslo", None)
    assert (one.chosen, one.is_all, one.is_multi_select) == (("Oslo",), False, True)
    (one,) = shown(world, State(filters={"f": FilterChoice(is_all=True)}))
    assert (one.chosen, one.is_all) == ((), True)


def test_a_filter_of_all_values(world: Any) -> None:
    everything = world.listed(SelectAllOptions="FILTER_ALL_VALUES")
    world.filters = [world.group(world.category(everything))]
    world.sheet = {"FilterControls": [of_filter(SelectableValues={"Values": ["Oslo", "Kiel"]})]}
    (one,) = shown(world)
    assert (one.options, one.chosen, one.is_all) == (("Oslo", "Kiel"), (), True)


def number_range(world: Any, **more: Any) -> dict[str, Any]:
    told = {"FilterId": "f", "Column": world.at("tickets"), "NullOption": "ALL_VALUES"}
    return {"NumericRangeFilter": told | more}


def test_a_slider_has_the_ends_of_its_range(world: Any) -> None:
    world.filters = [world.group(number_range(world, RangeMinimum={"StaticValue": 5}))]
    ends = {"MinimumValue": 0, "MaximumValue": 100, "StepSize": 1}
    world.sheet = {"FilterControls": [of_filter("Slider", Type="RANGE", **ends)]}
    (one,) = shown(world)
    assert (one.minimum, one.maximum, one.is_all, one.options) == (5, None, False, ())
    (one,) = shown(world, State(filters={"f": FilterChoice(minimum=1, maximum=9)}))
    assert (one.minimum, one.maximum) == (1, 9)


def test_relative_dates_show_their_period(world: Any) -> None:
    told = {
        "FilterId": "f",
        "Column": world.at("sold"),
        "NullOption": "NON_NULLS_ONLY",
        "AnchorDateConfiguration": {"AnchorOption": "NOW"},
        "RelativeDateType": "LAST",
        "RelativeDateValue": 2,
        "TimeGranularity": "MONTH",
    }
    world.filters = [world.group({"RelativeDatesFilter": told})]
    world.sheet = {"FilterControls": [of_filter("RelativeDateTime")]}
    (one,) = shown(world)
    assert (one.minimum, one.maximum) == (dt.datetime(2026, 2, 1), dt.datetime(2026, 4, 1))
    assert one.relative == {
        "RelativeDateType": "LAST",
        "RelativeDateValue": 2,
        "TimeGranularity": "MONTH",
    }


def test_a_control_of_several_sheets_is_as_its_filter_says(world: Any) -> None:
    default = {
        "Title": "Town",
        "ControlOptions": {"DefaultListOptions": {"Type": "SINGLE_SELECT"}},
    }
    told = world.category(world.listed("Oslo"))
    told["CategoryFilter"]["DefaultFilterControlConfiguration"] = default
    world.filters = [world.group(told)]
    world.sheet = {
        "FilterControls": [{"CrossSheet": {"FilterControlId": "c", "SourceFilterId": "f"}}]
    }
    (one,) = shown(world)
    assert (one.kind, one.label, one.is_multi_select) == ("List", "Town", False)


@pytest.mark.parametrize(("element", "place"), [("c-City", "sheet"), ("another", "above")])
def test_controls_stand_above_the_sheet_or_on_it(world: Any, element: str, place: str) -> None:
    world.parameters = [world.parameter("String", "City")]
    layout = {"ElementId": element, "ElementType": "PARAMETER_CONTROL"}
    world.sheet = {
        "ParameterControls": [of_parameter("TextField")],
        "Layouts": [{"Configuration": {"GridLayout": {"Elements": [layout]}}}],
        "SheetControlLayouts": [
            {"Configuration": {"GridLayout": {"Elements": [{"ElementId": "c-City"}]}}}
        ],
    }
    assert shown(world)[0].place == place


def test_a_control_of_a_parameter_that_is_not_there_is_told(world: Any) -> None:
    world.sheet = {"ParameterControls": [of_parameter()]}
    assert shown(world)[0].unsupported == ("there is no parameter 'City'",)
