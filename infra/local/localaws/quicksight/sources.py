"""Physical tables: their rows fetched from where a data source stands into files of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from localaws.quicksight.athena_source import AthenaSource
from localaws.quicksight.kinds import DATA_SOURCE
from localaws.quicksight.postgres_source import PostgresSource
from localaws.quicksight.s3_source import S3Source
from localaws.quicksight.source_errors import SourceError
from localaws.quicksight.state import QuickSightStore, arn

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.quicksight.fetched import Fetched, Window
    from localaws.quicksight.source_errors import Progress
    from localaws.scope import Scope


class Source(Protocol):
    """One type of data source."""

    def check(self, scope: Scope, source: Document) -> None:
        """Try the connection; SourceError says why it fails."""
        ...

    def fetch(
        self,
        scope: Scope,
        source: Document,
        table: Document,
        window: Window | None,
        folder: Path,
        progress: Progress,
    ) -> Fetched:
        """The rows of one physical table; `progress` says whether they are wanted still."""
        ...


class Sources:
    """All types of data sources that are served."""

    def __init__(self, store: QuickSightStore, call: InProcessCall) -> None:
        self._store = store
        postgres = PostgresSource(call)
        self._by_type: dict[str, Source] = {
            "ATHENA": AthenaSource(call),
            "S3": S3Source(call),
            "POSTGRESQL": postgres,
            "AURORA_POSTGRESQL": postgres,
        }

    def check(self, scope: Scope, source: Document) -> None:
        self._by_type[source["Type"]].check(scope, source)

    def fetch(
        self,
        scope: Scope,
        table: Document,
        window: Window | None,
        folder: Path,
        progress: Progress,
    ) -> Fetched:
        """Rows of a physical table, as a data set names it."""
        (inside,) = table.values()
        source = self._source(scope, inside["DataSourceArn"])
        return self._by_type[source["Type"]].fetch(scope, source, table, window, folder, progress)

    def _source(self, scope: Scope, source_arn: str) -> Document:
        name = source_arn.removeprefix(arn(DATA_SOURCE, scope, ""))
        source = self._store.get(DATA_SOURCE, scope, name)
        if source is None:
            raise SourceError("DATA_SOURCE_NOT_FOUND", f"There is no data source {source_arn}.")
        return source
