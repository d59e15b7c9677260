from __future__ import annotations

import copy
import json
import re
import uuid
from typing import Any

from rlm.quicksight.definitions.paths import walk
from rlm.quicksight.definitions.reviewers_text import reviewers_diff, reviewers_text

from .test_lint import right

_ID_KEYS = {
    "SheetId", "VisualId", "FieldId", "FilterId", "FilterGroupId", "ParameterControlId",
    "FilterControlId", "HierarchyId", "CustomActionId",
}  # fmt: skip


def test_a_dashboard_in_words() -> None:
    text = reviewers_text(right())
    assert text.startswith(
        "Sheets:\n"
        "  - \"sheet 'Overview'\":\n"
        "      Name: Overview\n"
        "      FilterControls:\n"
        "        - \"filter control 'City' (dropdown)\":\n"
        "            Title: City\n"
        "            SourceFilterId: category filter on city\n"
    )
    assert (
        "            ColumnHierarchies:\n"
        "              - 'hierarchy city, sold_on':\n"
        "                  Columns:\n"
    ) in text
    assert "FieldId: double\n" in text
    assert (
        "  - \"filter on city, sheet 'Overview'\":\n"
        "      Filters:\n"
        "        - category filter on city:\n"
    ) in text
    assert "- DataSetArn: rlm-dev-ticket-sales\n" in text


def test_other_ids_and_another_order_of_keys_are_no_difference() -> None:
    definition = right()
    ids = {
        value: f"a{uuid.uuid4()}"
        for path, value in walk(definition)
        if path and path[-1] in _ID_KEYS and isinstance(value, str)
    }
    assert len(ids) == 11
    text = json.dumps(definition)
    for old, new in ids.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    other = json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert other != definition
    assert reviewers_diff(definition, other) == ""


def test_a_change_is_shown_with_its_place() -> None:
    after = copy.deepcopy(right())
    after["CalculatedFields"][0]["Expression"] = "3 * {tickets}"
    assert reviewers_diff(right(), after).split("\n")[2:] == [
        "@@ -78,7 +78,7 @@ CalculatedFields / Name: double",
        "     Expression: 'ifelse({city} = ${City}, {double}, 0)'",
        "   - Name: double",
        "     DataSetIdentifier: sales",
        "-    Expression: '2 * {tickets}'",
        "+    Expression: '3 * {tickets}'",
        " DataSetIdentifierDeclarations:",
        "   - DataSetArn: rlm-dev-ticket-sales",
        "     Identifier: sales",
        "",
    ]  # fmt: skip


def test_no_id_is_left_in_foreign_definitions(foreign: dict[str, dict[str, Any]]) -> None:
    """But those in formulas and names of columns, which are not ids of parts."""
    identifier = re.compile(r"(?:Id|Ids|Visuals|Fields): .*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")
    left = {}
    for name, definition in foreign.items():
        text = reviewers_text(definition)
        left[name] = [line for line in text.splitlines() if identifier.search(line)]
    assert len(left) == 15
    assert {name: lines for name, lines in left.items() if lines} == {}
