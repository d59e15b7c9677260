"""Pictures from landing to the items of artists: job, table, Athena, loader, DynamoDB.

Silver and gold are Parquet tables here; what Spark's Iceberg tables are like to Athena, its own
tests hold.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pytest

from rlm.aws.dynamodb_writer import unmarshalled_item
from rlm.domain.serving import serving_table
from rlm.serving.loader import ServingLoader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.serving.load import LoadResult

    from .conftest import Platform

UTC = dt.UTC
LAKE, LANDING, DATA = "rlm-dev-lake", "rlm-dev-landing", "rlm-dev-artist-data"
FOLDER = "artists/delivery_date=2026-06-01/images"
ARTISTS = pa.schema(
    {
        "artist_id": pa.string(), "name": pa.string(), "genres": pa.list_(pa.string()),
        "tags": pa.list_(pa.string()), "country": pa.string(), "formed_year": pa.int32(),
        "updated_at": pa.timestamp("us"),
    }
)  # fmt: skip
EVENTS = pa.schema({"headliner_id": pa.string(), "starts_at": pa.timestamp("us")})
POPULARITY = pa.schema(
    {
        "artist_id": pa.string(), "measured_on": pa.date32(), "streams": pa.int64(),
        "followers": pa.int64(), "rank": pa.int64(), "score": pa.float64(),
        "momentum": pa.float64(),
    }
)  # fmt: skip
ADA: dict[str, Any] = {
    "artist_id": "ada", "name": 'Ada, "the" Ñ', "genres": ["r&b, soul", 'so "called"'], "tags": [],
    "country": None, "formed_year": 1999,
    "updated_at": dt.datetime(2026, 5, 1, 9, 30),  # noqa: DTZ001 - UTC, as Parquet has it
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog(platform: Platform) -> Platform:
    """Two artists, an event of one of them, and the table that they are loaded into."""
    rows = [ADA, {**ADA, "artist_id": "bob", "tags": None}]
    platform.table("silver", "artists", ARTISTS, rows)
    event = {"headliner_id": "ada", "starts_at": dt.datetime(2026, 7, 1, 18)}  # noqa: DTZ001 - as above
    platform.table("silver", "events", EVENTS, [event])
    platform.table("gold", "artist_popularity_daily", POPULARITY, [])
    table = serving_table("Artists")
    attributes = {*table.key, *(n for i in table.indexes for n in (i.partition_key, i.sort_key))}
    platform.gateway.client("dynamodb").create_table(
        TableName="rlm-dev-Artists",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in attributes],
        KeySchema=[{"AttributeName": table.partition_key, "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": index.name,
                "KeySchema": [
                    {"AttributeName": index.partition_key, "KeyType": "HASH"},
                    {"AttributeName": index.sort_key, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in table.indexes
        ],
    )
    return platform


def process(platform: Platform, day: str = "2026-06-01") -> dict[str, Any]:
    where = ("--landing", f"s3://{LANDING}", "--artist_data", f"s3://{DATA}")
    return platform.run("process_artist_images", *where, "--business_date", day)


class Serving:
    """The loads of the feed Artists, as the operator does them."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._loader = ServingLoader(boto3.Session(), "dev", print)

    def status(self) -> str:
        return str(self._loader.changed(["Artists"], force=False)["Artists"]["status"])

    def load(self) -> LoadResult:
        pinned = self._loader.pin("Artists")
        athena = self._platform.gateway.client("athena")
        query = athena.start_query_execution(QueryString=pinned.sql, WorkGroup="rlm-dev")
        query_id = query["QueryExecutionId"]
        while True:
            found = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        return self._loader.load(pinned, found["ResultConfiguration"]["OutputLocation"], "r1")

    def items(self) -> dict[str, dict[str, Any]]:
        pages = self._platform.gateway.client("dynamodb").scan(TableName="rlm-dev-Artists")
        return {i["artist_id"]: i for i in map(unmarshalled_item, pages["Items"])}


@pytest.fixture(scope="module")
def serving(catalog: Platform) -> Iterator[Serving]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ENDPOINT_URL", catalog.gateway.endpoint_url),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):
            patch.setenv(name, value)
        yield Serving(catalog)


@pytest.fixture(scope="module")
def items_before(serving: Serving) -> dict[str, dict[str, Any]]:
    """Of a load while nobody has processed a picture."""
    assert serving.load().written == 2
    assert serving.status() == "unchanged"
    return serving.items()


@pytest.fixture(scope="module")
def profile(catalog: Platform, items_before: dict[str, Any]) -> dict[str, Any]:
    """Ada's, after the first run of the job; Bob's picture is none."""
    assert items_before
    picture = catalog.pixels().jpeg(640, 480)
    catalog.s3.put_object(Bucket=LANDING, Key=f"{FOLDER}/ada.jpg", Body=picture)
    catalog.s3.put_object(Bucket=LANDING, Key=f"{FOLDER}/bob.jpg", Body=b"no picture")
    report = process(catalog)
    assert (report["images_stored"], report["images_quarantined"]) == (1, 1)
    found: dict[str, Any] = json.loads(catalog.get(DATA, "artists/ada/profile.json"))
    return found


def test_artists_are_loaded_before_their_first_picture(
    items_before: dict[str, dict[str, Any]],
) -> None:
    assert set(items_before) == {"ada", "bob"}
    assert not {"profile_key", "image_keys", "image_version"} & items_before["ada"].keys()
    assert {name: item["has_events"] for name, item in items_before.items()} == {
        "ada": True,
        "bob": False,
    }


def test_pictures_become_versions_profiles_and_a_table(
    catalog: Platform, profile: dict[str, Any]
) -> None:
    assert profile["genres"] == ["r&b, soul", 'so "called"']
    assert (profile["country"], profile["formed_year"]) == (None, 1999)
    largest = catalog.s3.head_object(Bucket=DATA, Key=profile["image"]["files"][-1]["key"])
    assert largest["ContentType"] == "image/webp"

    before = catalog.versions(DATA)
    again = process(catalog)
    assert (again["images_in"], again["profiles_written"]) == (0, 0)
    assert catalog.versions(DATA) == before

    rows = catalog.ask(
        "SELECT artist_id, array_join(image_keys, '|') AS image_keys, image_version, updated_at "
        "FROM rlm_dev_gold.artist_profiles ORDER BY artist_id"
    )
    assert [row["artist_id"] for row in rows] == ["ada", "bob"]
    assert rows[0]["image_keys"].split("|") == keys_of(profile)
    assert rows[0]["updated_at"] == dt.datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    assert (rows[1]["image_keys"], rows[1]["image_version"]) == ("", None)


@pytest.mark.usefixtures("profile")
def test_analyst_asks_why_a_picture_was_refused(catalog: Platform) -> None:
    (refused,) = catalog.ask("SELECT * FROM rlm_dev_quarantine.artist_images")
    assert refused["file"] == f"s3://{LANDING}/{FOLDER}/bob.jpg"
    assert (refused["source"], refused["rule"]) == ("artist_images", "not_an_image")
    assert "expected a JPEG, PNG or WebP" in refused["reason"]
    assert refused["delivery_date"] == "2026-06-01"
    (folder,) = {
        found["Key"].split("/")[2]
        for found in catalog.s3.list_objects_v2(Bucket=LAKE, Prefix="quarantine/artist_images/")[
            "Contents"
        ]
    }
    assert folder == f"batch_id={refused['batch_id']}"
    assert [refused[name] for name in ("line", "column", "raw", "record")] == [None] * 4


def test_items_of_artists_carry_the_keys_of_their_pictures(
    catalog: Platform,
    serving: Serving,
    items_before: dict[str, dict[str, Any]],
    profile: dict[str, Any],
) -> None:
    assert serving.status() == "load"
    result = serving.load()
    assert (result.written, result.skipped) == (2, 0)
    items = serving.items()
    assert items["ada"]["image_keys"] == keys_of(profile)
    assert items["ada"]["image_version"] == profile["image"]["version"]
    assert items["ada"]["profile_key"] == "artists/ada/profile.json"
    assert items["bob"]["profile_key"] == "artists/bob/profile.json"
    assert "image_keys" not in items["bob"]
    # The table of profiles is newer than what was loaded before, and so are the items.
    assert items["ada"]["version"] > items_before["ada"]["version"]
    assert serving.status() == "unchanged"

    # A new picture changes the item of its artist alone.
    folder = "artists/delivery_date=2026-06-02/images"
    picture = catalog.pixels().jpeg(500, 500)
    catalog.s3.put_object(Bucket=LANDING, Key=f"{folder}/bob.png", Body=picture)
    assert process(catalog, "2026-06-02")["profiles_written"] == 1
    assert serving.status() == "load"
    result = serving.load()
    assert (result.written, result.skipped) == (1, 1)
    of_bob = json.loads(catalog.get(DATA, "artists/bob/profile.json"))
    assert serving.items()["bob"]["image_keys"] == keys_of(of_bob)


def keys_of(profile: dict[str, Any]) -> list[str]:
    return [file["key"] for file in profile["image"]["files"]]
