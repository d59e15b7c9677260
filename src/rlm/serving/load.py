"""Makes the items of one feed in its table what the rows of its query say; writes only changes."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from rlm.domain.serving import CONTENT_HASH, VERSION
from rlm.domain.serving_items import entries
from rlm.serving.books import Journal, Loaded
from rlm.serving.changes import Changes, open_spool
from rlm.serving.lease import HeldLease, LeaseTimes, SupersededError
from rlm.serving.manifest import read_keys, read_manifest, write_keys, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rlm.aws.dynamodb_writer import ItemTable, WriteCounts
    from rlm.aws.shared_object import SharedObject
    from rlm.aws.storage import Storage
    from rlm.aws.table_snapshots import State
    from rlm.domain.serving_feeds import Feed
    from rlm.serving.books import Books
    from rlm.serving.manifest import Key
    from rlm.serving.results import Rows

Status = Literal["loaded", "unchanged", "superseded"]

# Beyond both, a load that would remove so much asks first: an empty mart is a mistake more often.
DELETIONS_BELIEVED: Final = 100
SHARE_OF_DELETIONS_BELIEVED: Final = 0.5
_ORPHANS_KEPT_SECONDS: Final = 24 * 3600


class TooManyDeletionsError(Exception):
    """More items would vanish than anybody would believe; nothing was written."""


@dataclass(frozen=True)
class FeedLoad:
    """What is to be loaded, and as what."""

    feed: Feed
    query: str
    """The fingerprint of the query that gave the rows."""
    inputs: Mapping[str, State]
    """What was in each table that the query read."""
    version: int
    """When the newest of them changed, in milliseconds since 1970."""
    loader: str
    """The run, for people."""
    force: bool = False
    """Compare with the table itself instead of with the list of what was loaded last."""
    accept_deletions: bool = False


@dataclass(frozen=True)
class Stores:
    """Where a feed's items and books are."""

    table: ItemTable
    storage: Storage
    shared: SharedObject
    """The books."""
    folder: str
    """For manifests and journals, without a slash at the end."""


@dataclass(frozen=True)
class LoadResult:
    """What one load came to."""

    feed: str
    entity: str
    status: Status
    version: int = 0
    rows: int = 0
    """Of the query."""
    items: int = 0
    """That the feed has in the table."""
    written: int = 0
    skipped: int = 0
    """Items that were there already, just so."""
    deleted: int = 0
    kept_newer: int = 0
    """Items that were left alone because a newer version is there."""
    resent: int = 0
    """Writes that the table was too busy to take at first."""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def load_feed(
    load: FeedLoad,
    rows: Callable[[], Rows],
    stores: Stores,
    say: Callable[[str], None],
    times: LeaseTimes | None = None,
) -> LoadResult:
    """Write and delete what differs; a rerun after any end comes to the same items.

    Raises `LeaseHeldError`, `LeaseLostError`, `ThrottledError` (all: try again),
    `ServingRowError` and `TooManyDeletionsError` (do not).
    """
    began = time.monotonic()
    nothing = LoadResult(load.feed.name, load.feed.entity, "unchanged", load.version)
    try:
        with HeldLease(
            stores.shared, load.loader, load.version, times or LeaseTimes(), say
        ) as lease:
            table_id = stores.table.table_id()
            books = lease.books
            is_same_table = books.loaded is not None and books.loaded.table_id == table_id
            if is_same_table and not load.force and books.is_loaded(load.inputs, load.query):
                return replace(nothing, items=books.loaded.items if books.loaded else 0)
            with open_spool() as spool:
                known = _known(load, books, is_same_table, stores, say)
                changes = Changes(load.feed.name, load.version, known.hashes, known.newer, spool)
                answer = rows()
                header, lines = answer.header, _Counted(answer.rows)
                for entry in entries(load.feed, header, lines):
                    changes.add(entry)
                changes.keep_newer()
                _believe(load, changes, len(known.hashes))
                counts = _write(changes, lease, stores, load)
                _finish(load, changes, lease, stores, table_id)
            return replace(
                nothing,
                status="loaded",
                rows=lines.count,
                items=len(changes.hashes),
                written=counts.written,
                skipped=changes.skipped,
                deleted=counts.deleted,
                kept_newer=changes.kept_newer,
                resent=counts.resent,
                seconds=round(time.monotonic() - began, 3),
            )
    except SupersededError as newer:
        say(f"{load.feed.name}: nothing to do, {newer}")
        return replace(nothing, status="superseded")


@dataclass
class _Known:
    """What is in the table already."""

    hashes: dict[Key, str]
    newer: set[Key]
    """Items that this load must leave alone."""


def _known(
    load: FeedLoad, books: Books, is_same_table: bool, stores: Stores, say: Callable[[str], None]
) -> _Known:
    """From the last manifest, corrected by a look at every key that was in somebody's hands."""
    known = _Known({}, set())
    table, key_names = stores.table, load.feed.table.key
    attributes = [*key_names, CONTENT_HASH, VERSION]
    if books.loaded is None or not is_same_table or load.force:
        say(f"{load.feed.name}: looking at every item of {table.name}")
        _look(load, table.scan(attributes), known)
        return known
    known.hashes = read_manifest(stores.storage, books.loaded.manifest)
    unsettled: set[Key] = set()
    for journal in books.journals:
        unsettled.update(read_keys(stores.storage, journal.uri))
    if unsettled:
        say(f"{load.feed.name}: looking at {len(unsettled)} items of loads that did not finish")
        for key in unsettled:
            known.hashes.pop(key, None)
        keys = (dict(zip(key_names, key, strict=True)) for key in unsettled)
        _look(load, table.read(keys, attributes), known)
    return known


def _look(load: FeedLoad, items: Iterable[Mapping[str, object]], known: _Known) -> None:
    for item in items:
        key = tuple(str(item[name]) for name in load.feed.table.key)
        if not key[-1].startswith(load.feed.part_prefix):
            continue
        # An item without a hash is none that a load wrote: it differs from all.
        known.hashes[key] = str(item.get(CONTENT_HASH, ""))
        if int(str(item.get(VERSION, 0))) > load.version:
            known.newer.add(key)


def _believe(load: FeedLoad, changes: Changes, known: int) -> None:
    vanished = len(changes.vanished())
    if (
        vanished > DELETIONS_BELIEVED
        and vanished > known * SHARE_OF_DELETIONS_BELIEVED
        and not load.accept_deletions
    ):
        raise TooManyDeletionsError(
            f"{load.feed.name}: {vanished} of {known} items would be deleted, more than half;"
            f" the query gave {len(changes.hashes)}. If that is right, run with accept_deletions;"
            " docs/runbooks/load_serving_tables.md"
        )


def _write(changes: Changes, lease: HeldLease, stores: Stores, load: FeedLoad) -> WriteCounts:
    """Name the keys in a journal, then write; without changes neither."""
    keys = changes.keys_to_write()
    if keys:
        now = time.time()
        uri = f"{stores.folder}/journals/{_object_name(lease, now)}"
        write_keys(stores.storage, uri, keys)
        lease.change(lambda books: books.with_journal(Journal(uri, lease.loader, now)))
    return stores.table.write(changes.to_write(load.feed.table.key), lease.check)


def _finish(
    load: FeedLoad, changes: Changes, lease: HeldLease, stores: Stores, table_id: str
) -> None:
    """Enter what the table holds now into the books, and sweep up what they no longer name."""
    now = time.time()
    before = lease.books
    if before.loaded is not None and not changes.differ_from_known:
        # The same keys and hashes: the manifest that is there says it.
        manifest = before.loaded.manifest
    else:
        manifest = f"{stores.folder}/manifests/{_object_name(lease, now)}"
        write_manifest(stores.storage, manifest, changes.hashes)
    loaded = Loaded(
        version=load.version,
        inputs=dict(load.inputs),
        query=load.query,
        table_id=table_id,
        manifest=manifest,
        items=len(changes.hashes),
    )
    lease.finish(lambda books: books.finished(loaded, lease.loader, now))
    named = {manifest, *(journal.uri for journal in lease.books.journals)}
    for folder in ("manifests", "journals"):
        for found in list(stores.storage.list(f"{stores.folder}/{folder}/")):
            made_at = int(found.uri.rpartition("/")[2].partition("-")[0])
            if found.uri not in named and now - made_at > _ORPHANS_KEPT_SECONDS:
                stores.storage.delete(found.uri)


def _object_name(lease: HeldLease, now: float) -> str:
    """Begins with the second in which it was made, and nobody else has it."""
    return f"{int(now)}-{lease.loader.rpartition('/')[2]}.jsonl.gz"


class _Counted:
    """Counts what goes through."""

    def __init__(self, rows: Iterable[list[str]]) -> None:
        self._rows = iter(rows)
        self.count = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> list[str]:
        row = next(self._rows)
        self.count += 1
        return row
