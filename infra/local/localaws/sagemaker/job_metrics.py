"""Numbers in a job's log lines, found by the expressions of its metric definitions."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import botocore.exceptions

if TYPE_CHECKING:
    from pathlib import Path

_PER_CALL = 500


class LogMetrics:
    """Follows a growing log; sends each number to CloudWatch, and remembers the last of each name.

    At least once: numbers whose answer was lost are sent again.
    """

    def __init__(
        self,
        cloudwatch: Any,
        path: Path,
        namespace: str,
        dimensions: list[dict[str, str]],
        definitions: list[dict[str, str]],
    ) -> None:
        self._cloudwatch = cloudwatch
        self._path = path
        self._namespace = namespace
        self._dimensions = dimensions
        self._patterns = [(one["Name"], re.compile(one["Regex"])) for one in definitions]
        self._offset = 0
        self._waiting: list[dict[str, Any]] = []
        self._last: dict[str, dict[str, Any]] = {}

    def final(self) -> list[dict[str, Any]]:
        """FinalMetricDataList: the last value of each metric."""
        return list(self._last.values())

    def follow(self, *, to_the_end: bool = False) -> bool:
        """Read what is new and send what is waiting; whether all of it arrived."""
        if not self._patterns:
            return True
        with self._path.open("rb") as stream:
            stream.seek(self._offset)
            block = stream.read()
        if not to_the_end:
            block = block[: block.rfind(b"\n") + 1]
        self._offset += len(block)
        now = time.time()
        for line in block.decode("utf-8", errors="replace").splitlines():
            for name, pattern in self._patterns:
                value = _number(pattern, line)
                if value is not None:
                    self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now}
                    self._waiting.append(
                        {
                            "MetricName": name,
                            "Dimensions": self._dimensions,
                            "Timestamp": now,
                            "Value": value,
                        }
                    )
        return self._send()

    def _send(self) -> bool:
        while self._waiting:
            some = self._waiting[:_PER_CALL]
            try:
                self._cloudwatch.put_metric_data(Namespace=self._namespace, MetricData=some)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                return False
            del self._waiting[: len(some)]
        return True


def _number(pattern: re.Pattern[str], line: str) -> float | None:
    """AWS: the first group of the expression is the value; what is no number is not reported."""
    found = pattern.search(line)
    if found is None or not found.groups():
        return None
    try:
        return float(found.group(1))
    except (TypeError, ValueError):
        return None
