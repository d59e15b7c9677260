"""A gateway with the platform's buckets, catalog and workgroup, and the jobs as programs."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlm.aws.athena import Athena
from rlm.domain.json_tables import JSON_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
LAKE, LANDING = "rlm-dev-lake", "rlm-dev-landing"
DATA, REPORTS = "rlm-dev-artist-data", "rlm-dev-event-reports"
HIVE_TYPES = {pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint",
              pa.float64(): "double", pa.bool_(): "boolean", pa.date32(): "date",
              pa.timestamp("us"): "timestamp", pa.list_(pa.string()): "array<string>"}  # fmt: skip
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def module(path: Path) -> Any:
    """A module of tests that no package holds."""
    spec = util.spec_from_file_location(f"published_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Platform:
    """A gateway with the platform's buckets, databases and workgroup."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.s3, self.glue = gateway.client("s3"), gateway.client("glue")
        for bucket in (LAKE, LANDING, DATA, REPORTS):
            self.s3.create_bucket(Bucket=bucket)
        for bucket in (DATA, REPORTS):
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        for layer in ("silver", "gold", "quarantine"):
            self.glue.create_database(DatabaseInput={"Name": f"rlm_dev_{layer}"})
        for table in JSON_TABLES:
            self.glue.create_table(
                DatabaseName=f"rlm_dev_{table.layer}", TableInput=table.table_input("dev")
            )
        location = {"OutputLocation": f"s3://{LAKE}/athena-results/"}
        gateway.client("athena").create_work_group(
            Name="rlm-dev", Configuration={"ResultConfiguration": location}
        )

    def table(
        self, database: str, name: str, schema: pa.Schema, rows: list[dict[str, Any]]
    ) -> None:
        """A Parquet table of these rows."""
        out = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
        self.s3.put_object(Bucket=LAKE, Key=f"{database}/{name}/0.parquet", Body=out.getvalue())
        columns = [{"Name": f.name, "Type": HIVE_TYPES[f.type]} for f in schema]
        self.glue.create_table(
            DatabaseName=f"rlm_dev_{database}",
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"classification": "parquet"},
                "StorageDescriptor": {
                    "Columns": columns,
                    "Location": f"s3://{LAKE}/{database}/{name}/",
                    "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
                    "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
                    "SerdeInfo": {"SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe"},
                },
            },
        )

    def run(self, script: str, *arguments: str) -> dict[str, Any]:
        """Runs a Glue script to its end; its run report."""
        run = subprocess.run(
            [
                *(sys.executable, str(ROOT / f"include/glue/{script}.py")),
                *("--env", "dev", "--run_id", "r1", "--lake", f"s3://{LAKE}", *arguments),
            ],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT / "src"),
                "AWS_ENDPOINT_URL": self.gateway.endpoint_url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-3000:]
        report: dict[str, Any] = json.loads(self.get(LAKE, f"runs/{script}/r1.json"))
        return report

    def get(self, bucket: str, key: str) -> str:
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode()

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Athena's rows."""
        location = f"s3://{LAKE}/athena-results/"
        return list(Athena("rlm-dev", location, self.gateway.client("athena")).rows(sql))

    def pixels(self) -> Any:
        """What makes pictures in tests."""
        return module(ROOT / "tests/unit/jobs/artist_images/pixels.py")

    def versions(self, bucket: str) -> list[tuple[str, str]]:
        found = self.s3.list_object_versions(Bucket=bucket).get("Versions", [])
        return sorted((v["Key"], v["VersionId"]) for v in found)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    process = module(ROOT / "tests/contract/localaws/conftest.py").GatewayProcess
    gateway = process(tmp_path_factory.mktemp("published") / "state").start()
    try:
        yield Platform(gateway)
    finally:
        gateway.stop()
