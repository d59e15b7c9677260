"""Rows grouped by day first: the answers are those of the rows themselves."""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from rlm.quicksight.expressions import parse
from rlm.quicksight.query import (
    Aggregate,
    Dimension,
    Measure,
    Order,
    Ordered,
    Query,
    TopBottom,
)
from rlm.quicksight.sql import compile_query

if TYPE_CHECKING:
    from collections.abc import Sequence

SALES = {
    "day": [
        datetime(2026, 1, 1),
        datetime(2026, 1, 1),
        datetime(2026, 1, 31),
        datetime(2026, 2, 1),
        datetime(2026, 2, 9),
        None,
        datetime(2026, 2, 9),
    ],
    "region": ["N", "S", "N", None, "N", "S", "S"],
    "sales": [1, 2, 4, None, 8, 16, 32],
    "price": [0.5, None, 1.5, None, 2.5, 1.0, 4.0],
}
MONTHS = [datetime(2026, 1, 1), datetime(2026, 2, 1), None]


@pytest.fixture
def sales(world):
    world.columns(SALES)
    world.calculated_fields = {
        "fortnight": "addDateTime(-14 * floor(dateDiff(day, parseDate('2026-02-09')) / 14), 'DD',"
        " parseDate('2026-02-09'))",
    }
    return world


def both_ways(world: Any, query: Query) -> tuple[list[Any], list[Any], bool]:
    """What the rows say, what the days say, and whether days were asked."""
    scope = world.scope()
    known = replace(scope.data_set, whole_days=frozenset({"day"}), few_values=frozenset({"region"}))
    by_days = compile_query(query, replace(scope, data_set=known))
    rows = world.connection.execute(compile_query(query, scope)).fetchall()
    return rows, world.connection.execute(by_days).fetchall(), "__days" in by_days


def query(*measures: str, by: Sequence[Dimension], **more: Any) -> Query:
    shown = []
    for index, text in enumerate(measures):
        function, _, field = text.rpartition(":")
        aggregate = Aggregate(function) if function else None
        shown.append(Measure(f"m{index}", parse(field), aggregate))
    return Query("facts", tuple(by), tuple(shown), **more)


MONTH = Dimension("d0", parse("day"), "MONTH")
FORTNIGHT = Dimension("d0", parse("fortnight"))
REGION = Dimension("d1", parse("region"))


def test_months_are_made_from_days(sales):
    asked = query("SUM:sales", "COUNT:sales", "MIN:price", "MAX:price", "AVERAGE:price", by=[MONTH])
    rows, days, is_by_days = both_ways(sales, asked)
    assert is_by_days
    assert days == [
        (MONTHS[0], 7, 3, 0.5, 1.5, 1.0),
        (MONTHS[1], 40, 2, 2.5, 4.0, 3.25),
        (None, 16, 1, 1.0, 1.0, 1.0),
    ]
    assert rows == days


@pytest.mark.parametrize(
    "asked",
    [
        query("SUM:sales", by=[FORTNIGHT]),
        query("SUM:sales", by=[replace(FORTNIGHT, granularity="DAY")]),
        query("SUM:sales", by=[MONTH, REGION]),
        query("SUM:sales", by=[REGION, replace(MONTH, alias="w", granularity="WEEK"), MONTH]),
        query("sumIf(sales, region = 'N')", "sum(sales) / count(price)", by=[MONTH]),
        query("runningSum(sum(sales), [day ASC])", "percentOfTotal(sum(sales))", by=[MONTH]),
        query("periodToDateSum(sales, day, 'MM', parseDate('2026-01-30'))", by=[MONTH]),
        query("SUM:sales", by=[MONTH], filters=(parse("sum(sales) > 10"), parse("region = 'S'"))),
        query(by=[MONTH]),
        query(
            "SUM:sales",
            by=[MONTH],
            order=(Order("DESC", by=Ordered(parse("price"), Aggregate("MAX"), "DESC")),),
            limit=2,
        ),
        query(
            "SUM:sales",
            by=[MONTH],
            top_bottom=(
                TopBottom(parse("region"), 1, (Ordered(parse("sales"), Aggregate("SUM"), "DESC"),)),
            ),
        ),
        query("SUM:sales", by=[FORTNIGHT], filters=(parse("maxOver(sales, [], PRE_AGG) > 1"),)),
    ],
)
def test_days_say_what_the_rows_say(sales, asked):
    rows, days, is_by_days = both_ways(sales, asked)
    assert is_by_days
    assert rows
    assert days == rows


@pytest.mark.parametrize(
    "asked",
    [
        query("DISTINCT_COUNT:sales", by=[MONTH]),
        query("MEDIAN:sales", "SUM:sales", by=[MONTH]),
        query("STDEV:sales", by=[MONTH]),
        query("ATTRIBUTE:region", by=[MONTH]),
        query("SUM:sales", by=[MONTH], totals_over=((),)),
        query("sum(max(sales, [region]))", by=[MONTH]),
        query("SUM:sales", by=[MONTH, Dimension("d1", parse("price"))]),
        query("SUM:sales", by=[Dimension("d0", parse("concat(toString(day), region)"))]),
    ],
)
def test_what_days_do_not_make_is_asked_of_the_rows(sales, asked):
    rows, days, is_by_days = both_ways(sales, asked)
    assert not is_by_days
    assert rows
    assert days == rows


def test_a_day_without_a_time_is_not_cut(sales):
    rows, days, is_by_days = both_ways(
        sales, query("SUM:sales", by=[replace(MONTH, granularity="DAY")])
    )
    assert not is_by_days
    assert days == rows
    assert rows[0] == (datetime(2026, 1, 1), 3)
