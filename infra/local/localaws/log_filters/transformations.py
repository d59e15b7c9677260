"""What a metric filter makes of log events: checked when it is made, applied to each; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.emf import Measured, finite, is_text
from localaws.errors import AwsError
from localaws.log_filters.conditions import ABSENT
from localaws.log_filters.patterns import Pattern, compile_pattern, is_json_selector
from localaws.log_filters.values import as_number, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_MOST_DIMENSIONS = 3


def check_filter(request: Mapping[str, Any]) -> None:
    """Raise for a filter whose pattern cannot be read or whose transformation cannot be made."""
    pattern = compile_pattern(str(request.get("filterPattern") or ""))
    transformations = request.get("metricTransformations") or []
    if len(transformations) != 1:
        raise _invalid("Exactly one metric transformation is required.")
    for one in transformations:
        value = str(one.get("metricValue") or "")
        if as_number(value) is None and not _selects(pattern, value):
            raise _invalid(f"Invalid metric transformation: metricValue is {value!r}.")
        default = one.get("defaultValue")
        if default is not None and finite(default) is None:
            raise _invalid(f"Invalid metric transformation: defaultValue is {default!r}.")
        dimensions = one.get("dimensions") or {}
        if len(dimensions) > _MOST_DIMENSIONS:
            raise _invalid(f"There can be {_MOST_DIMENSIONS} dimensions at most.")
        if dimensions and default is not None:
            raise _invalid(
                "Invalid metric transformation: dimensions and defaultValue cannot be set together."
            )
        for selector in dimensions.values():
            if not _selects(pattern, str(selector)):
                raise _invalid(f"The dimension's value {selector!r} selects nothing.")


def measured(metric_filter: Mapping[str, Any], message: str) -> Iterator[Measured]:
    """What one event adds to the filter's metric."""
    look = compile_pattern(str(metric_filter.get("filterPattern") or "")).select(message)
    for one in metric_filter.get("metricTransformations") or ():
        if look is None:
            default = one.get("defaultValue")
            if default is not None:
                yield _one(one, (), float(default))
            continue
        value = _value(str(one["metricValue"]), look)
        dimensions = tuple(
            (name, look(selector)) for name, selector in (one.get("dimensions") or {}).items()
        )
        if value is None or any(found is ABSENT or found is None for _, found in dimensions):
            continue
        by = tuple(sorted((name, as_text(found)) for name, found in dimensions))
        if all(is_text(text) for _, text in by):
            yield _one(one, by, value)


def _value(text: str, look: Callable[[str], object]) -> float | None:
    number = as_number(text)
    if number is not None:
        return number
    found = look(text)
    return None if found is ABSENT else as_number(found)


def _one(
    transformation: Mapping[str, Any], dimensions: tuple[tuple[str, str], ...], value: float
) -> Measured:
    return Measured(
        namespace=str(transformation["metricNamespace"]),
        metric=str(transformation["metricName"]),
        dimensions=dimensions,
        unit=str(transformation.get("unit") or "None"),
        values=(value,),
    )


def _selects(pattern: Pattern, selector: str) -> bool:
    if pattern.kind == "json":
        return is_json_selector(selector)
    return pattern.kind == "fields" and selector in pattern.selectors


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
