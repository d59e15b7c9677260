"""monitor_model on answers that a real endpoint gave and SageMaker captured."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlm import names

from .conftest import CAPTURED, ENDPOINT, ENV, IMAGE, LAKE, _module

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]
HERE = Path(__file__).parent
TODAY = dt.datetime.now(dt.UTC).date()
BUSINESS_DATE = TODAY + dt.timedelta(days=7)
FANS = [f"fan-{number:03}" for number in range(120)]
DAYS = [TODAY + dt.timedelta(days=n) for n in range(-7, 8)]
# Columns as the lake has them, in Parquet: Iceberg tables are written by Spark alone.
STRINGS = pa.string()


def test_captured_answers_become_metrics_and_a_wish_for_a_better_model(
    world: World, tmp_path: Path
) -> None:
    forget_what_others_asked(world)
    ask(world, FANS, InferenceId=names.UNATTENDED_INFERENCE)
    answered = ask(world, FANS)
    assert set(answered) == set(FANS)
    plant(world, answered)
    register(world)
    world.wait(world.captured, lambda lines: len(lines) == 2)

    ran = run(world, tmp_path)

    assert ran["tasks"] == {
        "unload_first_deeds": "success", "unload_days": "success", "unload_artists": "success",
        "unload_fans": "success", "list_answers": "success", "judge": "success",
        "report": "success", "publish_metrics": "success", "ask_for_retraining": "success",
    }  # fmt: skip
    (key,) = world.keys("runs/monitor_model/")
    report = json.loads(world.read(f"s3://{LAKE}/{key}"))
    assert (report["joined_answers"], report["live_version"]) == (len(FANS), "first")
    assert report["captured"]["unattended"] == 1
    assert report["all"]["model"]["hit_rate_10"]["mean"] == 12 / 120
    assert report["all"]["popularity"]["hit_rate_1"]["mean"] == 60 / 120
    assert b"A new model is wanted." in world.read(report["page"])
    assert published(world, "HitRate") == pytest.approx(12 / 120)
    assert published(world, "PopularityHitRate") == pytest.approx(60 / 120)
    assert published(world, "HitRateLift") == pytest.approx(-48 / 120)
    assert published(world, "JoinedAnswers") == len(FANS)
    assert published(world, "HitRate", model_version="first") == pytest.approx(12 / 120)
    (event,) = ran["events"]
    assert event["reason"] == report["verdict"]["reason"]
    assert event["reason"].startswith("first hit 10.00% of the time, popularity 50.00%")
    assert (event["business_date"], event["page"]) == (BUSINESS_DATE.isoformat(), report["page"])


def forget_what_others_asked(world: World) -> None:
    """Captures are written a while after their answers, in the order of them."""
    last = str(uuid4())
    ask(world, FANS[:1], InferenceId=last)
    world.wait(
        lambda: [one["eventMetadata"].get("inferenceId") for one in world.captured()],
        lambda written: last in written,
    )
    world.forget(f"{CAPTURED}/")


def ask(world: World, fans: list[str], **how: str) -> dict[str, list[str]]:
    """The new artists that the endpoint recommends to each fan, as it captures them."""
    body = {"questions": [{"fan_id": fan, "count": 10, "hides_known": True} for fan in fans]}
    answer = world.gateway.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=ENDPOINT, ContentType="application/json", Body=json.dumps(body), **how
    )
    answers = json.loads(answer["Body"].read())["answers"]
    return {
        fan: [artist["artist_id"] for artist in found["recommendations"]]
        for fan, found in zip(fans, answers, strict=True)
    }


def plant(world: World, answered: dict[str, list[str]]) -> None:
    """Every tenth fan follows the model, every second one hears the star whom all know but it."""
    listens = [("nobody", "filler", day) for day in DAYS]
    listens += [(fan, answered[fan][0], TODAY + dt.timedelta(days=2)) for fan in FANS[::10]]
    listens += [(fan, "star", TODAY + dt.timedelta(days=3)) for fan in FANS[1::2]]
    long_ago = TODAY - dt.timedelta(days=TODAY.weekday() + 70)
    crowd = [(f"crowd-{n}", "star", long_ago) for n in range(40)]
    none: list[Any] = []
    table(world, "silver", "listens", fan_id=STRINGS, artist_id=STRINGS, listened_on=pa.date32())(
        listens
    )
    table(
        world, "gold", "fan_artist_affinity",
        fan_id=STRINGS, artist_id=STRINGS, activity_week=pa.date32(),
    )(crowd)  # fmt: skip
    table(
        world, "silver", "ticket_sales", fan_id=STRINGS, event_id=STRINGS, kind=STRINGS,
        sold_at=pa.timestamp("us"), quantity=pa.int64(),
    )(none)  # fmt: skip
    table(world, "silver", "events", event_id=STRINGS, headliner_id=STRINGS, venue_id=STRINGS)(none)
    table(world, "silver", "venues", venue_id=STRINGS, city=STRINGS, country=STRINGS)(none)
    table(
        world, "silver", "artists",
        artist_id=STRINGS, genres=pa.list_(STRINGS), tags=pa.list_(STRINGS),
    )([("star", ["pop"], [])])  # fmt: skip


def table(world: World, layer: str, name: str, **columns: pa.DataType) -> Any:
    """Make it in the catalog; returns what writes its rows."""
    hive = {
        STRINGS: "string", pa.date32(): "date", pa.timestamp("us"): "timestamp",
        pa.int64(): "bigint", pa.list_(STRINGS): "array<string>",
    }  # fmt: skip
    serde = "org.apache.hadoop.hive.ql.io.parquet"
    world.gateway.client("glue").create_table(
        DatabaseName=names.database(ENV, layer),
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet"},
            "StorageDescriptor": {
                "Location": f"s3://{LAKE}/planted/{layer}/{name}/",
                "Columns": [{"Name": c, "Type": hive[kind]} for c, kind in columns.items()],
                "InputFormat": f"{serde}.MapredParquetInputFormat",
                "OutputFormat": f"{serde}.MapredParquetOutputFormat",
                "SerdeInfo": {"SerializationLibrary": f"{serde}.serde.ParquetHiveSerDe"},
            },
        },
    )

    def write(rows: list[tuple[Any, ...]]) -> None:
        values = list(zip(*rows, strict=True)) if rows else [[] for _ in columns]
        arrays = [pa.array(v, kind) for v, kind in zip(values, columns.values(), strict=True)]
        file = io.BytesIO()
        pq.write_table(pa.table(dict(zip(columns, arrays, strict=True))), file)
        world.put(f"planted/{layer}/{name}/part.parquet", file.getvalue())

    return write


def register(world: World) -> None:
    """The live model in the registry, with whom it was judged on; and what Athena needs."""
    evaluation = {
        "model_version": "first",
        "population": {"known_fans": {"known": 0, "new": 160}},
        "held_out_weeks": 4,
    }
    uri = world.put("models/first/output/evaluation.json", json.dumps(evaluation).encode())
    model = world.sagemaker.describe_training_job(TrainingJobName="first")["ModelArtifacts"]
    world.sagemaker.create_model_package(
        ModelPackageGroupName=names.model_package_group(ENV),
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": model["S3ModelArtifacts"]}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        ModelMetrics={
            "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}
        },
        CustomerMetadataProperties={"model_version": "first"},
    )


def run(world: World, home: Path) -> dict[str, Any]:
    localaws = _module("localaws_of_monitoring", HERE.parent / "localaws/conftest.py")
    python = localaws.interpreter("AIRFLOW_PYTHON", "airflow")
    # The one that asks and the one that listens: the others only take time to load.
    (home / "dags").mkdir()
    for dag in ("monitor_model", "train_recommender"):
        (home / f"dags/{dag}.py").symlink_to(REPOSITORY / f"dags/{dag}.py")
    given = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AWS_ENDPOINT_URL": world.gateway.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "RLM_ENV": ENV,
        "PATH": os.environ["PATH"],
        "HOME": str(home),
    }
    conf = json.dumps({"business_date": BUSINESS_DATE.isoformat()})
    done = subprocess.run(
        [str(python), str(HERE / "run_monitor_model.py"), conf, str(home / "ran.json")],
        env=given, capture_output=True, text=True, check=False, cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    ran: dict[str, Any] = json.loads((home / "ran.json").read_text())
    assert "failed" not in ran["tasks"].values(), done.stdout[-6000:] + done.stderr[-6000:]
    return ran


def published(world: World, metric: str, **more: str) -> float:
    """The one value that CloudWatch has."""
    by = {"environment": ENV, **more}
    now = dt.datetime.now(dt.UTC)
    (point,) = world.gateway.client("cloudwatch").get_metric_statistics(
        Namespace="RLM/Model",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in by.items()],
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(hours=1),
        Period=86_400,
        Statistics=["Average"],
    )["Datapoints"]
    return float(point["Average"])
