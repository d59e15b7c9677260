"""CloudWatch's embedded metric format: metrics that a line of log carries; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = '"_aws"'


@dataclass(frozen=True)
class Measured:
    """Values of one metric with one set of dimensions."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str
    values: tuple[float, ...]


def measured_in(line: str) -> list[Measured]:
    """What a line measures; nothing for a line that is no document of the format.

    A metric without a number, or a set of dimensions whose values are not all there, is left out,
    as CloudWatch does.
    """
    if _MARK not in line:
        return []
    try:
        document = json.loads(line)
    except ValueError:
        return []
    directives = document.get("_aws", {}) if isinstance(document, dict) else {}
    found = directives.get("CloudWatchMetrics") if isinstance(directives, dict) else None
    if not isinstance(found, list):
        return []
    return [measured for one in found for measured in _directive(document, one)]


def _directive(document: dict[str, Any], directive: Any) -> Iterator[Measured]:
    if not isinstance(directive, dict) or not isinstance(directive.get("Namespace"), str):
        return
    for keys in directive.get("Dimensions") or [[]]:
        if not all(isinstance(document.get(key), str) for key in keys):
            continue
        dimensions = tuple((key, document[key]) for key in sorted(keys))
        for metric in directive.get("Metrics") or []:
            name = metric.get("Name", "")
            given = document.get(name)
            values = given if isinstance(given, list) else [given]
            numbers = tuple(float(value) for value in values if _is_number(value))
            if numbers:
                unit = str(metric.get("Unit") or "None")
                yield Measured(directive["Namespace"], name, dimensions, unit, numbers)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
