from __future__ import annotations

from typing import Any

import pytest

from rlm.quicksight.definitions.shapes import Shapes, canonical, definition_shape, shape_findings

OPTIONS = "AssetOptions"


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        (
            {"WeekStart": "MONTAG"},
            "AssetOptions",
            ["error: WeekStart: DayOfTheWeek has no value 'MONTAG'; did you mean MONDAY? "
             "[unknown-value]"],
        ),
        (
            {"WeekStarts": "MONDAY"},
            "AssetOptions",
            ["error: WeekStarts: AssetOptions has no `WeekStarts`; did you mean `WeekStart`? "
             "[unknown-key]"],
        ),
        (
            {"ElementId": "a", "ElementType": "VISUAL", "ColumnSpan": 37, "RowSpan": 2},
            "GridLayoutElement",
            ["error: ColumnSpan: at most 36, found 37; take the rest away [too-much]"],
        ),
        (
            {"ElementId": "a", "ElementType": "VISUAL", "ColumnSpan": 36.5, "RowSpan": True},
            "GridLayoutElement",
            [
                "error: ColumnSpan: expected a whole number, found 36.5; write it as the API's "
                "reference has it [wrong-type]",
                "error: RowSpan: expected a whole number, found True; write it as the API's "
                "reference has it [wrong-type]",
            ],
        ),
        (
            {"SheetId": "a b"},
            "SheetDefinition",
            [r"error: SheetId: 'a b' is no ShortRestrictiveResourceId; it must match [\w\-]+ "
             "[pattern]"],
        ),
        (
            {"Name": "x"},
            "SheetDefinition",
            ["error: SheetDefinition without its `SheetId`; add `SheetId` [missing-key]"],
        ),
        (
            {"KPIVisual": {"VisualId": "a"}, "EmptyVisual": None},
            "Visual",
            [],
        ),
        (
            {"StepCount": 1, "StepSize": 2.0},
            "AxisLinearScale",
            ["warning: AxisLinearScale is documented to take one member, found StepCount and "
             "StepSize; give one of StepCount, StepSize [two-members]"],
        ),
        ({"DataSetArn": {"Fn::GetAtt": ["A", "Arn"]}, "Identifier": "a"},
         "DataSetIdentifierDeclaration", []),
        ("2026-01-31T00:00:00Z", "Timestamp", []),
        ("2017/01/01", "Timestamp", []),
        ("\u26a0\ufe0f", "UnicodeIcon", []),
        ("\u26a0\u26a0", "UnicodeIcon",
         ["error: '\u26a0\u26a0' is no UnicodeIcon; it must match ^[^\\u0000-\\u00FF]$ [pattern]"]),
        (1767225600, "Timestamp", []),
        ("soon", "Timestamp",
         ["error: expected a moment such as 2026-01-31T00:00:00, found 'soon'; write it as the "
          "API's reference has it [wrong-type]"]),
    ],
)  # fmt: skip
def test_what_the_api_refuses(shapes: Shapes, value: Any, shape: str, expected: list[str]) -> None:
    assert sorted(map(str, shape_findings(value, shape, shapes))) == sorted(expected)


def test_a_visual_is_of_one_kind(shapes: Shapes) -> None:
    two = {"KPIVisual": {"VisualId": "a"}, "TableVisual": {"VisualId": "b"}}
    assert [f.rule for f in shape_findings(two, "Visual", shapes)] == ["two-kinds"]
    assert [f.rule for f in shape_findings({}, "Visual", shapes)] == ["no-kind"]


def test_twenty_one_sheets_are_too_many(shapes: Shapes) -> None:
    definition = {
        "DataSetIdentifierDeclarations": [{"Identifier": "a", "DataSetArn": "arn:a"}],
        "Sheets": [{"SheetId": f"s{i}"} for i in range(21)],
    }
    [finding] = shape_findings(definition, definition_shape(definition), shapes)
    assert str(finding) == (
        "error: Sheets: at most 20 items, found 21; take the rest away [too-much]"
    )


def test_keys_in_the_apis_order(shapes: Shapes) -> None:
    value = {"Name": "n", "odd": 1, "SheetId": "s", "Layouts": [{"Configuration": {}}]}
    assert list(canonical(value, "SheetDefinition", shapes)) == [
        "SheetId",
        "Name",
        "Layouts",
        "odd",
    ]


def test_no_foreign_definition_is_refused(shapes: Shapes, foreign: dict[str, Any]) -> None:
    assert len(foreign) == 15
    found = {
        name: [str(f) for f in shape_findings(d, definition_shape(d), shapes)]
        for name, d in foreign.items()
    }
    assert {name: texts for name, texts in found.items() if texts} == {}
