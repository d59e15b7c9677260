"""Glue crawlers through the API: tables and partitions come from what lies in S3."""

from __future__ import annotations

import gzip
import io
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ARTISTS = b"artist_id,name,formed_year,is_live,score\na1,Ann,1999,true,1.5\na2,Bob,,false,2\n"
EVENTS = [
    {"event_id": "e1", "capacity": 90, "tiers": [{"tier": "A", "price": "9.50"}], "at": None},
    {"event_id": "e2", "capacity": 5_000_000_000, "tiers": [], "at": "2026-06-01T20:00:00"},
]


class World:
    """A bucket and a database of one test's own, and a crawler on them."""

    def __init__(self, gateway: Any, name: str) -> None:
        self.gateway = gateway
        self.name = name
        self.glue = gateway.client("glue")
        self.s3 = gateway.client("s3", s3={"addressing_style": "path"})
        self.s3.create_bucket(Bucket=name)
        self.glue.create_database(DatabaseInput={"Name": name})

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def create(self, *folders: str, **settings: Any) -> None:
        paths = [f"s3://{self.name}/{folder}" for folder in folders]
        self.glue.create_crawler(
            Name=self.name,
            Role="arn:aws:iam::000000000000:role/crawler",
            DatabaseName=self.name,
            Targets={"S3Targets": [{"Path": path} for path in paths]},
            **settings,
        )

    def crawl(self) -> dict[str, Any]:
        """One crawl to its end; its LastCrawl."""
        self.glue.start_crawler(Name=self.name)
        return self.wait()

    def wait(self) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            crawler = self.glue.get_crawler(Name=self.name)["Crawler"]
            if crawler["State"] == "READY":
                found: dict[str, Any] = crawler["LastCrawl"]
                return found
            time.sleep(0.1)
        pytest.fail(f"crawler {self.name} is still {crawler['State']}")

    def table(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.glue.get_table(DatabaseName=self.name, Name=name)["Table"]
        return found

    def columns(self, name: str) -> dict[str, str]:
        columns = self.table(name)["StorageDescriptor"]["Columns"]
        return {column["Name"]: column["Type"] for column in columns}

    def tables(self) -> list[str]:
        return [t["Name"] for t in self.glue.get_tables(DatabaseName=self.name)["TableList"]]

    def partitions(self, name: str) -> dict[str, dict[str, Any]]:
        found = self.glue.get_partitions(DatabaseName=self.name, TableName=name)["Partitions"]
        return {"/".join(partition["Values"]): partition for partition in found}

    def log(self) -> str:
        events = self.gateway.client("logs").get_log_events(
            logGroupName="/aws-glue/crawlers", logStreamName=self.name, startFromHead=True
        )["events"]
        return "\n".join(event["message"] for event in events)


@pytest.fixture
def world(gateway: Any, request: pytest.FixtureRequest) -> World:
    number = request.session.items.index(request.node)
    return World(gateway, f"crawled-{number}")


def code(raised: pytest.ExceptionInfo[ClientError]) -> str:
    return str(raised.value.response["Error"]["Code"])


def test_csv_becomes_a_table_with_types_and_hive_partitions(world: World) -> None:
    # AWS: bigint, double, boolean, string; LazySimpleSerDe; the header is skipped by parameter.
    world.put("artists/delivery_date=2026-06-01/a.csv", ARTISTS)
    world.put("artists/delivery_date=2026-06-02/b.csv.gz", gzip.compress(ARTISTS))
    world.create("artists/")

    last = world.crawl()

    assert last["Status"] == "SUCCEEDED"
    table = world.table("artists")
    assert world.columns("artists") == {
        "artist_id": "string",
        "name": "string",
        "formed_year": "bigint",
        "is_live": "boolean",
        "score": "double",
    }
    assert table["PartitionKeys"] == [{"Name": "delivery_date", "Type": "string"}]
    assert table["StorageDescriptor"]["Location"] == f"s3://{world.name}/artists/"
    assert table["TableType"] == "EXTERNAL_TABLE"
    serde = table["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"].endswith("LazySimpleSerDe")
    assert serde["Parameters"] == {"field.delim": ","}
    expected = {"classification": "csv", "skip.header.line.count": "1", "recordCount": "4"}
    assert expected.items() <= table["Parameters"].items()
    partitions = world.partitions("artists")
    assert list(partitions) == ["2026-06-01", "2026-06-02"]
    first, second = partitions.values()
    assert (first["Parameters"]["compressionType"], first["Parameters"]["recordCount"]) == (
        "none",
        "2",
    )
    assert second["Parameters"]["compressionType"] == "gzip"
    assert second["StorageDescriptor"]["Compressed"] is True
    assert second["StorageDescriptor"]["Location"] == (
        f"s3://{world.name}/artists/delivery_date=2026-06-02/"
    )


def test_json_lines_become_a_table_with_nested_types(world: World) -> None:
    # AWS: int that outgrows 32 bits is bigint; arrays and structs as Hive has them; JsonSerDe.
    body = "\n".join(json.dumps(event) for event in EVENTS).encode()
    world.put("events/delivery_date=2026-06-01/e.jsonl", body + b"\n")
    world.create("events")

    world.crawl()

    assert world.columns("events") == {
        "event_id": "string",
        "capacity": "bigint",
        "tiers": "array<struct<tier:string,price:string>>",
        "at": "string",
    }
    serde = world.table("events")["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert world.table("events")["Parameters"]["classification"] == "json"


def test_parquet_keeps_the_types_of_its_footer(world: World) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    table = pa.table({"id": pa.array([1, 2], pa.int32()), "price": pa.array([None, 2.5])})
    pq.write_table(table, stream)
    world.put("prices/p.parquet", stream.getvalue())
    world.create("prices/")

    last = world.crawl()

    assert last.get("ErrorMessage") is None

    assert world.columns("prices") == {"id": "int", "price": "double"}
    parameters = world.table("prices")["Parameters"]
    assert (parameters["classification"], parameters["recordCount"]) == ("parquet", "2")
    assert world.table("prices")["PartitionKeys"] == []


def test_unreadable_files_are_logged_and_skipped(world: World) -> None:
    # AWS: a file that cannot be classified does not fail the crawl.
    world.put("artists/d=1/good.csv", ARTISTS)
    world.put("artists/d=1/empty.csv", b"")
    world.put("artists/d=1/latin.csv", "artist_id,name\na1,Björk\na2,B\n".encode("latin-1"))
    world.put(
        "artists/d=4/torn-line.csv", ARTISTS + ARTISTS.split(b"\n", 1)[1] * 10 + b"a\xff,B,,,\n"
    )
    world.put("artists/d=1/torn.csv.gz", gzip.compress(ARTISTS * 50)[:-20])
    world.put("artists/d=1/semicolons.csv", ARTISTS.replace(b",", b";"))
    world.put("artists/d=2/only-empty.csv", b"")
    world.put("artists/d=3/broken.parquet", b"PAR1 and no more")
    world.create("artists/")

    last = world.crawl()

    assert (last["Status"], last.get("ErrorMessage")) == ("SUCCEEDED", None)

    assert world.tables() == ["artists"]
    assert list(world.partitions("artists")) == ["1", "4"]
    assert world.columns("artists")["formed_year"] == "bigint"
    log = world.log()
    for name, reason in {
        "empty.csv": "the file is empty",
        "latin.csv": "1 of 3 lines are not UTF-8",
        "torn-line.csv": "1 of its first lines are not UTF-8",
        "torn.csv.gz": "the gzip ends early",
        "broken.parquet": "not a whole Parquet file",
    }.items():
        assert any(name in line and reason in line for line in log.splitlines()), name


def test_each_target_is_a_table_and_like_folders_are_one(world: World) -> None:
    # AWS: a target's folders with like schemas are partitions of one table, named partition_0;
    # unlike ones are tables of their own.
    world.put("songs/2026/a.csv", ARTISTS)
    world.put("songs/2027/a.csv", ARTISTS)
    world.put("mixed/artists/a.csv", ARTISTS)
    world.put("mixed/events/e.jsonl", json.dumps(EVENTS[0]).encode())
    world.create("songs/", "mixed/", TablePrefix="raw_")

    world.crawl()

    assert world.tables() == ["raw_artists", "raw_events", "raw_songs"]
    assert world.table("raw_songs")["PartitionKeys"] == [{"Name": "partition_0", "Type": "string"}]
    assert list(world.partitions("raw_songs")) == ["2026", "2027"]


def test_a_second_crawl_adds_partitions_and_columns(world: World) -> None:
    # AWS: UPDATE_IN_DATABASE is the default.
    world.put("artists/d=1/a.csv", ARTISTS)
    world.create("artists/")
    world.crawl()
    created = world.table("artists")
    world.put("artists/d=2/a.csv", ARTISTS.replace(b"score\n", b"score,country\n") + b"\n")
    world.put("artists/d=2/a.csv", b"artist_id,name,formed_year,country\na3,Cy,2001,NL\n")

    world.crawl()

    assert list(world.partitions("artists")) == ["1", "2"]
    assert list(world.columns("artists"))[-1] == "country"
    assert world.table("artists")["CreateTime"] == created["CreateTime"]
    metrics = world.glue.get_crawler_metrics(CrawlerNameList=[world.name])["CrawlerMetricsList"]
    assert (metrics[0]["TablesCreated"], metrics[0]["TablesUpdated"]) == (0, 1)

    world.crawl()

    metrics = world.glue.get_crawler_metrics(CrawlerNameList=[world.name])["CrawlerMetricsList"]
    assert (metrics[0]["TablesCreated"], metrics[0]["TablesUpdated"]) == (0, 0)


def test_policy_log_keeps_tables_as_they_are(world: World) -> None:
    # AWS: with LOG new partitions are added, existing tables are neither changed nor deleted.
    world.put("artists/d=1/a.csv", ARTISTS)
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    world.create("artists/", SchemaChangePolicy=policy)
    world.crawl()
    before = world.columns("artists")
    world.put("artists/d=2/a.csv", b"artist_id,name,formed_year,country\na3,Cy,2001,NL\n")
    world.s3.delete_object(Bucket=world.name, Key="artists/d=1/a.csv")

    world.crawl()

    assert world.columns("artists") == before
    assert list(world.partitions("artists")) == ["1", "2"]
    assert "by policy it is kept" in world.log()


@pytest.mark.parametrize(
    ("behavior", "tables", "partitions"),
    [
        ("DELETE_FROM_DATABASE", ["artists"], ["2"]),
        ("DEPRECATE_IN_DATABASE", ["artists", "venues"], ["1", "2"]),
        ("LOG", ["artists", "venues"], ["1", "2"]),
    ],
)
def test_gone_files(world: World, behavior: str, tables: list[str], partitions: list[str]) -> None:
    world.put("artists/d=1/a.csv", ARTISTS)
    world.put("artists/d=2/a.csv", ARTISTS)
    world.put("venues/a.csv", ARTISTS)
    world.create("artists/", "venues/", SchemaChangePolicy={"DeleteBehavior": behavior})
    world.crawl()
    world.s3.delete_object(Bucket=world.name, Key="artists/d=1/a.csv")
    world.s3.delete_object(Bucket=world.name, Key="venues/a.csv")

    world.crawl()

    assert world.tables() == tables
    assert list(world.partitions("artists")) == partitions
    if behavior == "DEPRECATE_IN_DATABASE":
        assert "DEPRECATED_BY_CRAWLER" in world.table("venues")["Parameters"]
        assert "DEPRECATED_BY_CRAWLER" in world.partitions("artists")["1"]["Parameters"]


def test_many_small_files_are_sampled_and_all_counted(world: World) -> None:
    for number in range(60):
        world.put(f"artists/d=1/{number:03}.csv", ARTISTS)
    world.create("artists/")
    world.crawl()
    parameters = world.partitions("artists")["1"]["Parameters"]
    assert (parameters["objectCount"], parameters["recordCount"]) == ("60", "120")
    assert parameters["sizeKey"] == str(60 * len(ARTISTS))


def test_exclusions_hide_files(world: World) -> None:
    world.put("artists/a.csv", ARTISTS)
    world.put("artists/notes.tmp", b"x")
    world.put("artists/_SUCCESS", b"")
    world.glue.create_crawler(
        Name=world.name,
        Role="arn:aws:iam::000000000000:role/crawler",
        DatabaseName=world.name,
        Targets={"S3Targets": [{"Path": f"s3://{world.name}/artists/", "Exclusions": ["*.tmp"]}]},
    )
    world.crawl()
    assert world.table("artists")["Parameters"]["objectCount"] == "1"


@pytest.mark.parametrize("missing", ["bucket", "database"])
def test_a_crawl_of_nothing_fails_and_says_why(world: World, missing: str) -> None:
    # AWS: LastCrawl FAILED with ErrorMessage.
    world.put("artists/a.csv", ARTISTS)
    world.create("artists/")
    if missing == "bucket":
        world.s3.delete_object(Bucket=world.name, Key="artists/a.csv")
        world.s3.delete_bucket(Bucket=world.name)
    else:
        world.glue.delete_database(Name=world.name)
    last = world.crawl()
    assert last["Status"] == "FAILED"
    assert {"bucket": "NoSuchBucket", "database": "EntityNotFoundException"}[missing] in (
        last["ErrorMessage"]
    )


def test_a_crawler_is_started_and_stopped_once(world: World) -> None:
    # AWS: CrawlerRunningException, CrawlerNotRunningException; a running one cannot be changed.
    for number in range(300):
        world.put(f"artists/d={number}/a.csv", ARTISTS)
    world.create("artists/")
    with pytest.raises(ClientError) as raised:
        world.glue.stop_crawler(Name=world.name)
    assert code(raised) == "CrawlerNotRunningException"
    world.glue.start_crawler(Name=world.name)
    for refused in (world.glue.start_crawler, world.glue.delete_crawler, world.glue.update_crawler):
        with pytest.raises(ClientError) as raised:
            refused(Name=world.name)
        assert code(raised) == "CrawlerRunningException"
    world.glue.stop_crawler(Name=world.name)
    assert world.wait()["Status"] == "CANCELLED"
    assert world.crawl()["Status"] == "SUCCEEDED"
    assert len(world.partitions("artists")) == 300
    states = [c["State"] for c in world.glue.list_crawls(CrawlerName=world.name)["Crawls"]]
    assert states == ["COMPLETED", "STOPPED"]


def test_a_crawl_survives_the_death_of_the_gateway(new_gateway: Any) -> None:
    world = World(new_gateway(), "killed")
    for number in range(50):
        world.put(f"artists/d={number}/a.csv", ARTISTS)
    world.create("artists/")
    world.glue.start_crawler(Name=world.name)
    world.gateway.kill()
    world.gateway.start()
    assert world.wait()["Status"] == "SUCCEEDED"
    assert len(world.partitions("artists")) == 50


@pytest.mark.parametrize(
    "setting",
    [
        {"Schedule": "cron(0 1 * * ? *)"},
        {"Classifiers": ["mine"]},
        {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}},
        {"Configuration": '{"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}}'},
    ],
)
def test_what_would_not_be_done_is_refused(world: World, setting: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="does not implement"):
        world.create("artists/", **setting)
    with pytest.raises(ClientError) as raised:
        world.glue.get_crawler(Name=world.name)
    assert code(raised) == "EntityNotFoundException"


def test_a_crawler_is_kept_as_it_was_given(world: World) -> None:
    # AWS: GetCrawler with defaults; UpdateCrawler changes what it names and counts the version.
    world.create("artists/", Description="first", Tags={"owner": "etl"})
    crawler = world.glue.get_crawler(Name=world.name)["Crawler"]
    assert (crawler["State"], crawler["Version"]) == ("READY", 1)
    assert crawler["SchemaChangePolicy"] == {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    with pytest.raises(ClientError) as raised:
        world.create("artists/")
    assert code(raised) == "AlreadyExistsException"
    world.glue.update_crawler(Name=world.name, TablePrefix="raw_")
    crawler = world.glue.get_crawler(Name=world.name)["Crawler"]
    assert (crawler["Version"], crawler["TablePrefix"], crawler["Description"]) == (
        2,
        "raw_",
        "first",
    )
    assert world.name in world.glue.list_crawlers()["CrawlerNames"]
    arn = f"arn:aws:glue:us-east-1:000000000000:crawler/{world.name}"
    assert world.glue.get_tags(ResourceArn=arn)["Tags"] == {"owner": "etl"}
    world.glue.delete_crawler(Name=world.name)
    assert world.glue.batch_get_crawlers(CrawlerNames=[world.name])["CrawlersNotFound"] == [
        world.name
    ]
