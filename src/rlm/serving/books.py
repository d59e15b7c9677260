"""What is known of a feed's loads, in one small object that all loaders change in turn.

It says what the last finished load left in the table, which loads did not finish, and who is
loading now. A load that dies leaves its lease, which runs out, and its journal: the keys that it
may have written. Why so: docs/decisions/serving-loads.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm.aws.table_snapshots import State

# Longer than any task may run: after it, no load that was given up can still wake and write.
_JOURNAL_KEPT_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class Loaded:
    """The last load that finished."""

    version: int
    inputs: Mapping[str, State]
    """What was in each table that it read."""
    query: str
    """A hash of the query and of the attributes that were made of it."""
    table_id: str
    manifest: str
    """Where the keys and hashes of all its items are."""
    items: int


@dataclass(frozen=True)
class Journal:
    """The keys that a load set out to write."""

    uri: str
    loader: str
    began_at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Lease:
    """Who is loading, until when unless it is renewed, and what."""

    loader: str
    until: float
    """Seconds since 1970."""
    version: int


@dataclass(frozen=True)
class Books:
    """All that is known of one feed."""

    loaded: Loaded | None = None
    journals: tuple[Journal, ...] = ()
    lease: Lease | None = None

    def is_loaded(self, inputs: Mapping[str, State], query: str) -> bool:
        """Whether the table holds just this already, and nobody was interrupted since."""
        known = self.loaded
        return (
            known is not None
            and not self.journals
            and dict(known.inputs) == dict(inputs)
            and known.query == query
        )

    def with_lease(self, lease: Lease | None) -> Books:
        return replace(self, lease=lease)

    def with_journal(self, journal: Journal) -> Books:
        return replace(self, journals=(*self.journals, journal))

    def finished(self, loaded: Loaded, loader: str, now: float) -> Books:
        """After `loader` has settled everything. Others' journals stay until they are old:
        a loader that is thought dead may sleep, and send one more batch when it wakes.
        """
        kept = tuple(
            j
            for j in self.journals
            if j.loader != loader and now - j.began_at < _JOURNAL_KEPT_SECONDS
        )
        return Books(loaded, kept, None)


def books_text(books: Books, written_by: str) -> bytes:
    """JSON of the books; `written_by` makes it differ from what anybody else would write."""
    return json.dumps({**asdict(books), "written_by": written_by}, indent=1).encode()


def parse_books(content: bytes | None) -> Books:
    """The books in `content`; none are empty ones."""
    if content is None:
        return Books()
    found: dict[str, Any] = json.loads(content)
    return Books(
        loaded=Loaded(**found["loaded"]) if found["loaded"] else None,
        journals=tuple(Journal(**journal) for journal in found["journals"]),
        lease=Lease(**found["lease"]) if found["lease"] else None,
    )
