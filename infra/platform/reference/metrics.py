"""docs/reference/metrics.md: the catalog of metrics."""

from __future__ import annotations

from itertools import groupby

from rlm.monitoring.metrics import METRICS

from .markdown import code, codes, page, table


def metrics_page() -> str:
    """Every metric that the platform publishes or an alarm reads, by namespace."""
    parts = [
        "Names, units and dimensions are CloudWatch's.\n"
        "Those below `RLM/` are published by the platform, the others by AWS.\n"
        "[The alarms](alarms.md) say which of them anybody is told about."
    ]
    for namespace, found in groupby(METRICS, key=lambda one: one.namespace):
        rows = [
            [code(one.name), one.unit, codes(one.dimensions), one.says, one.publisher]
            for one in found
        ]
        parts.append(f"## {namespace}")
        parts.append(table(["metric", "unit", "dimensions", "says", "published by"], rows))
    return page("Metrics", *parts)
