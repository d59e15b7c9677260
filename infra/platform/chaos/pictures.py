"""What a platform holds, read the way its users read it, less what differs from run to run.

Times of writing, ids of runs, batches, models and requests are left out, and nothing else but:
- rows of a file that chaos delivered under a second name, which an undisturbed run never had;
- the numbers in reports of events to come: they are those of the day of a milestone, and which day
  that is follows from the order of deliveries (docs/decisions/event-reports.md). That each event
  has its report, and of which milestones, is compared.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow.parquet as parquet

from bringup.local_aws import OPENER
from rlm import names

from .answers import answers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bringup.platform import Platform

    from .compare import Picture

# In the name of a file that chaos delivers once more under another name.
COPY_MARK = "-chaos-copy"
ATHENA_SECONDS = 300.0
# Columns that say when or by whom, by part; `*` is every part.
VOLATILE: Mapping[str, frozenset[str]] = {
    "gold.artist_profiles": frozenset({"updated_at"}),
    "items": frozenset({"version", "model_version", "written_at"}),
    "items.Recommendations": frozenset({"made_at", "expires_at"}),
    "spice": frozenset({"batch_id", "run_id", "loaded_at", "rows_quarantined", "updated_at"}),
}
_MOMENT_KEYS = frozenset(
    {"CreatedTime", "LastUpdatedTime", "LastPublishedTime", "ResponseMetadata", "RequestId"}
)


def take_picture(platform: Platform) -> Picture:
    """Every part, from silver to answers."""
    parts: list[Callable[[Platform], Picture]] = [
        _tables,
        _quarantine,
        _books,
        _items,
        _profiles,
        _reports,
        _spice,
        _dashboards,
        answers_of,
    ]
    with ThreadPoolExecutor(2) as pool:
        pictures = list(pool.map(lambda part: part(platform), parts))
    return {name: sorted(rows) for picture in pictures for name, rows in picture.items()}


def expected_parts(env: str) -> list[str]:
    """What must have content in any picture: an empty comparison proves nothing."""
    return [
        *(f"silver.{source}" for source in names.SOURCES),
        *(f"gold.{table}" for table in names.GOLD_TABLES),
        *(f"items.{entity}" for entity in names.DYNAMODB_TABLES),
        *(f"books.{source}" for source in names.SOURCES),
        *("quarantine", "reports.over", "reports.to_come", "profiles"),
        *(f"spice.rlm-{env}-{name}" for name in ("ticket-sales", "event-performance")),
        *("dashboards", "answers.recommend", "answers.analyze", "answers.fetch-trends"),
    ]


def _tables(platform: Platform) -> Picture:
    picture = {}
    glue = platform.client("glue")
    for layer in ("silver", "gold"):
        database = names.database(platform.env, layer)
        for table in glue.get_tables(DatabaseName=database)["TableList"]:
            part = f"{layer}.{table['Name']}"
            rows = _query(platform, f'SELECT * FROM {database}."{table["Name"]}"')  # noqa: S608
            picture[part] = [_row(part, row) for row in rows]
    return picture


def _query(platform: Platform, sql: str) -> list[dict[str, str]]:
    athena = platform.client("athena")
    workgroup = names.athena_workgroup(platform.env)
    query = athena.start_query_execution(QueryString=sql, WorkGroup=workgroup)["QueryExecutionId"]
    deadline = time.monotonic() + ATHENA_SECONDS
    while time.monotonic() < deadline:
        found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        state = found["Status"]["State"]
        if state == "SUCCEEDED":
            place = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://")
            bucket, _, key = place.partition("/")
            body = platform.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            return list(csv.DictReader(io.StringIO(body.decode())))
        if state in ("FAILED", "CANCELLED"):
            raise RuntimeError(f"{sql}: {found['Status'].get('StateChangeReason')}")
        time.sleep(0.2)
    raise TimeoutError(f"{sql}: no answer in {ATHENA_SECONDS:.0f} s")


def _quarantine(platform: Platform) -> Picture:
    """Rows that are in quarantine now: those that were released later are not."""
    lake = names.bucket(platform.env, "lake")
    released = {
        (row["file"], row["line"])
        for _, row in _json_lines(platform, lake, f"{names.RELEASED_PREFIX}/")
    }
    rows = [
        row
        for _, row in _json_lines(platform, lake, f"{names.QUARANTINE_PREFIX}/")
        if COPY_MARK not in str(row.get("file") or row.get("uri"))
        and (row.get("file"), row.get("line")) not in released
    ]
    return {"quarantine": [_row("quarantine", row) for row in rows]}


def _books(platform: Platform) -> Picture:
    """Every delivered file, once, with its rows; and that each batch's books balance."""
    lake = names.bucket(platform.env, "lake")
    picture: Picture = {}
    for source in names.SOURCES:
        rows, unbalanced = [], []
        for key, body in _objects(platform, lake, f"{names.LEDGER_PREFIX}/{source}/"):
            batch = json.loads(body)
            counts = batch["counts"]
            out = sum(counts[f"rows_{way}"] for way in ("loaded", "quarantined", "duplicate"))
            if counts["rows_in"] != out:
                unbalanced.append(f"{key}: {counts}")
            rows += [
                _row("books", {"file": file["uri"], "etag": file["etag"], "rows": told["rows_in"]})
                for file, told in zip(
                    sorted(batch["files"], key=lambda one: str(one["uri"])),
                    sorted(batch["file_counts"], key=lambda one: str(one["uri"])),
                    strict=True,
                )
                if COPY_MARK not in file["uri"]
            ]
        picture[f"books.{source}"] = rows
        picture[f"books.{source}.unbalanced"] = unbalanced
    return picture


def _items(platform: Platform) -> Picture:
    dynamodb = platform.client("dynamodb")
    picture = {}
    for entity in names.DYNAMODB_TABLES:
        pages = dynamodb.get_paginator("scan").paginate(
            TableName=names.dynamodb_table(platform.env, entity), ConsistentRead=True
        )
        picture[f"items.{entity}"] = [
            _row(f"items.{entity}", item) for page in pages for item in page["Items"]
        ]
    return picture


def _profiles(platform: Platform) -> Picture:
    bucket = names.bucket(platform.env, "artist-data")
    rows = []
    for key, body in _objects(platform, bucket, "artists/"):
        if not key.endswith(".json"):
            # The same picture gives the same bytes: it is encoded by the same library.
            rows.append(f"{key} {hashlib.sha256(body).hexdigest()}")
            continue
        document = json.loads(body)
        document.pop("updated_at", None)
        rows.append(f"{key} {_text(document)}")
    return {"profiles": rows}


def _reports(platform: Platform) -> Picture:
    bucket = names.bucket(platform.env, "event-reports")
    over, to_come = [], []
    for key, body in _objects(platform, bucket, "events/"):
        if not key.endswith("/report.json"):
            continue
        document = json.loads(body)
        if document["is_over"]:
            # Comparable events are those of the day on which the report was made.
            for name in ("comparable", "as_of", "days_to_go"):
                document.pop(name, None)
            document["figures"].pop("pace_ratio", None)
            document["figures"].pop("pace_missing", None)
            over.append(f"{key} {_text(document)}")
        else:
            to_come.append(f"{key} {document['stage']} {document['reached']}")
    return {"reports.over": over, "reports.to_come": to_come}


def _spice(platform: Platform) -> Picture:
    quicksight, account = platform.client("quicksight"), _account(platform)
    picture = {}
    for data_set in _data_sets(quicksight, account):
        name = data_set["DataSetId"]
        url = f"{platform.aws.url}/_localaws/quicksight/spice/{account}/{quote(name)}"
        with OPENER.open(url, timeout=60) as answer:
            rows = parquet.read_table(io.BytesIO(answer.read())).to_pylist()
        part = f"spice.{name}"
        picture[part] = [_row(part, row) for row in rows if COPY_MARK not in str(row.get("file"))]
    return picture


def _dashboards(platform: Platform) -> Picture:
    """Definitions as they are deployed and published."""
    quicksight, account = platform.client("quicksight"), _account(platform)
    rows = []
    for data_set in _data_sets(quicksight, account):
        told = quicksight.describe_data_set(AwsAccountId=account, DataSetId=data_set["DataSetId"])
        kept = {k: v for k, v in told["DataSet"].items() if "Consumed" not in k}
        rows.append(_text(_without_moments(kept)))
    for one in quicksight.list_dashboards(AwsAccountId=account)["DashboardSummaryList"]:
        if "PublishedVersionNumber" not in one:
            rows.append(f"{one['DashboardId']} is not published")
            continue
        told = quicksight.describe_dashboard_definition(
            AwsAccountId=account,
            DashboardId=one["DashboardId"],
            VersionNumber=one["PublishedVersionNumber"],
        )
        rows.append(f"{one['DashboardId']} {_text(_without_moments(told['Definition']))}")
    return {"dashboards": rows}


def _data_sets(quicksight: Any, account: str) -> Iterator[dict[str, Any]]:
    for page in quicksight.get_paginator("list_data_sets").paginate(AwsAccountId=account):
        yield from page["DataSetSummaries"]


def _account(platform: Platform) -> str:
    return str(platform.client("sts").get_caller_identity()["Account"])


def _objects(platform: Platform, bucket: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    s3 = platform.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield item["Key"], s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()


def _json_lines(
    platform: Platform, bucket: str, prefix: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, body in _objects(platform, bucket, prefix):
        for line in body.decode().splitlines():
            if line.strip():
                yield key, json.loads(line)


def _row(part: str, row: Mapping[str, Any]) -> str:
    volatile = VOLATILE.get(part, frozenset()) | VOLATILE.get(part.partition(".")[0], frozenset())
    return _text({name: value for name, value in row.items() if name not in volatile})


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)


def _without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_moments(v) for k, v in value.items() if k not in _MOMENT_KEYS}
    if isinstance(value, list):
        return [_without_moments(one) for one in value]
    return value
