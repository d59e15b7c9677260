"""Aggregate functions, in the forms of the examples of their documentation.

Each case is of docs.aws.amazon.com/quicksight/latest/user/<function>-function.html. Where that
shows a picture of another's data, the expected values are those of the small table here.
"""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

import math
from datetime import datetime

import pytest

from rlm.quicksight.expressions import ExpressionError, UnsupportedExpressionError
from rlm.quicksight.expressions.functions import GROUPS
from rlm.quicksight.expressions.tree import Column
from rlm.quicksight.query import Aggregate, Measure, Query

SALES = {
    "State": ["WA", "WA", "WA", "OR", "OR", "OR"],
    "City": ["Seattle", "Seattle", "Tacoma", "Portland", "Portland", "Salem"],
    "Sales": [10.0, 30.0, 20.0, 40.0, None, 40.0],
}
# By State: OR has 40, null and 40, WA has 10, 20 and 30.
BY_STATE = [
    ("avg", "avg({Sales})", 40.0, 20.0),
    ("avgIf", "avgIf({Sales}, {City} = 'Seattle')", None, 20.0),
    ("count", "count({Sales})", 2, 3),
    ("countIf", "countIf({Sales}, {Sales} >= 20)", 2, 2),
    ("distinct_count", "distinct_count({Sales})", 1, 3),
    ("distinct_countIf", "distinct_countIf({City}, {Sales} > 20)", 2, 1),
    ("max", "max({Sales})", 40.0, 30.0),
    ("max", "max({City})", "Salem", "Tacoma"),
    ("maxIf", "maxIf({Sales}, {City} <> 'Seattle')", 40.0, 20.0),
    ("median", "median({Sales})", 40.0, 20.0),
    ("medianIf", "medianIf({Sales}, {Sales} < 30)", None, 15.0),
    ("min", "min({Sales})", 40.0, 10.0),
    ("minIf", "minIf({Sales}, {Sales} > 10)", 40.0, 20.0),
    ("percentile", "percentile({Sales}, 25)", 40.0, 10.0),
    ("percentileCont", "percentileCont({Sales}, 25)", 40.0, 15.0),
    ("percentileDisc", "percentileDisc({Sales}, 50)", 40.0, 20.0),
    ("stdev", "stdev({Sales})", 0.0, 10.0),
    ("stdevIf", "stdevIf({Sales}, {Sales} < 30)", None, math.sqrt(50)),
    ("stdevp", "stdevp({Sales})", 0.0, math.sqrt(200 / 3)),
    ("stdevpIf", "stdevpIf({Sales}, {Sales} < 30)", None, 5.0),
    ("sum", "sum({Sales})", 80.0, 60.0),
    ("sumIf", "sumIf({Sales}, {City} = 'Portland')", 40.0, None),
    ("var", "var({Sales})", 0.0, 100.0),
    ("varIf", "varIf({Sales}, {Sales} < 30)", None, 50.0),
    ("varp", "varp({Sales})", 0.0, 200 / 3),
    ("varpIf", "varpIf({Sales}, {Sales} < 30)", None, 25.0),
]
# Week to date of Wednesday 2021-06-30, which began on Sunday 2021-06-27: 10, 20 and 30.
FARES = {
    "fare_amount": [100.0, 10.0, 20.0, 30.0, 50.0],
    "pickUpDateTime": [
        datetime(2021, 6, 26),
        datetime(2021, 6, 27),
        datetime(2021, 6, 28, 9, 30),
        datetime(2021, 6, 30),
        datetime(2021, 7, 1),
    ],
}
END = 'parseDate("06-30-2021", "MM-dd-yyyy")'
TO_DATE = [
    ("periodToDateAvg", "fare_amount", 20.0),
    ("periodToDateCount", "fare_amount", 3),
    ("periodToDateMax", "fare_amount", 30.0),
    ("periodToDateMedian", "fare_amount", 20.0),
    ("periodToDateMin", "fare_amount", 10.0),
    ("periodToDatePercentile", "fare_amount, 50", 20.0),
    ("periodToDatePercentileCont", "fare_amount, 90", 28.0),
    ("periodToDateStDev", "fare_amount", 10.0),
    ("periodToDateStDevP", "fare_amount", math.sqrt(200 / 3)),
    ("periodToDateSum", "fare_amount", 60.0),
    ("periodToDateVar", "fare_amount", 100.0),
    ("periodToDateVarP", "fare_amount", 200 / 3),
]


@pytest.mark.parametrize(
    ("function", "expression", "in_oregon", "in_washington"), BY_STATE, ids=lambda one: str(one)
)
def test_aggregate_of_groups(world, function, expression, in_oregon, in_washington):
    world.columns(SALES)

    found = world.ask(expression, by=("State",))

    assert expression.startswith(f"{function}(")
    assert [state for state, _ in found] == ["OR", "WA"]
    assert [value for _, value in found] == [
        one if isinstance(one, str | None) else pytest.approx(one)
        for one in (in_oregon, in_washington)
    ]


@pytest.mark.parametrize(("function", "measure", "expected"), TO_DATE)
def test_week_to_date_begins_on_sunday_and_ends_with_the_end_date(
    world, function, measure, expected
):
    world.columns(FARES)

    found = world.ask(f"{function}({measure}, pickUpDateTime, WEEK, {END})")

    assert found == [(pytest.approx(expected),)]


def test_every_aggregate_function_has_a_case():
    covered = {function for function, *_ in BY_STATE} | {function for function, *_ in TO_DATE}
    assert covered == set(GROUPS["aggregate"])


def test_period_to_date_ends_now_where_no_end_is_given(world):
    world.columns(FARES)
    world.now = datetime(2021, 6, 30)

    assert world.ask("periodToDateSum(fare_amount, pickUpDateTime, MONTH)") == [(160.0,)]
    assert world.ask("periodToDateSum(fare_amount, pickUpDateTime, YEAR)") == [(160.0,)]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("SUM", 60.0),
        ("AVERAGE", 20.0),
        ("MIN", 10.0),
        ("MAX", 30.0),
        ("COUNT", 3),
        ("DISTINCT_COUNT", 3),
        ("VAR", 100.0),
        ("VARP", 200 / 3),
        ("STDEV", 10.0),
        ("STDEVP", math.sqrt(200 / 3)),
        ("MEDIAN", 20.0),
    ],
)
def test_aggregate_of_a_field_well(world, function, expected):
    world.columns(SALES)

    assert world.ask(f"{function}:{{Sales}}", filters=("{State} = 'WA'",)) == [
        (pytest.approx(expected),)
    ]


def test_percentile_of_a_field_well_is_a_value_that_there_is(world):
    world.columns(SALES)
    measure = Measure("p", Column("Sales"), Aggregate("PERCENTILE", 90))

    assert world.run(Query("facts", measures=(measure,))) == [(40.0,)]


def test_attribute_is_the_one_value_that_all_rows_share(world):
    world.table(k=["a", "a", "b", "b", "c", "c"], v=["x", "x", "x", "y", "x", None])

    assert world.ask("ATTRIBUTE:{v}", by=("{k}",)) == [("a", "x"), ("b", None), ("c", None)]


def test_unknown_aggregate_of_a_field_well_names_itself(world):
    world.columns(SALES)

    with pytest.raises(UnsupportedExpressionError, match="'PTD_SUM'"):
        world.ask("PTD_SUM:{Sales}")


def test_level_aware_aggregate_counts_each_of_its_groups_once(world):
    # docs.aws.amazon.com/quicksight/latest/user/level-aware-calculations-aggregate.html:
    # sum({Sales},[{Country}]) first, the average over countries for each region then.
    world.table(
        Region=["EU", "EU", "EU", "US", "US"],
        Country=["DE", "DE", "FR", "US", "US"],
        Product=["a", "b", "a", "a", "b"],
        Sales=[1, 2, 5, 10, 20],
    )

    assert world.ask("avg(sum({Sales},[{Country}]))", by=("Region",)) == [("EU", 4.0), ("US", 30.0)]
    assert world.ask("SUM:sum({Sales},[{Country}])", by=("Region",)) == [("EU", 8), ("US", 30)]
    # Of the country alone, not of the product that the visual shows.
    assert world.ask("max(sum({Sales},[{Country}]))", by=("Country", "Product")) == [
        ("DE", "a", 3),
        ("DE", "b", 3),
        ("FR", "a", 5),
        ("US", "a", 30),
        ("US", "b", 30),
    ]
    # Beside an aggregate of rows, too.
    assert world.ask("avg(sum({Sales},[{Country}]))", "sum({Sales})", by=("Region",)) == [
        ("EU", 4.0, 8),
        ("US", 30.0, 30),
    ]
    assert world.ask("sum(sum({Sales},[]))", by=("Region",)) == [("EU", 38), ("US", 38)]
    assert world.ask(
        "avg(sum({Sales},[{Country}]))",
        by=("Region",),
        filters=("max(sum({Sales},[{Country}])) > 5", "{Product} <> 'b'"),
    ) == [("US", 10.0)]
    assert world.ask("rank([avg(sum({Sales},[{Country}])) DESC])", by=("Region",)) == [
        ("EU", 2),
        ("US", 1),
    ]
    dynamic = "avg(sum({Sales},[${visualDimensions},{Country}]))"
    assert world.ask(dynamic, by=("Product",)) == [("a", pytest.approx(16 / 3)), ("b", 11.0)]
    # A dimension that is itself made of the visual's dimensions is not one of them.
    level = "sum({Sales},[${visualDimensions},{Country}])"
    assert world.ask("count({Sales})", by=(level,)) == [(3, 2), (5, 1), (30, 2)]
    without = "max(sum({Sales},[${visualDimensions},!{Product}]))"
    assert world.ask(without, by=("Region", "Product")) == [
        ("EU", "a", 8),
        ("EU", "b", 8),
        ("US", "a", 30),
        ("US", "b", 30),
    ]


def test_share_of_a_level_needs_no_second_aggregate_where_the_visual_shows_the_level(world):
    world.columns(SALES)

    found = world.ask("sum({Sales}) / sum({Sales}, [{State}])", by=("State", "City"))

    assert found == [
        ("OR", "Portland", 0.5),
        ("OR", "Salem", 0.5),
        ("WA", "Seattle", pytest.approx(2 / 3)),
        ("WA", "Tacoma", pytest.approx(1 / 3)),
    ]
    with pytest.raises(ExpressionError, match="mismatched aggregation"):
        world.ask("sum({Sales}) / sum({Sales}, [{State}])", by=("City",))
