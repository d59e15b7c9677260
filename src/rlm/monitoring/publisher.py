"""Tells CloudWatch without ever harming who tells: no error gets out, no wait is long."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.metrics import NOT_TAKEN, metrics_client, own_session, put_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_log = logging.getLogger(__name__)
# A service that is down for a minute is worth waiting for; alarms do not look back much further.
_WAITS_SECONDS: Final = (1.0, 5.0, 20.0, 30.0)


class Publisher:
    """`open_session` gives a boto3 or botocore session; it is asked for one each time."""

    def __init__(
        self,
        open_session: Callable[[], Any],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._open_session = open_session
        self._sleep = sleep

    @classmethod
    def of_process(cls, region: str) -> Publisher:
        """With the rights of the process itself."""
        return cls(lambda: own_session(region))

    def publish(
        self, namespace: str, data: Sequence[Mapping[str, Any]], waits: Sequence[float] = ()
    ) -> bool:
        """Publish as of now, and again after each of `waits`; whether CloudWatch took it."""
        now = dt.datetime.now(dt.UTC)
        stamped = [{"Timestamp": now, **datum} for datum in data]
        for wait in (*waits, None):
            try:
                put_metrics(metrics_client(self._open_session()), namespace, stamped)
            except NOT_TAKEN as error:
                _log.warning("CloudWatch did not take %d values: %s", len(data), error)
            else:
                return True
            if wait is not None:
                self._sleep(wait)
        return False

    def publish_apart(self, namespace: str, data: Sequence[Mapping[str, Any]]) -> threading.Thread:
        """The same, patiently, beside who called: a scheduler has other runs to look after.

        What is on its way when the process ends is lost.
        """
        thread = threading.Thread(
            target=self.publish,
            args=(namespace, data, _WAITS_SECONDS),
            name="metrics",
            daemon=True,
        )
        thread.start()
        return thread
