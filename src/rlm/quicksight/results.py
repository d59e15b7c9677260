"""What a visual's queries found: the contract between queries and drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the public types
from dataclasses import dataclass, field
from typing import Any

from rlm.quicksight.query import ColumnType  # noqa: TC001 - part of the public types


@dataclass(frozen=True)
class Field:
    """One column of a result: what it is in the visual, and how it is to be written."""

    field_id: str
    label: str
    well: str
    """The field well, as the API calls it: Category, Values, Colors, Rows, TrendGroups, ..."""
    is_measure: bool
    type: ColumnType
    granularity: str | None = None
    aggregate: str | None = None
    format: Mapping[str, Any] = field(default_factory=dict)
    """The field's own FormatConfiguration, else its column's; empty: by type."""


@dataclass(frozen=True)
class ResultTable:
    """Rows in the order in which they are shown; values are str, int, float, datetime or None."""

    fields: tuple[Field, ...]
    rows: Sequence[tuple[Any, ...]]

    def values(self, field_id: str) -> list[Any]:
        """One column, top to bottom."""
        index = [one.field_id for one in self.fields].index(field_id)
        return [row[index] for row in self.rows]


@dataclass(frozen=True)
class CellFormat:
    """What conditional formatting decided for a cell, a row, or a part of a KPI or gauge."""

    row: int
    """The row of the table, from 0."""
    field_id: str | None
    """None: the whole row. Of a KPI or gauge: `primary`, `comparison`, `progress` or `arc`."""
    kept: tuple[str, ...] | None = None
    """The key of `VisualResult.totals` whose table the row is of; None: of the main table."""
    background: str | None = None
    """`#RRGGBB`; of `progress` and `arc`: the foreground."""
    color: str | None = None
    """Of the text."""
    icon: str | None = None
    """CARET_UP, ARROW_DOWN, FLAG, ... as the API names them, or a character."""
    icon_color: str | None = None
    is_icon_only: bool = False


@dataclass(frozen=True)
class VisualResult:
    """All that a visual shows, not yet drawn."""

    visual_id: str
    kind: str
    """The API's name: BarChartVisual, PivotTableVisual, ..."""
    definition: Mapping[str, Any]
    """The visual itself, below its kind; parameters in its texts are not replaced yet."""
    table: ResultTable | None
    """None where the visual has no data of its own (custom content, an insight of text)."""
    totals: Mapping[tuple[str, ...], ResultTable] = field(default_factory=dict)
    """Totals and subtotals, by the field ids of the dimensions that they keep; () is the total."""
    other: ResultTable | None = None
    """`Other`, where the visual shows the first n groups only: one row a series."""
    comparison: ResultTable | None = None
    """What a KPI, gauge or insight is compared with."""
    computations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of insights, by name: the values that a narrative refers to."""
    is_cut: bool = False
    """Whether there was more than the visual's limit of points."""
    unsupported: tuple[str, ...] = ()
    """What keeps it from being drawn rightly: where there is any, a box that names it is drawn."""
    ignored: tuple[str, ...] = ()
    """Options that do not change its numbers and are not honoured."""
    formats: tuple[CellFormat, ...] = ()
    """Decisions of conditional formatting; where several hit one cell, the later ones count."""
    reference_values: Mapping[int, float | None] = field(default_factory=dict)
    """By place among the visual's ReferenceLines: values of those whose measure is not shown."""
    forecast: ResultTable | None = None
    """Of a line chart: period, colour if there is one, value, low, high; approximated."""
