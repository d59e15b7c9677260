"""What DynamoDB tells CloudWatch of a call that it refused for lack of capacity; pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

import json
from typing import Any

NAMESPACE = "AWS/DynamoDB"
_READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
_WRITES = frozenset({"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})


def throttle_events(operation: str, body: bytes) -> list[dict[str, Any]]:
    """As PutMetricData takes them: one event for each table, or index, that the call names."""
    if operation not in _READS | _WRITES:
        return []
    metric = "ReadThrottleEvents" if operation in _READS else "WriteThrottleEvents"
    return [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in by],
            "Value": 1.0,
            "Unit": "Count",
        }
        for by in _things(json.loads(body))
    ]


def _things(request: dict[str, Any]) -> list[list[tuple[str, str]]]:
    """An index throttles by itself: its table is not counted with it."""
    if "TableName" in request:
        table = [("TableName", _name(request["TableName"]))]
        index = request.get("IndexName")
        return [[*table, ("GlobalSecondaryIndexName", index)] if index else table]
    tables = dict.fromkeys(request.get("RequestItems") or {})
    for item in request.get("TransactItems") or []:
        for asked in item.values():
            tables[asked["TableName"]] = None
    return [[("TableName", _name(table))] for table in tables]


def _name(table: str) -> str:
    """Of a name, or of an ARN."""
    return table.rpartition("/")[2]
