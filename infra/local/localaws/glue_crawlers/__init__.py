"""Glue crawlers that crawl: what lies in S3 becomes tables and partitions of the catalog.

`definitions` and `crawls` speak the protocol, `state` keeps what was acknowledged, `engine`
carries a crawl; `files`, `text`, `parquet`, `hive_types` and `layout` know formats and folders and
nothing of AWS's calls; `storage` reads S3, `catalog` writes Glue's tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.glue_crawlers.crawls import Crawls
from localaws.glue_crawlers.definitions import Definitions
from localaws.glue_crawlers.engine import Engine
from localaws.glue_crawlers.state import CrawlerStore

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve Glue's crawler operations, and crawl again what the last process did not finish."""
    store = CrawlerStore(host.store)
    engine = Engine(store, host.call)
    host.operations.register("glue", Definitions(store, host.call).handlers())
    host.operations.register("glue", Crawls(store, engine).handlers())
    host.on_start.append(engine.resume)
    host.on_stop.append(engine.shut_down)
