"""Each calculation sees the rows that QuickSight's order of evaluation leaves it.

docs.aws.amazon.com/quicksight/latest/user/order-of-evaluation-quicksight.html
"""

from __future__ import annotations

import pytest

from rlm.quicksight.expressions import ExpressionError, UnsupportedExpressionError, parse
from rlm.quicksight.query import Aggregate, Ordered, TopBottom

SALES = {
    "region": ["N", "N", "N", "S", "S", "S"],
    "product": ["a", "a", "b", "a", "b", "c"],
    "sales": [1, 2, 4, 8, 16, 32],
}


@pytest.fixture
def sales(world):
    world.columns(SALES)
    return world


def top(target: str, limit: int, by: str, aggregate: str | None = "SUM") -> TopBottom:
    found = Ordered(parse(by), Aggregate(aggregate) if aggregate else None, "DESC")
    return TopBottom(parse(target), limit, (found,))


def test_filter_hides_rows_from_pre_agg_but_not_from_pre_filter(sales):
    found = sales.ask(
        "MAX:sumOver(sales, [region], PRE_FILTER)",
        "MAX:sumOver(sales, [region], PRE_AGG)",
        "sumOver(sum(sales), [region])",
        "SUM:sales",
        by=("region",),
        filters=("product <> 'a'",),
    )

    assert found == [("N", 7, 4, 4, 4), ("S", 56, 48, 48, 48)]


def test_post_agg_sees_groups_where_pre_agg_sees_rows(sales):
    found = sales.ask(
        "avgOver(sum(sales), [region])",
        "MAX:avgOver(sales, [region], PRE_AGG)",
        "countOver(sum(sales), [region])",
        "MAX:countOver(sales, [region], PRE_AGG)",
        by=("region", "product"),
    )

    assert [row for row in found if row[0] == "N"] == [
        ("N", "a", 3.5, pytest.approx(7 / 3), 2, 3),
        ("N", "b", 3.5, pytest.approx(7 / 3), 2, 3),
    ]


def test_filter_of_a_pre_filter_calculation_is_a_filter_of_rows(sales):
    sales.calculated_fields = {"of region": "sumOver(sales, [region], PRE_FILTER)"}

    found = sales.ask("SUM:sales", by=("region",), filters=("{of region} > 10", "product <> 'c'"))

    assert found == [("S", 24)]


def test_filter_of_a_pre_agg_calculation_acts_after_filters_of_rows(sales):
    found = sales.ask(
        "SUM:sales",
        by=("region",),
        filters=("sumOver(sales, [region], PRE_AGG) > 30", "product <> 'c'"),
    )

    assert found == []


def test_filter_of_an_aggregate_acts_after_aggregation(sales):
    found = sales.ask("SUM:sales", by=("product",), filters=("sum(sales) > 15",))

    assert found == [("b", 20), ("c", 32)]


def test_table_calculation_sees_what_filters_of_aggregates_leave(sales):
    found = sales.ask("sumOver(sum(sales), [])", by=("product",), filters=("sum(sales) > 15",))

    assert found == [("b", 52), ("c", 52)]


def test_filter_of_a_table_calculation_acts_last(sales):
    found = sales.ask(
        "sumOver(sum(sales), [])", by=("product",), filters=("rank([sum(sales) DESC]) = 1",)
    )

    assert found == [("c", 63)]


def test_top_acts_after_filters_of_rows_and_before_aggregation(sales):
    found = sales.ask(
        "SUM:sales",
        by=("region",),
        filters=("product <> 'c'",),
        top_bottom=(top("product", 1, "sales"),),
    )

    assert found == [("N", 4), ("S", 16)]


def test_pre_agg_is_computed_before_top(sales):
    found = sales.ask(
        "MAX:sumOver(sales, [region], PRE_AGG)",
        "SUM:sales",
        by=("region",),
        top_bottom=(top("product", 1, "sales"),),
    )

    assert found == [("S", 56, 32)]


def test_top_by_a_pre_agg_calculation(sales):
    found = sales.ask(
        "SUM:sales",
        by=("region",),
        top_bottom=(top("region", 1, "sumOver(sales, [region], PRE_AGG)", "MAX"),),
    )

    assert found == [("S", 56)]


def test_each_top_ranks_the_same_rows(sales):
    found = sales.ask(
        "SUM:sales",
        by=("region", "product"),
        top_bottom=(top("product", 2, "sales"), top("region", 1, "count(sales)", None)),
    )

    # Both regions have three rows: the tie goes to the first by name.
    assert found == [("N", "b", 4)]


def test_top_keeps_a_group_without_a_name(world):
    world.table(k=[None, None, "a"], v=[5, 6, 1])

    assert world.ask("SUM:v", by=("k",), top_bottom=(top("k", 1, "v"),)) == [(None, 11)]


def test_row_level_security_acts_before_pre_filter(sales):
    found = sales.ask(
        "MAX:sumOver(sales, [region], PRE_FILTER)",
        by=("region",),
        row_level_security=parse("in(product, ['a', 'b'])"),
    )

    assert found == [("N", 7), ("S", 24)]


def test_pre_filter_window_within_a_pre_agg_window(sales):
    sales.calculated_fields = {
        "of product": "sumOver(sales, [product], PRE_FILTER)",
        "best": "maxOver({of product}, [region], PRE_AGG)",
    }

    found = sales.ask("MAX:{best}", by=("region",), filters=("product <> 'c'",))

    assert found == [("N", 20), ("S", 20)]


def test_windows_of_one_level_may_contain_each_other(sales):
    found = sales.ask(
        "MAX:maxOver(sumOver(sales, [product], PRE_AGG), [region], PRE_AGG)", by=("region",)
    )

    assert found == [("N", 20), ("S", 32)]


def test_pre_agg_within_pre_filter_is_refused(sales):
    with pytest.raises(UnsupportedExpressionError, match="acts before another"):
        sales.ask("MAX:maxOver(sumOver(sales, [product], PRE_AGG), [region], PRE_FILTER)")


def test_value_of_rows_beside_an_aggregate_is_a_mismatched_aggregation(sales):
    with pytest.raises(ExpressionError, match=r"mismatched aggregation: \{sales\}"):
        sales.ask("sum(sales) / sales", by=("region",))


def test_aggregate_as_a_dimension_is_a_mismatched_aggregation(sales):
    with pytest.raises(ExpressionError, match="mismatched aggregation: sum"):
        sales.ask("SUM:sales", by=("sum(sales)",))


def test_dimension_may_stand_beside_an_aggregate(sales):
    found = sales.ask("ifelse(region = 'N', sum(sales), 0 - sum(sales))", by=("region",))

    assert found == [("N", 7), ("S", -56)]


def test_calculated_field_of_rows_as_a_dimension(sales):
    sales.calculated_fields = {
        "size": "ifelse({double} > 8, 'big', 'small')",
        "double": "sales * 2",
    }

    assert sales.ask("sum({double})", by=("size",)) == [("big", 112), ("small", 14)]


def test_cycle_of_calculated_fields_is_named(sales):
    sales.calculated_fields = {"a": "{b} + 1", "b": "{c} * 2", "c": "{a}"}

    with pytest.raises(ExpressionError, match=r"\{a\} -> \{b\} -> \{c\} -> \{a\}"):
        sales.ask("SUM:{a}")
    with pytest.raises(ExpressionError, match=r"\{b\} -> \{c\} -> \{a\} -> \{b\}"):
        sales.ask("SUM:sales", filters=("{b} > 1",))


def test_unknown_field_names_the_nearest(sales):
    with pytest.raises(ExpressionError, match=r"found \{regio\}.*did you mean \{region\}"):
        sales.ask("SUM:sales", by=("{regio}",))
