"""Each kind of chart, drawn from a few rows."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_results import FEBRUARY, JANUARY, amount, month, name, result, table

from rlm.quicksight.drawing import Look, draw
from rlm.quicksight.query import ColumnType
from rlm.quicksight.results import Field, ResultTable


def drawn_option(
    kind: str, found: ResultTable, options: dict[str, Any] | None = None, **more: Any
) -> Any:
    return draw(result(kind, found, options, **more), Look()).body["option"]


def test_line_by_month_with_its_style_and_a_second_axis() -> None:
    found = table(
        [month("m", "Category"), amount("net", "Values"), amount("share", "Values")],
        (JANUARY, 3, 0.5),
        (FEBRUARY, None, 0.25),
    )
    drawn = drawn_option(
        "LineChartVisual",
        found,
        {
            "Series": [
                {
                    "FieldSeriesItem": {
                        "FieldId": "share",
                        "AxisBinding": "SECONDARY_YAXIS",
                        "Settings": {
                            "LineStyleSettings": {
                                "LineStyle": "DASHED",
                                "LineWidth": "3px",
                                "LineInterpolation": "SMOOTH",
                            }
                        },
                    }
                }
            ]
        },
    )
    assert drawn["xAxis"]["data"] == ["Jan 2026", "Feb 2026"]
    net, share = drawn["series"]
    assert [cell["value"] for cell in net["data"]] == [3, None]
    assert net["data"][0]["point"] == {"m": {"moment": "2026-01-01T00:00:00"}}
    assert "yAxisIndex" not in net
    assert share["yAxisIndex"] == 1
    assert (share["lineStyle"]["type"], share["lineStyle"]["width"]) == ("dashed", 3.0)
    assert share["smooth"] == 0.35
    assert [axis["name"] for axis in drawn["yAxis"]] == ["net", "share"]
    assert drawn["yAxis"][1]["position"] == "right"
    # One point alone is no line: it is marked.
    assert (net["showSymbol"], share["showSymbol"]) == (True, False)


@pytest.mark.parametrize(
    ("kind", "has_area", "stack"),
    [("LINE", False, None), ("AREA", True, None), ("STACKED_AREA", True, "all")],
)
def test_kinds_of_lines(kind: str, has_area: bool, stack: str | None) -> None:
    found = table([month("m", "Category"), amount("net", "Values")], (JANUARY, 3), (FEBRUARY, 4))
    series = drawn_option("LineChartVisual", found, {"Type": kind})["series"][0]
    assert ("areaStyle" in series) == has_area
    assert series.get("stack") == stack


def test_combo_has_lines_over_bars_on_an_axis_of_their_own() -> None:
    found = table(
        [month("m", "Category"), amount("net", "BarValues"), amount("rate", "LineValues")],
        (JANUARY, 3, 0.5),
        (FEBRUARY, 4, 0.25),
    )
    drawn = drawn_option("ComboChartVisual", found)
    assert [(one["type"], one["name"], one.get("yAxisIndex")) for one in drawn["series"]] == [
        ("bar", "net", None),
        ("line", "rate", 1),
    ]
    assert drawn["series"][0]["itemStyle"]["color"] != drawn["series"][1]["color"]
    single = drawn_option(
        "ComboChartVisual",
        found,
        {"SingleAxisOptions": {"YAxisOptions": {"YAxis": "PRIMARY_Y_AXIS"}}},
    )
    assert isinstance(single["yAxis"], dict)
    assert "yAxisIndex" not in single["series"][1]


def test_lines_of_a_combo_have_one_value_a_category_whatever_the_colours_are() -> None:
    fields = [
        month("m", "Category"),
        name("channel", "Colors"),
        amount("net", "BarValues"),
        amount("rate", "LineValues"),
    ]
    found = table(
        fields, (JANUARY, "web", 3, 0.5), (JANUARY, "door", 4, 0.25), (FEBRUARY, "door", 1, 0.75)
    )
    whole = table([fields[0], fields[3]], (FEBRUARY, 0.75), (JANUARY, 0.4))
    drawn = drawn_option("ComboChartVisual", found, totals={("m",): whole})
    assert [(one["name"], [cell["value"] for cell in one["data"]]) for one in drawn["series"]] == [
        ("web", [3, None]),
        ("door", [4, 1]),
        ("rate", [0.4, 0.75]),
    ]


def test_pie_tells_names_amounts_and_shares_and_its_total() -> None:
    found = table(
        [name("city", "Category"), amount("net", "Values")], ("Oslo", 3000), ("Kiel", 1000)
    )
    drawn = drawn_option("PieChartVisual", found, {"DataLabels": {"Visibility": "VISIBLE"}})
    slices = drawn["series"][0]["data"]
    assert [one["short"] for one in slices] == ["Oslo 3K", "Kiel 1K"]
    assert [one["text"] for one in slices] == ["3,000 (75.0%)", "1,000 (25.0%)"]
    assert drawn["series"][0]["center_text"] == "4K"
    assert drawn["series"][0]["radius"][0] == "50%"
    whole = drawn_option(
        "PieChartVisual",
        found,
        {
            "DonutOptions": {"ArcOptions": {"ArcThickness": "WHOLE"}},
            "DataLabels": {"Visibility": "VISIBLE", "LabelContent": "VALUE_AND_PERCENT"},
        },
    )
    assert whole["series"][0]["radius"][0] == "0%"
    assert "center_text" not in whole["series"][0]
    assert whole["series"][0]["data"][0]["short"] == "Oslo 3K (75.0%)"


def test_pie_of_values_without_a_category_and_with_other() -> None:
    parts = table([amount("net", "Values"), amount("fees", "Values")], (3, 1))
    slices = drawn_option("PieChartVisual", parts)["series"][0]["data"]
    assert [(one["name"], one["value"]) for one in slices] == [("net", 3), ("fees", 1)]
    found = table([name("city", "Category"), amount("net", "Values")], ("Oslo", 3))
    other = table([amount("net", "Values")], (2,))
    slices = drawn_option("PieChartVisual", found, other=other)["series"][0]["data"]
    assert [(one["name"], one["value"], one["point"]) for one in slices] == [
        ("Oslo", 3, {"city": "Oslo"}),
        ("Other", 2, {}),
    ]


def test_scatter_has_a_series_a_colour_and_areas_by_size() -> None:
    found = table(
        [
            name("city", "Category"),
            amount("x", "XAxis"),
            amount("y", "YAxis"),
            amount("size", "Size"),
        ],
        ("Oslo", 1, 2, 100),
        ("Kiel", 3, 4, 25),
    )
    drawn = drawn_option("ScatterPlotVisual", found)
    assert [one["name"] for one in drawn["series"]] == ["Oslo", "Kiel"]
    oslo, kiel = (one["data"][0] for one in drawn["series"])
    assert (oslo["value"], kiel["value"]) == ([1, 2], [3, 4])
    assert (oslo["symbolSize"], kiel["symbolSize"]) == (44.0, 25.5)
    assert oslo["text"] == "x 1, y 2, size 100"


def test_gauge_reaches_to_its_target_and_marks_it() -> None:
    found = table([amount("net", "Values"), amount("goal", "TargetValues")], (75, 100))
    drawn = drawn_option("GaugeChartVisual", found)
    arc, mark = drawn["series"]
    assert (arc["min"], arc["max"], arc["data"][0]["value"]) == (0.0, 100.0, 75)
    assert (arc["startAngle"], arc["endAngle"]) == (180.0, 0.0)
    assert mark["data"][0]["value"] == 100
    shown = drawn_option(
        "GaugeChartVisual",
        found,
        {
            "GaugeChartOptions": {
                "PrimaryValueDisplayType": "COMPARISON",
                "Comparison": {"ComparisonMethod": "PERCENT"},
            }
        },
    )
    assert shown["series"][0]["data"][0]["text"] == "75.00%"


def test_funnel_keeps_its_order_and_tells_what_is_left_of_the_first_stage() -> None:
    found = table(
        [name("stage", "Category"), amount("fans", "Values")], ("seen", 200), ("bought", 50)
    )
    stages = drawn_option("FunnelChartVisual", found)["series"][0]["data"]
    assert [one["short"] for one in stages] == ["seen  200 (100.0%)", "bought  50 (25.0%)"]
    assert drawn_option("FunnelChartVisual", found)["series"][0]["sort"] == "none"


def test_heat_map_has_a_cell_for_each_pair() -> None:
    found = table(
        [name("city", "Rows"), month("m", "Columns"), amount("net", "Values")],
        ("Oslo", JANUARY, 1),
        ("Kiel", FEBRUARY, 3),
    )
    drawn = drawn_option("HeatMapVisual", found)
    assert drawn["yAxis"]["data"] == ["Oslo", "Kiel"]
    assert drawn["xAxis"]["data"] == ["Jan 2026", "Feb 2026"]
    assert [one["value"] for one in drawn["series"][0]["data"]] == [[0, 0, 1], [1, 1, 3]]
    assert (drawn["visualMap"]["min"], drawn["visualMap"]["max"]) == (1, 3)
    scale = {"Colors": [{"Color": "#000000"}, {"Color": "#FFFFFF"}]}
    drawn = drawn_option("HeatMapVisual", found, {"ColorScale": scale})
    assert drawn["visualMap"]["inRange"]["color"] == ["#000000", "#FFFFFF"]


def test_heat_map_keeps_columns_in_order_where_rows_skip_some() -> None:
    found = table(
        [name("city", "Rows"), month("m", "Columns"), amount("net", "Values")],
        ("Oslo", FEBRUARY, 1),
        ("Kiel", JANUARY, 3),
        ("Bonn", JANUARY, 4),
        ("Bonn", FEBRUARY, 5),
    )
    drawn = drawn_option("HeatMapVisual", found)
    assert drawn["xAxis"]["data"] == ["Jan 2026", "Feb 2026"]
    values = [one["value"] for one in drawn["series"][0]["data"]]
    assert values == [[1, 0, 1], [0, 1, 3], [0, 2, 4], [1, 2, 5]]


def test_colours_that_name_values_hold_at_those() -> None:
    found = table(
        [name("city", "Rows"), name("kind", "Columns"), amount("net", "Values")], ("Oslo", "a", 1)
    )
    colors = [{"Color": "#000000", "DataValue": -2}, {"Color": "#FFFFFF", "DataValue": 2}]
    drawn = drawn_option("HeatMapVisual", found, {"ColorScale": {"Colors": colors}})
    assert (drawn["visualMap"]["min"], drawn["visualMap"]["max"]) == (-2, 2)


def test_tree_map_is_coloured_by_its_second_measure() -> None:
    found = table(
        [name("city", "Groups"), amount("net", "Sizes"), amount("share", "Colors")],
        ("Oslo", 10, 1),
        ("Kiel", 5, 3),
    )
    drawn = drawn_option(
        "TreeMapVisual",
        found,
        {"ColorScale": {"Colors": [{"Color": "#000000"}, {"Color": "#ffffff"}]}},
    )
    nodes = drawn["series"][0]["data"]
    assert [(one["name"], one["value"]) for one in nodes] == [("Oslo", 10), ("Kiel", 5)]
    assert [one["itemStyle"]["color"] for one in nodes] == ["#000000", "#ffffff"]
    assert [one["label"]["color"] for one in nodes] == ["#ffffff", "#10151d"]


def test_sankey_leaves_out_what_would_close_a_circle() -> None:
    found = table(
        [name("from", "Source"), name("to", "Destination"), amount("n", "Weight")],
        ("a", "b", 3),
        ("b", "c", 2),
        ("c", "a", 1),
        ("d", "d", 1),
    )
    series = drawn_option("SankeyDiagramVisual", found)["series"][0]
    assert [(one["source"], one["target"], one["value"]) for one in series["links"]] == [
        ("a", "b", 3),
        ("b", "c", 2),
    ]
    assert [one["name"] for one in series["data"]] == ["a", "b", "c"]


def test_waterfall_stands_on_what_came_before_and_ends_with_the_total() -> None:
    found = table(
        [name("cause", "Categories"), amount("net", "Values")], ("sales", 10), ("refunds", -4)
    )
    drawn = drawn_option(
        "WaterfallVisual", found, {"WaterfallChartOptions": {"TotalBarLabel": "Net"}}
    )
    base, bars = drawn["series"]
    assert drawn["xAxis"]["data"] == ["sales", "refunds", "Net"]
    assert [one["value"] for one in base["data"]] == [0.0, 6.0, 0.0]
    assert [one["value"] for one in bars["data"]] == [10, 4, 6.0]
    assert [one["text"] for one in bars["data"]] == ["10", "-4", "6"]
    theme = Look().theme
    assert [one["itemStyle"]["color"] for one in bars["data"]] == [
        theme.ui["Success"],
        theme.ui["Danger"],
        theme.colors[0],
    ]


def test_radar_has_an_axis_a_category() -> None:
    found = table(
        [name("city", "Category"), name("channel", "Color"), amount("net", "Values")],
        ("Oslo", "web", 10),
        ("Kiel", "web", 20),
        ("Oslo", "door", 5),
    )
    drawn = drawn_option("RadarChartVisual", found)
    assert [one["name"] for one in drawn["radar"]["indicator"]] == ["Oslo", "Kiel"]
    assert [one["value"] for one in drawn["series"][0]["data"]] == [[10, 20], [5, None]]
    assert {one["max"] for one in drawn["radar"]["indicator"]} == {21.0}


def test_box_plot_draws_its_five_numbers() -> None:
    parts = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")
    fields = [
        name("city", "GroupBy"),
        *(amount(f"price:{part}", "Values", label="price") for part in parts),
    ]
    drawn = drawn_option("BoxPlotVisual", table(fields, ("Oslo", 1, 2, 3, 4, 5)))
    box = drawn["series"][0]["data"][0]
    assert box["value"] == [1, 2, 3, 4, 5]
    assert box["text"] == "minimum 1, lower quartile 2, median 3, upper quartile 4, maximum 5"
    assert drawn["series"][0]["name"] == "price"
    assert drawn["xAxis"]["data"] == ["Oslo"]


def test_histogram_names_its_bins_by_their_ends() -> None:
    fields = [
        Field("bin_start", "price", "Values", False, ColumnType.DECIMAL),
        Field("bin_end", "price", "Values", False, ColumnType.DECIMAL),
        Field("count", "Count", "Values", True, ColumnType.INTEGER),
    ]
    drawn = drawn_option("HistogramVisual", table(fields, (0.0, 1500.0, 7), (1500.0, 3000.0, 2)))
    assert drawn["xAxis"]["data"] == ["0 to 1.5K", "1.5K to 3K"]
    assert drawn["xAxis"]["name"] == "price"
    assert [one["value"] for one in drawn["series"][0]["data"]] == [7, 2]


def test_word_cloud_sizes_words_by_the_roots_of_their_amounts() -> None:
    found = table(
        [name("artist", "GroupBy"), amount("plays", "Size")], ("A", 0), ("B", 25), ("C", 100)
    )
    body = draw(
        result("WordCloudVisual", found, {"WordCloudOptions": {"WordCasing": "LOWER_CASE"}}), Look()
    ).body
    assert [(one["text"], one["size"], one["value"]) for one in body["words"]] == [
        ("c", 1.0, "100"),
        ("b", 0.5, "25"),
        ("a", 0.0, "0"),
    ]


def test_filled_map_finds_outlines_and_says_which_places_it_lacks() -> None:
    found = table(
        [name("country", "Geospatial"), amount("net", "Values")],
        ("US", 3),
        ("Deutschland", 2),
        ("Atlantis", 1),
    )
    drawing = draw(result("FilledMapVisual", found), Look())
    option = drawing.body["option"]
    assert option["map"] == "world"
    assert [(one["name"], one["value"]) for one in option["series"][0]["data"]] == [
        ("United States of America", 3),
        ("Germany", 2),
    ]
    assert drawing.notes == ("1 place is not on the map: Atlantis.",)


def test_states_have_a_map_of_their_own() -> None:
    found = table([name("state", "Geospatial"), amount("net", "Values")], ("CA", 3), ("Texas", 2))
    option = drawn_option("FilledMapVisual", found)
    assert option["map"] == "states"
    assert [one["name"] for one in option["series"][0]["data"]] == ["California", "Texas"]
    assert option["series"][0]["boundingCoords"] == [[-125.0, 50.0], [-66.5, 24.0]]


def test_points_stand_at_their_coordinates_or_amid_their_region() -> None:
    place = [
        Field("lat", "Latitude", "Geospatial", False, ColumnType.DECIMAL),
        Field("lon", "Longitude", "Geospatial", False, ColumnType.DECIMAL),
    ]
    found = table([*place, amount("net", "Values")], (59.9, 10.7, 4))
    drawn = drawn_option("GeospatialMapVisual", found)
    assert drawn["series"][0]["data"][0]["value"] == [10.7, 59.9, 4]
    assert drawn["geo"]["boundingCoords"] == [[8.7, 61.9], [12.7, 57.9]]
    named = table([name("country", "Geospatial"), amount("net", "Values")], ("Norway", 4))
    cell = drawn_option("GeospatialMapVisual", named)["series"][0]["data"][0]
    assert (cell["value"], cell["region"]) == ([None, None, 4], "Norway")


def test_colour_scale_with_fixed_ends_gives_what_lies_beyond_the_colour_of_the_end() -> None:
    found = table(
        [name("city", "Groups"), amount("net", "Sizes"), amount("change", "Colors")],
        ("Oslo", 10, 9.0),
        ("Kiel", 5, -9.0),
        ("Rome", 5, 0.0),
    )
    stops = [("#000000", -0.1), ("#808080", 0), ("#ffffff", 0.1)]
    scale = {"Colors": [{"Color": color, "DataValue": value} for color, value in stops]}
    nodes = drawn_option("TreeMapVisual", found, {"ColorScale": scale})["series"][0]["data"]
    assert [one["itemStyle"]["color"] for one in nodes] == ["#ffffff", "#000000", "#808080"]
