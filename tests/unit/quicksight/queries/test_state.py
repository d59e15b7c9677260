# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
import json

import pytest

from rlm.quicksight.queries.state import DrillStep, FilterChoice, Selection, State

STATE = State(
    parameters={"Region": ("North", None), "From": (dt.datetime(2026, 6, 1),)},
    filters={
        "f1": FilterChoice(values=("Oslo", 3, 2.5)),
        "f2": FilterChoice(minimum=1, maximum=dt.datetime(2026, 1, 1)),
        "f3": FilterChoice(is_all=True),
        "f4": FilterChoice(relative={"RelativeDateType": "LAST", "RelativeDateValue": 3}),
    },
    drills={"v": (DrillStep("city", "Oslo"), DrillStep("city", has_value=False))},
    selection=(Selection("v", {"city": "Oslo"}), Selection("w", {"sold": None}, "action")),
)


def test_a_state_survives_json() -> None:
    assert State.from_json(json.loads(json.dumps(STATE.to_json()))) == STATE


def test_the_empty_state_is_the_empty_object() -> None:
    assert State.from_json({}) == State()


@pytest.mark.parametrize(
    "told",
    [
        {"parameters": {"Region": [["North"]]}},
        {"parameters": ["North"]},
        {"selection": [{"visual": "v"}]},
        {"drills": {"v": [{"value": 1}]}},
    ],
)
def test_what_is_no_state_says_so(told: dict) -> None:
    with pytest.raises(ValueError, match=r"State\.to_json"):
        State.from_json(told)
