"""What is drawn at all, and what is said where it cannot be."""

from __future__ import annotations

from drawn_results import amount, name, result, sales, table

from rlm.quicksight.drawing import Look, draw
from rlm.quicksight.drawing.markup import plain_text


def test_what_is_not_supported_is_a_box_that_names_it() -> None:
    drawing = draw(result("BarChartVisual", None, unsupported=("a filter of kind X",)), Look())
    assert drawing.kind == "box"
    assert drawing.missing == ("a filter of kind X",)
    assert drawing.body == {"name": "Bar chart"}
    assert draw(result("PluginVisual", sales()), Look()).missing == ("Plugin is not drawn here",)


def test_visual_without_a_value_is_no_chart_of_zeros() -> None:
    found = table([name("city", "Category")], ("Oslo",))
    drawing = draw(result("PieChartVisual", found), Look())
    assert drawing.kind == "box"
    assert drawing.missing == ("a visual without a value counts rows; they are not counted",)


def test_no_rows_are_said() -> None:
    empty = table([name("city", "Category"), amount("net", "Values")])
    drawing = draw(result("BarChartVisual", empty), Look())
    assert (drawing.kind, drawing.body["text"]) == ("empty", "No data for this choice.")
    drawing = draw(result("BarChartVisual", None), Look())
    assert (drawing.kind, drawing.body["text"]) == ("empty", "This visual has no fields.")


def test_a_chart_without_a_field_that_it_needs_says_which() -> None:
    found = table([name("from", "Source"), amount("net", "Weight")], ("a", 1))
    drawing = draw(result("SankeyDiagramVisual", found), Look())
    assert (drawing.kind, drawing.body["text"]) == (
        "empty",
        "This visual has no field in Destination.",
    )


def test_title_subtitle_and_their_parameters() -> None:
    definition = {
        "Title": {"FormatText": {"PlainText": "Sales <of> ${Region}"}},
        "Subtitle": {"FormatText": {"RichText": "<visual-subtitle><b>now</b></visual-subtitle>"}},
    }
    drawing = draw(
        result("BarChartVisual", sales(), definition=definition),
        Look(parameters={"Region": ("N",)}),
    )
    assert plain_text(drawing.title) == "Sales <of> N"
    assert drawing.subtitle == [{"tag": "b", "children": [{"text": "now"}]}]
    assert drawing.label == "Bar chart: Sales <of> N; 3 rows"


def test_without_a_title_it_says_what_it_shows_and_hidden_it_says_nothing() -> None:
    assert plain_text(draw(result("BarChartVisual", sales()), Look()).title) == (
        "net by city and channel"
    )
    hidden = {"Title": {"Visibility": "HIDDEN"}}
    assert draw(result("BarChartVisual", sales(), definition=hidden), Look()).title == []


def test_what_was_cut_or_is_not_honoured_is_said_below() -> None:
    drawing = draw(
        result("BarChartVisual", sales(), is_cut=True, ignored=("ContributionAnalysis",)), Look()
    )
    assert drawing.notes == ("Not all groups are shown.", "Not honoured: ContributionAnalysis")


def test_parameters_in_labels_are_filled_in() -> None:
    found = table(
        [name("city", "Category", label="by <<$Level>>"), amount("net", "Values")], ("Oslo", 1)
    )
    drawing = draw(result("BarChartVisual", found), Look(parameters={"Level": ("city",)}))
    assert drawing.body["option"]["xAxis"]["name"] == "by city"


def test_actions_and_levels_below_are_what_the_page_needs() -> None:
    def at(column: str) -> dict[str, str]:
        return {"DataSetIdentifier": "s", "ColumnName": column}

    definition = {
        "ChartConfiguration": {
            "FieldWells": {
                "BarChartAggregatedFieldWells": {
                    "Category": [
                        {
                            "CategoricalDimensionField": {
                                "FieldId": "city",
                                "Column": at("City"),
                                "HierarchyId": "h",
                            }
                        }
                    ]
                }
            }
        },
        "ColumnHierarchies": [
            {"ExplicitHierarchy": {"HierarchyId": "h", "Columns": [at("City"), at("Venue")]}}
        ],
        "Actions": [
            {
                "CustomActionId": "a",
                "Name": "Filter",
                "Trigger": "DATA_POINT_CLICK",
                "ActionOperations": [{"FilterOperation": {}}],
            },
            {
                "CustomActionId": "b",
                "Name": "Go",
                "Trigger": "DATA_POINT_MENU",
                "ActionOperations": [
                    {
                        "SetParametersOperation": {
                            "ParameterValueConfigurations": [
                                {
                                    "DestinationParameterName": "City",
                                    "Value": {"SourceField": "city"},
                                },
                                {
                                    "DestinationParameterName": "Channel",
                                    "Value": {"SelectAllValueOptions": "ALL_VALUES"},
                                },
                            ]
                        }
                    },
                    {
                        "NavigationOperation": {
                            "LocalNavigationConfiguration": {"TargetSheetId": "s2"}
                        }
                    },
                ],
            },
            {
                "CustomActionId": "c",
                "Status": "DISABLED",
                "ActionOperations": [{"URLOperation": {}}],
            },
        ],
    }
    drawing = draw(result("BarChartVisual", sales(), definition=definition), Look())
    assert drawing.actions == [
        {"id": "a", "name": "Filter", "isClick": True, "operations": [{"kind": "filter"}]},
        {
            "id": "b",
            "name": "Go",
            "isClick": False,
            "operations": [
                {
                    "kind": "parameters",
                    "values": [{"name": "City", "field": "city"}, {"name": "Channel", "all": True}],
                },
                {"kind": "navigate", "sheet": "s2"},
            ],
        },
    ]
    assert drawing.fields == {
        "city": {"label": "city", "column": "City", "levels": ["Venue"]},
        "channel": {"label": "channel", "column": ""},
    }
