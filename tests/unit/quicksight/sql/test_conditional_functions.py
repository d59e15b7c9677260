"""Conditional functions give what the worked examples of their documentation give.

Each case is of docs.aws.amazon.com/quicksight/latest/user/<function>-function.html.
"""

from __future__ import annotations

import pytest

from rlm.quicksight.expressions.functions import GROUPS

AMOUNTS = {"salesAmount": [20.13, None, 57.54]}
STATES = {"origin_state_name": ["Washington", "ohio", "Texas"]}
REGIONS = {
    "region_name": ["US East (N. Virginia)", "US West (N. California)", "Asia Pacific (Tokyo)"]
}
DOCUMENTED = [
    (
        "coalesce",
        "coalesce(billingAddress, streetAddress, 'No address listed')",
        {"billingAddress": ["1 Elm", None, None], "streetAddress": ["2 Oak", "3 Oak", None]},
        ["1 Elm", "3 Oak", "No address listed"],
    ),
    (
        "ifelse",
        "ifelse(salesTotal > 0 AND salesTotal < 500, 'Group 1',"
        " salesTotal >= 500 AND salesTotal < 1000, 'Group 2', 'Group 3')",
        {"salesTotal": [499, 500, 999, 1000, 0, None]},
        ["Group 1", "Group 2", "Group 2", "Group 3", "Group 3", "Group 3"],
    ),
    (
        "ifelse",
        "ifelse((month = 5 OR month < 3) AND year = 2000, 'yes', 'no')",
        {"month": [5, 5, 1, 4], "year": [2000, 2001, 2000, 2000]},
        ["yes", "no", "yes", "no"],
    ),
    (
        "ifelse",
        "ifelse(month = 5 OR (month < 3 AND year = 2000), 'yes', 'no')",
        {"month": [5, 5, 1, 1], "year": [2000, 2001, 2000, 2001]},
        ["yes", "yes", "yes", "no"],
    ),
    ("in", 'in(origin_state_name,["Georgia", "Ohio", "Texas"])', STATES, [False, False, True]),
    ("in", 'in("Washington",["Washington","Ohio"])', {}, [True]),
    ("in", 'in(NULL,[NULL,"Ohio"])', {}, [True]),
    ("isNotNull", "isNotNull(salesAmount)", AMOUNTS, [True, False, True]),
    ("isNull", "isNull(salesAmount)", AMOUNTS, [False, True, False]),
    ("notIn", 'notIn(origin_state_name,["Georgia", "Ohio", "Texas"])', STATES, [True, True, False]),
    ("notIn", 'notIn("Washington",["Washington","Ohio"])', {}, [False]),
    ("notIn", 'notIn(NULL,[NULL,"Ohio"])', {}, [False]),
    (
        "nullIf",
        "nullIf(delayReason, 'unknown')",
        {"delayReason": ["unknown", "back ordered", "weather delay"]},
        [None, "back ordered", "weather delay"],
    ),
    (
        "switch",
        'switch(region_name, "US East (N. Virginia)", "us-east-1", "Europe (Ireland)",'
        ' "eu-west-1", "US West (N. California)", "us-west-1", "other regions")',
        REGIONS,
        ["us-east-1", "us-west-1", "other regions"],
    ),
    (
        "switch",
        'switch({origin_city_name}, "Albany, NY", {arr_delay} + 20, "Alexandria, LA",'
        ' {arr_delay} - 10, "New York, NY", {arr_delay} * 2, {arr_delay})',
        {
            "origin_city_name": ["Albany, NY", "Alexandria, LA", "New York, NY", "Boston, MA"],
            "arr_delay": [5, 5, 5, 5],
        },
        [25, -5, 10, 5],
    ),
]


@pytest.mark.parametrize(
    ("function", "expression", "columns", "expected"), DOCUMENTED, ids=lambda one: str(one)[:40]
)
def test_function_gives_what_its_documentation_shows(
    world, function, expression, columns, expected
):
    world.columns(columns or {"any": [1]})

    assert function in expression
    assert world.each_row(expression) == expected


def test_every_conditional_function_has_a_case():
    assert {function for function, *_ in DOCUMENTED} == set(GROUPS["conditional"])


def test_in_takes_a_parameter_of_several_values(world):
    # docs.aws.amazon.com/quicksight/latest/user/in-function.html, with a multivalue parameter
    world.columns(STATES)
    world.parameters = {"stateName": ("Georgia", "Ohio", "Texas"), "none": ()}

    assert world.each_row("in(origin_state_name, ${stateName})") == [False, False, True]
    assert world.each_row("notIn(origin_state_name, ${stateName})") == [True, True, False]
    assert world.each_row("in(origin_state_name, ${none})") == [False, False, False]
    assert world.each_row("notIn(origin_state_name, ${none})") == [True, True, True]


def test_comparison_is_case_sensitive_and_null_is_neither_equal_nor_unequal(world):
    # docs.aws.amazon.com/quicksight/latest/user/arithmetic-and-comparison-operators.html
    world.table(region=["South", "south", None])

    assert world.each_row("Region = 'South'") == [True, False, None]
    assert world.each_row("Region <> 'South'") == [False, True, None]
    assert world.each_row("toUpper(Region) = 'SOUTH'") == [True, True, None]
    assert world.each_row("ifelse(Region <> 'South', 'other', 'rest')") == ["rest", "other", "rest"]
    assert world.each_row("ifelse(NOT (Region = 'South'), 1, 0)") == [0, 1, 0]


def test_values_of_several_types_become_one(world):
    world.table(text=["1", "x"], flag=[True, False], n=[1, 2])

    assert world.each_row("{text} = {n}") == [True, None]
    assert world.each_row("{flag} = 1") == [True, False]
    assert world.each_row("ifelse({n} = 1, 'one', {n})") == ["one", "2"]
    assert world.each_row("ifelse({n} = 1, 1, 2.5)") == [1.0, 2.5]
