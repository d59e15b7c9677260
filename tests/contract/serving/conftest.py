"""A gateway with the serving tables, and loads of rows that a test writes as Athena would."""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from rlm.aws.clients import open_clients
from rlm.aws.dynamodb_writer import ItemTable, unmarshalled_item
from rlm.aws.shared_object import SharedObject
from rlm.aws.storage import S3Storage
from rlm.domain.serving import serving_table
from rlm.domain.serving_feeds import Feed, feed
from rlm.serving.books import Books, parse_books
from rlm.serving.lease import LeaseTimes
from rlm.serving.load import FeedLoad, LoadResult, Stores, load_feed
from rlm.serving.results import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "rlm-dev-lake"
# Short, so that a test need not wait for what a killed loader left.
TIMES = LeaseTimes(seconds=2.0, margin_seconds=0.5, wait_seconds=30.0)


def _gateway_process() -> Any:
    """`GatewayProcess` of the local AWS's own contract tests."""
    path = Path(__file__).parents[1] / "localaws/conftest.py"
    spec = util.spec_from_file_location("localaws_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.GatewayProcess


@dataclass
class Session:
    """boto3's session as far as `open_clients` needs it, on one gateway."""

    endpoint_url: str

    def client(self, service: str, **options: Any) -> Any:
        import boto3

        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            **options,
        )


@dataclass
class World:
    """One feed in a table of its own, and what is in it."""

    endpoint_url: str
    feed: Feed
    table: str = field(default_factory=lambda: f"table-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.clients = open_clients(Session(self.endpoint_url), 4)
        self.folder = f"s3://{BUCKET}/serving/{self.table}"

    def create(self) -> World:
        attributes = [
            {"AttributeName": name, "AttributeType": "S"}
            for name in sorted(
                {*self.feed.table.key}
                | {n for i in self.feed.table.indexes for n in (i.partition_key, i.sort_key)}
            )
        ]
        key = [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(self.feed.table.key, ("HASH", "RANGE"), strict=False)
        ]
        indexes = [
            {
                "IndexName": index.name,
                "KeySchema": [
                    {"AttributeName": index.partition_key, "KeyType": "HASH"},
                    {"AttributeName": index.sort_key, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in serving_table(self.feed.entity).indexes
        ]
        self.clients.dynamodb.create_table(
            TableName=self.table,
            AttributeDefinitions=attributes,
            KeySchema=key,
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )
        return self

    def stores(self, dynamodb: Any = None) -> Stores:
        return Stores(
            table=ItemTable(dynamodb or self.clients.dynamodb, self.table),
            storage=S3Storage(self.clients.s3),
            shared=SharedObject(self.clients.s3, f"{self.folder}/books.json"),
            folder=self.folder,
        )

    def put_rows(self, rows: list[dict[str, str]]) -> str:
        """A result file as Athena writes it: all in quotes, nothing where there is no value."""
        text = io.StringIO()
        header = [column.name for column in self.feed.columns]
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(header)
        for row in rows:
            values = ['"' + row[n].replace('"', '""') + '"' if n in row else "" for n in header]
            text.write(",".join(values) + "\n")
        uri = f"s3://{BUCKET}/athena-results/{uuid4()}.csv"
        S3Storage(self.clients.s3).write(uri, text.getvalue().encode())
        return uri

    def job(self, version: int, **options: Any) -> FeedLoad:
        return FeedLoad(
            feed=self.feed,
            query=str(options.pop("query", "q")),
            inputs=options.pop("inputs", {"silver.x": version}),
            version=version,
            loader=str(options.pop("loader", "test")),
            **options,
        )

    def load(
        self, rows: list[dict[str, str]], version: int, *, dynamodb: Any = None, **options: Any
    ) -> LoadResult:
        uri = self.put_rows(rows)
        stores = self.stores(dynamodb)
        return load_feed(
            self.job(version, **options),
            lambda: read_rows(stores.storage, uri),
            stores,
            print,
            TIMES,
        )

    def items(self) -> dict[tuple[str, ...], dict[str, Any]]:
        """Every item by its key."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        found = [unmarshalled_item(item) for page in pages for item in page["Items"]]
        return {tuple(item[name] for name in self.feed.table.key): item for item in found}

    def books(self) -> Books:
        return parse_books(self.stores().shared.read().content)


@pytest.fixture(scope="session")
def serving_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    process = _gateway_process()(tmp_path_factory.mktemp("serving") / "state").start()
    process.client("s3").create_bucket(Bucket=BUCKET)
    yield process
    process.stop()


@pytest.fixture
def artists_to_kill(tmp_path: Path) -> Iterator[tuple[World, Any]]:
    """Artists on a gateway of the test's own, to be killed and started again."""
    process = _gateway_process()(tmp_path / "state").start()
    process.client("s3").create_bucket(Bucket=BUCKET)
    yield World(process.endpoint_url, feed("Artists")).create(), process
    process.stop()


@pytest.fixture
def artists(serving_gateway: Any) -> World:
    return World(serving_gateway.endpoint_url, feed("Artists")).create()


@pytest.fixture
def sales(serving_gateway: Any) -> World:
    return World(serving_gateway.endpoint_url, feed("EventAnalytics_sales")).create()
