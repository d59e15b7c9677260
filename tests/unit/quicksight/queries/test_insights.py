# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
from typing import Any

import pytest

DECEMBER = dt.datetime(2025, 12, 1)
FEBRUARY, MARCH = dt.datetime(2026, 2, 1), dt.datetime(2026, 3, 1)


def computed(world: Any, kind: str, **told: Any) -> dict[str, Any]:
    """The values of a computation, without the fields that say how they are written."""
    one = {kind: {"ComputationId": "c", "Name": "It", **told}}
    visual = {"InsightVisual": {"VisualId": "it", "InsightConfiguration": {"Computations": [one]}}}
    return bare(world.ask(visual).computations["It"])


def bare(told: Any) -> Any:
    if isinstance(told, dict):
        if set(told) == {"value", "field"}:
            return told["value"]
        return {name: bare(value) for name, value in told.items()}
    return [bare(one) for one in told] if isinstance(told, list) else told


def test_text_alone_needs_no_data(world: Any) -> None:
    told = {"CustomNarrative": {"Narrative": "<narrative>Hello</narrative>"}}
    found = world.ask({"InsightVisual": {"VisualId": "it", "InsightConfiguration": told}})
    assert (found.table, found.computations) == (None, {})
    assert world.board().statements == 0


def test_a_total(world: Any) -> None:
    assert computed(world, "TotalAggregation", Value=world.measure()) == {
        "metricField": {"name": "tickets"},
        "totalAggregate": 50,
    }


def test_values_know_how_they_are_written(world: Any) -> None:
    one = {"TotalAggregation": {"ComputationId": "c", "Name": "It", "Value": world.measure()}}
    visual = {"InsightVisual": {"VisualId": "it", "InsightConfiguration": {"Computations": [one]}}}
    field = world.ask(visual).computations["It"]["totalAggregate"]["field"]
    assert (field.field_id, field.aggregate) == ("tickets", "SUM")


@pytest.mark.parametrize(
    ("kind", "items"),
    [("TOP", [("Oslo", 30), ("Bergen", 9)]), ("BOTTOM", [(None, 3), ("Kiel", 8)])],
)
def test_the_first_and_the_last(world: Any, kind: str, items: list) -> None:
    found = computed(
        world,
        "TopBottomRanked",
        Category=world.dimension("city"),
        Value=world.measure(),
        ResultSize=2,
        Type=kind,
    )
    assert found["itemsCount"] == 2
    assert [(one["categoryValue"], one["metricValue"]) for one in found["items"]] == items


def test_unique_values_do_not_count_nothing(world: Any) -> None:
    found = computed(world, "UniqueValues", Category=world.dimension("city"))
    assert found["uniqueGroupValuesCount"] == 3


@pytest.mark.parametrize(
    ("kind", "month", "value"),
    [("MAXIMUM", FEBRUARY, 25), ("MINIMUM", DECEMBER, 3)],
)
def test_the_greatest_and_the_least_period(
    world: Any, kind: str, month: dt.datetime, value: int
) -> None:
    found = computed(world, "MaximumMinimum", Time=world.date(), Value=world.measure(), Type=kind)
    assert (found["timeValue"], found["metricValue"]) == (month, value)


def test_a_period_and_the_one_before(world: Any) -> None:
    found = computed(world, "PeriodOverPeriod", Time=world.date(), Value=world.measure())
    assert found["currentTimeValue"] == MARCH
    assert (found["previousMetricValue"], found["currentMetricValue"]) == (25, 12)
    assert found["absoluteDifference"] == -13
    assert found["percentDifference"] == pytest.approx(-0.52)


def test_a_year_to_date_beside_the_same_part_of_the_year_before(world: Any) -> None:
    world.connection.execute(
        "INSERT INTO sales VALUES ('Oslo', 'web', TIMESTAMP '2025-02-01', 6, 1),"
        " ('Oslo', 'web', TIMESTAMP '2025-03-20', 100, 1)"
    )
    found = computed(
        world,
        "PeriodToDate",
        Time=world.date(granularity="DAY"),
        Value=world.measure(),
        PeriodTimeGranularity="YEAR",
    )
    # Up to 14 March in both years.
    assert found["currentTimeValue"] == dt.datetime(2026, 3, 14)
    assert (found["previousMetricValue"], found["currentMetricValue"]) == (6, 47)


def test_compounded_growth(world: Any) -> None:
    found = computed(world, "GrowthRate", Time=world.date(), Value=world.measure(), PeriodSize=2)
    # 10, 25, 12.
    assert found["compoundedGrowthRate"] == pytest.approx(1.2**0.5 - 1)


def test_two_metrics_in_the_last_period(world: Any) -> None:
    found = computed(
        world,
        "MetricComparison",
        Time=world.date(),
        FromValue=world.measure(),
        TargetValue=world.measure("price", "MAX"),
    )
    assert (found["fromMetricValue"], found["targetMetricValue"]) == (12, 3.0)
    assert found["absoluteDifference"] == 9.0
    assert found["percentDifference"] == 3.0


def test_who_moved_most(world: Any) -> None:
    told = {
        "Time": world.date(),
        "Category": world.dimension("city"),
        "Value": world.measure(),
        "SortOrder": "ABSOLUTE_DIFFERENCE",
    }
    found = computed(world, "TopBottomMovers", Type="BOTTOM", **told)
    # Only Bergen sold in February and in March: 5, then 4.
    assert (found["startTimeValue"], found["endTimeValue"]) == (FEBRUARY, MARCH)
    assert [one["categoryValue"] for one in found["items"]] == ["Bergen"]
    assert found["items"][0]["absoluteDifference"] == -1
    assert computed(world, "TopBottomMovers", Type="TOP", **told)["itemsCount"] == 0


def test_a_forecast_says_that_it_is_approximated(world: Any) -> None:
    found = computed(world, "Forecast", Time=world.date(), Value=world.measure(), PeriodsForward=2)
    assert found["timeValue"] == dt.datetime(2026, 5, 1)
    assert found["isApproximated"]
    assert found["metricValue"] > 0


def test_an_unknown_computation_is_told(world: Any) -> None:
    told = {"Computations": [{"Divination": {"ComputationId": "c"}}]}
    world.visuals = [{"InsightVisual": {"VisualId": "it", "InsightConfiguration": told}}]
    assert world.board().visual("sheet", "it").unsupported == ("the computation Divination",)
