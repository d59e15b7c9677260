"""Types and levels of calculated fields, and what QuickSight refuses, with its place."""

from __future__ import annotations

import pytest

from rlm.quicksight.expressions import ExpressionError, parse
from rlm.quicksight.expressions.functions import FUNCTIONS, GROUPS
from rlm.quicksight.expressions.types import check
from rlm.quicksight.query import ColumnType

COLUMNS = {
    "name": ColumnType.STRING,
    "count": ColumnType.INTEGER,
    "price": ColumnType.DECIMAL,
    "day": ColumnType.DATETIME,
    "sold": ColumnType.BOOLEAN,
}
FIELDS = {"gross": "{count} * {price}", "total": "sum({gross})", "self": "{self} + 1"}


def checked(text: str):
    return check(text, COLUMNS, {name: parse(one) for name, one in FIELDS.items()}, {"p": (1,)})


@pytest.mark.parametrize(
    ("text", "type_", "stage"),
    [
        ("{count} + 1", "INTEGER", "row"),
        ("{count} / 2", "DECIMAL", "row"),
        ("{gross}", "DECIMAL", "row"),
        ("{total}", "DECIMAL", "aggregate"),
        ("sum({count})", "INTEGER", "aggregate"),
        ("avg({count})", "DECIMAL", "aggregate"),
        ("max({day})", "DATETIME", "aggregate"),
        ("count({name})", "INTEGER", "aggregate"),
        ("rank([{total} DESC])", "INTEGER", "table"),
        ("{total} / sumOver({total}, [{name}])", "DECIMAL", "table"),
        ("sumOver({count}, [{name}], PRE_AGG)", "INTEGER", "row"),
        ("sum({count}, [{name}])", "INTEGER", "row"),
        ("avg(sum({count}, [{name}]))", "DECIMAL", "aggregate"),
        ("ifelse({sold}, 'yes', 'no')", "STRING", "row"),
        ("ifelse({sold} = 1, {count}, {price})", "DECIMAL", "row"),
        ("coalesce({name}, NULL)", "STRING", "row"),
        ("{day} >= '2024-01-01'", "BOOLEAN", "row"),
        ("dateDiff(now(), {day}, 'MM')", "INTEGER", "row"),
        ("${p} * 2", "INTEGER", "constant"),
        ("NULL", None, "constant"),
    ],
)
def test_type_and_level(text, type_, stage):
    found = checked(text)

    assert (found.type, found.stage) == (type_ and ColumnType(type_), stage)


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("1 + {nam}", 5, "found {nam}, expected a column or a calculated field"),
        ("{nam} + 1", 1, "did you mean {name}?"),
        ("1 + ${q}", 5, "found ${q}, expected a parameter of the analysis"),
        ("1 + {self}", 5, "calculated fields refer to each other: {self} -> {self}"),
        ("sum({name})", 5, "found STRING as measure of sum, expected DECIMAL or INTEGER"),
        ("left({name})", 1, "found left with 1 arguments, expected left(expression, limit)"),
        ("ifelse({sold}, 1)", 1, "expected ifelse(if, then, ..., else)"),
        ("ifelse({count}, 1, 2)", 8, "found INTEGER as if of ifelse, expected BOOLEAN"),
        ("ifelse({sold}, 1, 'no')", 19, "found STRING among the results of ifelse"),
        ("{count} + {name}", 11, "found STRING beside `+`, expected a number"),
        ("{sold} AND {count}", 12, "found INTEGER beside `AND`, expected TRUE or FALSE"),
        ("{name} = {count}", 10, "found INTEGER among the sides of `=`, expected STRING"),
        ("{price} * sum({count})", 1, "mismatched aggregation"),
        ("sum({count}) > {price}", 16, "mismatched aggregation"),
        ("sum(sum({count}))", 5, "found an aggregate within sum"),
        ("sumOver({total}, [{name}], PRE_AGG)", 9, "at the level PRE_AGG"),
        ("truncDate('XX', {day})", 11, "expected one of YYYY, Q, MM, DD, WK, HH, MI, SS, MS"),
        ("in({name}, 'a')", 12, "expected a list in brackets"),
        ("rank({total})", 6, "expected fields in brackets"),
        ("sumOver({total}, [{name} DESC])", 19, "found DESC in partition of sumOver"),
        ("concat({name}, [{name}])", 16, "found a list as expression of concat"),
    ],
)
def test_error_names_its_place(text, column, problem):
    with pytest.raises(ExpressionError) as error:
        checked(text)

    assert problem in error.value.problem
    assert (error.value.line, error.value.column) == (1, column)


def test_dimension_may_stand_beside_a_table_calculation():
    assert checked("ifelse(rank([{total} DESC]) <= 10, {name}, 'Other')").stage == "table"


def test_column_of_unknown_type_is_no_error():
    assert check("{a} + {b}", {"a": None, "b": ColumnType.INTEGER}).stage == "row"


def test_registry_has_every_documented_function():
    assert {name: len(group) for name, group in GROUPS.items()} == {
        "aggregate": 37,
        "conditional": 8,
        "date": 10,
        "numeric": 11,
        "string": 21,
        "table": 41,
    }
    assert len(FUNCTIONS) == 128


def test_repeated_arguments_are_known_by_their_place():
    switch = FUNCTIONS["switch"]

    assert [switch.argument(index, 6).name for index in range(6)] == [
        "switch",
        "if",
        "return",
        "if",
        "return",
        "default",
    ]
    assert [count for count in range(9) if switch.accepts_count(count)] == [4, 6, 8]
