"""Both jobs that start no Spark, as scripts, on the local S3, Glue catalog and Athena.

Silver and gold are Parquet tables here; what Spark's Iceberg tables are like to Athena, its own
tests hold.
"""

from __future__ import annotations

import datetime as dt
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

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
UTC = dt.UTC
LAKE, LANDING = "rlm-dev-lake", "rlm-dev-landing"
DATA, REPORTS = "rlm-dev-artist-data", "rlm-dev-event-reports"
HIVE_TYPES = {pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint",
              pa.float64(): "double", pa.bool_(): "boolean", pa.date32(): "date",
              pa.timestamp("us"): "timestamp", pa.list_(pa.string()): "array<string>"}  # fmt: skip
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def _module(path: Path) -> Any:
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
        for name in ("rlm_dev_silver", "rlm_dev_gold"):
            self.glue.create_database(DatabaseInput={"Name": name})
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

    def versions(self, bucket: str) -> list[tuple[str, str]]:
        found = self.s3.list_object_versions(Bucket=bucket).get("Versions", [])
        return sorted((v["Key"], v["VersionId"]) for v in found)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    process = _module(ROOT / "tests/contract/localaws/conftest.py").GatewayProcess
    gateway = process(tmp_path_factory.mktemp("published") / "state").start()
    try:
        yield Platform(gateway)
    finally:
        gateway.stop()


def test_pictures_become_versions_profiles_and_a_table(platform: Platform) -> None:
    pixels = _module(ROOT / "tests/unit/jobs/artist_images/pixels.py")
    schema = pa.schema(
        {
            "artist_id": pa.string(), "name": pa.string(), "genres": pa.list_(pa.string()),
            "tags": pa.list_(pa.string()), "country": pa.string(), "formed_year": pa.int32(),
            "updated_at": pa.timestamp("us"),
        }
    )  # fmt: skip
    at = dt.datetime(2026, 5, 1, 9, 30)  # noqa: DTZ001 - UTC, as Parquet has it
    ada = {"artist_id": "ada", "name": 'Ada, "the" Ñ', "genres": ["r&b, soul", 'so "called"'],
           "tags": [], "country": None, "formed_year": 1999, "updated_at": at}  # fmt: skip
    platform.table("silver", "artists", schema, [ada, {**ada, "artist_id": "bob", "tags": None}])
    folder = "artists/delivery_date=2026-06-01/images"
    platform.s3.put_object(Bucket=LANDING, Key=f"{folder}/ada.jpg", Body=pixels.jpeg(640, 480))
    platform.s3.put_object(Bucket=LANDING, Key=f"{folder}/bob.jpg", Body=b"no picture")
    where = ("--landing", f"s3://{LANDING}", "--artist_data", f"s3://{DATA}")
    day = ("--business_date", "2026-06-01")
    report = platform.run("process_artist_images", *where, *day)
    assert (report["images_stored"], report["images_quarantined"]) == (1, 1)
    profile = json.loads(platform.get(DATA, "artists/ada/profile.json"))
    assert profile["genres"] == ["r&b, soul", 'so "called"']
    assert (profile["country"], profile["formed_year"]) == (None, 1999)
    largest = platform.s3.head_object(Bucket=DATA, Key=profile["image"]["files"][-1]["key"])
    assert largest["ContentType"] == "image/webp"

    before = platform.versions(DATA)
    again = platform.run("process_artist_images", *where, *day)
    assert (again["images_in"], again["profiles_written"]) == (0, 0)
    assert platform.versions(DATA) == before

    rows = _athena(
        platform,
        "SELECT artist_id, array_join(image_keys, '|') AS image_keys, image_version, updated_at "
        "FROM rlm_dev_gold.artist_profiles ORDER BY artist_id",
    )
    assert [row["artist_id"] for row in rows] == ["ada", "bob"]
    keys = [file["key"] for file in profile["image"]["files"]]
    assert rows[0]["image_keys"].split("|") == keys
    assert rows[0]["updated_at"] == dt.datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    assert (rows[1]["image_keys"], rows[1]["image_version"]) == ("", None)


def test_reports_of_events_are_published_once_for_each_change(platform: Platform) -> None:
    _events(platform)
    where = ("--event_reports", f"s3://{REPORTS}")
    report = platform.run("publish_event_reports", *where)
    assert report["reports_by_stage"] == {"ended": 8, "sold_50": 1}
    found = json.loads(platform.get(REPORTS, "events/over-0/report.json"))
    assert found["event"]["starts_at_local"] == "20:30"
    assert [d["so_far"] for d in found["days"]] == [10, 50]
    assert {c["name"]: c["tickets"] for c in found["channels"]} == {"web": 40, "app": 10}
    # Half of eight peers, which sold 50 to 57 of 100, had sold 53.5 at least; a day before the
    # event all had, ten days before it none had more than ten.
    points = {p["days_to_go"]: p for p in found["comparable"]["curve"]}
    assert (points[0]["median"], points[0]["lower_quartile"]) == (0.535, 0.51)
    assert (points[0]["upper_quartile"], points[0]["events"]) == (0.55, 8)
    assert (points[1]["median"], points[10]["median"]) == (0.535, 0.1)
    page = platform.s3.head_object(Bucket=REPORTS, Key="events/over-0/report.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert "over-7" in platform.get(REPORTS, "index.html")

    before = platform.versions(REPORTS)
    assert platform.run("publish_event_reports", *where)["reports_due"] == 0
    assert platform.versions(REPORTS) == before


def _events(platform: Platform) -> None:
    """Eight events that are over and one to come; each sold ten on one day, the rest later."""
    starts = dt.datetime(2026, 6, 5, 18, 30)  # noqa: DTZ001 - UTC, as Parquet has it
    first, last = dt.date(2026, 5, 1), dt.date(2026, 6, 4)
    text, whole, real = pa.string(), pa.int64(), pa.float64()
    performance = pa.schema(
        {
            "event_id": text, "name": text, "headliner_name": text, "genres": pa.list_(text),
            "venue_name": text, "city": text, "category": text, "starts_at": pa.timestamp("us"),
            "starts_on_local": pa.date32(), "status": text, "capacity": whole,
            "is_simulated": pa.bool_(), "tickets_sold": whole, "tickets_refunded": whole,
            "net_tickets": whole, "simulated_tickets_left_out": whole, "currency": text,
            "gross_cents": whole, "refunded_cents": whole, "net_cents": whole,
            "average_price_cents": whole, "sell_through": real, "as_of_date": pa.date32(),
            "days_to_go": pa.int32(), "is_over": pa.bool_(), "is_sold_out": pa.bool_(),
            "sold_out_on": pa.date32(), "milestone": text, "pace_ratio": real,
            "comparable_share": real, "comparable_events": pa.int32(), "pace_missing": text,
            "first_sale_date": pa.date32(), "last_sale_date": pa.date32(),
        }
    )  # fmt: skip
    events, days, sales, gold = [], [], [], []
    for nth, event_id in enumerate([*(f"over-{n}" for n in range(8)), "next"]):
        tickets, is_over = 50 + nth % 8, event_id != "next"
        events.append({"event_id": event_id, "timezone": "Europe/Berlin", "on_sale_on": first})
        gold.append(
            {
                "event_id": event_id, "name": event_id, "headliner_name": "A & B",
                "genres": ["folk"], "venue_name": "V", "city": "C", "category": "concert",
                "starts_at": starts, "starts_on_local": starts.date(), "status": "scheduled",
                "capacity": 100, "is_simulated": False, "tickets_sold": tickets,
                "tickets_refunded": 0, "net_tickets": tickets, "simulated_tickets_left_out": 0,
                "currency": "EUR", "gross_cents": tickets * 100, "refunded_cents": 0,
                "net_cents": tickets * 100, "average_price_cents": 100,
                "sell_through": tickets / 100, "as_of_date": last, "days_to_go": 1 - is_over,
                "is_over": is_over, "is_sold_out": False, "milestone": "sold_50",
                "comparable_events": 8, "first_sale_date": first, "last_sale_date": last,
            }
        )  # fmt: skip
        for date, count, channel in ((first, 10, "app"), (last, tickets - 10, "web")):
            cents = count * 100
            sold_at = dt.datetime.combine(date, dt.time(9))
            days.append(
                {"event_id": event_id, "sale_date": date, "currency": "EUR",
                 "is_simulated": False, "tickets_sold": count, "tickets_refunded": 0,
                 "net_tickets": count, "gross_cents": cents, "refunded_cents": 0,
                 "net_cents": cents, "orders": count,
                 "sale_week": date - dt.timedelta(days=date.weekday())}
            )  # fmt: skip
            sales.append(
                {"event_id": event_id, "is_simulated": False, "channel": channel, "tier": None,
                 "kind": "sale", "quantity": count, "sold_at": sold_at, "updated_at": sold_at}
            )  # fmt: skip
    day_schema = pa.schema(
        {
            "event_id": text, "sale_date": pa.date32(), "currency": text,
            "is_simulated": pa.bool_(), "tickets_sold": whole, "tickets_refunded": whole,
            "net_tickets": whole, "gross_cents": whole, "refunded_cents": whole,
            "net_cents": whole, "orders": whole, "sale_week": pa.date32(),
        }
    )  # fmt: skip
    sale_schema = pa.schema(
        {
            "event_id": text, "is_simulated": pa.bool_(), "channel": text, "tier": text,
            "kind": text, "quantity": pa.int32(), "sold_at": pa.timestamp("us"),
            "updated_at": pa.timestamp("us"),
        }
    )  # fmt: skip
    event_schema = pa.schema({"event_id": text, "timezone": text, "on_sale_on": pa.date32()})
    platform.table("gold", "event_performance", performance, gold)
    platform.table("gold", "ticket_sales_daily", day_schema, days)
    platform.table("silver", "ticket_sales", sale_schema, sales)
    platform.table("silver", "events", event_schema, events)


def _athena(platform: Platform, sql: str) -> list[dict[str, Any]]:
    from rlm.aws.athena import Athena

    athena = Athena("rlm-dev", f"s3://{LAKE}/athena-results/", platform.gateway.client("athena"))
    return list(athena.rows(sql))
