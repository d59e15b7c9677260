# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""The newest day of all rows: one constant, whatever is filtered, and dates compared with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from rlm.quicksight.expressions import parse
from rlm.quicksight.queries.day_ranges import as_date_ranges
from rlm.quicksight.queries.state import State

if TYPE_CHECKING:
    from conftest import World

NEWEST = "maxOver({sold}, [], PRE_FILTER)"
DAYS_AGO = {"newest": NEWEST, "days_ago": "dateDiff({sold}, {newest}, 'DD')"}


def _days(world: World, low: int, high: int, **more: Any) -> dict[str, Any]:
    told = {
        "FilterId": "days",
        "Column": world.at("days_ago"),
        "NullOption": "NON_NULLS_ONLY",
        "RangeMinimum": {"StaticValue": low},
        "RangeMaximum": {"StaticValue": high},
        "IncludeMinimum": True,
        **more,
    }
    return world.group({"NumericRangeFilter": told})


# Days back from March 14: Bergen 0, Kiel 12 and 13, Bergen 33, Oslo 37 and 68, nowhere 73.
@pytest.mark.parametrize(
    ("low", "high", "options", "expected"),
    [
        (0, 13, {}, {"Bergen": 4, "Kiel": 1}),
        (0, 13, {"IncludeMaximum": True}, {"Bergen": 4, "Kiel": 8}),
        (12, 37, {"IncludeMaximum": True}, {"Bergen": 5, "Kiel": 8, "Oslo": 20}),
        (12, 37, {"IncludeMinimum": False}, {"Bergen": 5, "Kiel": 7}),
        (68, 100, {}, {"Oslo": 10, None: 3}),
        (-5, 0, {}, {}),
    ],
)
def test_days_back_from_the_newest_of_all_rows(
    world: World, low: int, high: int, options: dict[str, Any], expected: dict[str, int]
) -> None:
    world.calculated = DAYS_AGO
    world.filters = [_days(world, low, high, **options)]
    assert world.cities() == expected


def test_other_filters_leave_the_newest_day_as_it_is(world: World) -> None:
    world.calculated = DAYS_AGO
    world.filters = [_days(world, 0, 38), world.group(world.category(world.listed("Oslo")))]
    assert world.cities() == {"Oslo": 20}


def test_rows_that_a_viewer_may_not_see_have_no_newest_day(world: World) -> None:
    world.calculated = DAYS_AGO
    world.security = {"sales": parse("{city} = 'Oslo'")}
    world.filters = [_days(world, 0, 1)]
    assert world.cities() == {"Oslo": 20}


def test_statements_compare_dates_and_have_no_window(world: World) -> None:
    world.calculated = DAYS_AGO
    world.filters = [_days(world, 0, 13)]
    asked: list[str] = []

    class Noting:
        def execute(self, text: str) -> Any:
            asked.append(text)
            return world.connection.execute(text)

    world.visuals = [world.chart("TableVisual", {"GroupBy": [world.dimension("city")]})]
    board = world.board()
    board._answers._connection = Noting()  # type: ignore[assignment]
    board.visual("sheet", "it")
    assert [text for text in asked if "OVER" in text or "date_diff" in text] == []
    assert "TIMESTAMP '2026-03-02 00:00:00'" in asked[-1]


def test_a_newest_day_that_depends_on_a_parameter_stays_a_window(world: World) -> None:
    world.parameters = [world.parameter("String", "City", "Kiel")]
    world.calculated = {
        "newest": "maxOver(ifelse({city} = ${City}, {sold}, NULL), [], PRE_FILTER)",
        "days_ago": "dateDiff({sold}, {newest}, 'DD')",
    }
    world.filters = [_days(world, 0, 2)]
    assert world.cities() == {"Kiel": 8}
    assert world.cities(State(parameters={"City": ("Oslo",)})) == {"Oslo": 20}


def test_what_is_no_count_of_whole_days_stays(world: World) -> None:
    world.calculated = {**DAYS_AGO, "hours": "dateDiff({sold}, {newest}, 'HH')"}
    context = world.board().context(State())
    for text in ("{hours} < 3", "{tickets} < 3", "{days_ago} = 3", "{days_ago} < 2.5"):
        tree = parse(text)
        assert as_date_ranges(context, "sales", tree) == tree
    assert as_date_ranges(context, "sales", parse("3 > {days_ago}")) == as_date_ranges(
        context, "sales", parse("{days_ago} < 3")
    )
    changed = as_date_ranges(context, "sales", parse("{tickets} > 1 and {days_ago} >= 3"))
    assert dt.datetime(2026, 3, 12) in [
        getattr(one, "value", None)
        for one in changed.operands[1].operands  # type: ignore[union-attr]
    ]
