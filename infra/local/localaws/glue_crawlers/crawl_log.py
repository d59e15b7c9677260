"""What a crawler tells of its work, in CloudWatch Logs where Glue's crawlers do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document

    LogsCall = Callable[[str, Document], Document]

LOG_GROUP = "/aws-glue/crawlers"
BATCH_EVENTS = 1_000


class CrawlLog:
    """One stream a crawler, one prefix a crawl: that is how the lines of a crawl are found."""

    def __init__(self, call: LogsCall, crawler: str, prefix: str) -> None:
        self._call = call
        self._names = {"logGroupName": LOG_GROUP, "logStreamName": crawler}
        self._prefix = prefix
        self._events: list[Document] = []
        for operation, names in (
            ("CreateLogGroup", {"logGroupName": LOG_GROUP}),
            ("CreateLogStream", self._names),
        ):
            try:
                call(operation, dict(names))
            except AwsError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise

    def __call__(self, level: str, message: str) -> None:
        text = f"[{self._prefix}] {level} : {message}"
        self._events.append({"timestamp": int(time.time() * 1000), "message": text})
        if len(self._events) >= BATCH_EVENTS:
            self.flush()

    def flush(self) -> None:
        if self._events:
            events, self._events = self._events, []
            self._call("PutLogEvents", self._names | {"logEvents": events})
