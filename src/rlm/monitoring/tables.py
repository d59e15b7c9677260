"""Alarms of the serving tables: reads and writes that DynamoDB refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm import names
from rlm.domain.serving import RECOMMENDATIONS, SERVING_TABLES
from rlm.monitoring import metrics
from rlm.monitoring.alarm import reading, two_of_three_minutes

if TYPE_CHECKING:
    from rlm.domain.serving import ServingTable
    from rlm.monitoring.alarm import Alarm, Reading

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
    return two_of_three_minutes(
        names.alarm(env, f"table-{table.entity}-{verb}-throttles"),
        f"table-{verb}-throttles",
        "ticket",
        f"DynamoDB refused to {verb} {table.entity} for lack of capacity",
        _table_and_indexes(env, table, metric),
        0,
        group=GROUP,
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
