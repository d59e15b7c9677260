"""Athena reads the Iceberg tables that Spark wrote: row deletes, changed schemas, time travel."""

from __future__ import annotations

import time
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CONF = " --conf ".join(
    (
        "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.glue_catalog.warehouse=s3://lake/silver",
    )
)
# Each statement that writes is a snapshot; deletes and updates are merged on read.
SCRIPT = '''
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for statement in """
CREATE TABLE glue_catalog.music.sales (id bigint, name string, price decimal(10,2), at timestamp,
  tags array<string>, day date) USING iceberg PARTITIONED BY (day) TBLPROPERTIES (
  'format-version'='2', 'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read',
  'write.parquet.compression-codec'='zstd');
CREATE TABLE glue_catalog.music.empty (id bigint, at timestamp) USING iceberg;
INSERT INTO glue_catalog.music.sales SELECT /*+ COALESCE(1) */ * FROM VALUES
  (1, 'a', 1.50, timestamp'2026-06-01 18:00:00.123456', array('x', 'y'), date'2026-06-01'),
  (2, 'b', 2.00, null, null, date'2026-06-01'),
  (3, 'c', 3.00, timestamp'2026-06-02 00:30:00', array(), date'2026-06-02');
DELETE FROM glue_catalog.music.sales WHERE id = 2;
UPDATE glue_catalog.music.sales SET name = 'cc' WHERE id = 3;
ALTER TABLE glue_catalog.music.sales ADD COLUMN extra int;
ALTER TABLE glue_catalog.music.sales RENAME COLUMN name TO title;
ALTER TABLE glue_catalog.music.sales CREATE TAG closed;
INSERT INTO glue_catalog.music.sales VALUES (4, 'd', 4, null, null, date'2026-06-02', 44)
""".split(";"):
    spark.sql(statement)
'''


class Lake:
    def __init__(self, gateway: Any) -> None:
        self.athena = gateway.client("athena")

    def run(self, sql: str) -> dict[str, Any]:
        execution = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Catalog": "AwsDataCatalog", "Database": "music"},
            ResultConfiguration={"OutputLocation": "s3://lake/results/"},
        )["QueryExecutionId"]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=execution)
            if found["QueryExecution"]["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return dict(found["QueryExecution"])
            time.sleep(0.02)
        pytest.fail(f"{sql} did not end")

    def rows(self, sql: str) -> list[list[str | None]]:
        found = self.run(sql)
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        answer = self.athena.get_query_results(QueryExecutionId=found["QueryExecutionId"])
        rows = answer["ResultSet"]["Rows"]
        return [[value.get("VarCharValue") for value in row["Data"]] for row in rows][1:]


@pytest.fixture(scope="module")
def lake(glue_gateway: Any) -> Lake:
    s3 = glue_gateway.client("s3", s3={"addressing_style": "path"})
    glue = glue_gateway.client("glue")
    for bucket in ("scripts", "lake"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="scripts", Key="sales.py", Body=SCRIPT.encode())
    glue.create_database(DatabaseInput={"Name": "music"})
    glue.create_job(
        Name="sales",
        Role="arn:aws:iam::000000000000:role/glue",
        Command={"Name": "glueetl", "ScriptLocation": "s3://scripts/sales.py"},
        GlueVersion="5.1",
        DefaultArguments={"--conf": CONF, "--datalake-formats": "iceberg"},
    )
    started = glue.start_job_run(JobName="sales")["JobRunId"]
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        run = glue.get_job_run(JobName="sales", RunId=started)["JobRun"]
        if run["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
            break
        time.sleep(0.3)
    assert run["JobRunState"] == "SUCCEEDED", run
    return Lake(glue_gateway)


def test_rows_are_those_that_spark_left(lake: Lake) -> None:
    # AWS: Spark's timestamp is timestamp(6) with time zone, written with UTC behind it.
    assert lake.rows("SELECT * FROM sales ORDER BY id") == [
        ["1", "a", "1.50", "2026-06-01 18:00:00.123456 UTC", "[x, y]", "2026-06-01", None],
        ["3", "cc", "3.00", "2026-06-02 00:30:00.000000 UTC", "[]", "2026-06-02", None],
        ["4", "d", "4.00", None, None, "2026-06-02", "44"],
    ]
    assert lake.rows("SELECT count(*), sum(id) FROM sales WHERE day > DATE '2026-06-01'") == [
        ["2", "7"]
    ]
    assert lake.rows("SELECT tag FROM sales CROSS JOIN UNNEST(tags) AS t(tag) ORDER BY 1") == [
        ["x"],
        ["y"],
    ]
    status = lake.run("SELECT name FROM sales")["Status"]
    assert status["StateChangeReason"] == (
        "COLUMN_NOT_FOUND: line 1:8: Column 'name' cannot be resolved"
    )


def test_local_business_day_of_a_moment(lake: Lake) -> None:
    sql = (
        "SELECT id, CAST(at AT TIME ZONE 'America/New_York' AS date) FROM sales"
        " WHERE at >= TIMESTAMP '2026-06-02 00:00:00'"
    )
    assert lake.rows(sql) == [["3", "2026-06-01"]]


def test_earlier_versions_can_be_read(lake: Lake) -> None:
    snapshots = lake.rows(
        'SELECT snapshot_id, operation, committed_at FROM "sales$snapshots" ORDER BY committed_at'
    )
    assert [row[1] for row in snapshots] == ["append", "delete", "overwrite", "append"]
    first, committed = snapshots[0][0], str(snapshots[1][2])
    assert lake.rows(f"SELECT id, name FROM sales FOR VERSION AS OF {first} ORDER BY 1") == [  # noqa: S608
        ["1", "a"],
        ["2", "b"],
        ["3", "c"],
    ]
    assert lake.rows(
        f"SELECT id FROM sales FOR TIMESTAMP AS OF TIMESTAMP '{committed}' ORDER BY 1"  # noqa: S608
    ) == [["1"], ["3"]]
    assert lake.rows("SELECT count(*) FROM sales FOR VERSION AS OF 'closed'") == [["2"]]
    too_early = "SELECT 1 FROM sales FOR TIMESTAMP AS OF TIMESTAMP '2000-01-01 00:00:00 UTC'"
    assert lake.run(too_early)["Status"]["StateChangeReason"].startswith(
        "INVALID_ARGUMENTS: No version history table sales at or before 2000-01-01"
    )


def test_metadata_tables_describe_files_and_partitions(lake: Lake) -> None:
    files = lake.rows('SELECT content, count(*) FROM "sales$files" GROUP BY 1 ORDER BY 1')
    assert files == [["0", "4"], ["1", "2"]]
    partitions = lake.rows('SELECT partition, file_count FROM "sales$partitions" ORDER BY 1')
    assert partitions == [["{day=2026-06-01}", "1"], ["{day=2026-06-02}", "3"]]
    assert lake.rows('SELECT name, type FROM "sales$refs" ORDER BY 1') == [
        ["closed", "TAG"],
        ["main", "BRANCH"],
    ]


def test_table_that_was_never_written_to_is_empty(lake: Lake) -> None:
    assert lake.rows("SELECT id, at FROM empty") == []


def test_iceberg_tables_are_written_by_spark_only(lake: Lake) -> None:
    for sql in ("INSERT INTO empty VALUES (1, NULL)", "DROP TABLE empty"):
        reason = lake.run(sql)["Status"]["StateChangeReason"]
        assert reason.startswith("NOT_SUPPORTED: ")
        assert "Iceberg" in reason
    assert lake.rows("SELECT count(*) FROM empty") == [["0"]]
