"""What CloudWatch Logs makes of events: metrics, by filters or by the embedded metric format.

ministack keeps filters and events; it counts nothing, and takes every JSON pattern for matching.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.emf import measured_in
from localaws.errors import AwsError
from localaws.log_filters.patterns import compile_pattern
from localaws.log_filters.transformations import check_filter, measured
from localaws.ministack_logs_seam import MinistackLogs
from localaws.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from localaws.host import Host
    from localaws.operations import Call, Document
    from localaws.scope import Scope

_MOST_TESTED = 50


def register(host: Host) -> None:
    """Count from now on; events that are replayed at the start were counted when they came."""
    telemetry = Telemetry(host.call, "log-metrics")
    counting = Counting(telemetry)
    MinistackLogs().filter_with(_matcher, check_filter, counting.ingested)
    host.operations.register("logs", {"TestMetricFilter": _test_metric_filter})
    host.on_start += [counting.begin, telemetry.start]
    host.on_stop.append(telemetry.stop)


class Counting:
    """Metrics of log events; they are sent within a second, and what waits at a kill is lost."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._is_running = False

    def begin(self) -> None:
        self._is_running = True

    def ingested(
        self, scope: Scope, filters: Sequence[Mapping[str, Any]], messages: Sequence[str]
    ) -> None:
        if not self._is_running:
            return
        for message in messages:
            for one in measured_in(message):
                self._telemetry.record(scope, one)
            for metric_filter in filters:
                for one in measured(metric_filter, message):
                    self._telemetry.record(scope, one)


def _matcher(pattern: str) -> Callable[[str], bool]:
    return compile_pattern(pattern).matches


def _test_metric_filter(request: Document, call: Call) -> Document:
    messages = request.get("logEventMessages") or []
    if not 1 <= len(messages) <= _MOST_TESTED:
        raise AwsError(
            "InvalidParameterException", f"1 to {_MOST_TESTED} logEventMessages are required."
        )
    pattern = compile_pattern(str(request.get("filterPattern") or ""))
    found = [(number, one, pattern.extracted(one)) for number, one in enumerate(messages, 1)]
    return {
        "matches": [
            {"eventNumber": number, "eventMessage": message, "extractedValues": extracted}
            for number, message, extracted in found
            if extracted is not None
        ]
    }
