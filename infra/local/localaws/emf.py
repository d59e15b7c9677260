"""CloudWatch's embedded metric format: metrics that a line of log carries; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
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
    as CloudWatch does; so is a directive that is not made as the format says.
    """
    if _MARK not in line:
        return []
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return []
    directives = document.get("_aws", {}) if isinstance(document, dict) else {}
    found = directives.get("CloudWatchMetrics") if isinstance(directives, dict) else None
    if not isinstance(found, list):
        return []
    return [measured for one in found for measured in _directive(document, one)]


def _directive(document: dict[str, Any], directive: Any) -> Iterator[Measured]:
    if not isinstance(directive, dict) or not is_text(directive.get("Namespace")):
        return
    sets, metrics = directive.get("Dimensions") or [[]], directive.get("Metrics") or []
    if not _are_sets(sets) or not _are_metrics(metrics):
        return
    for keys in sets:
        if not all(is_text(document.get(key)) for key in keys):
            continue
        dimensions = tuple((key, document[key]) for key in sorted(keys))
        for metric in metrics:
            given = document.get(metric["Name"])
            values = given if isinstance(given, list) else [given]
            numbers = tuple(number for one in values if (number := finite(one)) is not None)
            if numbers:
                unit = str(metric.get("Unit") or "None")
                yield Measured(directive["Namespace"], metric["Name"], dimensions, unit, numbers)


def finite(value: object) -> float | None:
    """A number as metrics have them; None for what is none, or is too large to be one."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def is_text(value: object) -> TypeGuard[str]:
    """Whether a value can be sent as text; JSON can name half of a character, which cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _are_sets(given: object) -> TypeGuard[list[list[str]]]:
    return isinstance(given, list) and all(
        isinstance(keys, list) and all(is_text(key) for key in keys) for keys in given
    )


def _are_metrics(given: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(given, list) and all(
        isinstance(metric, dict)
        and is_text(metric.get("Name"))
        and is_text(metric.get("Unit") or "None")
        for metric in given
    )
