"""One right dashboard, and each fault put into it by itself."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from rlm.quicksight.definitions.files import assemble, split
from rlm.quicksight.definitions.findings import Severity
from rlm.quicksight.definitions.lint import lint, lint_files
from rlm.quicksight.definitions.paths import parse_path, value_at
from rlm.quicksight.definitions.placeholders import Placeholders

from .conftest import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.quicksight.definitions.shapes import Shapes

ARN = "arn:aws:quicksight:eu-central-1:123456789012:dataset/rlm-dev-ticket-sales"
SALES = {
    "Name": "sales",
    "DataSetId": "rlm-dev-ticket-sales",
    "ImportMode": "SPICE",
    "PhysicalTableMap": {
        "t": {
            "CustomSql": {
                "Columns": [
                    {"Name": "city", "Type": "STRING"},
                    {"Name": "sold_on", "Type": "DATETIME"},
                    {"Name": "tickets", "Type": "INTEGER"},
                ]
            }
        }
    },
}


def column(name: str) -> dict[str, str]:
    return {"DataSetIdentifier": "sales", "ColumnName": name}


def right() -> dict[str, Any]:
    """A dashboard without a fault."""
    bar = {
        "VisualId": "bar",
        "Title": {"FormatText": {"PlainText": "Tickets by city"}},
        "ChartConfiguration": {
            "FieldWells": {
                "BarChartAggregatedFieldWells": {
                    "Category": [
                        {
                            "CategoricalDimensionField": {
                                "FieldId": "f1",
                                "Column": column("city"),
                                "HierarchyId": "h1",
                            }
                        }
                    ],
                    "Values": [
                        {"NumericalMeasureField": {"FieldId": "f2", "Column": column("double")}}
                    ],
                }
            },
            "SortConfiguration": {
                "CategorySort": [{"FieldSort": {"FieldId": "f2", "Direction": "DESC"}}]
            },
        },
        "ColumnHierarchies": [
            {
                "ExplicitHierarchy": {
                    "HierarchyId": "h1",
                    "Columns": [column("city"), column("sold_on")],
                }
            }
        ],
        "Actions": [
            {
                "CustomActionId": "a1",
                "Name": "To details",
                "Trigger": "DATA_POINT_CLICK",
                "ActionOperations": [
                    {
                        "NavigationOperation": {
                            "LocalNavigationConfiguration": {"TargetSheetId": "s1"}
                        }
                    },
                    {
                        "SetParametersOperation": {
                            "ParameterValueConfigurations": [
                                {
                                    "DestinationParameterName": "City",
                                    "Value": {"SourceField": "f1"},
                                }
                            ]
                        }
                    },
                ],
            }
        ],
    }
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "sales", "DataSetArn": ARN}],
        "Sheets": [
            {
                "SheetId": "s1",
                "Name": "Overview",
                "ParameterControls": [
                    {
                        "List": {
                            "ParameterControlId": "c1",
                            "Title": "City",
                            "SourceParameterName": "City",
                        }
                    }
                ],
                "FilterControls": [
                    {
                        "Dropdown": {
                            "FilterControlId": "c2",
                            "Title": "City",
                            "SourceFilterId": "i1",
                        }
                    }
                ],
                "Visuals": [{"BarChartVisual": bar}, {"KPIVisual": {"VisualId": "kpi"}}],
                "Layouts": [
                    {
                        "Configuration": {
                            "GridLayout": {
                                "Elements": [
                                    {
                                        "ElementId": name,
                                        "ElementType": "VISUAL",
                                        "ColumnIndex": at,
                                        "ColumnSpan": 18,
                                        "RowIndex": 0,
                                        "RowSpan": 8,
                                    }
                                    for name, at in (("bar", 0), ("kpi", 18))
                                ]
                            }
                        }
                    }
                ],
            }
        ],
        "CalculatedFields": [
            {"DataSetIdentifier": "sales", "Name": "double", "Expression": "2 * {tickets}"},
            {
                "DataSetIdentifier": "sales",
                "Name": "chosen",
                "Expression": "ifelse({city} = ${City}, {double}, 0)",
            },
        ],
        "ParameterDeclarations": [
            {"StringParameterDeclaration": {"Name": "City", "ParameterValueType": "SINGLE_VALUED"}}
        ],
        "FilterGroups": [
            {
                "FilterGroupId": "g1",
                "CrossDataset": "SINGLE_DATASET",
                "Filters": [
                    {
                        "CategoryFilter": {
                            "FilterId": "i1",
                            "Column": column("city"),
                            "Configuration": {
                                "CustomFilterConfiguration": {
                                    "MatchOperator": "EQUALS",
                                    "ParameterName": "City",
                                    "NullOption": "NON_NULLS_ONLY",
                                }
                            },
                        }
                    }
                ],
                "ScopeConfiguration": {
                    "SelectedSheets": {
                        "SheetVisualScopingConfigurations": [
                            {"SheetId": "s1", "Scope": "SELECTED_VISUALS", "VisualIds": ["bar"]}
                        ]
                    }
                },
            }
        ],
    }


def test_a_right_dashboard_has_no_findings(shapes: Shapes) -> None:
    assert lint(right(), shapes, [SALES]) == ()


BAR = "Sheets[0].Visuals[0].BarChartVisual"
FAULTS = [
    # where, the wrong value, the rule, and what the message says
    ("DataSetIdentifierDeclarations[0].Identifier", "sale", "unknown-data-set", "`sales`"),
    (
        "FilterGroups[0].Filters[0].CategoryFilter.Column.ColumnName",
        "cty",
        "unknown-column",
        "there is no column of sales `cty`; did you mean `city`?",
    ),
    (f"{BAR}.VisualId", "kpi", "not-unique", "there is a second visual `kpi`"),
    ("CalculatedFields[1].Name", "double", "not-unique", "second calculated field `sales.double`"),
    (
        "Sheets[0].ParameterControls[0].List.SourceParameterName",
        "Town",
        "unknown-parameter",
        "there is no parameter `Town`; known are `City`",
    ),
    (
        "Sheets[0].FilterControls[0].Dropdown.SourceFilterId",
        "i2",
        "unknown-filter",
        "there is no filter `i2`; known are `i1`",
    ),
    ("Sheets[0].FilterControls[0].Dropdown.FilterControlId", "c1", "not-unique", "control `c1`"),
    (
        "FilterGroups[0].ScopeConfiguration.SelectedSheets.SheetVisualScopingConfigurations[0]"
        ".SheetId",
        "s2",
        "unknown-sheet",
        "there is no sheet `s2`",
    ),
    (
        "FilterGroups[0].ScopeConfiguration.SelectedSheets.SheetVisualScopingConfigurations[0]"
        ".VisualIds[0]",
        "pie",
        "unknown-visual",
        "there is no visual on sheet `Overview` `pie`",
    ),
    (
        f"{BAR}.ChartConfiguration.SortConfiguration.CategorySort[0].FieldSort.FieldId",
        "f9",
        "unknown-field",
        "there is no field in the wells of this visual `f9`",
    ),
    (
        f"{BAR}.ColumnHierarchies[0].ExplicitHierarchy.HierarchyId",
        "h9",
        "unknown-hierarchy",
        "there is no hierarchy of this visual `h1`; known are `h9`",
    ),
    (
        f"{BAR}.Actions[0].ActionOperations[0].NavigationOperation.LocalNavigationConfiguration"
        ".TargetSheetId",
        "s7",
        "unknown-sheet",
        "there is no sheet `s7`",
    ),
    (
        f"{BAR}.Actions[0].ActionOperations[1].SetParametersOperation"
        ".ParameterValueConfigurations[0].Value.SourceField",
        "f7",
        "unknown-field",
        "there is no field of this visual `f7`",
    ),
    (
        "Sheets[0].Layouts[0].Configuration.GridLayout.Elements[1].ElementId",
        "pie",
        "unknown-element",
        "there is no visual `pie` on this sheet",
    ),
    (
        "Sheets[0].Layouts[0].Configuration.GridLayout.Elements[1].ElementId",
        "pie",
        "no-place",
        "the KPI `kpi` has no place in the layout",
    ),
    (
        "Sheets[0].Layouts[0].Configuration.GridLayout.Elements[1].ColumnIndex",
        20,
        "outside-grid",
        "the KPI `kpi` ends at column 38, a grid has 36; ColumnSpan may be 16 at most",
    ),
    (
        "Sheets[0].Layouts[0].Configuration.GridLayout.Elements[1].ColumnIndex",
        17,
        "overlap",
        "the KPI `kpi` lies upon the bar chart `Tickets by city`",
    ),
    (
        "CalculatedFields[0].Expression",
        "2 * {chosen}",
        "circle",
        "{double} -> {chosen} -> {double}",
    ),
    (
        "CalculatedFields[0].Expression",
        "2 *\n  sume({tickets})",
        "expression",
        "calculated field `double`: line 2, column 3:",
    ),
    (
        "CalculatedFields[1].Expression",
        "sum({tickets}) + {tickets}",
        "expression",
        "calculated field `chosen`: line 1, column",
    ),
    ("CalculatedFields[1].Expression", "{ticket}", "expression", "did you mean {tickets}?"),
    (f"{BAR}.VisualID", "x", "unknown-key", "BarChartVisual has no `VisualID`"),
]


@pytest.mark.parametrize(("place", "wrong", "rule", "message"), FAULTS)
def test_a_fault_is_found(shapes: Shapes, place: str, wrong: Any, rule: str, message: str) -> None:
    found = [one for one in lint(with_fault(place, wrong), shapes, [SALES]) if one.rule == rule]
    assert len(found) == 1 or rule == "unknown-data-set"
    assert message in str(found[0])
    assert found[0].next_step


def with_fault(place: str, wrong: Any) -> dict[str, Any]:
    definition = copy.deepcopy(right())
    path = parse_path(place)
    value_at(definition, path[:-1])[path[-1]] = wrong
    return definition


def test_columns_are_checked_only_where_they_are_known(shapes: Shapes) -> None:
    wrong = with_fault("FilterGroups[0].Filters[0].CategoryFilter.Column.ColumnName", "cty")
    assert lint(wrong, shapes) == ()


def test_what_quicksight_lost_sight_of_is_a_warning(shapes: Shapes) -> None:
    name = "MissingColumnId_2d2c8d29-1c9b-43eb-9a05-7643347a823e"
    wrong = with_fault("FilterGroups[0].Filters[0].CategoryFilter.Column.ColumnName", name)
    [finding] = lint(wrong, shapes, [SALES])
    assert (finding.severity, finding.rule) == (Severity.WARNING, "unknown-column")


def test_what_the_service_places_by_itself_is_a_warning(shapes: Shapes) -> None:
    definition = right()
    definition["Sheets"][0]["Layouts"][0]["Configuration"]["GridLayout"]["Elements"].pop()
    [finding] = lint(definition, shapes, [SALES])
    assert (finding.severity, finding.rule) == (Severity.WARNING, "no-place")


def test_colors_outside_the_theme_are_named_once(shapes: Shapes) -> None:
    definition = right()
    palette = {"VisualPalette": {"ChartColor": "#112233"}}
    definition["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"] |= palette
    rules = [{"Color": "#112233"}, {"Color": "#AABBCC"}, {"Color": "#AABBCC"}]
    definition["Sheets"][0]["Visuals"][1]["KPIVisual"]["x"] = rules
    theme = {"Configuration": {"DataColorPalette": {"Colors": ["#112233"]}}}
    found = [one for one in lint(definition, shapes, [SALES], theme) if one.rule == "color"]
    assert [(one.path, one.message) for one in found] == [
        ("Sheets[0].Visuals[1].KPIVisual.x[1].Color", "the theme has no colour #AABBCC")
    ]


def test_findings_of_files_have_file_and_line(shapes: Shapes) -> None:
    files = split(right(), shapes, data_set_names={ARN: "ticket_sales"})
    visual = "sheets/01-overview/visuals/01-tickets-by-city.yaml"
    before, _, after = files[visual].rpartition("FieldId: f2")
    files[visual] = f"{before}FieldId: f3{after}"
    dashboard = assemble(files, shapes, Placeholders({"data_set.ticket_sales.arn": ARN}))
    [finding] = lint_files(dashboard, shapes, [SALES])
    assert finding.file == visual
    assert finding.line is not None
    assert files[visual].split("\n")[finding.line - 1].strip() == "FieldId: f3"
    assert str(finding).startswith(f"{visual}:{finding.line}: error: {BAR}.ChartConf")


def test_no_foreign_definition_has_an_error(
    shapes: Shapes, foreign: dict[str, dict[str, Any]]
) -> None:
    data_sets: Callable[[str], list[Any]] = lambda folder: [  # noqa: E731
        json.loads(file.read_text("utf-8")) for file in (SHARED / folder).glob("datasets/*.json")
    ]
    by_folder = {folder: data_sets(folder) for folder in ("cid", "glue-metrics")}
    errors = {}
    for name, definition in foreign.items():
        sets = by_folder["glue-metrics" if "glue" in name else "cid"]
        found = lint(definition, shapes, sets)
        errors[name] = [str(f) for f in found if f.severity is Severity.ERROR]
    assert len(errors) == 15
    assert {name: texts for name, texts in errors.items() if texts} == {}
