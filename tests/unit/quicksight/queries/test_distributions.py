from typing import Any

import pytest


@pytest.mark.parametrize(
    ("bins", "rows"),
    [
        (
            {"SelectedBinType": "BIN_COUNT", "BinCount": {"Value": 4}},
            [(1.0, 5.75, 4), (5.75, 10.5, 2), (10.5, 15.25, 0), (15.25, 20.0, 1)],
        ),
        (
            {"SelectedBinType": "BIN_WIDTH", "BinWidth": {"Value": 10}},
            [(0.0, 10.0, 5), (10.0, 20.0, 1), (20.0, 30.0, 1)],
        ),
        (
            {"SelectedBinType": "BIN_COUNT", "BinCount": {"Value": 2}, "StartValue": 0},
            [(0.0, 10.0, 5), (10.0, 20.0, 2)],
        ),
    ],
)
def test_a_histogram_counts_rows(world: Any, bins: dict[str, Any], rows: list) -> None:
    visual = world.chart("HistogramVisual", {"Values": [world.measure()]}, BinOptions=bins)
    assert world.rows(visual) == rows


def test_a_histogram_of_equal_values_is_one_bin(world: Any) -> None:
    world.connection.execute("UPDATE sales SET tickets = 4")
    visual = world.chart("HistogramVisual", {"Values": [world.measure()]})
    assert world.rows(visual) == [(4.0, 5.0, 7)]


def test_quartiles_of_each_group(world: Any) -> None:
    wells = {"GroupBy": [world.dimension("channel")], "Values": [world.measure()]}
    found = world.ask(world.chart("BoxPlotVisual", wells))
    assert [one.field_id for one in found.table.fields] == [
        "channel",
        "tickets:minimum",
        "tickets:lower_quartile",
        "tickets:median",
        "tickets:upper_quartile",
        "tickets:maximum",
    ]
    # On the web 3, 5, 7, 10; at the door 1, 4, 20.
    assert list(found.table.rows) == [
        ("door", 1, 2.5, 4.0, 12.0, 20),
        ("web", 3, 4.5, 6.0, 7.75, 10),
    ]


def test_points_of_a_scatter_plot(world: Any) -> None:
    wells = {
        "XAxis": [world.measure()],
        "YAxis": [world.measure("price", "MAX")],
        "Category": [world.dimension("city")],
        "Size": [],
    }
    limit = {"ScatterPlotLimitConfiguration": {"ItemsLimit": 3}}
    layer = "ScatterPlotCategoricallyAggregatedFieldWells"
    visual = world.chart("ScatterPlotVisual", wells, layer, SortConfiguration=limit)
    found = world.ask(visual)
    assert list(found.table.rows) == [(None, 3, 5.0), ("Bergen", 9, 4.0), ("Kiel", 8, 3.0)]
    assert found.is_cut
