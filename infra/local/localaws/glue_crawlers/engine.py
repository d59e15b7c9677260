"""Carry crawls: read what lies in S3, write the catalog, keep how it went."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.glue_crawlers.catalog import CatalogWriter
from localaws.glue_crawlers.crawl_log import LOG_GROUP, CrawlLog
from localaws.glue_crawlers.definitions import not_found
from localaws.glue_crawlers.files import FileSchema, UnreadableError, inspect
from localaws.glue_crawlers.layout import StoredFile, find_tables
from localaws.glue_crawlers.storage import S3Object, choose_samples, list_target, split_path

if TYPE_CHECKING:
    from localaws.glue_crawlers.state import CrawlerStore
    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.scope import Scope

_log = logging.getLogger("localaws.glue_crawlers")

SHUT_DOWN_SECONDS = 10.0


class CancelledError(Exception):
    """The crawl was asked to stop."""


class Engine:
    """Crawls, each in a thread. A crawl that the process did not finish is crawled again."""

    def __init__(self, store: CrawlerStore, call: InProcessCall) -> None:
        self._store = store
        self._call = call
        self._stop_requested: set[str] = set()
        self._threads: dict[str, threading.Thread] = {}
        self._shutting_down = False

    def start(self, scope: Scope, name: str) -> None:
        now = time.time()
        crawl_id = str(uuid.uuid4())

        def begin(crawler: Document) -> Document:
            if crawler["State"] != "READY":
                raise AwsError(
                    "CrawlerRunningException", f"Crawler with name {name} has already started"
                )
            return {"State": "RUNNING", "CrawlStarted": now, "CrawlId": crawl_id}

        crawler = self._store.change(scope, name, begin)
        if crawler is None:
            raise not_found(name)
        crawl = {
            "CrawlId": crawl_id,
            "CrawlerName": name,
            "State": "RUNNING",
            "StartTime": now,
            "LogGroup": LOG_GROUP,
            "LogStream": name,
            "MessagePrefix": crawl_id,
        }
        self._store.put_crawl(scope, crawl)
        self._run(scope, crawler, crawl)

    def stop(self, scope: Scope, name: str) -> None:
        def ask(crawler: Document) -> Document:
            if crawler["State"] == "STOPPING":
                raise AwsError("CrawlerStoppingException", f"Crawler {name} is stopping already")
            if crawler["State"] != "RUNNING":
                raise AwsError("CrawlerNotRunningException", f"Crawler {name} is not running")
            return {"State": "STOPPING"}

        crawler = self._store.change(scope, name, ask)
        if crawler is None:
            raise not_found(name)
        self._stop_requested.add(crawler["CrawlId"])

    def resume(self) -> None:
        for scope, crawler in self._store.all_crawlers():
            if crawler["State"] == "READY":
                continue
            if crawler["State"] == "STOPPING":
                self._stop_requested.add(crawler["CrawlId"])
            crawls = self._store.crawls(scope, crawler["Name"])
            crawl = crawls[0] if crawls and crawls[0]["CrawlId"] == crawler["CrawlId"] else None
            self._run(
                scope,
                crawler,
                crawl
                or {
                    "CrawlId": crawler["CrawlId"],
                    "CrawlerName": crawler["Name"],
                    "StartTime": crawler["CrawlStarted"],
                    "LogGroup": LOG_GROUP,
                    "LogStream": crawler["Name"],
                    "MessagePrefix": crawler["CrawlId"],
                },
            )

    def shut_down(self) -> None:
        """Interrupt every crawl; each begins anew at the next start."""
        self._shutting_down = True
        give_up = time.monotonic() + SHUT_DOWN_SECONDS
        for thread in list(self._threads.values()):
            thread.join(max(0.0, give_up - time.monotonic()))

    def _run(self, scope: Scope, crawler: Document, crawl: Document) -> None:
        thread = threading.Thread(
            target=self._carry, args=(scope, crawler, crawl), name="glue-crawler", daemon=True
        )
        self._threads[crawl["CrawlId"]] = thread
        thread.start()

    def _carry(self, scope: Scope, crawler: Document, crawl: Document) -> None:
        counts: dict[str, int] = {}
        state, message = "COMPLETED", ""
        try:
            counts = self._crawl(scope, crawler, crawl)
        except InterruptedError:
            return
        except CancelledError:
            state = "STOPPED"
        except AwsError as error:
            state, message = "FAILED", f"{error.code}: {error.message}"
        except Exception as error:  # noqa: BLE001 - a crawler must not stay RUNNING for ever
            _log.exception("glue: crawl %s of %s", crawl["CrawlId"], crawler["Name"])
            state, message = "FAILED", f"Internal service error: {type(error).__name__}: {error}"
        finally:
            self._threads.pop(crawl["CrawlId"], None)
        self._finish(scope, crawler["Name"], crawl, state, message, counts)
        self._stop_requested.discard(crawl["CrawlId"])

    def _crawl(self, scope: Scope, crawler: Document, crawl: Document) -> dict[str, int]:
        def glue(operation: str, request: Document) -> Document:
            return self._call(
                "glue", operation, request, region=scope.region, account=scope.account
            )

        def logs(operation: str, request: Document) -> Document:
            return self._call(
                "logs", operation, request, region=scope.region, account=scope.account
            )

        log = CrawlLog(logs, crawler["Name"], crawl["MessagePrefix"])
        log("BENCHMARK", f"Running Start Crawl for Crawler {crawler['Name']}")
        try:
            database = crawler["DatabaseName"]
            glue("GetDatabase", {"Name": database})
            writer = CatalogWriter(glue, crawler, log)
            targets = crawler["Targets"]["S3Targets"]
            for target in targets:
                bucket, prefix = split_path(target["Path"])
                files = self._files(scope, crawl, target, log)
                if prefix and not prefix.endswith("/") and {f.key for f in files} != {prefix}:
                    prefix += "/"
                for table in find_tables(prefix, files):
                    for key, reason in table.strangers:
                        log("WARN", f"s3://{bucket}/{key} is left out of {table.name}: {reason}")
                    self._check_stop(crawl)
                    writer.write(table, bucket)
            writer.remove_unseen([target["Path"].rstrip("/") for target in targets])
            log("BENCHMARK", "Finished writing to Catalog")
        except AwsError as error:
            log("ERROR", f"{error.code}: {error.message}")
            raise
        finally:
            log("BENCHMARK", "Crawler has finished running and is in state READY")
            log.flush()
        return dict(writer.counts)

    def _files(
        self, scope: Scope, crawl: Document, target: Document, log: CrawlLog
    ) -> list[StoredFile]:
        """A target's files, with the schemas of those that were read, now or by a crawl before."""

        def s3(operation: str, request: Document) -> Document:
            return self._call("s3", operation, request, region=scope.region, account=scope.account)

        objects = list_target(s3, target["Path"], target.get("Exclusions", []))
        known = self._store.files(scope, target["Path"])
        seen: dict[str, Document] = {}
        unreadable: set[str] = set()
        schemas: dict[str, FileSchema] = {}
        for found in choose_samples(objects, target.get("SampleSize")):
            self._check_stop(crawl)
            before = known.get(found.address)
            if before is None or before["etag"] != found.etag:
                before = seen[found.address] = _look_at(found)
            if "unreadable" in before:
                unreadable.add(found.key)
                log("WARN", f"{found.address} is skipped: {before['unreadable']}")
            else:
                schema = schemas[found.key] = FileSchema(**before["schema"])
                if schema.undecodable_lines:
                    count = schema.undecodable_lines
                    log("WARN", f"{found.address}: {count} of its first lines are not UTF-8")
        self._store.keep_files(scope, seen, known.keys() - {found.address for found in objects})
        log("BENCHMARK", f"Classification complete for {target['Path']}: {len(objects)} files")
        return [
            StoredFile(found.key, found.size, schemas.get(found.key))
            for found in objects
            if found.key not in unreadable
        ]

    def _check_stop(self, crawl: Document) -> None:
        if crawl["CrawlId"] in self._stop_requested:
            raise CancelledError
        if self._shutting_down:
            raise InterruptedError

    def _finish(
        self,
        scope: Scope,
        name: str,
        crawl: Document,
        state: str,
        message: str,
        counts: dict[str, int],
    ) -> None:
        now = time.time()
        seconds = round(now - crawl["StartTime"], 3)
        last = {
            "Status": {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED"}.get(state, state),
            "LogGroup": crawl["LogGroup"],
            "LogStream": crawl["LogStream"],
            "MessagePrefix": crawl["MessagePrefix"],
            "StartTime": crawl["StartTime"],
        }
        if message:
            last["ErrorMessage"] = message
        tables = {kind: counts.get(kind, 0) for kind in ("created", "updated", "deleted")}
        ended = {
            "State": state,
            "EndTime": now,
            "DPUHour": 0.0,
            "Summary": json.dumps({key.upper(): count for key, count in sorted(counts.items())}),
            "Tables": tables,
            "Seconds": seconds,
        }
        self._store.put_crawl(scope, crawl | ended | ({"ErrorMessage": message} if message else {}))

        def end(_: Document) -> Document:
            return {
                "State": "READY",
                "LastCrawl": last,
                "CrawlElapsedTime": int(seconds * 1000),
                "CrawlStarted": None,
            }

        self._store.change(scope, name, end)


def _look_at(found: S3Object) -> Document:
    try:
        return {"etag": found.etag, "schema": inspect(found).document()}
    except UnreadableError as error:
        return {"etag": found.etag, "unreadable": str(error)}
