from __future__ import annotations

import json
from typing import Any

from rlm.quicksight.definitions.columns import data_set_columns, known_columns
from rlm.quicksight.definitions.inference import all_columns
from rlm.quicksight.query import ColumnType

from .conftest import SHARED

TEXT, WHOLE, NUMBER, MOMENT = (
    ColumnType.STRING,
    ColumnType.INTEGER,
    ColumnType.DECIMAL,
    ColumnType.DATETIME,
)


def data_set(*transforms: dict[str, Any]) -> dict[str, Any]:
    columns = [
        {"Name": "city", "Type": "STRING"},
        {"Name": "sold_on", "Type": "STRING"},
        {"Name": "is_vip", "Type": "BIT"},
    ]
    return {
        "DataSetId": "d1",
        "Name": "sales",
        "PhysicalTableMap": {"p": {"RelationalTable": {"InputColumns": columns}}},
        "LogicalTableMap": {
            "l": {"Source": {"PhysicalTableId": "p"}, "DataTransforms": list(transforms)}
        },
    }


def test_columns_after_the_transforms() -> None:
    found = data_set_columns(
        data_set(
            {"RenameColumnOperation": {"ColumnName": "city", "NewColumnName": "City"}},
            {"CastColumnTypeOperation": {"ColumnName": "sold_on", "NewColumnType": "DATETIME"}},
            {
                "CreateColumnsOperation": {
                    "Columns": [
                        {"ColumnName": "year", "ColumnId": "y", "Expression": "extract('YYYY', x)"},
                        {"ColumnName": "half", "ColumnId": "h", "Expression": "{year} / 2"},
                    ]
                }
            },
            {"ProjectOperation": {"ProjectedColumns": ["half", "City", "sold_on", "year"]}},
        )
    )
    assert found == {"half": NUMBER, "City": TEXT, "sold_on": MOMENT, "year": WHOLE}
    assert list(found) == ["half", "City", "sold_on", "year"]


def test_a_join_has_the_columns_of_both_sides() -> None:
    one = data_set()
    one["PhysicalTableMap"]["q"] = {
        "S3Source": {"InputColumns": [{"Name": "city"}, {"Name": "capacity", "Type": "INTEGER"}]}
    }
    one["LogicalTableMap"] |= {
        "r": {"Alias": "venues", "Source": {"PhysicalTableId": "q"}},
        "j": {"Source": {"JoinInstruction": {"LeftOperand": "l", "RightOperand": "r"}}},
    }
    assert data_set_columns(one) == {
        "city": TEXT,
        "sold_on": TEXT,
        "is_vip": ColumnType.BOOLEAN,
        "city[venues]": TEXT,
        "capacity": WHOLE,
    }


def test_an_identifier_means_the_data_set_of_its_arn_else_of_its_name() -> None:
    definition = {
        "DataSetIdentifierDeclarations": [
            {"Identifier": "a", "DataSetArn": "arn:aws:quicksight:::dataset/d1"},
            {"Identifier": "sales", "DataSetArn": {"Fn::GetAtt": ["X", "Arn"]}},
            {"Identifier": "unknown", "DataSetArn": "arn:aws:quicksight:::dataset/d9"},
        ]
    }
    assert sorted(known_columns(definition, [data_set()])) == ["a", "sales"]


def used(*fields: tuple[str, str], **formulas: str) -> dict[str, ColumnType]:
    """The columns that fields (kind, column) of a visual and calculated fields speak of."""
    wells = [
        {kind: {"FieldId": str(i), "Column": {"DataSetIdentifier": "s", "ColumnName": name}}}
        for i, (kind, name) in enumerate(fields)
    ]
    definition = {
        "DataSetIdentifierDeclarations": [{"Identifier": "s", "DataSetArn": "x"}],
        "CalculatedFields": [
            {"DataSetIdentifier": "s", "Name": name, "Expression": text}
            for name, text in formulas.items()
        ],
        "ParameterDeclarations": [{"StringParameterDeclaration": {"Name": "By"}}],
        "Sheets": [{"Visuals": [{"BarChartVisual": {"Wells": wells}}]}],
    }
    return all_columns(definition)["s"]


def test_fields_tell_types() -> None:
    assert used(
        ("NumericalMeasureField", "a"),
        ("DateDimensionField", "b"),
        ("CategoricalDimensionField", "c"),
    ) == {"a": NUMBER, "b": MOMENT, "c": TEXT}


def test_formulas_tell_types_through_other_formulas() -> None:
    assert used(
        total="sum({chosen}) / {days}",
        chosen="ifelse(${By} = 'net', {net}, {gross})",
        days="dateDiff({start}, now())",
        label="concat({first}, ' ', {last})",
    ) == {
        "net": NUMBER,
        "gross": NUMBER,
        "start": MOMENT,
        "first": TEXT,
        "last": TEXT,
    }


def test_what_is_only_compared_is_like_the_other() -> None:
    assert used(
        ("DateDimensionField", "sold_on"),
        late="ifelse({sold_on} > {closed_on}, 1, {other} = {another}, 2, 0)",
    ) == {"sold_on": MOMENT, "closed_on": MOMENT, "other": TEXT, "another": TEXT}


def test_comparisons_tell_types() -> None:
    assert used(x="ifelse({kind} = ${By} and {count} > 3, 1, in({city}, ['Berlin']), 2, 0)") == {
        "kind": TEXT,
        "count": WHOLE,
        "city": TEXT,
    }


def test_a_constant_in_another_branch_is_surer_than_the_use_of_the_result() -> None:
    assert used(
        ("CategoricalMeasureField", "costs"),
        ("CategoricalMeasureField", "kinds"),
        costs="ifelse({kind} = 'tax', {amount}, 0)",
        kinds="coalesce({sort}, 'none')",
    ) == {"amount": WHOLE, "kind": TEXT, "sort": TEXT}


def test_data_sets_that_nobody_described_have_the_columns_that_are_used() -> None:
    def field(data_set: str) -> dict[str, Any]:
        column = {"DataSetIdentifier": data_set, "ColumnName": "a"}
        return {"KPIVisual": {"NumericalMeasureField": {"FieldId": "1", "Column": column}}}

    template = {
        "DataSetConfigurations": [
            {"Placeholder": "described", "DataSetSchema": {"ColumnSchemaList": []}},
        ],
        "Sheets": [{"Visuals": [field("described"), field("undeclared")]}],
    }
    assert all_columns(template) == {"described": {"a": NUMBER}, "undeclared": {"a": NUMBER}}


def test_a_circle_of_formulas_ends() -> None:
    assert used(a="{b} + {x}", b="{a}") == {"x": NUMBER}


def test_inferred_types_are_those_of_foreign_data_sets(
    foreign: dict[str, dict[str, Any]],
) -> None:
    """Nearly always; some are used in no way that tells."""
    data_sets = [json.loads(file.read_text("utf-8")) for file in SHARED.glob("*/datasets/*.json")]
    right = wrong = 0
    for definition in foreign.values():
        known = known_columns(definition, data_sets)
        bare = {k: v for k, v in definition.items() if k != "DataSetConfigurations"}
        for identifier, columns in all_columns(bare).items():
            for name, kind in columns.items():
                if name in known.get(identifier, ()):
                    kinds = {kind, WHOLE} if kind is NUMBER else {kind}
                    is_right = known[identifier][name] in kinds
                    right, wrong = right + is_right, wrong + (not is_right)
    assert right + wrong > 900
    assert right / (right + wrong) > 0.95
