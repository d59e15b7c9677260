"""Alarms of the serving tables: reads and writes that DynamoDB refused."""

from __future__ import annotations

from typing import Final

from rlm import names
from rlm.domain.serving import RECOMMENDATIONS, SERVING_TABLES, ServingTable
from rlm.monitoring import metrics
from rlm.monitoring.alarm import Alarm, Reading, reading

GROUP: Final = "tables"


def table_alarms(env: str) -> list[Alarm]:
    """Tickets: what is refused so often that it hurts is the API's page, or a failed load."""
    return [
        _throttles(env, table, verb)
        for table in (*SERVING_TABLES, RECOMMENDATIONS)
        for verb in ("read", "write")
    ]


def _throttles(env: str, table: ServingTable, verb: str) -> Alarm:
    metric = metrics.READ_THROTTLES if verb == "read" else metrics.WRITE_THROTTLES
    return Alarm(
        name=names.alarm(env, f"table-{table.entity}-{verb}-throttles"),
        kind=f"table-{verb}-throttles",
        group=GROUP,
        severity="ticket",
        description=f"DynamoDB refused to {verb} {table.entity} for lack of capacity",
        readings=_table_and_indexes(env, table, metric),
        threshold=0,
        comparison="GreaterThanThreshold",
        missing_data="notBreaching",
        period_seconds=60,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        explained_by="api" if verb == "read" else None,
    )


def _table_and_indexes(
    env: str, table: ServingTable, metric: metrics.Metric
) -> tuple[Reading, ...]:
    """An index has capacity of its own, and its events are not among the table's."""
    named = names.dynamodb_table(env, table.entity)
    return (
        reading(metric, "Sum", TableName=named),
        *(
            reading(metric, "Sum", TableName=named, GlobalSecondaryIndexName=index.name)
            for index in table.indexes
        ),
    )
