"""Reference lines whose measure the visual does not show: their values, asked for."""

from __future__ import annotations

from statistics import fmean, median, pstdev, pvariance, stdev, variance
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.queries.context import NotSupportedError, Raw, Steps
from rlm.quicksight.queries.fields import WellField, aggregate_of, as_measure, column_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rlm.quicksight.queries.visuals import Asked

_CALCULATIONS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "SUM": sum,
    "AVERAGE": fmean,
    "MIN": min,
    "MAX": max,
    "COUNT": len,
    "DISTINCT_COUNT": lambda values: len(set(values)),
    "MEDIAN": median,
    "VAR": variance,
    "VARP": pvariance,
    "STDEV": stdev,
    "STDEVP": pstdev,
}


def reference_values(
    told: Asked, categories: Sequence[WellField], measures: Sequence[WellField]
) -> Steps[dict[int, float | None]]:
    """By place among ReferenceLines: values over the categories, of measures that are not shown."""
    found: dict[int, float | None] = {}
    wanted: list[tuple[int, WellField, Raw]] = []
    for place, line in enumerate(told.visual.chart.get("ReferenceLines") or ()):
        dynamic = (line.get("DataConfiguration") or {}).get("DynamicConfiguration")
        if not dynamic or line.get("Status") == "DISABLED":
            continue
        try:
            column = column_field(told.context, dynamic["Column"], told.data_set)
            aggregate = aggregate_of(dynamic.get("MeasureAggregationFunction"))
            by = as_measure(told.context, column, aggregate)
        except NotSupportedError:
            found[place] = None
            continue
        if by.data_set != told.data_set:
            found[place] = None
        elif not any(one.key == by.key for one in measures):
            wanted.append((place, by, dynamic["Calculation"]))
    if wanted:
        try:
            answers = yield tuple(told.query(categories, [by]) for _, by, _ in wanted)
        except NotSupportedError:
            return found | {place: None for place, _, _ in wanted}
        for (place, _, how), answer in zip(wanted, answers, strict=True):
            found[place] = calculated(how, [row[-1] for row in answer.rows])
    return found


def calculated(how: Raw, values: Sequence[Any]) -> float | None:
    """A NumericalAggregationFunction of values; null of too few."""
    numbers = sorted(float(one) for one in values if isinstance(one, (int, float)))
    if not numbers:
        return None
    percentile = (how.get("PercentileAggregation") or {}).get("PercentileValue")
    if percentile is not None:
        place = (len(numbers) - 1) * float(percentile) / 100
        low = int(place)
        high = min(low + 1, len(numbers) - 1)
        return numbers[low] + (numbers[high] - numbers[low]) * (place - low)
    function = how.get("SimpleNumericalAggregation", "AVERAGE")
    if function in ("VAR", "STDEV") and len(numbers) < 2:
        return None
    return float(_CALCULATIONS[function](numbers))
