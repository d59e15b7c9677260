"""Create, change, read and delete crawlers."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.glue_crawlers.state import CrawlerStore
    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler

UPDATE_BEHAVIORS = ("LOG", "UPDATE_IN_DATABASE")
DELETE_BEHAVIORS = ("LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE")
# What a Configuration may say; anything else would change the tables and is not done here.
CONFIGURATION = {
    "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
    "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
}


class Definitions:
    """The operations on crawlers themselves."""

    def __init__(self, store: CrawlerStore, call: InProcessCall) -> None:
        self._store = store
        self._call = call

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateCrawler": self.create,
            "UpdateCrawler": self.update,
            "GetCrawler": self.get,
            "GetCrawlers": self.get_all,
            "BatchGetCrawlers": self.batch_get,
            "ListCrawlers": self.list_names,
            "DeleteCrawler": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        name = request.get("Name", "")
        if not name or "\n" in name:
            raise AwsError("InvalidInputException", "Crawler name is required, without line breaks")
        scope = Scope.of(call)
        if self._store.crawler(scope, name) is not None:
            raise AwsError("AlreadyExistsException", f"Crawler {name} already exists")
        now = time.time()
        crawler = checked({"Name": name} | _settings(request)) | {
            "State": "READY",
            "CrawlElapsedTime": 0,
            "CreationTime": now,
            "LastUpdated": now,
            "Version": 1,
        }
        self._store.put(scope, crawler)
        if request.get("Tags"):
            arn = f"arn:aws:glue:{call.region}:{call.account}:crawler/{name}"
            tags = {"ResourceArn": arn, "TagsToAdd": request["Tags"]}
            self._call("glue", "TagResource", tags, region=call.region, account=call.account)
        return {}

    def update(self, request: Document, call: Call) -> Document:
        """Only what the request names changes; a crawler that runs cannot be changed."""

        def apply(crawler: Document) -> Document:
            if crawler["State"] != "READY":
                raise AwsError(
                    "CrawlerRunningException",
                    f"Crawler {crawler['Name']} is {crawler['State'].lower()}",
                )
            changed = checked(crawler | _settings(request))
            return changed | {"LastUpdated": time.time(), "Version": crawler["Version"] + 1}

        name = request.get("Name", "")
        if self._store.change(Scope.of(call), name, apply) is None:
            raise not_found(name)
        return {}

    def get(self, request: Document, call: Call) -> Document:
        return {"Crawler": shown(self._existing(request, call))}

    def get_all(self, request: Document, call: Call) -> Document:
        crawlers, token = page(self._store.crawlers(Scope.of(call)), request, default_limit=100)
        return {"Crawlers": [shown(crawler) for crawler in crawlers], **token}

    def batch_get(self, request: Document, call: Call) -> Document:
        names = request.get("CrawlerNames", [])
        found = {name: self._store.crawler(Scope.of(call), name) for name in names}
        return {
            "Crawlers": [shown(crawler) for crawler in found.values() if crawler is not None],
            "CrawlersNotFound": [name for name, crawler in found.items() if crawler is None],
        }

    def list_names(self, request: Document, call: Call) -> Document:
        if request.get("Tags"):
            raise not_implemented("glue", "ListCrawlers with Tags")
        names = [crawler["Name"] for crawler in self._store.crawlers(Scope.of(call))]
        names, token = page(names, request, default_limit=100)
        return {"CrawlerNames": names, **token}

    def delete(self, request: Document, call: Call) -> Document:
        crawler = self._existing(request, call)
        if crawler["State"] != "READY":
            raise AwsError("CrawlerRunningException", f"Crawler {crawler['Name']} is running")
        self._store.delete(Scope.of(call), crawler["Name"])
        return {}

    def _existing(self, request: Document, call: Call) -> Document:
        name = request.get("Name", "")
        crawler = self._store.crawler(Scope.of(call), name)
        if crawler is None:
            raise not_found(name)
        return crawler


def not_found(name: str) -> AwsError:
    return AwsError("EntityNotFoundException", f"Crawler {name} not found.")


def shown(crawler: Document) -> Document:
    """A crawler as GetCrawler has it; the time of a crawl that runs grows."""
    found = dict(crawler)
    started = found.pop("CrawlStarted", None)
    found.pop("CrawlId", None)
    if started is not None:
        found["CrawlElapsedTime"] = int((time.time() - started) * 1000)
    return found


def _settings(request: Document) -> Document:
    keys = (
        "Classifiers",
        "Configuration",
        "CrawlerSecurityConfiguration",
        "DatabaseName",
        "Description",
        "LakeFormationConfiguration",
        "LineageConfiguration",
        "RecrawlPolicy",
        "Role",
        "Schedule",
        "SchemaChangePolicy",
        "TablePrefix",
        "Targets",
    )
    return {key: request[key] for key in keys if request.get(key) is not None}


def checked(crawler: Document) -> Document:
    """The crawler with Glue's defaults; refuses what would be crawled otherwise than it says."""
    if not crawler.get("Role"):
        raise AwsError("InvalidInputException", "Crawler role is required")
    if not crawler.get("DatabaseName"):
        raise AwsError("InvalidInputException", "Crawler DatabaseName is required")
    targets = {kind: found for kind, found in crawler.get("Targets", {}).items() if found}
    if targets.keys() - {"S3Targets"}:
        raise not_implemented("glue", f"crawlers with {', '.join(sorted(targets))}")
    if not targets:
        raise AwsError("InvalidInputException", "Crawler Targets name nothing to crawl")
    for target in targets["S3Targets"]:
        path = target.get("Path", "")
        if not path.removeprefix("s3://").strip("/") or not path.startswith("s3://"):
            raise AwsError("InvalidInputException", f"S3 target path {path!r}: expected s3://...")
        if target.keys() & {"ConnectionName", "EventQueueArn", "DlqEventQueueArn"}:
            raise not_implemented("glue", "S3 targets with a connection or an event queue")
    for key in ("Classifiers", "Schedule", "CrawlerSecurityConfiguration"):
        if crawler.get(key):
            raise not_implemented("glue", f"crawlers with {key}")
    recrawl = {"RecrawlBehavior": "CRAWL_EVERYTHING"} | crawler.get("RecrawlPolicy", {})
    if recrawl["RecrawlBehavior"] != "CRAWL_EVERYTHING":
        raise not_implemented("glue", f"crawlers with {recrawl['RecrawlBehavior']}")
    policy = {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    } | crawler.get("SchemaChangePolicy", {})
    if (
        policy["UpdateBehavior"] not in UPDATE_BEHAVIORS
        or policy["DeleteBehavior"] not in DELETE_BEHAVIORS
    ):
        raise AwsError("InvalidInputException", f"SchemaChangePolicy {policy} is not valid")
    _check_configuration(crawler.get("Configuration", ""))
    return crawler | {
        "Targets": targets,
        "RecrawlPolicy": recrawl,
        "SchemaChangePolicy": policy,
        "Classifiers": [],
    }


def _check_configuration(text: str) -> None:
    if not text:
        return
    try:
        configuration = json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidInputException", f"Configuration is no JSON: {error}") from error
    others = configuration.keys() - {"Version", "CrawlerOutput"}
    output = configuration.get("CrawlerOutput", {})
    others |= {key for key, value in output.items() if CONFIGURATION.get(key) != value}
    if others:
        raise not_implemented("glue", f"crawlers with Configuration {', '.join(sorted(others))}")
