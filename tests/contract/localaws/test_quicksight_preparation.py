"""What data sets make of their tables: transforms, joins, calculated columns, other data sets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
SHOWS = (
    "SELECT * FROM (VALUES (1, 'Berlin', '2026-06-01', '12'), (2, 'Bonn', '2026-06-05', 'x'),"
    " (3, 'Köln', '2026-06-09', NULL)) AS t(show_id, city, day, seats)"
)
SHOW_COLUMNS = [
    {"Name": "show_id", "Type": "INTEGER"},
    {"Name": "city", "Type": "STRING"},
    {"Name": "day", "Type": "DATETIME"},
    {"Name": "seats", "Type": "STRING"},
]
SALES = "SELECT * FROM (VALUES (1, 2), (1, 3), (9, 4)) AS t(sold_show_id, sold)"
SALE_COLUMNS = [
    {"Name": "sold_show_id", "Type": "INTEGER"},
    {"Name": "sold", "Type": "INTEGER"},
]


def one_table(*transforms: dict[str, Any]) -> dict[str, Any]:
    """A LogicalTableMap over the physical table `rows`."""
    table = {"Alias": "rows", "Source": {"PhysicalTableId": "rows"}}
    return {"one": table | {"DataTransforms": list(transforms)}}


def calculated(name: str, expression: str) -> dict[str, Any]:
    column = {"ColumnName": name, "ColumnId": name, "Expression": expression}
    return {"CreateColumnsOperation": {"Columns": [column]}}


def project(*names: str) -> dict[str, Any]:
    return {"ProjectOperation": {"ProjectedColumns": list(names)}}


def test_columns_are_renamed_cast_described_and_chosen(quicksight: Any) -> None:
    tables = quicksight.sql_table(SHOWS, SHOW_COLUMNS)
    transforms = [
        {"RenameColumnOperation": {"ColumnName": "seats", "NewColumnName": "places"}},
        {"CastColumnTypeOperation": {"ColumnName": "places", "NewColumnType": "INTEGER"}},
        {
            "CastColumnTypeOperation": {
                "ColumnName": "day",
                "NewColumnType": "STRING",
                "Format": "dd.MM.yyyy",
            }
        },
        {
            "TagColumnOperation": {
                "ColumnName": "city",
                "Tags": [
                    {"ColumnGeographicRole": "CITY"},
                    {"ColumnDescription": {"Text": "Where it is"}},
                ],
            }
        },
        project("places", "city", "day"),
    ]
    created = quicksight.create_data_set("shaped", tables, LogicalTableMap=one_table(*transforms))
    ingestion = quicksight.completed("shaped", created["IngestionId"])
    # `x` is no number.
    assert ingestion["RowInfo"]["RowsDropped"] == 1
    assert quicksight.rows("shaped") == [
        {"places": 12, "city": "Berlin", "day": "01.06.2026"},
        {"places": None, "city": "Köln", "day": "09.06.2026"},
    ]
    described = quicksight.quicksight.describe_data_set(AwsAccountId=ACCOUNT, DataSetId="shaped")
    assert described["DataSet"]["OutputColumns"] == [
        {"Name": "places", "Type": "INTEGER"},
        {"Name": "city", "Type": "STRING", "Description": "Where it is"},
        {"Name": "day", "Type": "STRING"},
    ]


def test_tables_are_joined_by_their_keys(quicksight: Any) -> None:
    source = quicksight.arn("datasource/lake")

    def table(query: str, columns: list[dict[str, str]]) -> dict[str, Any]:
        sql = {"DataSourceArn": source, "Name": "t", "SqlQuery": query, "Columns": columns}
        return {"CustomSql": sql}

    for kind, expected in (
        ("INNER", [("Berlin", 2), ("Berlin", 3)]),
        ("LEFT", [("Berlin", 2), ("Berlin", 3), ("Bonn", None), ("Köln", None)]),
        ("OUTER", [("Berlin", 2), ("Berlin", 3), ("Bonn", None), ("Köln", None), (None, 4)]),
    ):
        name = f"joined-{kind}"
        join = {
            "LeftOperand": "shows",
            "RightOperand": "sales",
            "Type": kind,
            "OnClause": "{show_id} = {sold_show_id}",
        }
        logical = {
            "shows": {"Alias": "shows", "Source": {"PhysicalTableId": "shows"}},
            "sales": {"Alias": "sales", "Source": {"PhysicalTableId": "sales"}},
            "both": {
                "Alias": "both",
                "Source": {"JoinInstruction": join},
                "DataTransforms": [project("city", "sold")],
            },
        }
        tables = {"shows": table(SHOWS, SHOW_COLUMNS), "sales": table(SALES, SALE_COLUMNS)}
        created = quicksight.create_data_set(name, tables, LogicalTableMap=logical)
        quicksight.completed(name, created["IngestionId"])
        rows = [(row["city"], row["sold"]) for row in quicksight.rows(name)]
        assert sorted(rows, key=lambda row: (row[0] is None, row[0], row[1] or 0)) == expected


EXPRESSIONS: dict[str, tuple[str, Any]] = {
    "sum": ("{show_id} + 2 * 3", 7),
    "division": ("{show_id} / 4", 0.25),
    "by_zero": ("{show_id} / 0", None),
    "brackets": ("({show_id} + 2) * 3 % 5", 4),
    "concat": ("concat({city}, ' ', toString({show_id}))", "Berlin 1"),
    "case": ("ifelse({show_id} > 5, 'late', {city} = 'Berlin', 'here', 'there')", "here"),
    "switched": ("switch({city}, 'Bonn', 1, 'Berlin', 2, 3)", 2),
    "upper": ("toUpper(left({city}, 3))", "BER"),
    "part": ("split('a-b-c', '-', 2)", "b"),
    "where": ("locate({city}, 'lin')", 4),
    "nothing": ("coalesce(NULL, {city})", "Berlin"),
    "month": ("truncDate('MM', {day})", "2026-06-01T00:00:00"),
    "weekday": ("extract('WD', {day})", 2),
    "later": ("addDateTime(1, 'DD', {day})", "2026-06-02T00:00:00"),
    "days": ("dateDiff({day}, parseDate('2026-06-11'), 'DD')", 10),
    "number": ("parseInt('17.9')", 17),
    "truth": ("{city} = 'Berlin' AND NOT isNull({seats})", 1),
    "chosen": ("in({city}, ['Bonn', 'Berlin'])", 1),
    "after": ("{day} >= '2026-06-02'", 0),
    "any_case": ("contains({city}, 'BER', CASE_INSENSITIVE)", 1),
    "json": ("""parseJson('{"a": {"b": 7}}', '$.a.b')""", "7"),
    "commented": ("/* of {this} */ {show_id} // and that\n + 1 /* done */", 2),
    "link": ("concat('https://', {city})", "https://Berlin"),
    "bare": ("strlen(city)", 6),
}


def test_calculated_columns_are_values_of_their_rows(quicksight: Any) -> None:
    transforms = [calculated(name, text) for name, (text, _) in EXPRESSIONS.items()]
    first = {"FilterOperation": {"ConditionExpression": "{show_id} = 1"}}
    created = quicksight.create_data_set(
        "calculated",
        quicksight.sql_table(SHOWS, SHOW_COLUMNS),
        LogicalTableMap=one_table(*transforms, first, project(*EXPRESSIONS)),
    )
    quicksight.completed("calculated", created["IngestionId"])
    (row,) = quicksight.rows("calculated")
    found = {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in row.items()
    }
    assert found == {name: expected for name, (_, expected) in EXPRESSIONS.items()}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("{chairs} + 1", "at 1: there is no column chairs. ErrorType: CONTEXTUAL_UNKNOWN_SYMBOL"),
        ("sum({show_id})", "no function sum"),
        ("sumOver({show_id}, [{city}], PRE_AGG)", "no function sumOver"),
        ("{show_id} +", "at 12: unexpected 'end'"),
        ("{city} * 2", "not STRING"),
        ("ifelse({show_id} = 1, 'a', 2)", "several types"),
        ("truncDate('XX', {day})", "no period"),
    ],
)
def test_expressions_that_cannot_be_are_refused(
    quicksight: Any, expression: str, message: str
) -> None:
    client = quicksight.quicksight
    with pytest.raises(client.exceptions.InvalidParameterValueException) as raised:
        quicksight.create_data_set(
            "refused",
            quicksight.sql_table(SHOWS, SHOW_COLUMNS),
            LogicalTableMap=one_table(calculated("wrong", expression)),
        )
    assert message in str(raised.value)
    assert "The expression of wrong is invalid" in str(raised.value)


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (project("chairs"), "keeps no column"),
        (
            {"RenameColumnOperation": {"ColumnName": "city", "NewColumnName": "day"}},
            "several columns day",
        ),
        (
            {
                "OverrideDatasetParameterOperation": {"ParameterName": "x"},
            },
            "does not serve OverrideDatasetParameterOperation",
        ),
    ],
)
def test_transforms_that_cannot_be_are_refused(
    quicksight: Any, transform: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        quicksight.create_data_set(
            "refused",
            quicksight.sql_table(SHOWS, SHOW_COLUMNS),
            LogicalTableMap=one_table(transform),
        )


def test_a_joined_name_of_both_sides_says_whose_it_is(quicksight: Any) -> None:
    other = SHOWS.replace("'Bonn'", "'Ulm'")
    source = quicksight.arn("datasource/lake")
    tables = {
        name: {
            "CustomSql": {
                "DataSourceArn": source,
                "Name": name,
                "SqlQuery": query,
                "Columns": SHOW_COLUMNS,
            }
        }
        for name, query in (("first", SHOWS), ("second", other))
    }
    join = {
        "LeftOperand": "first",
        "RightOperand": "second",
        "Type": "INNER",
        "OnClause": "{show_id} = {show_id[Second]}",
    }
    logical = {
        "first": {"Alias": "First", "Source": {"PhysicalTableId": "first"}},
        "second": {"Alias": "Second", "Source": {"PhysicalTableId": "second"}},
        "both": {
            "Alias": "both",
            "Source": {"JoinInstruction": join},
            "DataTransforms": [project("city", "city[Second]", "absent")],
        },
    }
    created = quicksight.create_data_set("twice", tables, LogicalTableMap=logical)
    quicksight.completed("twice", created["IngestionId"])
    assert sorted(tuple(row.values()) for row in quicksight.rows("twice")) == [
        ("Berlin", "Berlin"),
        ("Bonn", "Ulm"),
        ("Köln", "Köln"),
    ]


def test_steps_of_the_newer_kind_lead_to_a_destination(quicksight: Any) -> None:
    source = quicksight.arn("datasource/lake")

    def table(query: str, columns: list[dict[str, str]]) -> dict[str, Any]:
        sql = {"DataSourceArn": source, "Name": "t", "SqlQuery": query, "Columns": columns}
        return {"CustomSql": sql}

    def step(kind: str, after: str, **given: Any) -> dict[str, Any]:
        made_from = {"TransformOperationId": after}
        return {kind: {"Alias": kind, "Source": made_from} | given}

    steps = {
        "shows": {"ImportTableStep": {"Alias": "Shows", "Source": {"SourceTableId": "shows"}}},
        "sales": {"ImportTableStep": {"Alias": "Sales", "Source": {"SourceTableId": "sales"}}},
        "both": {
            "JoinStep": {
                "Alias": "Both",
                "LeftOperand": {"TransformOperationId": "shows"},
                "RightOperand": {"TransformOperationId": "sales"},
                "Type": "LEFT",
                "OnClause": "{show_id} = {sold_show_id}",
            }
        },
        "renamed": step(
            "RenameColumnsStep",
            "both",
            RenameColumnOperations=[{"ColumnName": "city", "NewColumnName": "place"}],
        ),
        "summed": step(
            "AggregateStep",
            "renamed",
            GroupByColumnNames=["place"],
            Aggregations=[
                {
                    "AggregationFunction": {
                        "SimpleAggregation": {"InputColumnName": "sold", "FunctionType": "SUM"}
                    },
                    "NewColumnName": "tickets",
                    "NewColumnId": "tickets",
                }
            ],
        ),
        "some": step(
            "FiltersStep",
            "summed",
            FilterOperations=[{"ConditionExpression": "isNotNull({tickets})"}],
        ),
    }
    configuration = {
        "SourceTableMap": {
            "shows": {"PhysicalTableId": "shows"},
            "sales": {"PhysicalTableId": "sales"},
        },
        "TransformStepMap": steps,
        "DestinationTableMap": {
            "out": {"Alias": "Out", "Source": {"TransformOperationId": "some"}}
        },
    }
    tables = {"shows": table(SHOWS, SHOW_COLUMNS), "sales": table(SALES, SALE_COLUMNS)}
    created = quicksight.create_data_set("stepped", tables, DataPrepConfiguration=configuration)
    quicksight.completed("stepped", created["IngestionId"])
    assert quicksight.rows("stepped") == [{"place": "Berlin", "tickets": 5}]


def test_a_data_set_is_made_from_another(quicksight: Any) -> None:
    quicksight.filled("parent", SHOWS, SHOW_COLUMNS)
    logical = {
        "child": {
            "Alias": "child",
            "Source": {"DataSetArn": quicksight.arn("dataset/parent")},
            "DataTransforms": [
                {"FilterOperation": {"ConditionExpression": "isNull({seats})"}},
                project("city"),
            ],
        }
    }
    created = quicksight.create_data_set("child", {}, LogicalTableMap=logical)
    quicksight.completed("child", created["IngestionId"])
    assert quicksight.rows("child") == [{"city": "Köln"}]


def test_rules_of_rows_name_a_data_set_that_is(quicksight: Any) -> None:
    columns = [{"Name": "UserName", "Type": "STRING"}, {"Name": "city", "Type": "STRING"}]
    quicksight.filled(
        "rules", "SELECT 'anna' AS UserName, 'Bonn' AS city", columns, UseAs="RLS_RULES"
    )
    rules = {
        "Arn": quicksight.arn("dataset/rules"),
        "PermissionPolicy": "GRANT_ACCESS",
        "FormatVersion": "VERSION_1",
        "Status": "ENABLED",
    }
    quicksight.filled("ruled", SHOWS, SHOW_COLUMNS, RowLevelPermissionDataSet=rules)
    described = quicksight.quicksight.describe_data_set(AwsAccountId=ACCOUNT, DataSetId="ruled")
    assert described["DataSet"]["RowLevelPermissionDataSet"] == rules
    absent = rules | {"Arn": quicksight.arn("dataset/absent")}
    with pytest.raises(quicksight.quicksight.exceptions.ResourceNotFoundException):
        quicksight.create_data_set(
            "unruled",
            quicksight.sql_table(SHOWS, SHOW_COLUMNS),
            RowLevelPermissionDataSet=absent,
        )
