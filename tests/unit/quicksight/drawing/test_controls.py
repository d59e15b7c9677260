# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Controls as the page shows them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rlm.quicksight.drawing.controls import control_json, write_option
from rlm.quicksight.queries.controls import ControlResult


def shown(kind: str, definition: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    control = ControlResult("c", kind, "Region", "filters", "f", definition or {}, **more)
    return control_json(control)


def test_dropdown_has_options_and_what_is_chosen() -> None:
    told = shown(
        "Dropdown",
        {"DisplayOptions": {"SelectAllOptions": {"Visibility": "HIDDEN"}}},
        options=("North", None),
        chosen=("North",),
        is_all=False,
        is_multi_select=True,
    )
    assert told["kind"] == "dropdown"
    assert told["options"] == [
        {"value": "North", "label": "North"},
        {"value": None, "label": "(empty)"},
    ]
    assert (told["chosen"], told["isAll"], told["isMultiple"]) == (["North"], False, True)
    assert told["takesAll"] is False
    assert (told["changes"], told["name"]) == ("filters", "f")


def test_slider_and_range_of_dates() -> None:
    slider = shown("Slider", {"MinimumValue": 1, "MaximumValue": 9, "StepSize": 2, "Type": "RANGE"})
    assert (slider["from"], slider["to"], slider["step"], slider["isRange"]) == (1, 9, 2, True)
    dates = shown(
        "DateTimePicker",
        {"Type": "DATE_RANGE", "DisplayOptions": {"DateTimeFormat": "MMM D, YYYY"}},
        minimum=dt.datetime(2026, 1, 1),
    )
    assert dates["minimum"] == {"moment": "2026-01-01T00:00:00"}
    assert (dates["isRange"], dates["hasTime"]) == (True, False)
    with_time = {"DisplayOptions": {"DateTimeFormat": "MMM D, YYYY HH:mm"}}
    assert shown("DateTimePicker", with_time)["hasTime"] is True


def test_label_of_rich_text_and_hidden_label() -> None:
    rich = {"ControlTitleFormatText": {"RichText": "<control-title><b>Which?</b></control-title>"}}
    assert shown("List", rich)["label"] == "Which?"
    hidden = {"DisplayOptions": {"TitleOptions": {"Visibility": "HIDDEN"}}}
    assert shown("List", hidden)["isLabelled"] is False


def test_options_are_written() -> None:
    assert write_option(dt.datetime(2026, 3, 1)) == "Mar 1, 2026"
    assert write_option(dt.datetime(2026, 3, 1, 14, 30)) == "Mar 1, 2026 2:30 PM"
    assert write_option("") == "(blank)"
    assert write_option(2024) == "2024"
