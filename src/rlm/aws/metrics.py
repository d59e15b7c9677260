"""Publishes values of metrics; what they are called is `rlm.monitoring.metrics`'s to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Of one call of PutMetricData.
MOST_VALUES: Final = 1000
# What `put_metrics` raises when CloudWatch cannot be reached, or does not want the values.
NOT_TAKEN: Final = (BotoCoreError, ClientError)
# A value that comes late is worth less than the run that waits for it.
METRICS_CONFIG: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)


def own_session(region: str) -> Any:
    """With what the process finds around it: where there is no connection of Airflow's to ask."""
    session = botocore.session.get_session()
    session.set_config_variable("region", region)
    return session


def metrics_client(session: Any) -> Any:
    """A client of a session, boto3's or botocore's, for `put_metrics`: gives up within seconds."""
    create = getattr(session, "client", None) or session.create_client
    return create("cloudwatch", config=METRICS_CONFIG)


def put_metrics(client: Any, namespace: str, data: Sequence[Mapping[str, Any]]) -> None:
    """Publish `data`, each as `Metric.datum` makes it, in as few calls as CloudWatch allows.

    Raises `NOT_TAKEN`; what was sent before stays. Twice the same is counted twice.
    """
    for start in range(0, len(data), MOST_VALUES):
        client.put_metric_data(
            Namespace=namespace, MetricData=list(data[start : start + MOST_VALUES])
        )
