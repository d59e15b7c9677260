"""QuickSight's data sources, data sets and ingestions, as boto3 calls them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
SALES = "SELECT * FROM music.sales"
COLUMNS = [
    {"Name": "id", "Type": "INTEGER"},
    {"Name": "city", "Type": "STRING"},
    {"Name": "seats", "Type": "INTEGER"},
    {"Name": "price", "Type": "DECIMAL"},
    {"Name": "sold_at", "Type": "DATETIME"},
]


def test_an_athena_source_that_answers_is_created(quicksight: Any) -> None:
    found = quicksight.quicksight.describe_data_source(AwsAccountId=ACCOUNT, DataSourceId="lake")
    assert found["Status"] == 200
    assert found["DataSource"]["Status"] == "CREATION_SUCCESSFUL"
    assert found["DataSource"]["DataSourceParameters"] == {
        "AthenaParameters": {"WorkGroup": "dashboards"}
    }


def test_a_source_that_cannot_be_reached_is_kept_as_failed(quicksight: Any) -> None:
    quicksight.create_source(
        "nowhere", DataSourceParameters={"AthenaParameters": {"WorkGroup": "absent"}}
    )
    described = quicksight.quicksight.describe_data_source(
        AwsAccountId=ACCOUNT, DataSourceId="nowhere"
    )["DataSource"]
    assert described["Status"] == "CREATION_FAILED"
    assert described["ErrorInfo"] == {
        "Type": "GENERIC_SQL_FAILURE",
        "Message": "WorkGroup absent is not found.",
    }


def test_a_data_set_is_filled_and_rows_that_do_not_fit_are_dropped(quicksight: Any) -> None:
    created = quicksight.create_data_set("typed", quicksight.sql_table(SALES, COLUMNS))
    ingestion = quicksight.completed("typed", created["IngestionId"])
    assert ingestion["RequestType"] == "INITIAL_INGESTION"
    assert ingestion["RowInfo"] == {
        "RowsIngested": 1,
        "RowsDropped": 2,
        "TotalRowsInDataset": 1,
    }
    assert quicksight.rows("typed") == [
        {
            "id": 1,
            "city": "Berlin",
            "seats": 2,
            "price": 19.5,
            "sold_at": dt.datetime.fromisoformat("2026-06-01T20:00:00"),
        }
    ]
    described = quicksight.quicksight.describe_data_set(AwsAccountId=ACCOUNT, DataSetId="typed")
    assert described["DataSet"]["OutputColumns"] == COLUMNS


def test_null_and_empty_text_stay_apart(quicksight: Any) -> None:
    query = "SELECT * FROM (VALUES ('a', 1), ('', 2), (NULL, 3)) AS t(name, number)"
    columns = [{"Name": "name", "Type": "STRING"}, {"Name": "number", "Type": "INTEGER"}]
    assert quicksight.filled("nulls", query, columns) == [
        {"name": "a", "number": 1},
        {"name": "", "number": 2},
        {"name": None, "number": 3},
    ]


def test_a_query_that_fails_gives_its_message(quicksight: Any) -> None:
    columns = [{"Name": "x", "Type": "STRING"}]
    created = quicksight.create_data_set(
        "broken", quicksight.sql_table("SELECT x FROM music.absent", columns)
    )
    ingestion = quicksight.ended("broken", created["IngestionId"])
    assert ingestion["IngestionStatus"] == "FAILED"
    assert ingestion["ErrorInfo"]["Type"] == "SQL_TABLE_NOT_FOUND"
    assert "absent" in ingestion["ErrorInfo"]["Message"]
    assert quicksight.spice("broken")[0] == 404


def test_the_last_good_rows_stay_when_a_refresh_fails(quicksight: Any) -> None:
    columns = [{"Name": "x", "Type": "INTEGER"}]
    assert quicksight.filled("kept", "SELECT 1 AS x", columns) == [{"x": 1}]
    etag = quicksight.spice("kept")[1]["etag"]
    quicksight.quicksight.update_data_set(
        AwsAccountId=ACCOUNT,
        DataSetId="kept",
        Name="kept",
        PhysicalTableMap=quicksight.sql_table("SELECT 1/0 AS x", columns),
        ImportMode="SPICE",
    )
    listed = quicksight.quicksight.list_ingestions(AwsAccountId=ACCOUNT, DataSetId="kept")
    newest = listed["Ingestions"][0]
    assert newest["RequestType"] == "EDIT"
    assert quicksight.ended("kept", newest["IngestionId"])["IngestionStatus"] == "FAILED"
    assert quicksight.rows("kept") == [{"x": 1}]
    assert quicksight.spice("kept")[1]["etag"] == etag
    assert quicksight.spice("kept", **{"If-None-Match": etag})[0] == 304


def test_an_ingestion_of_a_taken_id_is_refused(quicksight: Any) -> None:
    columns = [{"Name": "x", "Type": "INTEGER"}]
    quicksight.filled("refreshed", "SELECT 1 AS x", columns)
    assert quicksight.refresh("refreshed", "again")["IngestionStatus"] == "COMPLETED"
    client = quicksight.quicksight
    with pytest.raises(client.exceptions.ResourceExistsException) as raised:
        quicksight.refresh("refreshed", "again")
    assert raised.value.response["ResourceType"] == "INGESTION"


def test_ingestions_of_one_id_in_two_data_sets_do_not_meet(quicksight: Any) -> None:
    columns = [{"Name": "x", "Type": "INTEGER"}]
    for number in (1, 2):
        quicksight.filled(f"twin-{number}", f"SELECT {number} AS x", columns)
    client = quicksight.quicksight
    for number in (1, 2):
        client.create_ingestion(AwsAccountId=ACCOUNT, DataSetId=f"twin-{number}", IngestionId="one")
    for number in (1, 2):
        quicksight.completed(f"twin-{number}", "one")
        assert quicksight.rows(f"twin-{number}") == [{"x": number}]
        assert quicksight.spice(f"twin-{number}")[1]["etag"] == '"one"'


def test_a_deleted_data_set_takes_its_rows_with_it(quicksight: Any) -> None:
    quicksight.filled("gone", "SELECT 1 AS x", [{"Name": "x", "Type": "INTEGER"}])
    quicksight.quicksight.delete_data_set(AwsAccountId=ACCOUNT, DataSetId="gone")
    assert quicksight.spice("gone")[0] == 404
    folder = quicksight.gateway.state_dir / "quicksight" / ACCOUNT / "us-east-1"
    assert "gone" not in [path.name for path in folder.iterdir()]


def test_too_many_rows_that_do_not_fit_fail_the_ingestion(quicksight: Any) -> None:
    query = "SELECT 'x' AS n FROM UNNEST(sequence(1, 10001)) AS t(i)"
    tables = quicksight.sql_table(query, [{"Name": "n", "Type": "INTEGER"}])
    created = quicksight.create_data_set("untyped", tables)
    error = quicksight.ended("untyped", created["IngestionId"])["ErrorInfo"]
    assert error["Type"] == "DATA_TOLERANCE_EXCEPTION"
    assert error["Message"] == "10001 rows do not fit their columns."


def test_a_missing_data_set_is_not_found(quicksight: Any) -> None:
    client = quicksight.quicksight
    with pytest.raises(client.exceptions.ResourceNotFoundException) as raised:
        client.describe_data_set(AwsAccountId=ACCOUNT, DataSetId="absent")
    assert raised.value.response["Error"]["Message"] == "DataSet absent is not found"
    assert raised.value.response["ResourceType"] == "DATA_SET"
    assert raised.value.response["RequestId"]


def test_direct_query_is_refused_by_name(quicksight: Any) -> None:
    with pytest.raises(ClientError, match="DIRECT_QUERY"):
        quicksight.quicksight.create_data_set(
            AwsAccountId=ACCOUNT,
            DataSetId="direct",
            Name="direct",
            PhysicalTableMap=quicksight.sql_table(SALES, COLUMNS),
            ImportMode="DIRECT_QUERY",
        )


def test_a_value_outside_of_an_enum_is_a_validation_error(quicksight: Any) -> None:
    with pytest.raises(ClientError) as raised:
        quicksight.create_source("odd", Type="ORACULUM")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert "at 'type' failed to satisfy constraint" in raised.value.response["Error"]["Message"]
