# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
from typing import Any

import pytest

from rlm.quicksight.queries.kpis import compared_values
from rlm.quicksight.results import CellFormat

FEBRUARY, MARCH = dt.datetime(2026, 2, 1), dt.datetime(2026, 3, 1)


def kpi(world: Any, kind: str = "KPIVisual", **more: Any) -> dict[str, Any]:
    wells = {"Values": [world.measure()], **more.pop("wells", {})}
    return world.chart(kind, wells, "", **more)


def test_a_value_alone(world: Any) -> None:
    found = world.ask(kpi(world))
    assert list(found.table.rows) == [(50,)]
    assert found.comparison is None
    assert found.computations["kpi"]["primary"] == 50
    assert found.computations["kpi"]["difference"] is None


def test_a_formula_is_of_the_data_set_that_has_its_columns(world: Any) -> None:
    told = {"CalculatedMeasureField": {"FieldId": "m", "Expression": "sum({tickets}) * 2"}}
    found = world.ask(world.chart("KPIVisual", {"Values": [told]}, ""))
    assert list(found.table.rows) == [(100,)]


@pytest.mark.parametrize("kind", ["KPIVisual", "GaugeChartVisual"])
def test_a_value_and_its_target(world: Any, kind: str) -> None:
    target = world.measure("price", "MAX")
    found = world.ask(kpi(world, kind, wells={"TargetValues": [target]}))
    assert list(found.table.rows) == [(50, 5.0)]
    assert list(found.comparison.rows) == [(5.0,)]
    assert found.computations["kpi"] == {
        "primary": 50,
        "comparison": 5.0,
        "difference": 45.0,
        "percent_difference": 9.0,
        "percent": 10.0,
        "progress": 1.0,
    }


def test_the_last_period_beside_the_one_before(world: Any) -> None:
    found = world.ask(kpi(world, wells={"TrendGroups": [world.date()]}))
    assert [row[1] for row in found.table.rows] == [3, 10, 25, 12]
    assert list(found.comparison.rows) == [(FEBRUARY, 25)]
    told = found.computations["kpi"]
    assert (told["period"], told["previous_period"]) == (MARCH, FEBRUARY)
    assert (told["primary"], told["difference"]) == (12, -13)
    assert told["percent_difference"] == pytest.approx(-0.52)


def test_with_a_target_the_last_period_has_its_own(world: Any) -> None:
    wells = {"TrendGroups": [world.date()], "TargetValues": [world.measure("price", "MAX")]}
    found = world.ask(kpi(world, wells=wells))
    assert list(found.comparison.rows) == [(MARCH, 3.0)]


def test_nothing_is_compared_with_nothing() -> None:
    assert compared_values(5, None)["difference"] is None
    assert compared_values(5, 0)["percent_difference"] is None
    assert compared_values(5, 0)["difference"] == 5
    assert compared_values(-5, -10)["percent_difference"] == 0.5


def test_no_rows_make_no_value(world: Any) -> None:
    world.connection.execute("DELETE FROM sales")
    found = world.ask(kpi(world, wells={"TrendGroups": [world.date()]}))
    assert list(found.table.rows) == []
    assert found.computations["kpi"]["primary"] is None


def test_formats_follow_the_comparison_that_is_shown(world: Any) -> None:
    worse = "percentDifference(SUM({tickets}),[SUM({tickets}) DESC],1,[]) < 0"
    options = [
        {"ComparisonValue": {"TextColor": {"Solid": {"Expression": worse, "Color": "#FF0000"}}}},
        {
            "PrimaryValue": {
                "TextColor": {"Solid": {"Expression": "SUM({tickets}) > 12", "Color": "#00FF00"}}
            }
        },
        {
            "ActualValue": {
                "TextColor": {"Solid": {"Expression": "MAX({price}) = 5", "Color": "#0000FF"}}
            }
        },
    ]
    formatting = {"ConditionalFormattingOptions": options}
    wells = {"TrendGroups": [world.date()]}
    found = world.ask(kpi(world, wells=wells, ConditionalFormatting=formatting))
    assert found.formats == (
        CellFormat(3, "comparison", color="#FF0000"),
        CellFormat(3, "primary", color="#0000FF"),
    )
