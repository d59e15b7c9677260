"""Documents that survive the death of the process.

What `put` and `delete` returned from is on disk: SQLite in WAL mode with synchronous=FULL,
one commit a call unless the calls stand in one `transaction()`.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Document = dict[str, Any]


class Store:
    """One SQLite file of JSON documents; safe to use from any thread.

    With `synchronous="NORMAL"` a power cut, but no death of the process, may take the last writes.
    """

    def __init__(self, path: Path, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={synchronous}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS documents ("
            " kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,"
            " PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def table(self, name: str) -> Table:
        """The documents of one kind; `name` needs no declaration."""
        return Table(self, name)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All writes inside are kept together or not at all. Nests; holds the store's lock."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def query(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of one SELECT, read in full."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Table:
    """JSON documents by text key, listed in key order."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def put(self, key: str, document: Document) -> None:
        """Write or replace. The document is copied: later changes to it are not kept."""
        body = json.dumps(document)
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO documents (kind, key, body) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (self._name, key, body),
            )

    def get(self, key: str) -> Document | None:
        """A copy of the document, or None."""
        rows = self._store.query(
            "SELECT body FROM documents WHERE kind = ? AND key = ?", (self._name, key)
        )
        return json.loads(rows[0][0]) if rows else None

    def delete(self, key: str) -> bool:
        """Whether there was one to delete."""
        with self._store.transaction() as connection:
            deleted = connection.execute(
                "DELETE FROM documents WHERE kind = ? AND key = ?", (self._name, key)
            )
            return deleted.rowcount > 0

    def keep_newest(self, count: int) -> None:
        """Delete all but the last `count` documents in key order; `count` is 1 at least."""
        with self._store.transaction() as connection:
            connection.execute(
                "DELETE FROM documents WHERE kind = ? AND key < (SELECT key FROM documents"
                " WHERE kind = ? ORDER BY key DESC LIMIT 1 OFFSET ?)",
                (self._name, self._name, count - 1),
            )

    def items(self, prefix: str = "") -> list[tuple[str, Document]]:
        """(key, document) for every key that starts with `prefix`."""
        rows = self._store.query(
            "SELECT key, body FROM documents WHERE kind = ? AND key >= ? AND key < ? ORDER BY key",
            (self._name, prefix, prefix + "\U0010ffff"),
        )
        return [(key, json.loads(body)) for key, body in rows]

    def list(self, prefix: str = "") -> list[Document]:
        """The documents alone, in key order."""
        return [document for _, document in self.items(prefix)]
