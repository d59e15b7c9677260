# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
from typing import Any

import pytest

from rlm.quicksight.queries.state import State


def values(world: Any, state: State | None = None, **viewer: Any) -> dict[str, tuple[Any, ...]]:
    world.visuals = []
    return dict(world.board(**viewer).draw_plan("sheet", state).parameters)


def test_static_defaults_are_of_the_parameters_type(world: Any) -> None:
    world.parameters = [
        world.parameter("String", "text", "a"),
        world.parameter("Integer", "whole", 3),
        world.parameter("Decimal", "number", 2),
        world.parameter("DateTime", "day", "2026-06-01T13:30:00+02:00"),
        world.parameter("DateTime", "slashed", "2017/01/31"),
        world.parameter("String", "many", ["a", "b"], ParameterValueType="MULTI_VALUED"),
    ]
    assert values(world) == {
        "text": ("a",),
        "whole": (3,),
        "number": (2.0,),
        "day": (dt.datetime(2026, 6, 1, 11, 30),),
        "slashed": (dt.datetime(2017, 1, 31),),
        "many": ("a", "b"),
    }


def test_chosen_values_replace_defaults_and_are_converted(world: Any) -> None:
    world.parameters = [
        world.parameter("Integer", "whole", 3),
        world.parameter("DateTime", "day", "2026-06-01", TimeGranularity="MONTH"),
    ]
    state = State(parameters={"whole": ("7",), "day": ("2026-07-15",)})
    assert values(world, state) == {"whole": (7,), "day": (dt.datetime(2026, 7, 1),)}


def test_a_parameter_of_one_value_has_one(world: Any) -> None:
    world.parameters = [world.parameter("String", "text", "a")]
    assert values(world, State(parameters={"text": ("b", "c")})) == {"text": ("b",)}


def test_rolling_dates_are_seen_from_now(world: Any) -> None:
    text = "addDateTime(-1, 'MM', truncDate('MM', now()))"
    told = {"Name": "day", "DefaultValues": {"RollingDate": {"Expression": text}}}
    world.parameters = [{"DateTimeParameterDeclaration": told}]
    assert values(world) == {"day": (dt.datetime(2026, 2, 1),)}


def test_what_stands_for_a_parameter_that_is_not_set(world: Any) -> None:
    def one(name: str, unset: dict[str, Any]) -> dict[str, Any]:
        return world.parameter("String", name, ValueWhenUnset=unset)

    world.parameters = [
        one("recommended", {"ValueWhenUnsetOption": "RECOMMENDED_VALUE"}),
        one("null", {"ValueWhenUnsetOption": "NULL"}),
        one("custom", {"CustomValue": "*"}),
    ]
    assert values(world) == {"recommended": (), "null": (None,), "custom": ("*",)}


def dynamic(world: Any, kind: str) -> dict[str, Any]:
    def at(name: str) -> dict[str, str]:
        return {"DataSetIdentifier": "visits", "ColumnName": name}

    default = {
        "UserNameColumn": at("user"),
        "GroupNameColumn": at("team"),
        "DefaultValueColumn": at("city"),
    }
    world.connection.execute("DROP TABLE visits")
    world.connection.execute(
        "CREATE TABLE visits AS SELECT * FROM (VALUES"
        " ('ada', NULL, 'Oslo'), ('ada', NULL, 'Kiel'), (NULL, 'sales', 'Bergen'))"
        ' t("user", team, city)'
    )
    told = {"DynamicValue": default, "StaticValues": ["Trondheim"]}
    return world.parameter("String", "city", ParameterValueType=kind) | {
        "StringParameterDeclaration": {
            "Name": "city",
            "ParameterValueType": kind,
            "DefaultValues": told,
        }
    }


def test_defaults_of_a_user_of_a_group_and_of_everybody_else(world: Any, monkeypatch: Any) -> None:
    from rlm.quicksight.query import ColumnType, DataSet

    world.parameters = [dynamic(world, "MULTI_VALUED")]
    kinds = dict.fromkeys(("user", "team", "city"), ColumnType.STRING)
    board = world.board(user="ada", groups=("sales",))
    monkeypatch.setitem(board._data_sets, "visits", DataSet("visits", "visits", kinds))
    assert values(world, user="ada", groups=("sales",)) == {"city": ("Kiel", "Oslo")}
    assert values(world, user="eve", groups=("sales",)) == {"city": ("Bergen",)}
    assert values(world, user="eve") == {"city": ("Trondheim",)}
    world.parameters[0]["StringParameterDeclaration"]["ParameterValueType"] = "SINGLE_VALUED"
    assert values(world, user="ada") == {"city": ("Kiel",)}


def test_expressions_see_the_chosen_values(world: Any) -> None:
    world.parameters = [world.parameter("Integer", "factor", 2)]
    world.calculated = {"more": "sum({tickets}) * ${factor}"}
    kpi = world.chart("KPIVisual", {"Values": [world.measure("more", None)]}, "")
    assert world.rows(kpi) == [(100,)]
    assert world.rows(kpi, State(parameters={"factor": (3,)})) == [(150,)]


def test_a_choice_that_is_no_number_is_told(world: Any) -> None:
    world.parameters = [world.parameter("Integer", "whole", 3)]
    with pytest.raises(ValueError, match="parameter whole: 'many' is no integer value"):
        values(world, State(parameters={"whole": ("many",)}))


def test_a_default_that_cannot_be_read_is_none(world: Any) -> None:
    world.parameters = [world.parameter("DateTime", "day", "${day}")]
    assert values(world) == {"day": ()}
