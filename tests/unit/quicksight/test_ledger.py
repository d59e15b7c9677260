"""The ledger is of this code, and what it is made from covers the API."""

from __future__ import annotations

import re

import pytest

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.definitions.findings import Severity
from rlm.quicksight.definitions.lint import lint
from rlm.quicksight.definitions.paths import walk
from rlm.quicksight.definitions.shapes import DASHBOARD, Shapes
from rlm.quicksight.ledger import COMMITTED, ledger
from rlm.quicksight.reads import watched
from rlm.quicksight.samples.everything import everything

SHAPES = Shapes(quicksight_shapes())


@pytest.fixture(scope="module")
def written() -> str:
    return ledger(SHAPES)


def test_the_committed_ledger_is_not_stale(written: str) -> None:
    assert COMMITTED.read_text("utf-8") == written, (
        "docs/quicksight-coverage.md is stale: run python -m rlm.quicksight.ledger --write"
    )


def test_every_member_of_the_api_is_in_it_once(written: str) -> None:
    options = written.partition("\n## Options\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", options, re.MULTILINE)
    found = dict(rows)
    assert len(found) == len(rows) > 500
    for shape, cells in rows:
        for member in SHAPES.members(shape):
            assert len(re.findall(rf"\b{member}\b", re.sub(r" \([^()]*\)", "", cells))) == 1, shape


def test_every_documented_function_is_in_it(written: str) -> None:
    functions = written.partition("\n## Functions\n")[2].partition("\n## ")[0]
    assert (
        len(re.findall(r"^\| `\w+` \| (?:honoured|approximated)", functions, re.MULTILINE)) >= 120
    )
    assert len(re.findall(r"^\| `\w+` \|", functions, re.MULTILINE)) == 128


def test_the_definition_with_everything_is_right_and_has_nearly_everything() -> None:
    definition = everything(SHAPES)
    assert [str(one) for one in lint(definition, SHAPES) if one.severity is Severity.ERROR] == []
    kinds = {kind for s in definition["Sheets"] for v in s.get("Visuals", ()) for kind in v}
    assert kinds == set(SHAPES.members("Visual"))
    members = {
        f"{SHAPES.member_shape(DASHBOARD, path[:-1])}.{path[-1]}"
        for path, _ in walk(definition)
        if path and isinstance(path[-1], str)
    }
    assert len(members) > 1800


def test_reading_is_noted_by_structure_and_member() -> None:
    reads: set[str] = set()
    definition = {"Sheets": [{"SheetId": "s", "Visuals": [{"KPIVisual": {"VisualId": "v"}}]}]}
    seen = watched(definition, DASHBOARD, SHAPES, reads)
    assert seen == definition
    reads.clear()
    [sheet] = seen["Sheets"]
    assert sheet.get("Title", "none") == "none"
    for visual in sheet["Visuals"]:
        assert [kind for kind, _ in visual.items()] == ["KPIVisual"]
    assert reads == {
        "DashboardVersionDefinition.Sheets",
        "SheetDefinition.Title",
        "SheetDefinition.Visuals",
        "Visual.KPIVisual",
    }
