"""How fast serving tables are loaded: the loader against a bare loop of maximal batch writes.

Both write the same items into the same kind of table of one local gateway, in the same run and in
turns, with the same client. The bare loop has its requests ready and only sends them, 25 items
each, one after the other; with as many threads as the loader it is measured too, to tell what
threads bring and what the loader costs. The loader does all that a load does: reads the result
file from S3, makes items and hashes, compares, journals, writes, keeps its manifest. A second load
of the same rows must write nothing.

    make bench
    .venv/dev/bin/python bench/load_serving_tables.py --items 20000
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src")]

import boto3  # noqa: E402

from rlm.aws.clients import open_clients  # noqa: E402
from rlm.aws.dynamodb_writer import ItemTable, marshalled  # noqa: E402
from rlm.aws.shared_object import SharedObject  # noqa: E402
from rlm.aws.storage import S3Storage  # noqa: E402
from rlm.domain.serving_feeds import feed  # noqa: E402
from rlm.domain.serving_items import entries  # noqa: E402
from rlm.serving.load import FeedLoad, LoadResult, Stores, load_feed  # noqa: E402
from rlm.serving.loader import WRITE_THREADS  # noqa: E402
from rlm.serving.results import read_rows  # noqa: E402

BUCKET = "bench-lake"
FEED = feed("Venues")
ROUNDS = 3
TARGET = 0.8


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def start_gateway(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(ROOT / ".venv/local-aws/bin/python"), "-m", "localaws", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--state-dir", str(folder / "state")],
        env=os.environ | {"PYTHONPATH": str(ROOT / "infra/local")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urlopen(f"http://127.0.0.1:{port}/_localaws/health", timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return process, f"http://127.0.0.1:{port}"
    process.kill()
    raise TimeoutError("the gateway did not answer in 60 s")


def rows_of(count: int) -> list[list[str]]:
    return [
        [
            {
                "venue_id": f"V{n:07}",
                "name": f"Venue number {n}",
                "city": f"City {n % 500}",
                "region": f"Region {n % 50}",
                "country": "DE",
                "timezone": "Europe/Berlin",
                "place": f"DE#City {n % 500}",
                "latitude": f"{48 + n % 700 / 100}",
                "longitude": f"{6 + n % 900 / 100}",
                "capacity": str(100 + n % 20000),
            }[column.name]
            for column in FEED.columns
        ]
        for n in range(count)
    ]


def put_result(storage: S3Storage, rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([column.name for column in FEED.columns])
    writer.writerows(rows)
    uri = f"s3://{BUCKET}/athena-results/rows.csv"
    storage.write(uri, text.getvalue().encode())
    return uri


def create_table(dynamodb: Any, name: str) -> None:
    """Without its index: the bare write of an item is what is measured."""
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "venue_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "venue_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def write_bare(dynamodb: Any, table: str, rows: list[list[str]], threads: int) -> float:
    """Seconds of the loop alone: its requests are made before."""
    header = [column.name for column in FEED.columns]
    items = [
        {name: marshalled(value) for name, value in entry.versioned(1).items()}
        for entry in entries(FEED, header, rows)
    ]
    puts = [{"PutRequest": {"Item": item}} for item in items]
    batches = [puts[n : n + 25] for n in range(0, len(puts), 25)]

    def send(batch: list[Any]) -> None:
        answer = dynamodb.batch_write_item(RequestItems={table: batch})
        if answer.get("UnprocessedItems"):
            raise RuntimeError("the gateway left items unprocessed: the loop is no measure")

    began = time.monotonic()
    if threads == 1:
        for batch in batches:
            send(batch)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(send, batches))
    return time.monotonic() - began


def load(clients: Any, table: str, uri: str, version: int) -> tuple[float, LoadResult]:
    storage = S3Storage(clients.s3)
    folder = f"s3://{BUCKET}/serving/{table}"
    stores = Stores(
        ItemTable(clients.dynamodb, table),
        storage,
        SharedObject(clients.s3, f"{folder}/books.json"),
        folder,
    )
    job = FeedLoad(FEED, "q", {"silver.venues": version}, version, f"bench-{version}")
    began = time.monotonic()
    result = load_feed(job, lambda: read_rows(storage, uri), stores, lambda _: None)
    return time.monotonic() - began, result


def count(dynamodb: Any, table: str) -> int:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, Select="COUNT")
    return sum(page["Count"] for page in pages)


def measure(items: int, endpoint_url: str) -> dict[str, Any]:
    os.environ |= {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    clients = open_clients(boto3.Session(), WRITE_THREADS)
    clients.s3.create_bucket(Bucket=BUCKET)
    rows = rows_of(items)
    uri = put_result(S3Storage(clients.s3), rows)
    bare, parallel, loaded, again = [], [], [], []
    for nth in range(ROUNDS):
        create_table(clients.dynamodb, f"bare-{nth}")
        bare.append(write_bare(clients.dynamodb, f"bare-{nth}", rows, 1))
        create_table(clients.dynamodb, f"parallel-{nth}")
        parallel.append(write_bare(clients.dynamodb, f"parallel-{nth}", rows, WRITE_THREADS))
        create_table(clients.dynamodb, f"loaded-{nth}")
        seconds, result = load(clients, f"loaded-{nth}", uri, version=1)
        loaded.append(seconds)
        found = count(clients.dynamodb, f"loaded-{nth}")
        if (result.written, found) != (items, items):
            raise RuntimeError(f"{result.written} written and {found} there, expected {items}")
        seconds, result = load(clients, f"loaded-{nth}", uri, version=2)
        again.append(seconds)
        if (result.written, result.deleted, result.skipped) != (0, 0, items):
            raise RuntimeError(f"the second load wrote: {result}")
        for table in (f"bare-{nth}", f"parallel-{nth}", f"loaded-{nth}"):
            clients.dynamodb.delete_table(TableName=table)
        say(
            f"bare {bare[-1]:.2f} s, with threads {parallel[-1]:.2f} s,"
            f" loader {loaded[-1]:.2f} s, again {again[-1]:.2f} s"
        )
    # What disturbs the machine disturbs all of a round.
    ratios = [b / one for b, one in zip(bare, loaded, strict=True)]
    return {
        "items": items,
        "bare_items_per_second": [round(items / seconds) for seconds in bare],
        "bare_with_threads_items_per_second": [round(items / seconds) for seconds in parallel],
        "loader_items_per_second": [round(items / seconds) for seconds in loaded],
        "share_of_bare": round(statistics.median(ratios), 2),
        "shares": [round(ratio, 2) for ratio in ratios],
        "share_of_bare_with_threads": round(
            statistics.median(p / one for p, one in zip(parallel, loaded, strict=True)), 2
        ),
        "second_load": {"written": 0, "deleted": 0, "seconds": [round(s, 2) for s in again]},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
        gateway, endpoint_url = start_gateway(Path(folder))
        try:
            result = measure(given.items, endpoint_url)
        finally:
            gateway.terminate()
            gateway.wait(30)
    result = {"measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")} | result
    out = ROOT / "bench/results/load_serving_tables.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))
    if result["share_of_bare"] < TARGET:
        say(f"{result['share_of_bare']} of the bare loop, expected at least {TARGET}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
