"""Incremental refreshes, refresh schedules, cancelling, and what a killed gateway leaves."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
REPOSITORY = Path(__file__).parents[3]
# Days ago, and what stood there.
COLUMNS = [{"Name": "at", "Type": "DATETIME"}, {"Name": "word", "Type": "STRING"}]
ENDLESS = (
    "SELECT count(*) AS n FROM UNNEST(sequence(1, 100000)) AS a(x)"
    " CROSS JOIN UNNEST(sequence(1, 100000)) AS b(y) WHERE x * y % 7 = 3"
)


def rows_of(days_and_words: dict[int, str]) -> str:
    """A query of rows so many days ago."""
    today = dt.datetime.now(dt.UTC)
    values = ", ".join(
        f"(TIMESTAMP '{today - dt.timedelta(days=days):%Y-%m-%d %H:%M:%S}', '{word}')"
        for days, word in days_and_words.items()
    )
    return f'SELECT * FROM (VALUES {values}) AS t("at", word)'  # noqa: S608


def words(world: Any, data_set: str) -> list[str]:
    return sorted(row["word"] for row in world.rows(data_set))


def put_window(world: Any, data_set: str, days: int) -> None:
    window = {"ColumnName": "at", "Size": days, "SizeUnit": "DAY"}
    world.quicksight.put_data_set_refresh_properties(
        AwsAccountId=ACCOUNT,
        DataSetId=data_set,
        DataSetRefreshProperties={
            "RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}
        },
    )


def upload(world: Any, name: str, lines: dict[int, str]) -> dict[str, Any]:
    """A table of text in the lake whose rows a test can change, and a query of it."""
    today = dt.datetime.now(dt.UTC)
    text = "".join(
        f"{today - dt.timedelta(days=days):%Y-%m-%d %H:%M:%S},{word}\n"
        for days, word in lines.items()
    )
    world.s3.put_object(Bucket="quicksight-world", Key=f"{name}/rows.csv", Body=text.encode())
    table = world.glue.get_table(DatabaseName="music", Name="sales")["Table"]
    storage = table["StorageDescriptor"] | {
        "Columns": [{"Name": "at", "Type": "timestamp"}, {"Name": "word", "Type": "string"}],
        "Location": f"s3://quicksight-world/{name}/",
    }
    given = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    with contextlib.suppress(world.glue.exceptions.AlreadyExistsException):
        world.glue.create_table(DatabaseName="music", TableInput=given)
    return world.sql_table(f"SELECT * FROM music.{name}", COLUMNS)  # noqa: S608


def test_an_incremental_refresh_replaces_what_is_inside_its_window(quicksight: Any) -> None:
    tables = upload(quicksight, "increments", {30: "old", 2: "recent", 1: "gone"})
    created = quicksight.create_data_set("increments", tables)
    quicksight.completed("increments", created["IngestionId"])
    put_window(quicksight, "increments", 7)
    upload(quicksight, "increments", {31: "late", 2: "changed", 0: "new"})
    ingestion = quicksight.refresh("increments", "second", "INCREMENTAL_REFRESH")
    assert ingestion["IngestionStatus"] == "COMPLETED"
    assert ingestion["RequestType"] == "INCREMENTAL_REFRESH"
    assert ingestion["RowInfo"] == {
        "RowsIngested": 2,
        "RowsDropped": 0,
        "TotalRowsInDataset": 3,
    }
    assert words(quicksight, "increments") == ["changed", "new", "old"]
    quicksight.refresh("increments", "third")
    assert words(quicksight, "increments") == ["changed", "late", "new"]


def test_an_incremental_refresh_needs_a_window_over_a_date(quicksight: Any) -> None:
    quicksight.filled("windowless", rows_of({1: "a"}), COLUMNS)
    client = quicksight.quicksight
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="refresh prop"):
        quicksight.refresh("windowless", "first", "INCREMENTAL_REFRESH")
    window = {"ColumnName": "word", "Size": 1, "SizeUnit": "DAY"}
    with pytest.raises(ClientError, match="no DATETIME column"):
        client.put_data_set_refresh_properties(
            AwsAccountId=ACCOUNT,
            DataSetId="windowless",
            DataSetRefreshProperties={
                "RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}
            },
        )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_data_set_refresh_properties(AwsAccountId=ACCOUNT, DataSetId="windowless")


def test_a_schedule_starts_an_ingestion_at_its_time(quicksight: Any) -> None:
    quicksight.filled("scheduled", rows_of({1: "a"}), COLUMNS)
    client, named = quicksight.quicksight, {"AwsAccountId": ACCOUNT, "DataSetId": "scheduled"}
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    created = client.create_refresh_schedule(
        **named,
        Schedule={
            "ScheduleId": "hourly",
            "ScheduleFrequency": {"Interval": "HOURLY"},
            "StartAfterDateTime": soon,
            "RefreshType": "FULL_REFRESH",
        },
    )
    assert created["Arn"] == quicksight.arn("dataset/scheduled/refresh-schedule/hourly")
    found = client.describe_refresh_schedule(**named, ScheduleId="hourly")["RefreshSchedule"]
    assert abs((found["StartAfterDateTime"] - soon).total_seconds()) < 1.0
    deadline = time.monotonic() + 20
    scheduled: list[dict[str, Any]] = []
    while not scheduled and time.monotonic() < deadline:
        time.sleep(0.1)
        listed = client.list_ingestions(**named)["Ingestions"]
        scheduled = [one for one in listed if one["RequestSource"] == "SCHEDULED"]
    assert [one["RequestType"] for one in scheduled] == ["FULL_REFRESH"]
    assert scheduled[0]["CreatedTime"] >= soon - dt.timedelta(milliseconds=10)
    quicksight.completed("scheduled", scheduled[0]["IngestionId"])
    client.delete_refresh_schedule(**named, ScheduleId="hourly")
    assert client.list_refresh_schedules(**named)["RefreshSchedules"] == []


MOMENTS = {
    "hourly": ({"Interval": "HOURLY"}, "2026-06-01T12:10:00+00:00", "2026-06-01T12:40:00+00:00"),
    "daily": (
        {"Interval": "DAILY", "TimeOfTheDay": "05:30", "Timezone": "Europe/Berlin"},
        "2026-06-01T12:10:00+00:00",
        "2026-06-02T03:30:00+00:00",
    ),
    # The day on which Berlin's clocks go forward.
    "daily_in_march": (
        {"Interval": "DAILY", "TimeOfTheDay": "05:30", "Timezone": "Europe/Berlin"},
        "2026-03-28T12:00:00+00:00",
        "2026-03-29T03:30:00+00:00",
    ),
    "weekly": (
        {"Interval": "WEEKLY", "TimeOfTheDay": "05:30", "RefreshOnDay": {"DayOfWeek": "SUNDAY"}},
        "2026-06-07T05:30:00+00:00",
        "2026-06-14T05:30:00+00:00",
    ),
    "monthly": (
        {
            "Interval": "MONTHLY",
            "TimeOfTheDay": "05:30",
            "RefreshOnDay": {"DayOfMonth": "LAST_DAY_OF_MONTH"},
        },
        "2028-01-31T06:00:00+00:00",
        "2028-02-29T05:30:00+00:00",
    ),
}


def test_the_next_run_follows_the_frequency_in_its_zone() -> None:
    """Asked of the module itself: nobody waits for a month."""
    program = (
        "import datetime as dt, json, sys\n"
        "from localaws.quicksight.schedules import next_run\n"
        "start = dt.datetime.fromisoformat('2026-01-01T00:40:00+00:00').timestamp()\n"
        "for name, (frequency, after, _) in json.load(sys.stdin).items():\n"
        "    after = dt.datetime.fromisoformat(after).timestamp()\n"
        "    found = next_run({'ScheduleFrequency': frequency}, start, after)\n"
        "    print(name, dt.datetime.fromtimestamp(found, dt.UTC).isoformat())\n"
    )
    python = REPOSITORY / ".venv/local-aws/bin/python"
    answer = subprocess.run(
        [os.environ.get("LOCAL_AWS_PYTHON", str(python)), "-c", program],
        input=json.dumps(MOMENTS),
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "infra/local")},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.split() for line in answer.stdout.splitlines())
    assert found == {name: expected for name, (_, _, expected) in MOMENTS.items()}


def test_schedules_that_name_no_moment_are_refused(quicksight: Any) -> None:
    quicksight.filled("unscheduled", rows_of({1: "a"}), COLUMNS)
    for frequency, message in (
        ({"Interval": "DAILY"}, "TimeOfTheDay"),
        ({"Interval": "WEEKLY", "TimeOfTheDay": "06:00"}, "DayOfWeek"),
        ({"Interval": "DAILY", "TimeOfTheDay": "06:00", "Timezone": "Mars/Base"}, "Mars/Base"),
        ({"Interval": "MINUTE15"}, "incremental"),
    ):
        with pytest.raises(ClientError, match=message):
            quicksight.quicksight.create_refresh_schedule(
                AwsAccountId=ACCOUNT,
                DataSetId="unscheduled",
                Schedule={
                    "ScheduleId": "wrong",
                    "ScheduleFrequency": frequency,
                    "RefreshType": "FULL_REFRESH",
                },
            )


def test_a_cancelled_ingestion_stops_its_query(quicksight: Any) -> None:
    tables = quicksight.sql_table(ENDLESS, [{"Name": "n", "Type": "INTEGER"}])
    created = quicksight.create_data_set("endless", tables)
    client, named = quicksight.quicksight, {"AwsAccountId": ACCOUNT, "DataSetId": "endless"}
    ingestion = {"IngestionId": created["IngestionId"]}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = client.describe_ingestion(**named, **ingestion)["Ingestion"]
        if found["IngestionStatus"] == "RUNNING":
            break
        time.sleep(0.05)
    client.cancel_ingestion(**named, **ingestion)
    ended = quicksight.ended("endless", created["IngestionId"])
    assert ended["IngestionStatus"] == "CANCELLED"
    assert ended["ErrorInfo"]["Type"] == "INGESTION_CANCELED"
    with pytest.raises(ClientError, match="CANCELLED"):
        client.cancel_ingestion(**named, **ingestion)


def running_query(world: Any) -> str:
    """The id of the endless query, once it runs."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        newest = world.athena.list_query_executions(WorkGroup="dashboards")["QueryExecutionIds"][0]
        found = world.athena.get_query_execution(QueryExecutionId=newest)["QueryExecution"]
        if found["Query"] == ENDLESS and found["Status"]["State"] == "RUNNING":
            return str(newest)
        time.sleep(0.05)
    pytest.fail("the endless query did not start")


def test_a_killed_gateway_fails_the_ingestion_and_keeps_the_rows(
    new_quicksight: Any,
) -> None:
    world, gateway = new_quicksight, new_quicksight.gateway
    column = [{"Name": "n", "Type": "INTEGER"}]
    assert world.filled("kept", "SELECT 7 AS n", column) == [{"n": 7}]
    world.quicksight.update_data_set(
        AwsAccountId=ACCOUNT,
        DataSetId="kept",
        Name="kept",
        PhysicalTableMap=world.sql_table(ENDLESS, column),
        ImportMode="SPICE",
    )
    listed = world.quicksight.list_ingestions(AwsAccountId=ACCOUNT, DataSetId="kept")
    running = listed["Ingestions"][0]["IngestionId"]
    query = running_query(world)
    gateway.kill()
    gateway.start()
    ended = world.ended("kept", running)
    assert ended["IngestionStatus"] == "FAILED"
    assert ended["ErrorInfo"] == {
        "Type": "INTERNAL_SERVICE_ERROR",
        "Message": "The ingestion was interrupted.",
    }
    assert world.rows("kept") == [{"n": 7}]
    # Nor does its query go on, as Athena has it.
    found = world.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
    assert found["Status"]["State"] == "FAILED"
