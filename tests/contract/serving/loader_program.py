"""One load in a process of its own, to be killed, stopped and raced.

Prints `loading` when its first batch goes out, and at its end what it came to as JSON.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import boto3

from rlm.aws.clients import open_clients
from rlm.aws.dynamodb_writer import ItemTable
from rlm.aws.shared_object import SharedObject
from rlm.aws.storage import S3Storage
from rlm.domain.serving_feeds import feed
from rlm.serving.lease import LeaseTimes
from rlm.serving.load import FeedLoad, Stores, load_feed
from rlm.serving.results import read_rows


class Announcing:
    """The client, saying when the writing begins."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._is_said = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, **request: Any) -> Any:
        if not self._is_said:
            self._is_said = True
            print("loading", flush=True)
        return self._client.batch_write_item(**request)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("feed", "table", "folder", "result", "version"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    clients = open_clients(boto3.Session(), 4)
    storage = S3Storage(clients.s3)
    stores = Stores(
        table=ItemTable(Announcing(clients.dynamodb), given.table),
        storage=storage,
        shared=SharedObject(clients.s3, f"{given.folder}/books.json"),
        folder=given.folder,
    )
    version = int(given.version)
    load = FeedLoad(feed(given.feed), "q", {"silver.x": version}, version, f"v{version}")
    times = LeaseTimes(seconds=2.0, margin_seconds=0.5, wait_seconds=30.0)
    result = load_feed(load, lambda: read_rows(storage, given.result), stores, print, times)
    print(json.dumps(result.to_json()), flush=True)


if __name__ == "__main__":
    main()
