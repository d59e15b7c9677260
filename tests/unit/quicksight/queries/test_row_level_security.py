from typing import Any

import pytest

from rlm.quicksight.queries.building import NOTHING
from rlm.quicksight.queries.row_level_security import rule_filter
from rlm.quicksight.query import ColumnType

COLUMNS = {"city": ColumnType.STRING, "channel": ColumnType.STRING, "tickets": ColumnType.INTEGER}
RULES = [
    {"UserName": "ada", "GroupName": None, "city": "Oslo", "channel": None},
    {"UserName": "bob", "GroupName": "", "city": "Oslo,Kiel", "channel": "web"},
    {"UserName": "bob", "GroupName": "", "city": "Bergen", "channel": ""},
    {"UserName": None, "GroupName": "managers", "city": "", "channel": ""},
    {"UserName": "eve,dan", "GroupName": None, "city": '"Oslo",Kiel', "channel": "door"},
]


@pytest.mark.parametrize(
    ("user", "groups", "left"),
    [
        ("ada", (), {"Oslo": 30}),
        ("bob", (), {"Oslo": 10, "Kiel": 7, "Bergen": 9}),
        ("eve", (), {"Oslo": 20, "Kiel": 1}),
        ("nobody", (), {}),
        ("nobody", ("managers",), {"Bergen": 9, "Kiel": 8, "Oslo": 30, None: 3}),
        ("ada", ("managers",), {"Bergen": 9, "Kiel": 8, "Oslo": 30, None: 3}),
        ("ada", ("others",), {"Oslo": 30}),
    ],
)
def test_who_sees_what(world: Any, user: str, groups: tuple[str, ...], left: dict) -> None:
    world.security = {"sales": rule_filter(RULES, user, groups, COLUMNS)}
    assert world.cities() == left


def test_nobody_without_a_rule_sees_anything() -> None:
    assert rule_filter([], "ada", (), COLUMNS) == NOTHING


def test_a_rule_for_everybody() -> None:
    assert rule_filter([{"UserName": "", "GroupName": "", "city": ""}], "ada", (), COLUMNS) is None


def test_values_are_of_the_columns_type(world: Any) -> None:
    rules = [{"UserName": "ada", "tickets": "20, 7"}]
    world.security = {"sales": rule_filter(rules, "ada", (), COLUMNS)}
    assert world.cities() == {"Oslo": 20, "Kiel": 7}


def test_fields_that_the_data_set_lacks_do_not_restrict() -> None:
    assert rule_filter([{"UserName": "ada", "country": "NO"}], "ada", (), COLUMNS) is None


def test_security_acts_before_calculations_over_all_rows(world: Any) -> None:
    world.security = {"sales": rule_filter(RULES, "ada", (), COLUMNS)}
    world.calculated = {"all": "sumOver({tickets}, [], PRE_FILTER)"}
    kpi = world.chart("KPIVisual", {"Values": [world.measure("all", "MAX")]}, "")
    assert world.rows(kpi) == [(30,)]
