"""Athena as boto3, Airflow's operator and awswrangler call it; each test says what AWS answers."""

from __future__ import annotations

import csv
import gzip
import io
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

BUCKET = "athena-world"
RESULTS = f"s3://{BUCKET}/results/"
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x)"
    " CROSS JOIN UNNEST(sequence(1, 100000)) AS b(y) WHERE x * y % 7 = 3"
)


class World:
    """A database with a partitioned CSV table and a JSON table, and how to ask about them."""

    def __init__(self, gateway: Any) -> None:
        self.athena = gateway.client("athena")
        self.s3 = gateway.client("s3")
        self.glue = gateway.client("glue")

    def start(self, sql: str, **more: Any) -> str:
        request = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": "music"},
            "ResultConfiguration": {"OutputLocation": RESULTS},
        } | more
        return str(self.athena.start_query_execution(**request)["QueryExecutionId"])

    def wait(self, execution_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=execution_id)[
                "QueryExecution"
            ]
            if found["Status"]["State"] in FINAL:
                return found
            time.sleep(0.02)
        pytest.fail(f"{execution_id} did not end")

    def run(self, sql: str, **more: Any) -> dict[str, Any]:
        """An execution that must succeed."""
        found = self.wait(self.start(sql, **more))
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        return found

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows of a query, without its header."""
        found = self.run(sql, **more)
        answer = self.athena.get_query_results(QueryExecutionId=found["QueryExecutionId"])
        rows = [
            [value.get("VarCharValue") for value in row["Data"]]
            for row in answer["ResultSet"]["Rows"]
        ]
        return rows[1:] if found["ResultConfiguration"]["OutputLocation"].endswith("csv") else rows

    def failure(self, sql: str, **more: Any) -> dict[str, Any]:
        found = self.wait(self.start(sql, **more))
        assert found["Status"]["State"] == "FAILED"
        status: dict[str, Any] = found["Status"]
        return status

    def read(self, address: str) -> bytes:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [one["Key"] for one in listed.get("Contents", [])]


@pytest.fixture(scope="module")
def world(gateway: Any) -> World:
    made = World(gateway)
    made.s3.create_bucket(Bucket=BUCKET)
    for day, rows in (("01", "1,USD,2026-06-01 18:00:00\n2,,\n"), ("02", "x,CAD,2026-06-02T1\n")):
        made.s3.put_object(
            Bucket=BUCKET,
            Key=f"sales/day=2026-06-{day}/a.csv.gz",
            Body=gzip.compress(f"n,currency,sold_at\n{rows}".encode()),
        )
    made.s3.put_object(
        Bucket=BUCKET,
        Key="plays/a.json",
        Body=b'{"fan":"f1","plays":3,"tags":["a","b"],"at":{"city":"Berlin"}}\n{"fan":"f2"}\n',
    )
    made.run("CREATE DATABASE IF NOT EXISTS music")
    made.run(
        "CREATE EXTERNAL TABLE sales (n int, currency string, sold_at timestamp)"
        " PARTITIONED BY (day string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
        f" LOCATION 's3://{BUCKET}/sales/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    made.run(
        "CREATE EXTERNAL TABLE plays (fan string, plays bigint, tags array<string>,"
        " at struct<city:string>) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
        f" LOCATION 's3://{BUCKET}/plays/'"
    )
    made.run("MSCK REPAIR TABLE sales")
    return made


def code(raised: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def test_query_leaves_its_csv_and_metadata_in_s3(world: World) -> None:
    # AWS: <OutputLocation>/<id>.csv, all values quoted, null as nothing, and .csv.metadata.
    found = world.run("SELECT n, currency, 'a \"b\"' AS q, '' AS e FROM sales ORDER BY n")
    location = found["ResultConfiguration"]["OutputLocation"]
    assert location == f"{RESULTS}{found['QueryExecutionId']}.csv"
    assert world.read(location).decode() == (
        '"n","currency","q","e"\n"1","USD","a ""b""",""\n"2","","a ""b""",""\n,"CAD","a ""b""",""\n'
    )
    assert b"currency" in world.read(f"{location}.metadata")
    statistics = found["Statistics"]
    assert statistics["DataScannedInBytes"] > 0
    assert statistics["TotalExecutionTimeInMillis"] >= statistics["EngineExecutionTimeInMillis"]
    assert found["StatementType"] == "DML"
    assert found["Status"]["CompletionDateTime"] >= found["Status"]["SubmissionDateTime"]


def test_first_page_begins_with_the_header_and_pages_go_on(world: World) -> None:
    # AWS: the header counts as a row of the first page; ColumnInfo has types and precision.
    found = world.run("SELECT x, CAST(x AS double) AS d FROM UNNEST(sequence(1, 2500)) AS t(x)")
    name = found["QueryExecutionId"]
    first = world.athena.get_query_results(QueryExecutionId=name, MaxResults=3)
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["x", "1", "2"]
    info = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"], one["Precision"]) for one in info] == [
        ("x", "bigint", 19),
        ("d", "double", 17),
    ]
    pages = world.athena.get_paginator("get_query_results").paginate(QueryExecutionId=name)
    sizes, values = [], []
    for page in pages:
        sizes.append(len(page["ResultSet"]["Rows"]))
        values += [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
    assert sizes == [1000, 1000, 501]
    assert values == ["x", *map(str, range(1, 2501))]


def test_null_is_an_empty_datum(world: World) -> None:
    assert world.rows("SELECT NULL, '', 'NULL'") == [[None, "", "NULL"]]


def test_same_client_token_is_the_same_execution(world: World) -> None:
    # Airflow's operator sends one, so that a retried call starts nothing twice.
    token = uuid.uuid4().hex
    first = world.start("SELECT 1", ClientRequestToken=token)
    assert world.start("SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError) as raised:
        world.start("SELECT 2", ClientRequestToken=token)
    assert code(raised) == ("InvalidRequestException", "Idempotent parameters do not match")


def test_csv_is_read_as_lazy_simple_serde_reads_it(world: World) -> None:
    # AWS: what is not of the column's type is null; timestamps only in Hive's own form.
    assert world.rows("SELECT n, currency, sold_at, day FROM sales ORDER BY day, n") == [
        ["1", "USD", "2026-06-01 18:00:00.000", "2026-06-01"],
        ["2", "", None, "2026-06-01"],
        [None, "CAD", None, "2026-06-02"],
    ]


def test_predicate_on_a_partition_reads_its_files_only(world: World) -> None:
    everything = world.run("SELECT max(n) FROM sales")
    one = world.run("SELECT max(n) FROM sales WHERE day = '2026-06-02'")
    scanned = [run["Statistics"]["DataScannedInBytes"] for run in (one, everything)]
    assert 0 < scanned[0] < scanned[1]
    assert world.rows("SHOW PARTITIONS sales") == [["day=2026-06-01"], ["day=2026-06-02"]]


def test_json_is_read_by_name(world: World) -> None:
    assert world.rows("SELECT fan, plays, tags, at.city FROM plays ORDER BY fan") == [
        ["f1", "3", "[a, b]", "Berlin"],
        ["f2", None, None, None],
    ]
    assert world.rows("SELECT tag FROM plays CROSS JOIN UNNEST(tags) AS t(tag) ORDER BY 1") == [
        ["a"],
        ["b"],
    ]


def test_failure_is_told_with_its_class(world: World) -> None:
    # AWS: StateChangeReason, and AthenaError with category 2 for the user's own.
    status = world.failure("SELECT * FROM nope")
    reason = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.music.nope' does not exist"
    assert status["StateChangeReason"] == reason
    assert status["AthenaError"]["ErrorCategory"] == 2
    assert status["AthenaError"]["ErrorMessage"] == reason
    assert status["AthenaError"]["Retryable"] is False
    execution = world.start("SELECT 1/0")
    world.wait(execution)
    with pytest.raises(ClientError) as raised:
        world.athena.get_query_results(QueryExecutionId=execution)
    assert code(raised)[1] == ("Query did not finish successfully. Final query state: FAILED")


def test_text_that_is_no_statement_is_refused_at_once(world: World) -> None:
    with pytest.raises(ClientError) as raised:
        world.start("SELEC 1")
    assert code(raised)[0] == "InvalidRequestException"
    assert "mismatched input 'SELEC'" in code(raised)[1]


@pytest.mark.parametrize(
    "sql",
    [
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
        "OPTIMIZE t REWRITE DATA USING BIN_PACK",
        "VACUUM t",
        "DELETE FROM t",
    ],
)
def test_statement_that_is_not_served_fails_by_name(world: World, sql: str) -> None:
    status = world.failure(sql)
    assert status["StateChangeReason"].startswith("NOT_SUPPORTED: ")
    assert sql.split()[0] in status["StateChangeReason"]


def test_create_table_as_writes_partitioned_parquet(world: World) -> None:
    # AWS: a manifest of the files beside the result, HIVE_PATH_ALREADY_EXISTS on a used folder.
    location = f"s3://{BUCKET}/tables/by_day/"
    sql = (
        "CREATE TABLE by_day WITH (format = 'PARQUET', write_compression = 'SNAPPY',"  # noqa: S608
        f" external_location = '{location}', partitioned_by = ARRAY['day'])"
        " AS SELECT n, currency, day FROM sales"
    )
    found = world.run(sql)
    assert found["SubstatementType"] == "CREATE_TABLE_AS_SELECT"
    listed = world.read(found["Statistics"]["DataManifestLocation"]).decode().split()
    assert sorted(listed) == sorted(f"s3://{BUCKET}/{key}" for key in world.keys("tables/by_day/"))
    assert world.rows("SELECT day, count(*) FROM by_day GROUP BY day ORDER BY 1") == [
        ["2026-06-01", "2"],
        ["2026-06-02", "1"],
    ]
    world.run("INSERT INTO by_day VALUES (9, 'EUR', '2026-06-03')")
    assert world.rows("SELECT n, currency FROM by_day WHERE day = '2026-06-03'") == [["9", "EUR"]]
    assert world.failure(sql)["StateChangeReason"].startswith("TABLE_ALREADY_EXISTS: ")
    world.run("DROP TABLE by_day")
    assert world.keys("tables/by_day/")
    status = world.failure(sql)
    assert status["StateChangeReason"].startswith("HIVE_PATH_ALREADY_EXISTS: ")


def test_unload_writes_files_of_the_format_asked_for(world: World) -> None:
    found = world.run(
        f"UNLOAD (SELECT n, currency FROM sales WHERE n IS NOT NULL) TO 's3://{BUCKET}/out/json/'"  # noqa: S608
        " WITH (format = 'JSON', compression = 'NONE')"
    )
    (address,) = world.read(found["Statistics"]["DataManifestLocation"]).decode().split()
    lines = world.read(address).decode().strip().split("\n")
    assert sorted(lines) == ['{"n":1,"currency":"USD"}', '{"n":2,"currency":""}']
    world.run(
        f"UNLOAD (SELECT n, currency FROM sales ORDER BY n) TO 's3://{BUCKET}/out/text/'"  # noqa: S608
        " WITH (format = 'TEXTFILE', field_delimiter = '|', compression = 'GZIP')"
    )
    (key,) = world.keys("out/text/")
    content = gzip.decompress(world.read(f"s3://{BUCKET}/{key}")).decode()
    assert content == "1|USD\n2|\n\\N|CAD\n"


def test_view_is_a_presto_view_in_the_catalog(world: World) -> None:
    world.run("CREATE VIEW dollars AS SELECT n, currency FROM sales WHERE currency = 'USD'")
    table = world.glue.get_table(DatabaseName="music", Name="dollars")["Table"]
    assert table["TableType"] == "VIRTUAL_VIEW"
    assert table["ViewOriginalText"].startswith("/* Presto View: ")
    assert world.rows("SELECT * FROM dollars") == [["1", "USD"]]
    again = "CREATE VIEW dollars AS SELECT 1 AS one"
    assert world.failure(again)["StateChangeReason"].startswith("TABLE_ALREADY_EXISTS: ")
    world.run("CREATE OR REPLACE VIEW dollars AS SELECT 1 AS one")
    assert world.rows("SELECT one FROM dollars") == [["1"]]
    assert world.rows("SHOW VIEWS") == [["dollars"]]
    world.run("DROP VIEW dollars")


def test_show_and_describe_give_lines_of_text(world: World) -> None:
    found = world.run("SHOW TABLES LIKE 'sal*'")
    assert found["ResultConfiguration"]["OutputLocation"].endswith(".txt")
    assert world.read(found["ResultConfiguration"]["OutputLocation"]) == b"sales\n"
    assert ["music"] in world.rows("SHOW DATABASES")
    described = [row[0] for row in world.rows("DESCRIBE sales")]
    assert described[0] == f"{'n':<20}\t{'int':<20}\t{'':<20}"
    assert "# Partition Information\t \t " in described
    shown = "\n".join(str(row[0]) for row in world.rows("SHOW CREATE TABLE sales"))
    assert "CREATE EXTERNAL TABLE `music.sales`(" in shown
    assert f"'s3://{BUCKET}/sales/'" in shown
    assert world.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'music' ORDER BY 1"
    ) == [["plays"], ["sales"]]


def test_parameters_fill_question_marks_in_order(world: World) -> None:
    # AWS: each is SQL, so that texts come with their quotes.
    sql = "WITH w AS (SELECT ? AS a) SELECT w.a, n FROM w, sales WHERE currency = ? ORDER BY n"
    assert world.rows(sql, ExecutionParameters=["7", "'USD'"]) == [["7", "1"]]
    status = world.failure("SELECT ?", ExecutionParameters=["1", "2"])
    assert status["StateChangeReason"].startswith("INVALID_PARAMETER_USAGE: ")
    injected = world.failure("SELECT ?", ExecutionParameters=["(SELECT n FROM sales)"])
    assert injected["StateChangeReason"].startswith("SYNTAX_ERROR: ")


def test_prepared_statements_are_one_with_the_api(world: World) -> None:
    world.run("PREPARE of_currency FROM SELECT n FROM sales WHERE currency = ?")
    asked = {"StatementName": "of_currency", "WorkGroup": "primary"}
    kept = world.athena.get_prepared_statement(**asked)["PreparedStatement"]
    assert kept["QueryStatement"] == "SELECT n FROM sales WHERE currency = ?"
    assert world.rows("EXECUTE of_currency USING 'USD'") == [["1"]]
    assert world.rows("EXECUTE of_currency", ExecutionParameters=["'USD'"]) == [["1"]]
    world.run("DEALLOCATE PREPARE of_currency")
    with pytest.raises(ClientError) as raised:
        world.athena.get_prepared_statement(**asked)
    assert code(raised)[0] == "ResourceNotFoundException"


def test_named_queries_are_kept(world: World) -> None:
    made = world.athena.create_named_query(Name="q", Database="music", QueryString="SELECT 1")
    name = made["NamedQueryId"]
    assert world.athena.get_named_query(NamedQueryId=name)["NamedQuery"]["WorkGroup"] == "primary"
    assert name in world.athena.list_named_queries()["NamedQueryIds"]
    world.athena.delete_named_query(NamedQueryId=name)
    assert name not in world.athena.list_named_queries()["NamedQueryIds"]


def test_workgroup_that_enforces_its_settings_overrules_the_caller(world: World) -> None:
    world.athena.create_work_group(
        Name="strict",
        Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/strict/"}},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    found = world.run("SELECT 1", WorkGroup="strict")
    assert found["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{BUCKET}/strict/")
    listed = world.athena.list_query_executions(WorkGroup="strict")["QueryExecutionIds"]
    assert listed == [found["QueryExecutionId"]]
    arn = "arn:aws:athena:us-east-1:000000000000:workgroup/strict"
    tags = world.athena.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    world.athena.update_work_group(
        WorkGroup="strict",
        ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000},
        State="DISABLED",
    )
    kept = world.athena.get_work_group(WorkGroup="strict")["WorkGroup"]
    assert kept["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000
    assert kept["Configuration"]["EnforceWorkGroupConfiguration"] is True
    with pytest.raises(ClientError) as raised:
        world.start("SELECT 1", WorkGroup="strict")
    assert code(raised)[1] == "WorkGroup strict is disabled."
    world.athena.delete_work_group(WorkGroup="strict", RecursiveDeleteOption=True)
    with pytest.raises(ClientError) as raised:
        world.athena.get_work_group(WorkGroup="strict")
    assert code(raised)[1] == "WorkGroup strict is not found."


def test_query_without_a_place_for_its_result_is_refused(world: World) -> None:
    with pytest.raises(ClientError) as raised:
        world.athena.start_query_execution(QueryString="SELECT 1")
    assert code(raised)[1].startswith("No output location provided.")
    with pytest.raises(ClientError) as raised:
        world.start("SELECT 1", ResultConfiguration={"OutputLocation": "s3://no-such-bucket/x"})
    assert code(raised)[1] == "Unable to verify/create output bucket no-such-bucket"


def test_stopped_query_is_cancelled_and_makes_room(world: World) -> None:
    execution = world.start(ENDLESS)
    while (
        world.athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"][
            "State"
        ]
        == "QUEUED"
    ):
        time.sleep(0.02)
    with pytest.raises(ClientError) as raised:
        world.athena.get_query_results(QueryExecutionId=execution)
    assert code(raised)[1] == "Query has not yet finished. Current state: RUNNING"
    world.athena.stop_query_execution(QueryExecutionId=execution)
    assert world.wait(execution)["Status"]["State"] == "CANCELLED"
    started = time.monotonic()
    assert world.rows("SELECT 1") == [["1"]]
    assert time.monotonic() - started < 20
    world.athena.stop_query_execution(QueryExecutionId=execution)


def test_catalog_is_seen_through_athena(world: World) -> None:
    assert world.athena.list_data_catalogs()["DataCatalogsSummary"] == [
        {"CatalogName": "AwsDataCatalog", "Type": "GLUE"}
    ]
    found = world.athena.get_table_metadata(
        CatalogName="AwsDataCatalog", DatabaseName="music", TableName="sales"
    )["TableMetadata"]
    assert [column["Name"] for column in found["Columns"]] == ["n", "currency", "sold_at"]
    assert found["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    with pytest.raises(ClientError) as raised:
        world.athena.get_table_metadata(
            CatalogName="AwsDataCatalog", DatabaseName="music", TableName="nope"
        )
    assert code(raised)[0] == "MetadataException"


def test_result_is_read_as_awswrangler_reads_it(world: World) -> None:
    # It waits, takes types from the first page and the values from the CSV, then deletes both.
    found = world.run("SELECT n, currency FROM sales WHERE n IS NOT NULL ORDER BY n")
    location = found["ResultConfiguration"]["OutputLocation"]
    info = world.athena.get_query_results(QueryExecutionId=found["QueryExecutionId"], MaxResults=1)[
        "ResultSet"
    ]["ResultSetMetadata"]["ColumnInfo"]
    types = {one["Name"]: one["Type"] for one in info}
    rows = list(csv.DictReader(io.StringIO(world.read(location).decode())))
    assert types == {"n": "integer", "currency": "varchar"}
    assert rows == [{"n": "1", "currency": "USD"}, {"n": "2", "currency": ""}]
    key = location.removeprefix(f"s3://{BUCKET}/")
    deleted = world.s3.delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": key}, {"Key": f"{key}.metadata"}]}
    )
    assert len(deleted["Deleted"]) == 2


def test_operation_that_is_not_served_is_an_error(world: World) -> None:
    with pytest.raises(ClientError) as raised:
        world.athena.list_notebook_metadata(WorkGroup="primary")
    assert code(raised)[0] == "NotImplementedException"
