"""What is known of crawlers, their crawls, and the files that they have looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from localaws.operations import Document
    from localaws.state import Store


class CrawlerStore:
    """Crawlers by name, crawls by crawler and start, file schemas by address."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._crawlers = store.table("glue_crawlers")
        self._crawls = store.table("glue_crawls")
        self._files = store.table("glue_crawled_files")

    def crawler(self, scope: Scope, name: str) -> Document | None:
        return self._crawlers.get(scope.key(name))

    def crawlers(self, scope: Scope) -> list[Document]:
        return self._crawlers.list(scope.key(""))

    def all_crawlers(self) -> list[tuple[Scope, Document]]:
        return [(Scope.of_key(key), crawler) for key, crawler in self._crawlers.items()]

    def put(self, scope: Scope, crawler: Document) -> None:
        self._crawlers.put(scope.key(crawler["Name"]), crawler)

    def change(
        self, scope: Scope, name: str, change: Callable[[Document], Document]
    ) -> Document | None:
        """Apply `change` to a crawler, atomically; what is kept then. It may raise to refuse."""
        with self._store.transaction():
            crawler = self.crawler(scope, name)
            if crawler is None:
                return None
            crawler = crawler | change(crawler)
            self.put(scope, crawler)
            return crawler

    def delete(self, scope: Scope, name: str) -> None:
        with self._store.transaction():
            self._crawlers.delete(scope.key(name))
            for key, _ in self._crawls.items(scope.key(name, "")):
                self._crawls.delete(key)

    def put_crawl(self, scope: Scope, crawl: Document) -> None:
        # By start: the key order is the history's order.
        start = f"{crawl['StartTime']:020.6f}"
        self._crawls.put(scope.key(crawl["CrawlerName"], start), crawl)

    def crawls(self, scope: Scope, name: str) -> list[Document]:
        """The history of one crawler, the latest first."""
        return list(reversed(self._crawls.list(scope.key(name, ""))))

    def files(self, scope: Scope, prefix: str) -> dict[str, Document]:
        """What was seen of the files below an S3 address; a file is known by its ETag too."""
        start = len(scope.key(""))
        return {key[start:]: seen for key, seen in self._files.items(scope.key(prefix))}

    def keep_files(self, scope: Scope, seen: dict[str, Document], forgotten: Iterable[str]) -> None:
        with self._store.transaction():
            for address, document in seen.items():
                self._files.put(scope.key(address), document)
            for address in forgotten:
                self._files.delete(scope.key(address))
