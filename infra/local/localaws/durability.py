"""What ministack acknowledged is on disk before the answer leaves (docs/decisions/local-aws.md).

Three ways, by what a change costs: S3 objects are files already; bulk writes (items, log events,
metric data) go to a journal as requests and are served again at the next start; everything else
is small enough to be written whole, once for all the requests that wait at that moment.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localaws.write_needs import Need, Plan, need_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localaws.ministack_seam import Ministack
    from localaws.state import Store
    from localaws.wire import Request

_log = logging.getLogger("localaws.durability")


class NotKeptError(Exception):
    """A change was made in memory but could not be kept: its caller must not hear of success."""


# States that may grow large: outside of their own requests they are written only when
# their outline changed.
_BULKY = {"cloudwatch", "dynamodb", "cloudwatch_logs"}
# A journal is folded into the state's next snapshot when it outgrows this and twice the snapshot.
_JOURNAL_FOLD_BYTES = 32 * 1024 * 1024
_SWEEP_SECONDS = 1.0


@dataclass
class _Journal:
    """What is known of one state's files without reading them."""

    journal_bytes: int = 0
    snapshot_bytes: int = 0
    digest: str = ""
    outline: str = ""


@dataclass
class _Batch:
    """Everything that the next commit writes."""

    keys: set[str] = field(default_factory=set)
    takes_everything: bool = False
    entries: list[tuple[str, float, str, bytes]] = field(default_factory=list)


class Durability:
    """Keeps ministack's state in a store; `commit` returns when what it was asked for is kept."""

    def __init__(self, ministack: Ministack, store: Store) -> None:
        self._ministack = ministack
        self._store = store
        self._files: dict[str, _Journal] = {}
        self._batch = _Batch()
        self._next: asyncio.Task[set[str]] | None = None
        self._writing = asyncio.Lock()
        # Counts requests that set stacks in motion; `_stacks_kept` follows when all is settled.
        self._stack_moves = 0
        self._stacks_kept = 0
        self._changed_aside = False
        self._sweeper: asyncio.Task[None] | None = None
        with store.transaction() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS snapshots"
                " (key TEXT PRIMARY KEY, journal_id INTEGER NOT NULL, body BLOB NOT NULL)"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY AUTOINCREMENT,"
                " key TEXT NOT NULL, at REAL NOT NULL, request TEXT NOT NULL, body BLOB NOT NULL)"
            )

    async def restore(self) -> None:
        """Bring back what was acknowledged; before the first request."""
        for key, body in self._store.query("SELECT key, body FROM snapshots ORDER BY key"):
            self._ministack.restore(key, body)
            self._file(key).snapshot_bytes = len(body)
        entries = self._store.query(
            "SELECT j.key, j.at, j.request, j.body FROM journal j"
            " LEFT JOIN snapshots s ON s.key = j.key"
            " WHERE j.id > coalesce(s.journal_id, 0) ORDER BY j.id"
        )
        for key, at, request, body in entries:
            status = await self._ministack.replay(_scope_of(request), body, at)
            if status >= 400:
                _log.error("%s: an acknowledged request was refused at replay (%d)", key, status)
        self._ministack.settle_interrupted()
        touched = {entry[0] for entry in entries}
        if self._ministack.expire_log_events(time.time()):
            touched.add("cloudwatch_logs")
        if touched:
            await self.commit(Plan(Need.STATE, tuple(touched)))

    def start(self) -> None:
        """Begin to look after changes that no request waits for (functions' logs, deliveries)."""
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Keep everything once more."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self.commit(Plan(Need.STATE, tuple(self._ministack.loaded_keys())))

    def plan(self, request: Request, service: str, operation: str) -> Plan:
        """What this request will need if it succeeds."""
        plan = need_of(request, service, operation, self._ministack.part_keys(service))
        if plan.need is Need.STACKS_MOVE:
            self._stack_moves += 1
            return Plan(Need.EVERYTHING)
        if plan.need is Need.STACKS:
            return Plan(Need.EVERYTHING if self._stacks_are_moving else Need.NOTHING)
        return plan

    def note_change(self) -> None:
        """Something changed that no request waits for; the next sweep keeps it."""
        self._changed_aside = True

    async def commit(
        self, plan: Plan, scope: dict[str, Any] | None = None, body: bytes = b""
    ) -> None:
        """Return when the request that was just served is kept; joins other waiting requests.

        Raises NotKeptError when a state that it is about cannot be written.
        """
        # What was done may go on after its answer: a delivery, a function that was invoked.
        self._changed_aside |= plan.need in (Need.STATE, Need.SWEEP)
        if plan.need in (Need.NOTHING, Need.SWEEP):
            return
        journaled = plan.need is Need.JOURNAL and scope is not None
        if journaled and not self._outline_moved(plan.keys[0]):
            self._batch.entries.append(
                (plan.keys[0], time.time(), _request_text(scope or {}), body)
            )
        elif plan.need is Need.EVERYTHING:
            self._batch.takes_everything = True
            # The stacks that this request set in motion move from now on at the latest.
            self._stack_moves += 1
        else:
            self._batch.keys |= set(plan.keys)
        if self._next is None:
            self._next = asyncio.create_task(self._write_batch())
        if lost := await asyncio.shield(self._next) & set(plan.keys):
            raise NotKeptError(f"{', '.join(sorted(lost))}: the state cannot be written")

    async def _write_batch(self) -> set[str]:
        """Write what is waiting; the keys of the states that cannot be."""
        async with self._writing:
            # No await between taking the batch and the copies: they belong together.
            batch, self._batch, self._next = self._batch, _Batch(), None
            if batch.takes_everything:
                # Asked now and not when the request came: stacks went on while it waited, and
                # one must not be kept without what it made.
                batch.keys |= self._possibly_changed()
            batch.keys |= {key for key, *_ in batch.entries if self._is_overgrown(key)}
            states = {key: self._ministack.capture(key) for key in sorted(batch.keys)}
            for key in states.keys() & _BULKY:
                self._remember_outline(key)
            moves, settled = self._stack_moves, not self._ministack.stacks_in_progress()
            # A few journal rows take less than handing them to a thread.
            if states:
                lost = await asyncio.to_thread(self._write, batch, states)
            else:
                lost = self._write(batch, states)
            if "cloudformation" in states and settled:
                self._stacks_kept = moves
            return lost

    def _write(self, batch: _Batch, states: dict[str, Any]) -> set[str]:
        bodies = {}
        for key, state in states.items():
            try:
                if state is not None:
                    bodies[key] = self._ministack.encode(state)
            except (TypeError, ValueError):
                _log.exception("%s: the state cannot be written", key)
        digests = {key: hashlib.sha256(body).hexdigest() for key, body in bodies.items()}
        with self._store.transaction() as connection:
            for key, at, request, body in batch.entries:
                if key not in bodies:  # else it is in the snapshot already
                    connection.execute(
                        "INSERT INTO journal (key, at, request, body) VALUES (?, ?, ?, ?)",
                        (key, at, request, body),
                    )
                    self._file(key).journal_bytes += len(body) + len(request)
            for key, body in bodies.items():
                known = self._file(key)
                if known.digest == digests[key] and not known.journal_bytes:
                    continue
                (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM journal").fetchone()
                connection.execute(
                    "INSERT INTO snapshots (key, journal_id, body) VALUES (?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE"
                    " SET journal_id = excluded.journal_id, body = excluded.body",
                    (key, last, body),
                )
                connection.execute("DELETE FROM journal WHERE key = ?", (key,))
        for key, body in bodies.items():
            known = self._file(key)
            known.digest, known.snapshot_bytes, known.journal_bytes = digests[key], len(body), 0
        return {key for key, state in states.items() if state is not None} - bodies.keys()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            if self._changed_aside or self._stacks_are_moving:
                self._changed_aside = False
                started = time.monotonic()
                await self.commit(Plan(Need.EVERYTHING))
                # Never more than a twentieth of the time.
                await asyncio.sleep(20 * (time.monotonic() - started))

    def _possibly_changed(self) -> set[str]:
        loaded = self._ministack.loaded_keys()
        return {key for key in loaded if key not in _BULKY or self._remember_outline(key)}

    def _remember_outline(self, key: str) -> bool:
        """Whether a bulky state's outline differs from the last one looked at."""
        outline = hashlib.sha256(self._ministack.outline(key).encode()).hexdigest()
        moved = self._file(key).outline != outline
        self._file(key).outline = outline
        return moved

    def _outline_moved(self, key: str) -> bool:
        """Whether stacks may have made something that a journal entry would stand on."""
        return self._stacks_are_moving and key in _BULKY and self._remember_outline(key)

    @property
    def _stacks_are_moving(self) -> bool:
        return self._stacks_kept < self._stack_moves

    def _is_overgrown(self, key: str) -> bool:
        known = self._file(key)
        return known.journal_bytes > max(_JOURNAL_FOLD_BYTES, 2 * known.snapshot_bytes)

    def _file(self, key: str) -> _Journal:
        return self._files.setdefault(key, _Journal())


def _request_text(scope: dict[str, Any]) -> str:
    """The parts of a request that its replay needs, as text.."""
    return json.dumps(
        {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope.get("query_string", b"").decode("latin-1"),
            "headers": [[k.decode("latin-1"), v.decode("latin-1")] for k, v in scope["headers"]],
        }
    )


def _scope_of(text: str) -> dict[str, Any]:
    request = json.loads(text)
    headers: Iterable[tuple[str, str]] = request["headers"]
    return {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": request["method"],
        "path": request["path"],
        "raw_path": request["path"].encode(),
        "query_string": request["query"].encode("latin-1"),
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers],
        "client": ("127.0.0.1", 0),
    }
