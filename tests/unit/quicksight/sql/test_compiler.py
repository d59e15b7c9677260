"""Totals, order, limit, rows without groups, parameters: what a query asks besides functions."""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

from datetime import datetime

import pytest

from rlm.quicksight.expressions import ExpressionError, UnsupportedExpressionError, parse
from rlm.quicksight.expressions.functions import FUNCTIONS
from rlm.quicksight.query import Aggregate, Dimension, Measure, Order, Ordered, Query
from rlm.quicksight.sql import compile_query, compile_value, documented_functions

SALES = {
    "region": ["N", "N", "S", "S", None],
    "product": ["a", "b", "a", "a", "b"],
    "fan": ["x", "x", "x", "y", "z"],
    "sales": [1, 2, 4, 9, 16],
}


@pytest.fixture
def sales(world):
    world.columns(SALES)
    return world


def test_totals_are_computed_from_rows_not_from_groups(sales):
    found = sales.ask(
        "SUM:sales",
        "distinct_count(fan)",
        "median(sales)",
        "sum(sales) / count(sales)",
        by=("region", "product"),
        totals_over=((), ("d0",)),
    )

    assert found == [
        ("N", "a", 1, 1, 1.0, 1.0, 0),
        ("N", "b", 2, 1, 2.0, 2.0, 0),
        ("S", "a", 13, 2, 6.5, 6.5, 0),
        (None, "b", 16, 1, 16.0, 16.0, 0),
        (None, None, 32, 3, 4.0, 6.4, 1),
        ("N", None, 3, 1, 1.5, 1.5, 2),
        ("S", None, 13, 2, 6.5, 6.5, 2),
        (None, None, 16, 1, 16.0, 16.0, 2),
    ]


def test_limit_cuts_groups_and_leaves_totals_whole(sales):
    found = sales.ask(
        "SUM:sales",
        by=("region",),
        totals_over=((),),
        order=(Order("DESC", alias="m0"),),
        limit=1,
    )

    assert found == [(None, 16, 0), (None, 32, 1)]


def test_filters_of_aggregates_leave_totals(sales):
    found = sales.ask("SUM:sales", by=("region",), totals_over=((),), filters=("sum(sales) > 5",))

    assert found == [("S", 13, 0), (None, 16, 0), (None, 32, 1)]


def test_table_calculations_do_not_mix_totals_with_groups(sales):
    found = sales.ask(
        "percentOfTotal(sum(sales))",
        "runningSum(sum(sales), [region ASC])",
        "lag(sum(sales), [region ASC], 1)",
        by=("region",),
        totals_over=((),),
    )

    assert found == [
        ("N", 3 / 32, 3, None, 0),
        ("S", 13 / 32, 16, 3, 0),
        (None, 16 / 32, 32, 13, 0),
        (None, 1.0, 32, None, 1),
    ]


def test_totals_of_level_aware_aggregates_count_each_level_once(sales):
    found = sales.ask(
        "avg(sum(sales, [fan]))", "SUM:sales", by=("product",), totals_over=((),), limit=1
    )

    # Fans x, y, z have 7, 9, 16 in all.
    assert found == [("a", 8.0, 14, 0), (None, pytest.approx(32 / 3), 32, 1)]


def test_totals_over_one_of_two_equal_dimensions(sales):
    found = sales.ask("SUM:sales", by=("product", "product"), totals_over=(("d0",), ()))

    assert found == [
        ("a", "a", 14, 0),
        ("b", "b", 18, 0),
        ("a", None, 14, 1),
        ("b", None, 18, 1),
        (None, None, 32, 2),
    ]


def test_totals_over_an_unknown_alias_are_refused(sales):
    with pytest.raises(ExpressionError, match="found 'd9' in totals"):
        sales.ask("SUM:sales", by=("region",), totals_over=(("d9",),))


def test_ties_are_broken_by_the_dimensions_and_nulls_come_last(sales):
    order = (Order("DESC", by=Ordered(parse("fan"), Aggregate("COUNT"), "DESC")),)

    found = sales.ask("SUM:sales", by=("region",), order=order)
    assert [row[0] for row in found] == ["N", "S", None]
    for direction, expected in (("ASC", ["N", "S", None]), ("DESC", ["S", "N", None])):
        found = sales.ask("SUM:sales", by=("region",), order=(Order(direction, alias="d0"),))
        assert [row[0] for row in found] == expected


def test_order_by_what_the_result_does_not_show(sales):
    order = (Order("ASC", by=Ordered(parse("sales"), Aggregate("MAX"), "ASC")),)
    by_table = (Order("ASC", by=Ordered(parse("rank([sum(sales) DESC])"), None, "ASC")),)

    assert sales.ask(by=("product",), order=order, limit=1) == [("a",)]
    assert sales.ask(by=("product",), order=by_table) == [("b",), ("a",)]


def test_order_by_an_unknown_alias_is_refused(sales):
    with pytest.raises(ExpressionError, match="found the alias 'x' in order, expected one of d0"):
        sales.ask("SUM:sales", by=("region",), order=(Order("ASC", alias="x"),))


def test_without_measures_dimensions_are_distinct(sales):
    assert sales.ask(by=("product",)) == [("a",), ("b",)]


def test_without_dimensions_there_is_one_row_even_of_constants(sales):
    sales.parameters = {"goal": (7,)}

    assert sales.ask("SUM:sales", "${goal} * 2") == [(32, 14)]
    assert sales.ask("${goal}") == [(7,)]
    assert sales.ask("SUM:sales", filters=("FALSE",)) == [(None,)]


def test_detail_neither_groups_nor_dedupes(sales):
    sales.calculated_fields = {"twice": "sales * 2"}

    found = sales.ask("{twice}", by=("product",), is_detail=True, limit=3)

    assert found == [("a", 2), ("a", 8), ("a", 18)]


def test_detail_sorts_by_hidden_fields_and_knows_windows(sales):
    order = (Order("DESC", by=Ordered(parse("sales"), None, "DESC")),)

    found = sales.ask(
        "runningSum(sales, [sales ASC])", by=("fan",), is_detail=True, order=order, limit=2
    )

    assert found == [("z", 32), ("y", 16)]


def test_detail_refuses_aggregates(sales):
    with pytest.raises(ExpressionError, match="mismatched aggregation"):
        sales.ask("sum(sales)", by=("fan",), is_detail=True)
    with pytest.raises(ExpressionError, match="the visual does not group"):
        sales.ask(by=("fan",), is_detail=True, filters=("sum(sales) > 1",))


def test_dates_are_cut_to_the_granularity_of_a_dimension(world):
    world.table(day=[datetime(2024, 2, 29, 13), datetime(2024, 1, 1), None], n=[1, 2, 4])

    for granularity, first in (
        ("YEAR", datetime(2024, 1, 1)),
        ("QUARTER", datetime(2024, 1, 1)),
        ("MONTH", datetime(2024, 2, 1)),
        ("WEEK", datetime(2024, 2, 25)),
        ("DAY", datetime(2024, 2, 29)),
        ("HOUR", datetime(2024, 2, 29, 13)),
    ):
        found = world.ask("SUM:n", by=(("day", granularity),))
        assert (first, 3 if granularity in ("YEAR", "QUARTER") else 1) in found
        assert found[-1] == (None, 4)


def test_dates_without_time_are_moments(world):
    world.table(day=[datetime(2024, 2, 29)])
    world.connection.execute("ALTER TABLE facts ALTER day TYPE DATE")

    assert world.ask(by=("day",)) == [(datetime(2024, 2, 29),)]
    assert world.ask("max(day)") == [(datetime(2024, 2, 29),)]


def test_decimals_of_any_kind_come_back_as_floats(world):
    world.table(price=[1.25, 2.5])
    world.connection.execute("ALTER TABLE facts ALTER price TYPE DECIMAL(9, 2)")

    (found,) = world.ask("SUM:price", "max(price)")
    assert found == (3.75, 2.5)
    assert [type(one) for one in found] == [float, float]


def test_parameter_of_several_values_stands_in_lists_only(sales):
    sales.parameters = {"p": ("N", "S"), "none": ()}

    assert sales.ask("SUM:sales", filters=("in(region, ${p})",)) == [(16,)]
    assert sales.ask("SUM:sales", filters=("region = ${none}",)) == [(None,)]
    with pytest.raises(UnsupportedExpressionError, match=r"\$\{p\} has 2 values"):
        sales.ask("SUM:sales", filters=("region = ${p}",))


def test_same_question_twice_is_the_same_sql(sales):
    query = Query(
        "facts",
        (Dimension("d", parse("region")),),
        (Measure("m", parse("sumOver(sum(sales), [region]) / sum(sales)")),),
    )

    assert compile_query(query, sales.scope()) == compile_query(query, sales.scope())


def test_only_the_columns_needed_are_read_and_nothing_is_sorted_needlessly(sales):
    query = Query("facts", measures=(Measure("m", parse("sales"), Aggregate("SUM")),))

    assert compile_query(query, sales.scope()) == (
        'SELECT sum("sales") AS "m" FROM facts GROUP BY ()'
    )


def test_constant_expression_is_computed_without_rows(sales):
    sales.now = datetime(2024, 3, 31, 9)
    sql = compile_value(parse("truncDate('MM', addDateTime(-1, 'MM', now()))"), sales.scope())

    assert sales.connection.execute(sql).fetchall() == [(datetime(2024, 2, 1),)]
    with pytest.raises(ExpressionError, match="without fields"):
        compile_value(parse("{sales}"), sales.scope())


def test_alias_may_stand_once(sales):
    query = Query("facts", (Dimension("x", parse("region")), Dimension("x", parse("fan"))))

    with pytest.raises(ExpressionError, match="found the alias 'x' twice"):
        compile_query(query, sales.scope())


def test_long_chains_of_operators_are_no_trouble(sales):
    chain = " OR ".join(f"{{sales}} = {number}" for number in range(2000))
    sum_ = " + ".join(["{sales}"] * 500)

    assert sales.ask("COUNT:sales", filters=(chain,)) == [(5,)]
    assert sales.ask(f"SUM:{sum_}") == [(16000,)]


def test_all_documented_functions_are_translated():
    covered = documented_functions()

    assert list(covered) == list(FUNCTIONS)
    assert len(covered) == 128
    assert {name for name, one in covered.items() if one.status == "missing"} == set()
    assert all(one.reason for one in covered.values() if one.status == "approximated")
