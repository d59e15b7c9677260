"""What CloudWatch is told of invocations: gathered for a second, then sent."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.host import InProcessCall

_log = logging.getLogger("localaws.sagemaker")

NAMESPACE = "AWS/SageMaker"
# AWS sends these once a minute; an alarm of a test should not have to wait for that.
PUBLISH_SECONDS = 1.0
# Every value of a datum is kept for two weeks: a second under load must not leave thousands.
MOST_VALUES = 20
_UNITS = {"ModelLatency": "Microseconds", "OverheadLatency": "Microseconds"}

# Scope, endpoint, variant and metric; then how often each value was seen.
_Key = tuple[Scope, str, str, str]


class InvocationMetrics:
    """Counts and times of invocations, by endpoint and variant."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._seen: dict[_Key, Counter[float]] = defaultdict(Counter)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="invocation-metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send what is left."""
        self._stopped.set()
        self._thread.join(10)

    def record(
        self,
        scope: Scope,
        endpoint: str,
        variant: str,
        *,
        status: int,
        instances: int,
        model_seconds: float,
        overhead_seconds: float,
    ) -> None:
        """One invocation. AWS sends a 0 for every request that is not an error, so that the
        average of an error metric is its rate.
        """
        is_client_error = 400 <= status < 500
        is_server_error = not 200 <= status < 500
        values = {
            "Invocations": 1.0,
            "InvocationsPerInstance": 1.0 / max(1, instances),
            "Invocation4XXErrors": float(is_client_error),
            "Invocation5XXErrors": float(is_server_error),
            "InvocationModelErrors": float(is_client_error or is_server_error),
            "ModelLatency": float(round(model_seconds * 1e6)),
            "OverheadLatency": float(round(overhead_seconds * 1e6)),
        }
        with self._lock:
            for metric, value in values.items():
                self._seen[scope, endpoint, variant, metric][value] += 1

    def _run(self) -> None:
        while not self._stopped.wait(PUBLISH_SECONDS):
            self._publish()
        self._publish()

    def _publish(self) -> None:
        with self._lock:
            seen, self._seen = self._seen, defaultdict(Counter)
        data: dict[Scope, list[dict[str, Any]]] = defaultdict(list)
        now = time.time()
        for (scope, endpoint, variant, metric), counts in seen.items():
            values = grouped(counts)
            data[scope].append(
                {
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": endpoint},
                        {"Name": "VariantName", "Value": variant},
                    ],
                    "Timestamp": now,
                    "Values": [value for value, _ in values],
                    "Counts": [float(count) for _, count in values],
                    "Unit": _UNITS.get(metric, "None"),
                }
            )
        for scope, found in data.items():
            try:
                self._call(
                    "cloudwatch",
                    "PutMetricData",
                    {"Namespace": NAMESPACE, "MetricData": found},
                    region=scope.region,
                    account=scope.account,
                )
            except (AwsError, TimeoutError) as error:
                _log.warning("metrics of invocations are lost: %s", error)


def grouped(counts: Counter[float]) -> list[tuple[float, int]]:
    """At most MOST_VALUES values with their counts; neighbours are taken together as their mean.

    The number and the sum of all values stay as they are, and so do the least and the greatest.
    """
    values = sorted(counts.items())
    if len(values) <= MOST_VALUES:
        return values
    inner = values[1:-1]
    size = -(-len(inner) // (MOST_VALUES - 2))
    groups = [inner[start : start + size] for start in range(0, len(inner), size)]
    means = []
    for group in groups:
        count = sum(number for _, number in group)
        means.append((sum(value * number for value, number in group) / count, count))
    return [values[0], *means, values[-1]]
