"""Publishes values of metrics; what they are called is `rlm.monitoring.metrics`'s to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Of one call of PutMetricData.
MOST_VALUES: Final = 1000
# A value that comes late is worth less than the run that waits for it.
METRICS_CONFIG: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)


def metrics_client(session: Any) -> Any:
    """A client of a boto3 session for `put_metrics`: gives up within a few seconds."""
    return session.client("cloudwatch", config=METRICS_CONFIG)


def put_metrics(client: Any, namespace: str, data: Sequence[Mapping[str, Any]]) -> None:
    """Publish `data`, each as `Metric.datum` makes it, in as few calls as CloudWatch allows.

    Raises botocore's errors; what was sent before stays. Twice the same is counted twice.
    """
    for start in range(0, len(data), MOST_VALUES):
        client.put_metric_data(
            Namespace=namespace, MetricData=list(data[start : start + MOST_VALUES])
        )
