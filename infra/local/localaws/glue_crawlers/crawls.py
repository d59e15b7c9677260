"""Start and stop crawls, and tell how they went."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from localaws.errors import not_implemented
from localaws.glue_crawlers.definitions import not_found
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.glue_crawlers.engine import Engine
    from localaws.glue_crawlers.state import CrawlerStore
    from localaws.operations import Call, Document, Handler


class Crawls:
    """The operations on crawls."""

    def __init__(self, store: CrawlerStore, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    def handlers(self) -> dict[str, Handler]:
        return {
            "StartCrawler": self.start,
            "StopCrawler": self.stop,
            "GetCrawlerMetrics": self.metrics,
            "ListCrawls": self.history,
        }

    def start(self, request: Document, call: Call) -> Document:
        self._engine.start(Scope.of(call), request.get("Name", ""))
        return {}

    def stop(self, request: Document, call: Call) -> Document:
        self._engine.stop(Scope.of(call), request.get("Name", ""))
        return {}

    def metrics(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        names = request.get("CrawlerNameList") or [c["Name"] for c in self._store.crawlers(scope)]
        found, token = page(names, request, default_limit=100)
        listed = [self._metrics(scope, name) for name in found]
        return {"CrawlerMetricsList": [one for one in listed if one], **token}

    def history(self, request: Document, call: Call) -> Document:
        if request.get("Filters"):
            raise not_implemented("glue", "ListCrawls with Filters")
        scope = Scope.of(call)
        name = request.get("CrawlerName", "")
        if self._store.crawler(scope, name) is None:
            raise not_found(name)
        crawls, token = page(self._store.crawls(scope, name), request, default_limit=20)
        own = ("CrawlerName", "Tables", "Seconds")
        listed = [{k: v for k, v in crawl.items() if k not in own} for crawl in crawls]
        return {"Crawls": listed, **token}

    def _metrics(self, scope: Scope, name: str) -> Document | None:
        crawler = self._store.crawler(scope, name)
        if crawler is None:
            return None
        ended = [crawl for crawl in self._store.crawls(scope, name) if "EndTime" in crawl]
        seconds = [crawl["Seconds"] for crawl in ended]
        tables = ended[0]["Tables"] if ended else {}
        return {
            "CrawlerName": name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": crawler["State"] == "RUNNING" and not ended,
            "LastRuntimeSeconds": seconds[0] if seconds else 0.0,
            "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
            "TablesCreated": tables.get("created", 0),
            "TablesUpdated": tables.get("updated", 0),
            "TablesDeleted": tables.get("deleted", 0),
        }
