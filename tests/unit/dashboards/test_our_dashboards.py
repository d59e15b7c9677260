# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""The files below dashboards/: clean, canonical, and all of it can be computed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rlm.dashboards.files import packaged_files
from rlm.dashboards.lint import lint_folder
from rlm.dashboards.rows import Warehouse
from rlm.quicksight.definitions.columns import data_set_columns
from rlm.quicksight.definitions.files import read_files, split
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.queries.board import Board

FILES = packaged_files()
KNOWN = FILES.placeholders("dev", "000000000000", "eu-central-1")
THREE = ("artist_popularity", "event_performance", "ticket_sales")
NAMES = FILES.names[Kind.DASHBOARD]
MONEY = frozenset(
    {"gross", "refunded", "net", "target_gross", "average_price", "lowest_price", "highest_price"}
)


def test_the_dashboards_are_there() -> None:
    assert set(THREE) <= set(NAMES)
    assert FILES.names[Kind.THEME] == ("rlm",)
    assert FILES.names[Kind.FOLDER] == ("booking",)


def test_nothing_is_found_in_the_files() -> None:
    assert [str(one) for one in lint_folder(FILES, "dev")] == []


@pytest.mark.parametrize("name", NAMES)
def test_files_are_as_the_tool_writes_them(name: str) -> None:
    found = FILES.dashboard(name, KNOWN)
    declared = found.definition["DataSetIdentifierDeclarations"]
    names = {one["DataSetArn"]: found.data_sets[one["Identifier"]] for one in declared}
    written = split(found.definition, FILES.shapes, settings=found.settings, data_set_names=names)
    assert written == read_files(FILES.folder / name)


@pytest.mark.parametrize("name", NAMES)
def test_every_visual_can_be_asked(name: str) -> None:
    """Over no rows: what is not supported would stand in a box."""
    found = FILES.dashboard(name, KNOWN)
    warehouse = Warehouse()
    data_sets = {
        identifier: warehouse.empty(
            identifier, data_set_columns(FILES.read(Kind.DATA_SET, data_set, KNOWN))
        )
        for identifier, data_set in found.data_sets.items()
    }
    board = Board(found.definition, data_sets, warehouse.cursor(), dt.datetime(2026, 6, 8))
    drawn = [visual for sheet in board.sheet_ids() for visual in board.draw_plan(sheet).visuals]
    assert len(drawn) == sum(len(sheet["Visuals"]) for sheet in found.definition["Sheets"])
    assert {one.visual_id: one.unsupported for one in drawn if one.unsupported} == {}
    assert {one.visual_id: one.ignored for one in drawn if one.ignored} == {}


def _fields(tree: Any) -> list[dict[str, Any]]:
    """All measures below a visual."""
    if isinstance(tree, list):
        return [one for item in tree for one in _fields(item)]
    if not isinstance(tree, dict):
        return []
    own = [tree[key] for key in ("NumericalMeasureField",) if key in tree]
    return own + [one for item in tree.values() for one in _fields(item)]


@pytest.mark.parametrize("name", NAMES)
def test_money_is_of_one_currency(name: str) -> None:
    """A visual with amounts filters by the currency, groups by it, or takes it in its formula."""
    definition = FILES.dashboard(name, KNOWN).definition
    formulas = {one["Name"]: one["Expression"] for one in definition.get("CalculatedFields", [])}

    def is_money(column: str) -> bool:
        text = formulas.get(column, f"{{{column}}}")
        return any(f"{{{one}}}" in text for one in MONEY) and "${Currency}" not in text

    filtered = {
        visual
        for group in definition.get("FilterGroups", [])
        if group["FilterGroupId"] == "currency-filter-group"
        for scope in group["ScopeConfiguration"]["SelectedSheets"][
            "SheetVisualScopingConfigurations"
        ]
        for visual in scope["VisualIds"]
    }
    looked_at = []
    for sheet in definition["Sheets"]:
        for one in sheet["Visuals"]:
            ((_, visual),) = one.items()
            if not any(is_money(field["Column"]["ColumnName"]) for field in _fields(visual)):
                continue
            looked_at.append(visual["VisualId"])
            groups = str(visual).count("'ColumnName': 'currency'")
            assert visual["VisualId"] in filtered or groups, visual["VisualId"]
    assert looked_at or name not in THREE


@pytest.mark.parametrize("name", NAMES)
def test_days_count_from_the_rows_not_from_the_clock(name: str) -> None:
    definition = FILES.dashboard(name, KNOWN).definition
    text = str(definition)
    assert "RelativeDatesFilter" not in text
    assert "now()" not in text
    counted = [one["Expression"] for one in definition.get("CalculatedFields", [])]
    counts = any("maxOver(" in one and "PRE_FILTER" in one for one in counted)
    assert counts or name not in THREE


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_of_several_sheets_has_one_control_for_all(name: str) -> None:
    """As QuickSight wants it: what the control is stands with the filter."""
    definition = FILES.dashboard(name, KNOWN).definition
    sheets_of = {}
    for group in definition.get("FilterGroups", []):
        scopes = group["ScopeConfiguration"]["SelectedSheets"]["SheetVisualScopingConfigurations"]
        for one in group["Filters"]:
            for told in one.values():
                is_default = "DefaultFilterControlConfiguration" in told
                sheets_of[told["FilterId"]] = (
                    len({scope["SheetId"] for scope in scopes}),
                    is_default,
                )
    controls = [
        (kind, sheets_of[told["SourceFilterId"]])
        for sheet in definition["Sheets"]
        for one in sheet.get("FilterControls", ())
        for kind, told in one.items()
    ]
    assert controls or name not in THREE
    for kind, (count, is_default) in controls:
        assert (kind == "CrossSheet") == (count > 1) == is_default
