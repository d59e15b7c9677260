"""Keeps what was read for a while, and longer where it cannot be read again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.faults import DependencyError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

FRESH_SECONDS: Final = 60.0
# A day's data is better than none: the marts are built daily.
STALE_SECONDS: Final = 3600.0
# After a failure the old value answers for so long before the service is asked again: a caller
# pays for a time-out once, not every time.
_RETRY_SECONDS: Final = 2.0
_MOST: Final = 5_000


class Kept:
    """Values by key, in the memory of one function. The oldest go when there are too many."""

    def __init__(
        self,
        clock: Callable[[], float],
        fresh_seconds: float = FRESH_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        most: int = _MOST,
    ) -> None:
        self._clock = clock
        self._fresh_seconds = fresh_seconds
        self._stale_seconds = stale_seconds
        self._most = most
        # By key: the value, when it was read, and before when it is not read again.
        self._values: OrderedDict[Hashable, tuple[Any, float, float]] = OrderedDict()
        self.stale_reads = 0

    def get(self, key: Hashable, read: Callable[[], Any]) -> Any:
        """The value, read anew when it is old.

        Raises DependencyError when it cannot be read and nothing young enough is kept.
        """
        now = self._clock()
        known = self._values.get(key)
        if known is not None and now < known[2]:
            if now >= known[1] + self._fresh_seconds:
                self.stale_reads += 1
            return known[0]
        try:
            value = read()
        except DependencyError:
            if known is None or now > known[1] + self._stale_seconds:
                raise
            self.stale_reads += 1
            self._values[key] = (known[0], known[1], self._clock() + _RETRY_SECONDS)
            return known[0]
        self.put(key, value)
        return value

    def __len__(self) -> int:
        return len(self._values)

    def peek(self, key: Hashable) -> Any:
        """A value that is fresh; None for any other."""
        known = self._values.get(key)
        return known[0] if known is not None and self._clock() < known[2] else None

    def put(self, key: Hashable, value: Any) -> None:
        read_at = self._clock()
        self._values[key] = (value, read_at, read_at + self._fresh_seconds)
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
