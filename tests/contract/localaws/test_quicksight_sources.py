"""Where data sets read from besides Athena: manifests in S3, PostgreSQL; and what is measured."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import time
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
BUCKET = "quicksight-world"
COLUMNS = [
    {"Name": "city", "Type": "STRING"},
    {"Name": "seats", "Type": "INTEGER"},
    {"Name": "is_open", "Type": "BOOLEAN"},
]
WAIT_SECONDS = 60.0


def put_manifest(world: Any, name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """What a data source of type S3 is given."""
    key = f"manifests/{name}.json"
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(manifest).encode())
    place = {"Bucket": BUCKET, "Key": key}
    return {
        "Type": "S3",
        "DataSourceParameters": {"S3Parameters": {"ManifestFileLocation": place}},
    }


def s3_table(source_arn: str, columns: list[dict[str, str]], **settings: Any) -> dict[str, Any]:
    table = {"DataSourceArn": source_arn, "InputColumns": columns}
    if settings:
        table["UploadSettings"] = settings
    return {"rows": {"S3Source": table}}


def test_files_of_a_manifest_become_rows(quicksight: Any) -> None:
    files = {
        "csv/one.csv": b"seats,city,is_open\n2,Berlin,true\n,,\n",
        "csv/two.csv.gz": gzip.compress(b'is_open,city,seats\n0,"Bonn, West",many\nfalse,Ulm,7\n'),
    }
    for key, body in files.items():
        quicksight.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    manifest = {
        "fileLocations": [
            {"URIs": [f"s3://{BUCKET}/csv/one.csv"]},
            {"URIPrefixes": [f"s3://{BUCKET}/csv/two"]},
        ],
        "globalUploadSettings": {"format": "CSV", "containsHeader": "true"},
    }
    source = quicksight.create_source("files", **put_manifest(quicksight, "csv", manifest))
    created = quicksight.create_data_set("files", s3_table(source, COLUMNS))
    ingestion = quicksight.completed("files", created["IngestionId"])
    assert ingestion["RowInfo"]["RowsDropped"] == 1
    # Truth is kept as a number.
    assert quicksight.rows("files") == [
        {"city": "Berlin", "seats": 2, "is_open": 1},
        {"city": None, "seats": None, "is_open": None},
        {"city": "Ulm", "seats": 7, "is_open": 0},
    ]


def test_upload_settings_say_how_files_are_read(quicksight: Any) -> None:
    body = b"exported today\nBerlin|2|'yes'\nBonn|3|'no'\n"
    quicksight.s3.put_object(Bucket=BUCKET, Key="piped/rows.txt", Body=body)
    manifest = {"fileLocations": [{"URIs": [f"https://{BUCKET}.s3.amazonaws.com/piped/rows.txt"]}]}
    source = quicksight.create_source("piped", **put_manifest(quicksight, "piped", manifest))
    tables = s3_table(
        source,
        COLUMNS,
        Format="CSV",
        Delimiter="|",
        TextQualifier="SINGLE_QUOTE",
        ContainsHeader=False,
        StartFromRow=2,
    )
    created = quicksight.create_data_set("piped", tables)
    quicksight.completed("piped", created["IngestionId"])
    assert [tuple(row.values()) for row in quicksight.rows("piped")] == [
        ("Berlin", 2, 1),
        ("Bonn", 3, 0),
    ]


def test_lines_of_json_become_rows(quicksight: Any) -> None:
    lines = [{"city": "Berlin", "seats": 2}, {"city": "Bonn", "is_open": True}]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    quicksight.s3.put_object(Bucket=BUCKET, Key="json/rows.json", Body=body)
    manifest = {
        "fileLocations": [{"URIs": [f"s3://{BUCKET}/json/rows.json"]}],
        "globalUploadSettings": {"format": "JSON"},
    }
    source = quicksight.create_source("lines", **put_manifest(quicksight, "json", manifest))
    created = quicksight.create_data_set("lines", s3_table(source, COLUMNS))
    quicksight.completed("lines", created["IngestionId"])
    assert [tuple(row.values()) for row in quicksight.rows("lines")] == [
        ("Berlin", 2, None),
        ("Bonn", None, 1),
    ]


def test_a_manifest_that_names_what_is_not_fails_its_source(quicksight: Any) -> None:
    manifest = {"fileLocations": [{"URIs": [f"s3://{BUCKET}/absent.csv"]}]}
    quicksight.create_source("dangling", **put_manifest(quicksight, "dangling", manifest))
    described = quicksight.quicksight.describe_data_source(
        AwsAccountId=ACCOUNT, DataSourceId="dangling"
    )["DataSource"]
    assert described["Status"] == "CREATION_FAILED"
    assert described["ErrorInfo"]["Type"] == "ACCESS_DENIED"
    assert f"s3://{BUCKET}/absent.csv" in described["ErrorInfo"]["Message"]


def test_a_file_without_a_column_fails_the_ingestion(quicksight: Any) -> None:
    quicksight.s3.put_object(Bucket=BUCKET, Key="less/rows.csv", Body=b"city,seats\nUlm,7\n")
    manifest = {"fileLocations": [{"URIPrefixes": [f"s3://{BUCKET}/less/"]}]}
    source = quicksight.create_source("less", **put_manifest(quicksight, "less", manifest))
    created = quicksight.create_data_set("less", s3_table(source, COLUMNS))
    error = quicksight.ended("less", created["IngestionId"])["ErrorInfo"]
    assert error == {
        "Type": "SQL_SCHEMA_MISMATCH_ERROR",
        "Message": "The file has no column is_open; it has city, seats.",
    }


@pytest.fixture(scope="module")
def database(quicksight: Any) -> dict[str, Any]:
    """An instance with one table, and a secret with its password."""
    rds = quicksight.gateway.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="bookings",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        DBName="sales",
        MasterUsername="booking",
        MasterUserPassword="kept-by-nobody",
    )
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier="bookings")["DBInstances"]
        if found["DBInstanceStatus"] == "available":
            break
        assert time.monotonic() < deadline, found["DBInstanceStatus"]
        time.sleep(0.05)
    endpoint = found["Endpoint"]
    with psycopg.connect(
        host=endpoint["Address"],
        port=endpoint["Port"],
        user="booking",
        password="kept-by-nobody",
        dbname="sales",
        autocommit=True,
    ) as connection:
        connection.execute(
            "CREATE TABLE orders (city text, seats bigint, price numeric(10, 2), is_open boolean,"
            " sold_at timestamptz)"
        )
        connection.execute(
            "INSERT INTO orders VALUES"
            " ('Berlin \"Mitte\"', 2, 19.50, true, '2026-06-01 22:00:00+02'),"
            " ('', NULL, NULL, NULL, NULL)"
        )
    secrets = quicksight.gateway.client("secretsmanager")
    secret = json.dumps({"username": "booking", "password": "kept-by-nobody"})
    arn = secrets.create_secret(Name="bookings", SecretString=secret)["ARN"]
    return {"endpoint": endpoint, "secret": arn}


def test_rows_of_an_rds_instance(quicksight: Any, database: dict[str, Any]) -> None:
    source = quicksight.create_source(
        "bookings",
        Type="POSTGRESQL",
        DataSourceParameters={"RdsParameters": {"InstanceId": "bookings", "Database": "sales"}},
        Credentials={"SecretArn": database["secret"]},
    )
    described = quicksight.quicksight.describe_data_source(
        AwsAccountId=ACCOUNT, DataSourceId="bookings"
    )["DataSource"]
    assert described["Status"] == "CREATION_SUCCESSFUL", described
    assert described["SecretArn"] == database["secret"]
    columns = [
        *COLUMNS,
        {"Name": "price", "Type": "DECIMAL", "SubType": "FIXED"},
        {"Name": "sold_at", "Type": "DATETIME"},
    ]
    relational = {
        "DataSourceArn": source,
        "Schema": "public",
        "Name": "orders",
        "InputColumns": columns,
    }
    created = quicksight.create_data_set("orders", {"rows": {"RelationalTable": relational}})
    quicksight.completed("orders", created["IngestionId"])
    first, second = quicksight.rows("orders")
    assert (first["city"], first["seats"], first["is_open"]) == ('Berlin "Mitte"', 2, 1)
    assert str(first["price"]) == "19.5000"
    assert first["sold_at"] == dt.datetime.fromisoformat("2026-06-01T20:00:00")
    assert list(second.values()) == ["", None, None, None, None]


def test_postgresql_says_what_is_wrong(quicksight: Any, database: dict[str, Any]) -> None:
    endpoint = database["endpoint"]
    server = {"Host": endpoint["Address"], "Port": endpoint["Port"], "Database": "sales"}
    pair = {"Username": "booking", "Password": "kept-by-nobody"}

    def error(name: str, server: dict[str, Any], pair: dict[str, str]) -> tuple[str, str]:
        quicksight.create_source(
            name,
            Type="POSTGRESQL",
            DataSourceParameters={"PostgreSqlParameters": server},
            Credentials={"CredentialPair": pair},
        )
        described = quicksight.quicksight.describe_data_source(
            AwsAccountId=ACCOUNT, DataSourceId=name
        )["DataSource"]
        assert "Credentials" not in described
        info = described.get("ErrorInfo") or {}
        return described["Status"], info.get("Type", "")

    assert error("direct", server, pair) == ("CREATION_SUCCESSFUL", "")
    wrong = pair | {"Password": "wrong"}
    assert error("locked", server, wrong) == ("CREATION_FAILED", "ACCESS_DENIED")
    unknown = server | {"Host": "host.invalid"}
    assert error("unknown", unknown, pair) == ("CREATION_FAILED", "UNKNOWN_HOST")
    tables = quicksight.sql_table("SELECT * FROM absent", COLUMNS, "direct")
    created = quicksight.create_data_set("tableless", tables)
    info = quicksight.ended("tableless", created["IngestionId"])["ErrorInfo"]
    assert info["Type"] == "SQL_TABLE_NOT_FOUND"
    assert 'relation "absent" does not exist' in info["Message"]


def test_ingestions_are_measured(quicksight: Any) -> None:
    quicksight.filled("measured", "SELECT 1 AS n UNION ALL SELECT 2", [COLUMNS[1] | {"Name": "n"}])
    cloudwatch = quicksight.gateway.client("cloudwatch")
    now = dt.datetime.now(dt.UTC)

    def total(metric: str) -> float | None:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/QuickSight",
            MetricName=metric,
            Dimensions=[{"Name": "DatasetId", "Value": "measured"}],
            StartTime=now - dt.timedelta(minutes=5),
            EndTime=now + dt.timedelta(minutes=5),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(point["Sum"] for point in points) if points else None

    deadline = time.monotonic() + 10
    while total("IngestionRowCount") is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert total("IngestionRowCount") == 2.0
    assert total("IngestionInvocationCount") == 1.0
    assert total("IngestionErrorCount") == 0.0
