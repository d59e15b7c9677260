"""The queries of the feeds: which tables they read, and the same query on snapshots of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm import names
from rlm.sql_texts import TABLE, read_statement

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from rlm.aws.table_snapshots import State
    from rlm.domain.serving_feeds import Feed


@dataclass(frozen=True)
class FeedQuery:
    """One feed's statement, in SQL that Athena and Spark both understand."""

    feed: Feed
    statement: str
    """Names its tables `silver.<source>` and `gold.<table>`."""

    @property
    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(layer, table) of each table that it reads."""
        return tuple(sorted({(m[1], m[2]) for m in TABLE.finditer(self.statement)}))

    @property
    def fingerprint(self) -> str:
        """Another one when the query, or what is made of its rows, is another."""
        text = f"{self.statement}\n{self.feed!r}"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def databases(self, env: str) -> tuple[tuple[str, str], ...]:
        """(database, table) of each input, as the catalog of that environment names it."""
        return tuple((names.database(env, layer), table) for layer, table in self.inputs)

    def on_snapshots(self, env: str, states: Mapping[str, State]) -> str:
        """The statement for Athena, each Iceberg table as it was at its snapshot.

        `states` are by `database.table`. A table that is empty or made of files has no snapshot,
        and is read as it is.
        """

        def pinned(found: re.Match[str]) -> str:
            table = f"{names.database(env, found[1])}.{found[2]}"
            state = states[table]
            return f"{table} FOR VERSION AS OF {state}" if isinstance(state, int) else table

        return TABLE.sub(pinned, self.statement)


def load_query(feed: Feed) -> FeedQuery:
    """The feed's query."""
    return FeedQuery(feed, read_statement("serving", feed.name))
