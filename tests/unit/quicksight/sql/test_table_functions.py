"""Table calculations, in the forms of the examples of their documentation.

Each case is of docs.aws.amazon.com/quicksight/latest/user/<function>-function.html. The
documentation shows their results as pictures of another's data; the expected values here are those
of a small table, worked out by what the pages say.
"""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

import math
from datetime import datetime

import pytest

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.expressions.functions import GROUPS

SALES = {
    "State": ["OR", "OR", "OR", "WA", "WA", "WA"],
    "City": ["Eugene", "Portland", "Salem", "Seattle", "Seattle", "Tacoma"],
    "Sales": [20, 40, 20, 10, 20, 5],
}
# Sums by State and City: Eugene 20, Portland 40, Salem 20; Seattle 30, Tacoma 5.
CITIES = [
    ("avgOver", "avgOver(sum(Sales), [State])", [80 / 3, 80 / 3, 80 / 3, 17.5, 17.5]),
    ("countOver", "countOver(sum(Sales), [State])", [3, 3, 3, 2, 2]),
    ("countOver", "countOver({City}, [State])", [3, 3, 3, 2, 2]),
    ("denseRank", "denseRank([sum(Sales) DESC])", [3, 1, 3, 2, 4]),
    ("denseRank", "denseRank([max(Sales) DESC], [State])", [2, 1, 2, 1, 2]),
    ("difference", "difference(sum(Sales), [City ASC], 1, [State])", [-20, 20, None, 25, None]),
    ("difference", "difference(sum(Sales), [City ASC], -1, [State])", [None, 20, -20, None, -25]),
    ("distinctCountOver", "distinctCountOver(sum(Sales), [State])", [2, 2, 2, 2, 2]),
    ("firstValue", "firstValue(sum(Sales), [City ASC], [State])", [20, 20, 20, 30, 30]),
    ("firstValue", "firstValue({City}, [City DESC])", ["Tacoma"] * 5),
    ("lag", "lag(sum(Sales), [City ASC], 1, [State])", [None, 20, 40, None, 30]),
    ("lastValue", "lastValue(sum(Sales), [City ASC], [State])", [20, 20, 20, 5, 5]),
    ("lead", "lead(sum(Sales), [City ASC], 1, [State])", [40, 20, None, 5, None]),
    ("lead", "lead(sum(Sales), [City ASC], 2)", [20, 30, 5, None, None]),
    ("maxOver", "maxOver(sum(Sales), [State])", [40, 40, 40, 30, 30]),
    ("minOver", "minOver(sum(Sales), [State])", [20, 20, 20, 5, 5]),
    (
        "percentDifference",
        "percentDifference(sum(Sales), [City ASC], -1)",
        [None, 1, -0.5, 0.5, -25 / 30],
    ),
    ("percentOfTotal", "percentOfTotal(sum(Sales), [State])", [0.25, 0.5, 0.25, 6 / 7, 1 / 7]),
    (
        "percentOfTotal",
        "percentOfTotal(sum(Sales))",
        [20 / 115, 40 / 115, 20 / 115, 30 / 115, 5 / 115],
    ),
    ("percentileContOver", "percentileContOver(sum(Sales), 50, [State])", [20, 20, 20, 17.5, 17.5]),
    ("percentileDiscOver", "percentileDiscOver(sum(Sales), 50, [State])", [20, 20, 20, 5, 5]),
    ("percentileOver", "percentileOver(sum(Sales), 100, [State])", [40, 40, 40, 30, 30]),
    # From 0, inclusive, to 100, exclusive: above so many percent of the values.
    ("percentileRank", "percentileRank([sum(Sales) ASC])", [20, 80, 20, 60, 0]),
    ("rank", "rank([sum(Sales) DESC])", [3, 1, 3, 2, 5]),
    ("rank", "rank([max(Sales) DESC], [State])", [2, 1, 2, 1, 2]),
    ("runningAvg", "runningAvg(sum(Sales), [City ASC], [State])", [20, 30, 80 / 3, 30, 17.5]),
    ("runningCount", "runningCount(sum(Sales), [City ASC], [State])", [1, 2, 3, 1, 2]),
    ("runningMax", "runningMax(sum(Sales), [City ASC], [State])", [20, 40, 40, 30, 30]),
    ("runningMin", "runningMin(sum(Sales), [City ASC], [State])", [20, 20, 20, 30, 5]),
    ("runningSum", "runningSum(sum(Sales), [City ASC], [State])", [20, 60, 80, 30, 35]),
    (
        "stdevOver",
        "stdevOver(sum(Sales), [State])",
        [math.sqrt(400 / 3)] * 3 + [math.sqrt(312.5)] * 2,
    ),
    ("stdevpOver", "stdevpOver(sum(Sales), [State])", [math.sqrt(800 / 9)] * 3 + [12.5] * 2),
    ("sumOver", "sumOver(sum(Sales), [State])", [80, 80, 80, 35, 35]),
    ("sumOver", "sumOver(sum(Sales), [])", [115] * 5),
    ("sumOver", "sumOver(sum(Sales))", [115] * 5),
    ("varOver", "varOver(sum(Sales), [State])", [400 / 3] * 3 + [312.5] * 2),
    ("varpOver", "varpOver(sum(Sales), [State])", [800 / 9] * 3 + [156.25] * 2),
    ("windowAvg", "windowAvg(sum(Sales), [City ASC], 1, 0, [State])", [20, 30, 30, 30, 17.5]),
    ("windowCount", "windowCount(sum(Sales), [City ASC], 1, 1, [State])", [2, 3, 2, 2, 2]),
    ("windowMax", "windowMax(sum(Sales), [City ASC], 1, 0, [State])", [20, 40, 40, 30, 30]),
    ("windowMin", "windowMin(sum(Sales), [City ASC], 0, 1, [State])", [20, 20, 20, 5, 5]),
    ("windowSum", "windowSum(sum(Sales), [City ASC], 1, 0, [State])", [20, 60, 60, 30, 35]),
]
# Months: 2021-01 has 10, 02 has 30, 03 nothing, 04 has 60; 2022-01 has 20.
MONTHS = {
    "Order Date": [
        datetime(2021, 1, 5),
        datetime(2021, 1, 31),
        datetime(2021, 2, 28),
        datetime(2021, 4, 30),
        datetime(2022, 1, 1),
    ],
    "Sales": [4, 6, 30, 60, 20],
}
PERIODS = [
    ("periodOverPeriodDifference", "sum(Sales), {Order Date}", [None, 20, None, None]),
    ("periodOverPeriodDifference", "sum(Sales), {Order Date}, MONTH, 1", [None, 20, None, None]),
    ("periodOverPeriodDifference", "sum(Sales), {Order Date}, YEAR, 1", [None, None, None, 10]),
    ("periodOverPeriodLastValue", "sum(Sales), {Order Date}, MONTH, 2", [None, None, 30, None]),
    ("periodOverPeriodLastValue", "sum(Sales), {Order Date}, MONTH, -1", [30, None, None, None]),
    (
        "periodOverPeriodPercentDifference",
        "sum(Sales), {Order Date}, MONTH, 1",
        [None, 2, None, None],
    ),
    ("periodToDateAvgOverTime", "sum(Sales), {Order Date}, YEAR", [10, 20, 100 / 3, 20]),
    ("periodToDateCountOverTime", "sum(Sales), {Order Date}, YEAR", [1, 2, 3, 1]),
    ("periodToDateMaxOverTime", "sum(Sales), {Order Date}, YEAR", [10, 30, 60, 20]),
    ("periodToDateMinOverTime", "sum(Sales), {Order Date}, YEAR", [10, 10, 10, 20]),
    ("periodToDateSumOverTime", "sum(Sales), {Order Date}, YEAR", [10, 40, 100, 20]),
    ("periodToDateSumOverTime", "sum(Sales), {Order Date}, QUARTER", [10, 40, 60, 20]),
    ("periodToDateSumOverTime", "sum(Sales), {Order Date}", [10, 30, 60, 20]),
]


def _near(values):
    return [one if isinstance(one, str | None) else pytest.approx(one) for one in values]


@pytest.mark.parametrize(
    ("function", "expression", "expected"), CITIES, ids=lambda one: str(one)[:60]
)
def test_over_the_groups_of_a_visual(world, function, expression, expected):
    world.columns(SALES)

    found = world.ask(expression, by=("State", "City"))

    assert expression.startswith(f"{function}(")
    assert [city for _, city, _ in found] == ["Eugene", "Portland", "Salem", "Seattle", "Tacoma"]
    assert [value for _, _, value in found] == _near(expected)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"), PERIODS, ids=lambda one: str(one)[:60]
)
def test_over_the_months_of_a_visual(world, function, arguments, expected):
    world.columns(MONTHS)

    found = world.ask(f"{function}({arguments})", by=(("{Order Date}", "MONTH"),))

    assert [month for month, _ in found] == [
        datetime(2021, 1, 1),
        datetime(2021, 2, 1),
        datetime(2021, 4, 1),
        datetime(2022, 1, 1),
    ]
    assert [value for _, value in found] == _near(expected)


def test_every_table_function_has_a_case():
    covered = {function for function, *_ in CITIES} | {function for function, *_ in PERIODS}
    assert covered == set(GROUPS["table"])


def test_periods_are_compared_within_the_other_dimensions(world):
    world.columns({**MONTHS, "Shop": ["a", "b", "a", "a", "b"]})

    found = world.ask(
        "periodOverPeriodDifference(sum(Sales), {Order Date}, MONTH, 1)",
        by=("Shop", ("{Order Date}", "MONTH")),
    )

    assert found == [
        ("a", datetime(2021, 1, 1), None),
        ("a", datetime(2021, 2, 1), 26),
        ("a", datetime(2021, 4, 1), None),
        ("b", datetime(2021, 1, 1), None),
        ("b", datetime(2022, 1, 1), None),
    ]


def test_calculations_of_calculations(world):
    world.columns(SALES)
    world.calculated_fields = {
        "Total": "sum(Sales)",
        "Of State": "sumOver({Total}, [State])",
        "Share": "{Total} / {Of State}",
    }

    found = world.ask("rank([{Share} DESC])", "maxOver({Share}, [])", by=("State", "City"))

    assert [place for _, _, place, _ in found] == [3, 2, 3, 1, 5]
    assert [best for *_, best in found] == [pytest.approx(6 / 7)] * 5


def test_sort_by_a_date_cut_as_the_visual_cuts_it(world):
    world.columns(MONTHS)

    found = world.ask(
        'runningSum(sum(Sales), [truncDate("MM", {Order Date}) ASC])',
        by=(("{Order Date}", "MONTH"),),
    )

    assert [value for _, value in found] == [10, 40, 100, 120]


def test_partition_that_the_visual_does_not_show_names_the_field(world):
    world.columns(SALES)

    with pytest.raises(ExpressionError, match=r"\{City\}"):
        world.ask("sumOver(sum(Sales), [City])", by=("State",))


def test_period_function_without_a_period_compares_days(world):
    world.table(day=[datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2024, 1, 4)], n=[5, 7, 9])

    found = world.ask("periodOverPeriodLastValue(sum({n}), {day})", by=("{day}",))

    assert [value for _, value in found] == [None, 5, None]


def test_period_function_without_its_date_in_the_visual_names_the_field(world):
    world.columns(MONTHS)

    with pytest.raises(ExpressionError, match=r"\{Order Date\}"):
        world.ask("periodOverPeriodDifference(sum(Sales), {Order Date}, MONTH, 1)")
