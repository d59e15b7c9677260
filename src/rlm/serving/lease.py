"""The right to write one feed's items: held by one loader, lost when it is not renewed in time."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from rlm.aws.shared_object import ChangedMeanwhileError
from rlm.serving.books import Books, Lease, books_text, parse_books

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.aws.shared_object import SharedObject

_POLL_SECONDS: Final = 0.5


class LeaseHeldError(Exception):
    """Another loader is at work; the same load may be tried again when it is done."""


class LeaseLostError(Exception):
    """The lease ran out or somebody else took it; the next load puts right what was begun."""


class SupersededError(Exception):
    """A newer version was loaded, or is being loaded: there is nothing left to do for this one."""


@dataclass(frozen=True)
class LeaseTimes:
    """How long a silent loader keeps others waiting."""

    seconds: float = 60.0
    """A lease that is not renewed runs out after this."""
    margin_seconds: float = 20.0
    """Nothing is sent in the last seconds: a request on its way may take as long."""
    wait_seconds: float = 90.0
    """How long another's lease is waited for."""


class HeldLease:
    """The books of one feed, while this loader holds them. Use it in a `with` block."""

    def __init__(
        self,
        shared: SharedObject,
        loader: str,
        version: int,
        times: LeaseTimes,
        say: Callable[[str], None],
    ) -> None:
        # A retry has its run's name, and its former self may still be alive.
        self.loader = f"{loader}/{uuid4().hex[:12]}"
        self._shared = shared
        self._version = version
        self._times = times
        self._say = say
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._is_lost = False
        self._renewer = threading.Thread(target=self._renew_on, name="lease", daemon=True)

    def __enter__(self) -> HeldLease:
        """Wait for the lease; raises `LeaseHeldError` and `SupersededError`."""
        give_up_at = time.monotonic() + self._times.wait_seconds
        while not self._take():
            if time.monotonic() >= give_up_at:
                holder = self.books.lease
                raise LeaseHeldError(f"{holder.loader if holder else 'another'} is still loading")
            time.sleep(_POLL_SECONDS)
        self._renewer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lease back, unless `finish` did or it was lost."""
        self._ended.set()
        self._renewer.join()
        if not self._is_lost and self.books.lease is not None:
            # Whoever took it in the meantime keeps it.
            with suppress(ChangedMeanwhileError):
                self._write(self.books.with_lease(None))

    def check(self) -> None:
        """Raises `LeaseLostError` when nothing may be sent any more."""
        if self._is_lost or time.monotonic() >= self._send_until:
            raise LeaseLostError(f"{self._shared.uri}: the lease of {self.loader} is lost")

    def change(self, changed: Callable[[Books], Books]) -> None:
        """Write changed books, renewing the lease; raises `LeaseLostError`."""
        with self._lock:
            self.check()
            self._renew(changed)

    def finish(self, changed: Callable[[Books], Books]) -> None:
        """Write changed books and give the lease back; raises `LeaseLostError`."""
        with self._lock:
            self.check()
            try:
                self._write(changed(self.books).with_lease(None))
            except ChangedMeanwhileError as problem:
                self._is_lost = True
                raise LeaseLostError(str(problem)) from problem
            self._ended.set()

    def _take(self) -> bool:
        """Try once to get the lease; False while another holds it."""
        self._seen = self._shared.read()
        self.books = parse_books(self._seen.content)
        loaded, lease = self.books.loaded, self.books.lease
        newest = max(loaded.version if loaded else 0, lease.version if lease else 0)
        if newest > self._version:
            raise SupersededError(f"version {newest} is newer than {self._version}")
        if lease is not None and lease.until > time.time():
            return False
        if lease is not None:
            self._say(f"{lease.loader} ended without giving its lease back: taking it over")
        try:
            self._renew(lambda books: books)
        except LeaseLostError:
            self._is_lost = False
            return False
        return True

    def _renew_on(self) -> None:
        while not self._ended.wait(self._times.seconds / 4):
            with self._lock:
                if self._ended.is_set() or self._is_lost:
                    return
                # A network that fails for a moment: the next turn tries again, or time runs out.
                with suppress(OSError, LeaseLostError):
                    self._renew(lambda books: books)

    def _renew(self, changed: Callable[[Books], Books]) -> None:
        began = time.monotonic()
        lease = Lease(self.loader, time.time() + self._times.seconds, self._version)
        try:
            self._write(changed(self.books).with_lease(lease))
        except ChangedMeanwhileError as problem:
            self._is_lost = True
            raise LeaseLostError(f"somebody else took the lease of {self.loader}") from problem
        self._send_until = began + self._times.seconds - self._times.margin_seconds

    def _write(self, books: Books) -> None:
        self._seen = self._shared.replace(self._seen, books_text(books, self.loader))
        self.books = replace(books)
