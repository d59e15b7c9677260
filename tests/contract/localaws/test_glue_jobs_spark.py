"""A glueetl run is Glue 5.1's Spark: s3:// files, Iceberg in the Glue catalog, Spark's errors."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest

pytestmark = pytest.mark.slow

# As a deployed job says it: Glue takes several settings only in this form.
CONF = " --conf ".join(
    (
        "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.glue_catalog.warehouse=s3://lake/silver",
    )
)
MERGE = """
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import StringType
import shouting

spark = SparkSession.builder.getOrCreate()
rows = spark.read.option("header", True).csv("s3://landing/artists/")
shout = F.udf(lambda name: shouting.shout(name), StringType())
rows = rows.select("artist_id", shout("name").alias("name"))
table = "glue_catalog.music.artists"
spark.sql(f"CREATE TABLE IF NOT EXISTS {table} (artist_id string, name string) USING iceberg")
rows.createOrReplaceTempView("arrived")
spark.sql(f'''MERGE INTO {table} t USING arrived a ON t.artist_id = a.artist_id
              WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *''')
print(spark.version, spark.conf.get("spark.sql.session.timeZone"))
for row in spark.table(table).orderBy("artist_id").collect():
    print(row.artist_id, row.name)
"""


def wait(glue: Any, name: str, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        run: dict[str, Any] = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        if run["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
            return run
        time.sleep(0.3)
    pytest.fail(f"{name} is still {run['JobRunState']}")


@pytest.fixture(scope="module", autouse=True)
def endless_run(glue_gateway: Any) -> tuple[str, str]:
    """A run with the shortest timeout that Glue allows; the minute passes during other tests."""
    s3 = glue_gateway.client("s3", s3={"addressing_style": "path"})
    glue = glue_gateway.client("glue")
    s3.create_bucket(Bucket="scripts")
    s3.put_object(Bucket="scripts", Key="endless.py", Body=b"import time; time.sleep(3600)")
    glue.create_job(
        Name="endless",
        Role="arn:aws:iam::000000000000:role/glue",
        Command={"Name": "pythonshell", "ScriptLocation": "s3://scripts/endless.py"},
        Timeout=1,
    )
    return "endless", glue.start_job_run(JobName="endless")["JobRunId"]


@pytest.fixture
def deploy(glue_gateway: Any) -> Any:
    s3 = glue_gateway.client("s3", s3={"addressing_style": "path"})
    glue = glue_gateway.client("glue")

    def deploy_job(name: str, script: str) -> Any:
        for bucket in ("scripts", "landing", "lake"):
            s3.create_bucket(Bucket=bucket)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("shouting.py", "def shout(text):\n    return text.upper()\n")
        s3.put_object(Bucket="scripts", Key="shouting.zip", Body=archive.getvalue())
        s3.put_object(Bucket="scripts", Key=f"{name}.py", Body=script.encode())
        glue.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/glue",
            Command={"Name": "glueetl", "ScriptLocation": f"s3://scripts/{name}.py"},
            GlueVersion="5.1",
            DefaultArguments={
                "--conf": CONF,
                "--datalake-formats": "iceberg",
                "--extra-py-files": "s3://scripts/shouting.zip",
            },
        )
        return s3, glue

    return deploy_job


def test_spark_merges_s3_files_into_an_iceberg_table_of_the_catalog(
    deploy: Any, glue_gateway: Any
) -> None:
    s3, glue = deploy("merge", MERGE)
    glue.create_database(DatabaseInput={"Name": "music"})
    s3.put_object(Bucket="landing", Key="artists/a.csv", Body=b"artist_id,name\n1,ann\n2,bob\n")
    first = wait(glue, "merge", glue.start_job_run(JobName="merge")["JobRunId"])
    s3.put_object(Bucket="landing", Key="artists/a.csv", Body=b"artist_id,name\n2,bea\n3,cy\n")
    second = wait(glue, "merge", glue.start_job_run(JobName="merge")["JobRunId"])

    assert (first["JobRunState"], second["JobRunState"]) == ("SUCCEEDED", "SUCCEEDED"), first
    logs = glue_gateway.client("logs")
    events = logs.get_log_events(
        logGroupName="/aws-glue/jobs/output", logStreamName=second["Id"], startFromHead=True
    )["events"]
    assert [event["message"] for event in events] == ["3.5.6 UTC", "1 ANN", "2 BEA", "3 CY"]
    table = glue.get_table(DatabaseName="music", Name="artists")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["Parameters"]["metadata_location"].startswith("s3://lake/silver/music.db/artists/")


def test_spark_listens_on_loopback_only(deploy: Any, glue_gateway: Any) -> None:
    script = """
import os, pathlib
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sparkContext.parallelize(range(4), 2).map(lambda n: n + 1).sum()
mine = f"GLUE_JOB_RUN_DIR={os.environ['GLUE_JOB_RUN_DIR']}".encode()
sockets = set()
for process in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        if mine in (process / "environ").read_bytes():
            sockets |= {os.readlink(link) for link in (process / "fd").iterdir()}
    except OSError:
        pass
for table in ("tcp", "tcp6"):
    for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            print(fields[1].split(":")[0])
"""
    _, glue = deploy("listens", script)
    run = wait(glue, "listens", glue.start_job_run(JobName="listens")["JobRunId"])
    assert run["JobRunState"] == "SUCCEEDED", run
    events = glue_gateway.client("logs").get_log_events(
        logGroupName="/aws-glue/jobs/output", logStreamName=run["Id"]
    )["events"]
    addresses = [event["message"] for event in events]
    assert len(addresses) >= 2, "the driver and the block manager should be listening"
    assert set(addresses) <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_a_spark_error_is_the_runs_error_message(deploy: Any) -> None:
    script = (
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "spark.read.csv('s3://landing/nothing-here/').show()\n"
    )
    _, glue = deploy("path-missing", script)
    run = wait(glue, "path-missing", glue.start_job_run(JobName="path-missing")["JobRunId"])
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("Failed Line Number: 3; AnalysisException: ")
    assert "s3://landing/nothing-here" in run["ErrorMessage"]


def test_iceberg_is_there_only_for_jobs_that_ask_for_it(deploy: Any) -> None:
    # AWS: without --datalake-formats iceberg its jars are not on the class path.
    script = (
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "spark.sql('SHOW TABLES IN glue_catalog.music')\n"
    )
    _, glue = deploy("no-formats", script)
    started = glue.start_job_run(JobName="no-formats", Arguments={"--datalake-formats": ""})
    run = wait(glue, "no-formats", started["JobRunId"])
    assert run["JobRunState"] == "FAILED"
    assert "org.apache.iceberg.spark.SparkCatalog" in run["ErrorMessage"]
    refused = glue.start_job_run(JobName="no-formats", Arguments={"--datalake-formats": "hudi"})
    run = wait(glue, "no-formats", refused["JobRunId"])
    assert "--datalake-formats hudi" in run["ErrorMessage"]


def test_a_run_is_ended_when_its_timeout_has_passed(
    glue_gateway: Any, endless_run: tuple[str, str]
) -> None:
    # AWS: TIMEOUT, after Timeout minutes.
    run = wait(glue_gateway.client("glue"), *endless_run)
    assert run["JobRunState"] == "TIMEOUT"
    assert run["ErrorMessage"] == "Job run exceeded its timeout of 1 minutes."
    assert 60 <= run["ExecutionTime"] <= 75
