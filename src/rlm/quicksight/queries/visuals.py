"""One visual as it is asked: its wells after drilling, its data set, its filters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.queries.context import (
    Answer,
    Context,
    NoFieldsError,
    NotSupportedError,
    Raw,
    Steps,
)
from rlm.quicksight.queries.cross_filters import cross_filters
from rlm.quicksight.queries.drills import drilled
from rlm.quicksight.queries.fields import (
    WellField,
    custom_labels,
    data_set_of,
    data_set_of_formulas,
    wells_of,
)
from rlm.quicksight.queries.filters import Filtering, filtering
from rlm.quicksight.query import ColumnType, Order, Query
from rlm.quicksight.reads import joined
from rlm.quicksight.results import Field, ResultTable, VisualResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm.quicksight.expressions.tree import Expression


MOST_GROUPS: Final = 20_000
"""Groups that one query brings."""


@dataclass(frozen=True)
class Visual:
    """A visual of a sheet."""

    sheet_id: str
    kind: str
    definition: Raw

    @property
    def visual_id(self) -> str:
        """Unique in the board."""
        return str(self.definition["VisualId"])

    @property
    def chart(self) -> Raw:
        """Its ChartConfiguration, or what stands for it."""
        return self.definition.get("ChartConfiguration") or {}

    @property
    def sorting(self) -> Raw:
        """Its SortConfiguration."""
        return self.chart.get("SortConfiguration") or {}


@dataclass(frozen=True)
class Asked:
    """A visual with what all of its queries share."""

    context: Context
    visual: Visual
    data_set: str
    wells: dict[str, tuple[WellField, ...]]
    filtering: Filtering
    ignored: tuple[str, ...] = field(default=())

    def well(self, *names: str) -> tuple[WellField, ...]:
        """The fields of these wells, in this order."""
        return tuple(one for name in names for one in self.wells.get(name, ()))

    @property
    def fields(self) -> tuple[WellField, ...]:
        """All fields, in the order of the wells."""
        return tuple(one for fields in self.wells.values() for one in fields)

    def needs_groups(self, measures: Sequence[WellField]) -> bool:
        """Whether a total of them cannot be asked for without the groups."""
        fields = self.context.fields(self.data_set)
        return any(fields.stage(one.expression) == "table" for one in measures) or any(
            fields.stage(one) in ("aggregate", "table") for one in self.filtering.filters
        )

    def query(
        self,
        dimensions: Sequence[WellField],
        measures: Sequence[WellField],
        *,
        order: tuple[Order, ...] = (),
        limit: int | None = None,
        filters: tuple[Expression, ...] = (),
        totals_over: tuple[tuple[str, ...], ...] = (),
        is_detail: bool = False,
    ) -> Query:
        """A query of these fields: aliases d0, d1, ... and m0, m1, ..."""
        return Query(
            data_set=self.data_set,
            dimensions=tuple(one.dimension(f"d{i}") for i, one in enumerate(dimensions)),
            measures=tuple(one.measure(f"m{i}") for i, one in enumerate(measures)),
            filters=self.filtering.filters + filters,
            top_bottom=self.filtering.top_bottom,
            order=order,
            limit=limit,
            is_detail=is_detail,
            row_level_security=self.context.row_level_security.get(self.data_set),
            totals_over=totals_over,
        )

    def result(self, table: ResultTable | None, **more: Any) -> VisualResult:
        """The visual's result."""
        ignored = self.ignored + tuple(more.pop("ignored", ()))
        return VisualResult(
            visual_id=self.visual.visual_id,
            kind=self.visual.kind,
            definition=self.visual.definition,
            table=table,
            ignored=tuple(dict.fromkeys(ignored)),
            **more,
        )


def asked(context: Context, visual: Visual, wells: Raw | None = None) -> Steps[Asked]:
    """The visual with wells, drills, filters and clicks resolved."""
    raw = field_wells(visual) if wells is None else wells
    data_set = data_set_of(raw) or visual.definition.get("DataSetIdentifier")
    data_set = data_set or data_set_of_formulas(context, raw)
    if not data_set:
        if any(raw.values()):
            raise NotSupportedError("the visual's fields name no data set")
        raise NoFieldsError
    context.data_set(data_set)
    made = wells_of(context, raw, custom_labels(visual.definition), data_set)
    others = {
        one.data_set for fields in made.values() for one in fields if one.data_set != data_set
    }
    if others:
        raise NotSupportedError(f"fields of several data sets: {sorted({data_set, *others})}")
    made, drill_filters = drilled(context, visual.definition, visual.visual_id, made)
    found = yield from filtering(context, visual.sheet_id, visual.visual_id, data_set)
    clicks = cross_filters(context, visual.sheet_id, visual.visual_id, data_set)
    return Asked(
        context,
        visual,
        data_set,
        made,
        replace(found, filters=found.filters + drill_filters + clicks),
    )


def field_wells(visual: Visual) -> Raw:
    """The wells themselves, below the layer that says how they are aggregated."""
    wells = visual.chart.get("FieldWells") or {}
    for name, inner in wells.items():
        if name.endswith("FieldWells"):
            return joined(inner)
    return joined(wells)


def table_of(
    fields: Sequence[WellField], answer_types: Sequence[ColumnType], rows: Sequence[tuple[Any, ...]]
) -> ResultTable:
    """A result table of fields whose columns have these types."""
    return ResultTable(result_fields(fields, answer_types), tuple(rows))


def result_fields(fields: Sequence[WellField], types: Sequence[ColumnType]) -> tuple[Field, ...]:
    """The fields as columns of a result."""
    return tuple(one.as_result(kind) for one, kind in zip(fields, types, strict=True))


def by_value(told: Asked, dimension: WellField, measures: Sequence[WellField]) -> Steps[Answer]:
    """Measures by each value of a dimension; of too many dates the last ones."""
    (answer,) = yield (told.query([dimension], measures, limit=MOST_GROUPS + 1),)
    if len(answer.rows) > MOST_GROUPS:
        # Ordering costs more than it is worth where nothing is cut.
        order = (Order("DESC" if dimension.is_date else "ASC", alias="d0"),)
        (answer,) = yield (told.query([dimension], measures, order=order, limit=MOST_GROUPS),)
    return answer


def single_row(answer: Answer) -> tuple[Any, ...]:
    """The only row, or nulls."""
    return answer.rows[0] if answer.rows else (None,) * len(answer.types)
