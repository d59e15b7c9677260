from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.definitions.files import assemble, split
from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.definitions.placeholders import Placeholders
from rlm.quicksight.definitions.shapes import Shapes

SHAPES = Shapes(quicksight_shapes())
ARN = "arn:aws:quicksight:eu-central-1:123456789012:dataset/rlm-dev-ticket-sales"
SMALL: dict[str, Any] = {
    "DataSetIdentifierDeclarations": [{"Identifier": "sales", "DataSetArn": ARN}],
    "Sheets": [
        {
            "SheetId": "s1",
            "Name": "Überblick & more",
            "Visuals": [
                {
                    "KPIVisual": {
                        "VisualId": "v1",
                        "Title": {"FormatText": {"RichText": "<b>Net sales</b> <br/>"}},
                    }
                },
                {"BarChartVisual": {"VisualId": "v2"}},
            ],
        },
        {"SheetId": "s2", "Visuals": []},
    ],
    "CalculatedFields": [
        {"DataSetIdentifier": "sales", "Name": "Net", "Expression": "sum({a})\n- sum({b})"}
    ],
    "ParameterDeclarations": [],
    "FilterGroups": [{"FilterGroupId": "f"}],
    "Options": {"WeekStart": "MONDAY"},
}


def test_files_of_a_small_dashboard() -> None:
    files = split(
        SMALL, SHAPES, settings={"Name": "Ticket sales"}, data_set_names={ARN: "ticket_sales"}
    )
    assert files["dashboard.yaml"] == (
        "Name: Ticket sales\nDataSets:\n  sales: ticket_sales\nOptions:\n  WeekStart: MONDAY\n"
    )
    assert list(files)[1:] == [
        "sheets/01-uberblick-more/sheet.yaml",
        "sheets/01-uberblick-more/visuals/01-net-sales.yaml",
        "sheets/01-uberblick-more/visuals/02-bar-chart.yaml",
        "sheets/02-sheet/sheet.yaml",
        "calculated_fields/sales.yaml",
        "parameters.yaml",
        "filters.yaml",
    ]
    assert files["calculated_fields/sales.yaml"] == (
        "DataSetIdentifier: sales\n"
        "CalculatedFields:\n"
        "  - Name: Net\n"
        "    Expression: |-\n"
        "      sum({a})\n"
        "      - sum({b})\n"
    )
    assert files["sheets/02-sheet/sheet.yaml"] == "SheetId: s2\nVisuals: []\n"


def test_assembled_again_it_is_the_same() -> None:
    files = split(SMALL, SHAPES, settings={"Name": "T"}, data_set_names={ARN: "ticket_sales"})
    dashboard = assemble(files, SHAPES, Placeholders({"data_set.ticket_sales.arn": ARN}))
    assert dashboard.definition == SMALL
    assert dashboard.settings == {"Name": "T"}
    assert dashboard.data_sets == {"sales": "ticket_sales"}


def test_keys_come_in_the_apis_order_whatever_the_files_say() -> None:
    text = "Visuals: []\nName: n\nSheetId: s\nUnknown: 1\n"
    files = {"dashboard.yaml": "Name: T\n", "sheets/01-a/sheet.yaml": text}
    [sheet] = assemble(files, SHAPES).definition["Sheets"]
    assert list(sheet) == ["SheetId", "Name", "Visuals", "Unknown"]


def test_mixed_calculated_fields_keep_their_order() -> None:
    fields = [{"DataSetIdentifier": d, "Name": f"{d}{i}"} for i, d in enumerate("abba")]
    definition = {"DataSetIdentifierDeclarations": [], "CalculatedFields": fields}
    files = split(definition, SHAPES)
    assert assemble(files, SHAPES).definition == definition
    # A field that is added by hand comes after the ones whose order is written down.
    files["calculated_fields/b.yaml"] += "  - Name: new\n"
    names = [one["Name"] for one in assemble(files, SHAPES).definition["CalculatedFields"]]
    assert names == ["a0", "b1", "b2", "a3", "new"]


def test_places_lead_to_file_and_line() -> None:
    dashboard = assemble(split(SMALL, SHAPES), SHAPES)
    visual = ("Sheets", 0, "Visuals", 0, "KPIVisual", "Title", "FormatText")
    folder = "sheets/01-uberblick-more"
    assert dashboard.locate(visual) == (f"{folder}/visuals/01-net-sales.yaml", 4)
    assert dashboard.locate(("Sheets", 0, "Name")) == (f"{folder}/sheet.yaml", 2)
    assert dashboard.locate(("CalculatedFields", 0, "Expression")) == (
        "calculated_fields/sales.yaml",
        4,
    )
    assert dashboard.locate(("DataSetIdentifierDeclarations", 0)) == ("dashboard.yaml", 2)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"dashboard.yaml": "[]"}, "dashboard.yaml: expected keys"),
        (
            {"dashboard.yaml": "Name: a", "sheet/01.yaml": "a: 1"},
            "sheet/01.yaml: no file of a dashboard",
        ),
        (
            {"dashboard.yaml": "Name: a", "sheets/01-a/visuals/01-b.yaml": "a: 1"},
            "sheets/01-a: a sheet's folder needs a sheet.yaml",
        ),
        (
            {"dashboard.yaml": "Name: a", "filters.yaml": "a: 1"},
            "filters.yaml:1: expected a list",
        ),
        (
            {"dashboard.yaml": "DataSets:\n  sales: ticket_sale\n"},
            "dashboard.yaml: DataSets.sales: nothing is known as `${data_set.ticket_sale.arn}`; "
            "did you mean `${data_set.ticket_sales.arn}`? known are data_set.ticket_sales.arn",
        ),
    ],
)
def test_files_out_of_place_are_named(files: dict[str, str], message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        assemble(files, SHAPES, Placeholders({"data_set.ticket_sales.arn": ARN}))
    assert str(caught.value).startswith(message)


def test_no_foreign_definition_loses_anything(foreign: dict[str, dict[str, Any]]) -> None:
    assert len(foreign) == 15
    for name, definition in foreign.items():
        assert assemble(split(definition, SHAPES), SHAPES).definition == definition, name


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALAR = st.none() | st.booleans() | st.integers() | TEXT
TREE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VISUAL = st.fixed_dictionaries(
    {},
    optional={
        "KPIVisual": st.fixed_dictionaries({"VisualId": TEXT}, optional={"Title": TREE}),
        "BarChartVisual": TREE,
    },
)
SHEET = st.fixed_dictionaries(
    {"SheetId": TEXT},
    optional={"Name": TREE, "Visuals": st.lists(VISUAL, max_size=3) | TREE, "Layouts": TREE},
)
DEFINITION = st.fixed_dictionaries(
    {},
    optional={
        "DataSetIdentifierDeclarations": st.lists(
            st.fixed_dictionaries({"Identifier": TEXT, "DataSetArn": TEXT.map("arn:{}".format)}),
            max_size=3,
        )
        | TREE,
        "Sheets": st.lists(SHEET, max_size=3) | TREE,
        "CalculatedFields": st.lists(
            st.fixed_dictionaries(
                {"DataSetIdentifier": st.sampled_from(["a", "A", "b", "ä"])},
                optional={"Name": TEXT, "Expression": TEXT},
            ),
            max_size=6,
        )
        | TREE,
        "FilterGroups": st.lists(TREE, max_size=2) | TREE,
        "Options": TREE,
        "Something else": TREE,
    },
)


@settings(max_examples=200, deadline=None)
@given(DEFINITION)
def test_no_definition_loses_anything(definition: dict[str, Any]) -> None:
    assert assemble(split(definition, SHAPES), SHAPES).definition == definition
