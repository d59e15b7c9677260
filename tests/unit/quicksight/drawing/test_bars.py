"""Bars are drawn as they are arranged, labelled and limited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawn_results import CURRENCY, amount, name, result, sales, table

from rlm.quicksight.drawing import Look, draw, look_of

if TYPE_CHECKING:
    from rlm.quicksight.results import ResultTable


def option(found: ResultTable, options: dict[str, Any] | None = None, **more: Any) -> Any:
    return draw(result("BarChartVisual", found, options, **more), Look()).body["option"]


def amounts(drawn: dict[str, Any]) -> dict[str, list[Any]]:
    return {one["name"]: [cell["value"] for cell in one["data"]] for one in drawn["series"]}


def test_colours_are_series_and_what_is_missing_is_a_gap() -> None:
    drawn = option(sales())
    assert drawn["xAxis"]["data"] == ["Oslo", "Bergen"]
    assert drawn["xAxis"]["name"] == "city"
    assert drawn["yAxis"]["name"] == "net"
    assert amounts(drawn) == {"web": [30, 5], "door": [10, None]}
    assert "stack" not in drawn["series"][0]
    assert drawn["series"][0]["data"][0] == {
        "value": 30,
        "text": "30",
        "short": "30",
        "point": {"city": "Oslo", "channel": "web"},
    }
    assert drawn["legend"]["data"] == ["web", "door"]
    assert drawn["animation"] is False


def test_several_values_are_series_of_their_own() -> None:
    found = table(
        [name("city", "Category"), amount("net", "Values"), amount("gross", "Values")],
        ("Oslo", 1, 2),
    )
    drawn = option(found)
    assert amounts(drawn) == {"net": [1], "gross": [2]}
    colors = [one["itemStyle"]["color"] for one in drawn["series"]]
    assert colors == list(Look().theme.colors[:2])


def test_stacked_to_a_hundred_percent_shows_shares_and_tells_amounts() -> None:
    drawn = option(
        sales(),
        {
            "BarsArrangement": "STACKED_PERCENT",
            "DataLabels": {"Visibility": "VISIBLE", "LabelContent": "PERCENT"},
        },
    )
    assert amounts(drawn) == {"web": [0.75, 1.0], "door": [0.25, None]}
    assert [one["stack"] for one in drawn["series"]] == ["all", "all"]
    first = drawn["series"][0]["data"][0]
    assert (first["short"], first["text"]) == ("75.0%", "30 (75.0%)")
    assert drawn["yAxis"]["max"] == 1
    assert drawn["yAxis"]["axisLabel"]["format"] == {"kind": "percent", "decimals": 0}


def test_totals_stand_on_stacks() -> None:
    drawn = option(
        sales(),
        {
            "BarsArrangement": "STACKED",
            "DataLabels": {"Visibility": "VISIBLE", "TotalsVisibility": "VISIBLE"},
        },
    )
    totals = drawn["series"][-1]
    assert [cell["short"] for cell in totals["data"]] == ["40", "5"]
    assert [cell["value"] for cell in totals["data"]] == [0, 0]
    assert totals["name"] == ""
    assert drawn["legend"]["data"] == ["web", "door"]


def test_sliver_of_a_stack_has_no_label() -> None:
    found = table(
        [name("city", "Category"), name("channel", "Colors"), amount("net", "Values")],
        ("Oslo", "web", 99),
        ("Oslo", "door", 1),
    )
    drawn = option(found, {"BarsArrangement": "STACKED", "DataLabels": {"Visibility": "VISIBLE"}})
    assert "label" not in drawn["series"][0]["data"][0]
    assert drawn["series"][1]["data"][0]["label"] == {"show": False}


def test_lying_bars_begin_at_the_top() -> None:
    drawn = option(sales(), {"Orientation": "HORIZONTAL"})
    assert drawn["yAxis"]["data"] == ["Oslo", "Bergen"]
    assert drawn["yAxis"]["inverse"] is True
    assert drawn["xAxis"]["type"] == "value"


def test_other_is_the_last_category_and_cannot_be_clicked() -> None:
    found = table([name("city", "Category"), amount("net", "Values")], ("Oslo", 3))
    other = table([amount("net", "Values")], (7,))
    drawn = option(found, other=other)
    assert drawn["xAxis"]["data"] == ["Oslo", "Other"]
    assert amounts(drawn) == {"net": [3, 7]}
    assert drawn["series"][0]["data"][1]["point"] == {}


def test_colour_of_a_value_comes_from_the_visual_then_from_its_column_then_from_the_theme() -> None:
    wells = {
        "BarChartAggregatedFieldWells": {
            "Colors": [
                {
                    "CategoricalDimensionField": {
                        "FieldId": "channel",
                        "Column": {"DataSetIdentifier": "s", "ColumnName": "Channel"},
                    }
                }
            ]
        }
    }
    palette = {
        "ColorMap": [{"Element": {"FieldId": "channel", "FieldValue": "web"}, "Color": "#010203"}]
    }
    definition = {
        "ColumnConfigurations": [
            {
                "Column": {"DataSetIdentifier": "s", "ColumnName": "Channel"},
                "ColorsConfiguration": {
                    "CustomColors": [
                        {"FieldValue": "door", "Color": "#040506"},
                        {"FieldValue": "web", "Color": "#070809"},
                    ]
                },
            }
        ]
    }
    look = look_of(definition)
    drawn = draw(
        result("BarChartVisual", sales(), {"FieldWells": wells, "VisualPalette": palette}), look
    ).body["option"]
    assert [one["itemStyle"]["color"] for one in drawn["series"]] == ["#010203", "#040506"]
    drawn = draw(result("BarChartVisual", sales(), {"FieldWells": wells}), look).body["option"]
    assert [one["itemStyle"]["color"] for one in drawn["series"]] == ["#070809", "#040506"]
    drawn = option(sales())
    assert drawn["series"][0]["itemStyle"]["color"] == Look().theme.colors[0]


def test_labels_axes_and_legend_as_the_definition_has_them() -> None:
    drawn = option(
        table([name("city", "Category"), amount("net", "Values", format=CURRENCY)], ("Oslo", 1500)),
        {
            "DataLabels": {
                "Visibility": "VISIBLE",
                "LabelColor": "#222222",
                "LabelFontConfiguration": {"FontSize": {"Absolute": "9px"}},
            },
            "Legend": {"Visibility": "HIDDEN"},
            "CategoryLabelOptions": {"Visibility": "HIDDEN"},
            "ValueLabelOptions": {"AxisLabelOptions": [{"CustomLabel": "Net sales"}]},
            "CategoryAxis": {"TickLabelOptions": {"RotationAngle": 45}},
            "ValueAxis": {
                "GridLineVisibility": "HIDDEN",
                "DataOptions": {
                    "NumericAxisOptions": {
                        "Range": {"MinMax": {"Minimum": 10, "Maximum": 90}},
                        "Scale": {"Linear": {"StepSize": 20}},
                    }
                },
            },
        },
    )
    label = drawn["series"][0]["label"]
    assert (label["show"], label["color"], label["fontSize"]) == (True, "#222222", 9.0)
    assert drawn["series"][0]["data"][0]["short"] == "$2K"
    assert "legend" not in drawn
    assert "name" not in drawn["xAxis"]
    assert drawn["xAxis"]["axisLabel"]["rotate"] == 45.0
    assert drawn["yAxis"]["name"] == "Net sales"
    assert drawn["yAxis"]["splitLine"]["show"] is False
    assert (drawn["yAxis"]["min"], drawn["yAxis"]["max"]) == (10, 90)
    assert drawn["yAxis"]["interval"] == 20
    assert drawn["yAxis"]["axisLabel"]["format"]["currency"] == "$"


def test_logarithmic_axis() -> None:
    numeric = {"Scale": {"Logarithmic": {"Base": 2}}}
    drawn = option(sales(), {"ValueAxis": {"DataOptions": {"NumericAxisOptions": numeric}}})
    assert (drawn["yAxis"]["type"], drawn["yAxis"]["logBase"]) == ("log", 2)


def test_window_of_the_category_axis_is_a_scrollbar() -> None:
    shown = {"ScrollbarOptions": {"VisibleRange": {"PercentRange": {"From": 0, "To": 40}}}}
    drawn = option(sales(), {"CategoryAxis": shown})
    assert [(one["type"], one["start"], one["end"]) for one in drawn["dataZoom"]] == [
        ("slider", 0.0, 40.0),
        ("inside", 0.0, 40.0),
    ]
    assert "dataZoom" not in option(sales())


def test_reference_lines() -> None:
    lines = [
        {
            "DataConfiguration": {"StaticConfiguration": {"Value": 12.5}},
            "LabelConfiguration": {"CustomLabelConfiguration": {"CustomLabel": "Goal"}},
            "StyleConfiguration": {"Pattern": "DOTTED", "Color": "#AA0000"},
        },
        {
            "DataConfiguration": {
                "DynamicConfiguration": {
                    "Column": {"DataSetIdentifier": "s", "ColumnName": "net"},
                    "Calculation": {"SimpleNumericalAggregation": "AVERAGE"},
                }
            },
            "LabelConfiguration": {
                "CustomLabelConfiguration": {"CustomLabel": "average"},
                "ValueLabelConfiguration": {"RelativePosition": "BEFORE_CUSTOM_LABEL"},
                "HorizontalPosition": "LEFT",
                "VerticalPosition": "BELOW",
            },
        },
        {"Status": "DISABLED", "DataConfiguration": {"StaticConfiguration": {"Value": 1}}},
        {"DataConfiguration": {"DynamicConfiguration": {"Column": {}, "Calculation": {}}}},
    ]
    drawn = option(sales(), {"ReferenceLines": lines}, reference_values={3: 8.0})
    marks = drawn["series"][0]["markLine"]["data"]
    assert [one["yAxis"] for one in marks] == [12.5, 15.0, 8.0]
    assert marks[0]["lineStyle"] == {"color": "#AA0000", "type": "dotted", "width": 1.5}
    assert marks[0]["label"]["formatter"] == "Goal"
    assert marks[1]["label"]["formatter"] == "15 average"
    assert marks[1]["label"]["position"] == "insideStartBottom"
    assert marks[2]["label"] == {"show": False}
    lying = option(sales(), {"ReferenceLines": lines[:1], "Orientation": "HORIZONTAL"})
    assert lying["series"][0]["markLine"]["data"][0]["xAxis"] == 12.5


def test_small_multiples_share_their_scale_and_keep_their_colours() -> None:
    found = table(
        [
            name("year", "SmallMultiples"),
            name("city", "Category"),
            name("channel", "Colors"),
            amount("net", "Values"),
        ],
        ("2025", "Oslo", "web", 30),
        ("2025", "Oslo", "door", 70),
        ("2026", "Oslo", "door", 8),
    )
    drawn = option(found, {"BarsArrangement": "STACKED"})
    assert drawn["grids"] == {"count": 2, "columns": 2, "rows": 1}
    assert drawn["panelTitles"] == ["2025", "2026"]
    assert [axis["gridIndex"] for axis in drawn["xAxis"]] == [0, 1]
    assert [axis["max"] for axis in drawn["yAxis"]] == [100.0, 100.0]
    series = [(one["name"], one["xAxisIndex"], one["stack"]) for one in drawn["series"]]
    assert series == [("web", 0, "all 0"), ("door", 0, "all 0"), ("door", 1, "all 1")]
    door = [one["itemStyle"]["color"] for one in drawn["series"] if one["name"] == "door"]
    assert door == [Look().theme.colors[1]] * 2
    assert drawn["series"][2]["data"][0]["point"] == {
        "year": "2026",
        "city": "Oslo",
        "channel": "door",
    }
    own = option(found, {"SmallMultiplesOptions": {"YAxis": {"Scale": "INDEPENDENT"}}})
    assert all("max" not in axis for axis in own["yAxis"])


def test_colours_have_the_order_that_all_categories_agree_on() -> None:
    found = table(
        [name("city", "Category"), name("channel", "Colors"), amount("net", "Values")],
        ("Oslo", "b", 1),
        ("Oslo", "d", 2),
        ("Kiel", "a", 3),
        ("Kiel", "b", 4),
        ("Kiel", "c", 5),
        ("Kiel", "d", 6),
    )
    assert list(amounts(option(found))) == ["a", "b", "c", "d"]
