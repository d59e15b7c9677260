"""A growing file's lines, sent to CloudWatch Logs while the file grows.

Used by agents under other interpreters: the client is botocore's or boto3's, which every one has.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import botocore.config
import botocore.exceptions

if TYPE_CHECKING:
    from pathlib import Path

# CloudWatch Logs: at most 10,000 events and 1 MiB a call, 26 bytes of overhead an event.
BATCH_EVENTS = 5_000
BATCH_BYTES = 900_000
EVENT_BYTES = 200_000
OVERHEAD_BYTES = 26
CLIENT_CONFIG = botocore.config.Config(
    connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 2}
)


class LogShipper:
    """Sends each line of `path` as one event to `group`/`stream`.

    At least once: a batch whose answer was lost is sent again. `logs` is a client made with
    CLIENT_CONFIG.
    """

    def __init__(self, logs: Any, path: Path, group: str, stream: str) -> None:
        self._logs = logs
        self._path = path
        self._group = group
        self._stream = stream
        self._offset = 0
        self._created = False

    def ship(self, *, to_the_end: bool = False) -> bool:
        """Send what is new; whether all of it arrived.

        A line that has no end yet waits, unless the file is complete (`to_the_end`).
        """
        try:
            self._create()
            while self._ship_batch(to_the_end):
                pass
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            return False
        return True

    def _ship_batch(self, to_the_end: bool) -> bool:
        with self._path.open("rb") as stream:
            stream.seek(self._offset)
            block = stream.read(BATCH_BYTES)
        if not to_the_end or len(block) == BATCH_BYTES:
            complete = block.rfind(b"\n") + 1
            # One line longer than a whole batch is cut.
            block = block[:complete] if complete or len(block) < BATCH_BYTES else block
        if not block:
            return False
        events, used = _events(block)
        self._logs.put_log_events(
            logGroupName=self._group, logStreamName=self._stream, logEvents=events
        )
        self._offset += used
        return True

    def _create(self) -> None:
        if self._created:
            return
        for create, names in (
            (self._logs.create_log_group, {"logGroupName": self._group}),
            (
                self._logs.create_log_stream,
                {"logGroupName": self._group, "logStreamName": self._stream},
            ),
        ):
            try:
                create(**names)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise
        self._created = True


def _events(block: bytes) -> tuple[list[dict[str, Any]], int]:
    """Events for the lines at the start of `block` that fit one call, and the bytes they took."""
    now = int(time.time() * 1000)
    events: list[dict[str, Any]] = []
    used = size = 0
    for line in block.splitlines(keepends=True):
        for start in range(0, len(line), EVENT_BYTES):
            piece = line[start : start + EVENT_BYTES]
            size += len(piece) + OVERHEAD_BYTES
            if events and (size > BATCH_BYTES or len(events) == BATCH_EVENTS):
                return events, used
            text = piece.decode("utf-8", errors="replace").rstrip("\r\n")
            # An event cannot be empty; a blank line stays a line.
            events.append({"timestamp": now, "message": text or " "})
            used += len(piece)
    return events, used
