"""Loading as the operators see it: what changed, which query to ask, and load its answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rlm import names
from rlm.aws.clients import open_clients
from rlm.aws.dynamodb_writer import ItemTable
from rlm.aws.shared_object import SharedObject
from rlm.aws.storage import S3Storage
from rlm.aws.table_snapshots import MissingTablesError, TableSnapshots
from rlm.domain.serving_feeds import feed
from rlm.serving.books import parse_books
from rlm.serving.load import FeedLoad, LoadResult, Stores, load_feed
from rlm.serving.queries import load_query
from rlm.serving.results import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rlm.aws.table_snapshots import State
    from rlm.serving.lease import LeaseTimes

# The gateway of one machine is at its best with these; DynamoDB takes more from several tasks.
WRITE_THREADS = 4


class InputsMissingError(LookupError):
    """A feed was loaded before, and now a table that it reads is gone."""


@dataclass(frozen=True)
class PinnedQuery:
    """A feed's query on the snapshots of one moment; plain values, so that a task can wait."""

    feed: str
    sql: str
    """For Athena."""
    fingerprint: str
    inputs: Mapping[str, State]
    version: int

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "inputs": dict(self.inputs)}


class ServingLoader:
    """The feeds of one environment."""

    def __init__(self, session: Any, env: str, say: Callable[[str], None]) -> None:
        self._env = env
        self._say = say
        self._clients = open_clients(session, WRITE_THREADS)
        self._snapshots = TableSnapshots(self._clients.glue, self._clients.s3)

    def changed(self, feeds: Iterable[str], force: bool) -> dict[str, dict[str, Any]]:
        """Of each feed the `items` that it has, and its `status`: `load`, or why there is nothing
        to do: `unchanged` or `waiting_for_inputs`.
        """
        return {name: self._state(name, force) for name in feeds}

    def pin(self, feed_name: str) -> PinnedQuery:
        """The feed's query on its tables as they are now; raises `InputsMissingError`."""
        query = load_query(feed(feed_name))
        try:
            found = self._snapshots.at_one_moment(query.databases(self._env))
        except MissingTablesError as problem:
            raise InputsMissingError(
                f"{feed_name} reads {problem}, not in the catalog: has build_marts built it?"
                " docs/runbooks/load_serving_tables.md"
            ) from problem
        inputs = {table: at.state for table, at in found.items()}
        return PinnedQuery(
            feed=feed_name,
            sql=query.on_snapshots(self._env, inputs),
            fingerprint=query.fingerprint,
            inputs=inputs,
            version=max(at.changed_at_ms for at in found.values()),
        )

    def load(
        self,
        pinned: PinnedQuery,
        result_uri: str,
        run_id: str,
        *,
        force: bool = False,
        accept_deletions: bool = False,
        times: LeaseTimes | None = None,
    ) -> LoadResult:
        """Load the answer that Athena wrote to `result_uri`."""
        stores = self._stores(pinned.feed)
        load = FeedLoad(
            feed=feed(pinned.feed),
            query=pinned.fingerprint,
            inputs=pinned.inputs,
            version=pinned.version,
            loader=run_id,
            force=force,
            accept_deletions=accept_deletions,
        )
        return load_feed(
            load, lambda: read_rows(stores.storage, result_uri), stores, self._say, times
        )

    def _state(self, name: str, force: bool) -> dict[str, Any]:
        stores = self._stores(name)
        books = parse_books(stores.shared.read().content)
        items = books.loaded.items if books.loaded else 0
        try:
            pinned = self.pin(name)
        except InputsMissingError:
            if books.loaded is not None:
                raise
            # Before the first marts there is nothing to load; their asset comes back here.
            return {"status": "waiting_for_inputs", "items": 0}
        is_loaded = (
            not force
            and books.is_loaded(pinned.inputs, pinned.fingerprint)
            and books.loaded is not None
            and books.loaded.table_id == stores.table.table_id()
        )
        return {"status": "unchanged" if is_loaded else "load", "items": items}

    def _stores(self, feed_name: str) -> Stores:
        lake = names.bucket(self._env, "lake")
        folder = f"s3://{lake}/{names.SERVING_PREFIX}/{feed_name}"
        table = names.dynamodb_table(self._env, feed(feed_name).entity)
        return Stores(
            table=ItemTable(self._clients.dynamodb, table, threads=WRITE_THREADS),
            storage=S3Storage(self._clients.s3),
            shared=SharedObject(self._clients.s3, f"{folder}/books.json"),
            folder=folder,
        )
