# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""`Which events need us today?` answers in the order in which something can be done."""

from __future__ import annotations

import datetime as dt

import pytest

from rlm.dashboards.files import packaged_files
from rlm.dashboards.rows import Warehouse
from rlm.quicksight.definitions.columns import data_set_columns
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.queries.board import Board
from rlm.quicksight.queries.state import State

FILES = packaged_files()
KNOWN = FILES.placeholders("dev", "000000000000", "eu-central-1")
NOW = dt.datetime(2026, 6, 8)
RED = "#B8323A"
EVENTS = {
    "slow, tonight": (0.1, 0),
    "on pace, in two days": (0.5, 2),
    "nearly sold out, in a week": (0.95, 7),
    "slow, in ten days": (0.29, 10),
    "slow, in sixty days": (0.1, 60),
    "nearly sold out, tonight": (0.9, 0),
    "at the line, in ten days": (0.3, 10),
    "hardly sold, in three months": (0.05, 90),
}
"""Share sold, and days to go."""


def board() -> Board:
    found = FILES.dashboard("event_performance", KNOWN)
    warehouse = Warehouse()
    data_sets = {
        identifier: warehouse.empty(
            identifier, data_set_columns(FILES.read(Kind.DATA_SET, name, KNOWN))
        )
        for identifier, name in found.data_sets.items()
    }
    for name, (share, days) in EVENTS.items():
        warehouse.cursor().execute(
            f"INSERT INTO {data_sets['event_performance'].relation} BY NAME"
            " SELECT $name AS event_id, $name AS event_name, 'on sale' AS phase,"
            " $days AS days_to_go, $share AS sell_through, 0.5 AS pace_ratio,"
            " $share * 100 AS net_tickets, 100 AS capacity, DATE '2026-06-07' AS as_of_date",
            {"name": name, "share": share, "days": days},
        )
    return Board(found.definition, data_sets, warehouse.cursor(), NOW)


def test_slow_events_come_first_and_what_plays_tonight_last() -> None:
    drawn = {one.visual_id: one for one in board().draw_plan("on-sale-now").visuals}
    table = drawn["on-sale"].table
    assert table is not None
    assert table.values("on-sale-event_name") == [
        "slow, in ten days",
        "slow, in sixty days",
        "nearly sold out, in a week",
        "on pace, in two days",
        "at the line, in ten days",
        "hardly sold, in three months",
        "nearly sold out, tonight",
        "slow, tonight",
    ]


@pytest.mark.parametrize(
    ("below", "slow"),
    [
        (30, {"slow, in ten days", "slow, in sixty days", "slow, tonight"}),
        (15, {"slow, in sixty days", "slow, tonight"}),
    ],
)
def test_red_are_the_slow_events_that_the_number_above_counts(below: int, slow: set[str]) -> None:
    """All sell at half the pace of comparable ones, which alone is no reason for red."""
    state = State(parameters={"SlowBelow": (below,)})
    drawn = {one.visual_id: one for one in board().draw_plan("on-sale-now", state).visuals}
    table, counted = drawn["on-sale"].table, drawn["slow"].table
    assert table is not None
    assert counted is not None
    names = table.values("on-sale-event_name")
    assert {names[one.row] for one in drawn["on-sale"].formats if one.color == RED} == slow
    assert list(counted.rows) == [(len(slow),)]
