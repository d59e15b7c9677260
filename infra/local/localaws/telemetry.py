"""Log lines and metric values on their way to CloudWatch: gathered for a moment, then sent.

A request that had to wait for its own log lines would be as slow as writing them; and one that
comes while a second's lines of all the others are written waits for those. So the streams take
turns, a few of them at a time; values, which are counted up while they wait, go once a second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from localaws.emf import Measured
    from localaws.host import InProcessCall
    from localaws.scope import Scope

_log = logging.getLogger("localaws.telemetry")

SEND_SECONDS = 1.0
_TURNS = 20
_VALUES_A_DATUM = 150
_DATA_A_CALL = 1000
_EVENTS_A_CALL = 5_000
# What waits at most: a function that logs without end must not take the gateway's memory.
_MOST_WAITING = 200_000


class Stream(NamedTuple):
    """A log stream."""

    scope: Scope
    group: str
    name: str


class Series(NamedTuple):
    """A metric with its dimensions, by name: what values are counted under."""

    scope: Scope
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str


def series_of(
    scope: Scope, namespace: str, units: Mapping[str, str], **by: str
) -> tuple[Series, ...]:
    """Metrics with one set of dimensions; `units` are theirs by their names."""
    dimensions = tuple(sorted(by.items()))
    return tuple(
        Series(scope, namespace, metric, dimensions, unit) for metric, unit in units.items()
    )


class Telemetry:
    """Safe to call from any thread; what is waiting at a kill is lost."""

    def __init__(self, call: InProcessCall, name: str) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._lines: dict[Stream, list[dict[str, Any]]] = defaultdict(list)
        self._waiting = 0
        self._values: dict[Series, Counter[float]] = defaultdict(Counter)
        self._known: set[Stream] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what is left."""
        self._stopped.set()
        self._thread.join(10)

    def log(self, stream: Stream, lines: Iterable[str]) -> None:
        """Lines of a log stream."""
        now = int(time.time() * 1000)
        with self._lock:
            for line in lines:
                if self._waiting < _MOST_WAITING:
                    self._waiting += 1
                    # An event cannot be empty; a blank line stays a line.
                    self._lines[stream].append({"timestamp": now, "message": line or " "})

    def measure(
        self, scope: Scope, namespace: str, metric: str, value: float, unit: str, **by: str
    ) -> None:
        """One value of a metric; `by` are its dimensions."""
        self.count(zip(series_of(scope, namespace, {metric: unit}, **by), (value,), strict=True))

    def count(self, values: Iterable[tuple[Series, float]]) -> None:
        """A value of each of some metrics."""
        with self._lock:
            for series, value in values:
                self._values[series][value] += 1

    def record(self, scope: Scope, measured: Measured) -> None:
        """Values of a metric, as a line of log carries them."""
        series = Series(
            scope, measured.namespace, measured.metric, measured.dimensions, measured.unit
        )
        self.count((series, value) for value in measured.values)

    def _run(self) -> None:
        turn = 0
        while not self._stopped.wait(SEND_SECONDS / _TURNS):
            self._send_lines_of(1 + len(self._lines) // _TURNS)
            turn = (turn + 1) % _TURNS
            if turn == 0:
                self._send_all_values()
        self._send_lines_of(len(self._lines))
        self._send_all_values()

    def _send_lines_of(self, streams: int) -> None:
        """What waits for so many streams, those first that wait longest."""
        with self._lock:
            lines = {one: self._lines.pop(one) for one in list(self._lines)[:streams]}
            self._waiting -= sum(map(len, lines.values()))
        for stream, events in lines.items():
            for start in range(0, len(events), _EVENTS_A_CALL):
                self._try(self._send_lines, stream, events[start : start + _EVENTS_A_CALL])

    def _send_all_values(self) -> None:
        with self._lock:
            values, self._values = self._values, defaultdict(Counter)
        data: dict[tuple[Scope, str], list[dict[str, Any]]] = defaultdict(list)
        now = time.time()
        for (scope, namespace, metric, dimensions, unit), counts in values.items():
            seen = list(counts.items())
            for start in range(0, len(seen), _VALUES_A_DATUM):
                some = seen[start : start + _VALUES_A_DATUM]
                data[scope, namespace].append(
                    {
                        "MetricName": metric,
                        "Dimensions": [
                            {"Name": name, "Value": value} for name, value in dimensions
                        ],
                        "Timestamp": now,
                        "Values": [value for value, _ in some],
                        "Counts": [float(count) for _, count in some],
                        "Unit": unit,
                    }
                )
        for (scope, namespace), found in data.items():
            for start in range(0, len(found), _DATA_A_CALL):
                some_data = found[start : start + _DATA_A_CALL]
                self._try(self._send_data, scope, namespace, some_data)

    def _send_lines(self, stream: Stream, events: list[dict[str, Any]]) -> None:
        names = {"logGroupName": stream.group, "logStreamName": stream.name}
        scope = {"region": stream.scope.region, "account": stream.scope.account}
        if stream not in self._known:
            self._known.add(stream)
            self._create("CreateLogGroup", {"logGroupName": stream.group}, scope)
            self._create("CreateLogStream", names, scope)
        self._call("logs", "PutLogEvents", {**names, "logEvents": events}, **scope)

    def _create(self, operation: str, names: dict[str, str], scope: dict[str, str]) -> None:
        try:
            self._call("logs", operation, names, **scope)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise

    def _send_data(self, scope: Scope, namespace: str, data: list[dict[str, Any]]) -> None:
        request = {"Namespace": namespace, "MetricData": data}
        self._call(
            "cloudwatch", "PutMetricData", request, region=scope.region, account=scope.account
        )

    def _try(self, send: Any, *arguments: Any) -> None:
        try:
            send(*arguments)
        except (AwsError, TimeoutError) as error:
            _log.warning("logs or metrics are lost: %s", error)
