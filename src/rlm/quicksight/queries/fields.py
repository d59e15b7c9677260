"""Field wells: dimension and measure fields as parts of a query and of a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rlm.quicksight.definitions.paths import mappings_with
from rlm.quicksight.expressions import columns_of, parse
from rlm.quicksight.expressions.tree import Column, Expression
from rlm.quicksight.queries.context import Context, NotSupportedError, Raw
from rlm.quicksight.queries.derivations import as_aggregate
from rlm.quicksight.query import Aggregate, ColumnType, Dimension, Measure
from rlm.quicksight.results import Field


@dataclass(frozen=True)
class WellField:
    """One field of a visual."""

    field_id: str
    well: str
    data_set: str
    column: str | None
    """None: a measure that is an expression of its own."""
    expression: Expression
    is_measure: bool
    aggregate: Aggregate | None = None
    granularity: str | None = None
    hierarchy_id: str | None = None
    is_date: bool = False
    label: str = ""
    is_calculated: bool = False
    """Whether the aggregation is a calculated field's own, not the visual's."""
    format: Raw = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[Expression, Aggregate | None, str | None]:
        """What it asks for, whatever the visual calls it."""
        return (self.expression, self.aggregate, self.granularity)

    def dimension(self, alias: str) -> Dimension:
        """As a dimension of a query."""
        return Dimension(alias, self.expression, self.granularity)

    def measure(self, alias: str) -> Measure:
        """As a measure of a query."""
        return Measure(alias, self.expression, self.aggregate)

    def as_result(self, kind: ColumnType) -> Field:
        """As a column of a result."""
        return Field(
            field_id=self.field_id,
            label=self.label,
            well=self.well,
            is_measure=self.is_measure,
            type=kind,
            granularity=self.granularity,
            aggregate=self.aggregate.function
            if self.aggregate and not self.is_calculated
            else None,
            format=self.format,
        )


def wells_of(
    context: Context, wells: Raw, labels: Mapping[str, str], data_set: str = ""
) -> dict[str, tuple[WellField, ...]]:
    """Every well with its fields, in the order of the definition; `data_set` if they name none."""
    data_set = data_set_of(wells) or data_set
    return {
        well: tuple(field_of(context, one, well, labels, data_set) for one in fields)
        for well, fields in wells.items()
        if isinstance(fields, Sequence) and not isinstance(fields, str)
    }


def data_set_of(part: Any) -> str | None:
    """The first data set that a column in this part of a definition is of."""
    if isinstance(part, Mapping):
        if "ColumnName" in part:
            identifier = part.get("DataSetIdentifier")
            return identifier if isinstance(identifier, str) else None
        inner: Sequence[Any] = list(part.values())
    elif isinstance(part, Sequence) and not isinstance(part, str):
        inner = part
    else:
        return None
    return next((found for one in inner if (found := data_set_of(one))), None)


def data_set_of_formulas(context: Context, wells: Raw) -> str | None:
    """The only data set that has all that the formulas in field wells name."""
    formulas = [one["Expression"] for _, one in mappings_with(wells, "Expression")]
    names = {name for text in formulas for name in columns_of(parse(text))}
    fitting = [
        identifier
        for identifier, one in context.data_sets.items()
        if names <= {*one.columns, *context.calculated.get(identifier, ())}
    ]
    return fitting[0] if formulas and len(fitting) == 1 else None


def field_of(
    context: Context, raw: Raw, well: str, labels: Mapping[str, str], data_set: str = ""
) -> WellField:
    """A DimensionField, MeasureField or UnaggregatedField; `data_set` where it names none."""
    if "Column" in raw and "FieldId" in raw:
        return _plain(context, raw, well, labels, "UnaggregatedField")
    ((kind, told),) = raw.items()
    if kind == "CalculatedMeasureField":
        return _calculated_measure(context, told, well, labels, data_set)
    made = _plain(context, told, well, labels, kind)
    match kind:
        case "NumericalDimensionField" | "CategoricalDimensionField":
            return made
        case "DateDimensionField":
            return replace(made, granularity=told.get("DateGranularity", "DAY"), is_date=True)
        case "NumericalMeasureField" | "CategoricalMeasureField" | "DateMeasureField":
            aggregate = aggregate_of(told.get("AggregationFunction"))
            return as_measure(context, made, aggregate, kind)
    raise NotSupportedError(f"a field of kind {kind}")


def as_measure(
    context: Context, made: WellField, aggregate: Aggregate | None, kind: str = ""
) -> WellField:
    """The field as a measure; without an aggregation, rows are summed, or counted."""
    if not context.is_of_rows(made.data_set, made.expression):
        # `sum({x})` by another name is asked for as what it is: it adds up, and shares scans.
        inner, how = as_aggregate(made.expression, context.fields(made.data_set))
        return replace(made, is_measure=True, expression=inner, aggregate=how, is_calculated=True)
    if aggregate is None:
        column_type = context.column_type(made.data_set, made.column or "")
        counts = kind in ("CategoricalMeasureField", "DateMeasureField") or column_type in (
            ColumnType.STRING,
            ColumnType.DATETIME,
            ColumnType.BOOLEAN,
        )
        aggregate = Aggregate("COUNT" if counts else "SUM")
    return replace(made, is_measure=True, aggregate=aggregate)


def aggregate_of(told: Any) -> Aggregate | None:
    """An AggregationFunction in any of the forms that the API has."""
    if not told:
        return None
    if isinstance(told, str):
        return Aggregate(told)
    if "AttributeAggregationFunction" in told or "SimpleAttributeAggregation" in told:
        return Aggregate("ATTRIBUTE")
    if "PercentileAggregation" in told:
        return Aggregate("PERCENTILE", float(told["PercentileAggregation"]["PercentileValue"]))
    for name in ("SimpleNumericalAggregation", "CategoricalAggregationFunction"):
        if name in told:
            return Aggregate(told[name])
    if "DateAggregationFunction" in told:
        return Aggregate(told["DateAggregationFunction"])
    if "NumericalAggregationFunction" in told:
        return aggregate_of(told["NumericalAggregationFunction"])
    raise NotSupportedError(f"the aggregation {sorted(told)}")


def column_field(context: Context, identifier: Raw, fallback: str, well: str = "") -> WellField:
    """A bare column as a field: of sorting, filters and controls."""
    data_set = identifier.get("DataSetIdentifier") or fallback
    name = identifier["ColumnName"]
    context.check_column(data_set, name)
    return WellField(name, well, data_set, name, Column(name), is_measure=False, label=name)


def _plain(
    context: Context, told: Raw, well: str, labels: Mapping[str, str], kind: str
) -> WellField:
    data_set, name = told["Column"].get("DataSetIdentifier", ""), told["Column"]["ColumnName"]
    context.check_column(data_set, name)
    return WellField(
        field_id=told["FieldId"],
        well=well,
        data_set=data_set,
        column=name,
        expression=Column(name),
        is_measure="Measure" in kind,
        hierarchy_id=told.get("HierarchyId"),
        label=labels.get(told["FieldId"], name),
        format=told.get("FormatConfiguration") or context.formats.get((data_set, name), {}),
    )


def _calculated_measure(
    context: Context, told: Raw, well: str, labels: Mapping[str, str], data_set: str
) -> WellField:
    text = told["Expression"]
    made = WellField(
        field_id=told["FieldId"],
        well=well,
        data_set=data_set,
        column=None,
        expression=parse(text),
        is_measure=True,
        label=labels.get(told["FieldId"], text),
    )
    return as_measure(context, made, None)


def custom_labels(definition: Any) -> dict[str, str]:
    """Labels that a visual gives its fields, by field id: of axes, columns, options."""
    return dict(_labels(definition))


def _labels(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, Mapping):
        label = part.get("CustomLabel")
        if isinstance(label, str) and label.strip():
            target = part.get("ApplyTo") or part
            if isinstance(target, Mapping) and isinstance(target.get("FieldId"), str):
                yield target["FieldId"], label
        for name, inner in part.items():
            if name not in ("FieldWells", "TotalOptions", "Tooltip"):
                yield from _labels(inner)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for inner in part:
            yield from _labels(inner)
