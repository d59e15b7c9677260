# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Seven ticket sales in three cities, and what definitions are put together from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rlm.quicksight.queries.board import Board
from rlm.quicksight.query import ColumnType, DataSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.queries.state import State
    from rlm.quicksight.results import VisualResult

NOW = dt.datetime(2026, 3, 15, 12)

SALES = """
    SELECT * FROM (VALUES
        ('Oslo',   'web',  TIMESTAMP '2026-01-05 10:00', 10, 2.5),
        ('Oslo',   'door', TIMESTAMP '2026-02-05 20:00', 20, 1.0),
        ('Bergen', 'web',  TIMESTAMP '2026-02-09 09:30',  5, 4.0),
        ('Bergen', 'door', TIMESTAMP '2026-03-14 23:00',  4, 2.0),
        ('Kiel',   'web',  TIMESTAMP '2026-03-01 00:00',  7, 3.0),
        ('Kiel',   'door', TIMESTAMP '2026-03-02 08:00',  1, NULL),
        (NULL,     'web',  TIMESTAMP '2025-12-31 18:00',  3, 5.0)
    ) AS t(city, channel, sold, tickets, price)
"""


def at(name: str, data_set: str = "sales") -> dict[str, str]:
    return {"DataSetIdentifier": data_set, "ColumnName": name}


def dimension(name: str, **more: Any) -> dict[str, Any]:
    data_set = more.pop("data_set", "sales")
    return {"CategoricalDimensionField": {"FieldId": name, "Column": at(name, data_set), **more}}


def date(name: str = "sold", granularity: str = "MONTH", **more: Any) -> dict[str, Any]:
    told = {"FieldId": name, "Column": at(name), "DateGranularity": granularity}
    return {"DateDimensionField": told | more}


def measure(name: str = "tickets", function: str | None = "SUM", **more: Any) -> dict[str, Any]:
    data_set = more.pop("data_set", "sales")
    told: dict[str, Any] = {"FieldId": name, "Column": at(name, data_set)}
    if function:
        told["AggregationFunction"] = {"SimpleNumericalAggregation": function}
    return {"NumericalMeasureField": told | more}


def by_field(field_id: str, direction: str = "ASC") -> dict[str, Any]:
    return {"FieldSort": {"FieldId": field_id, "Direction": direction}}


def by_column(name: str, direction: str, function: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"SortBy": at(name), "Direction": direction}
    if function:
        told["AggregationFunction"] = {
            "NumericalAggregationFunction": {"SimpleNumericalAggregation": function}
        }
    return {"ColumnSort": told}


def chart(
    kind: str, wells: dict[str, Any], layer: str = "AggregatedFieldWells", **more: Any
) -> dict[str, Any]:
    """A visual with the id `it`; `more` goes into its configuration, but Actions and the like."""
    own = ("Actions", "ColumnHierarchies", "ConditionalFormatting", "VisualId")
    told = {"VisualId": "it"} | {key: more.pop(key) for key in own if key in more}
    fields = {layer: wells} if layer else wells
    return {kind: told | {"ChartConfiguration": {"FieldWells": fields, **more}}}


def group(*filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A filter group on every sheet."""
    return {
        "FilterGroupId": f"group-{more.get('name', 'one')}",
        "Filters": list(filters),
        "ScopeConfiguration": more.get("scope", {"AllSheets": {}}),
        "Status": more.get("status", "ENABLED"),
        "CrossDataset": more.get("cross", "SINGLE_DATASET"),
    }


def category(configuration: dict[str, Any], column: str = "city", **more: Any) -> dict[str, Any]:
    return {
        "CategoryFilter": {
            "FilterId": more.get("filter_id", "f"),
            "Column": at(column),
            "Configuration": configuration,
        }
    }


def listed(*values: str, operator: str = "CONTAINS", **more: Any) -> dict[str, Any]:
    told = {"MatchOperator": operator, "CategoryValues": list(values), **more}
    return {"FilterListConfiguration": told}


def parameter(kind: str, name: str, default: Any = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"Name": name, "ParameterValueType": "SINGLE_VALUED", **more}
    if default is not None:
        values = default if isinstance(default, list) else [default]
        told["DefaultValues"] = {"StaticValues": values}
    return {f"{kind}ParameterDeclaration": told}


CITIES = chart("TableVisual", {"GroupBy": [dimension("city")], "Values": [measure()]})


@dataclass
class World:
    """One sheet `sheet` over the sales; change what it has, then ask."""

    connection: duckdb.DuckDBPyConnection
    visuals: list[dict[str, Any]] = field(default_factory=list)
    filters: list[dict[str, Any]] = field(default_factory=list)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    calculated: dict[str, str] = field(default_factory=dict)
    sheet: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    security: dict[str, Any] = field(default_factory=dict)

    at = staticmethod(at)
    dimension = staticmethod(dimension)
    date = staticmethod(date)
    measure = staticmethod(measure)
    by_field = staticmethod(by_field)
    by_column = staticmethod(by_column)
    chart = staticmethod(chart)
    group = staticmethod(group)
    category = staticmethod(category)
    listed = staticmethod(listed)
    parameter = staticmethod(parameter)

    def board(self, **viewer: Any) -> Board:
        definition = {
            "Sheets": [{"SheetId": "sheet", "Visuals": self.visuals, **self.sheet}],
            "FilterGroups": self.filters,
            "ParameterDeclarations": self.parameters,
            "CalculatedFields": [
                {"DataSetIdentifier": "sales", "Name": name, "Expression": text}
                for name, text in self.calculated.items()
            ],
            **self.more,
        }
        return Board(definition, DATA_SETS, self.connection, NOW, self.security, **viewer)

    def ask(self, visual: dict[str, Any], state: State | None = None) -> VisualResult:
        """The visual's result; it must be supported."""
        self.visuals = [visual]
        ((_, told),) = visual.items()
        found = self.board().visual("sheet", told["VisualId"], state)
        assert found.unsupported == ()
        return found

    def rows(self, visual: dict[str, Any], state: State | None = None) -> list[tuple[Any, ...]]:
        table = self.ask(visual, state).table
        assert table is not None
        return list(table.rows)

    def cities(self, state: State | None = None) -> dict[str | None, int]:
        """Tickets by city, as the filters leave them."""
        return dict(self.rows(CITIES, state))


DATA_SETS = {
    "sales": DataSet(
        "sales",
        "sales",
        {
            "city": ColumnType.STRING,
            "channel": ColumnType.STRING,
            "sold": ColumnType.DATETIME,
            "tickets": ColumnType.INTEGER,
            "price": ColumnType.DECIMAL,
        },
    ),
    "visits": DataSet(
        "visits", "visits", {"city": ColumnType.STRING, "visits": ColumnType.INTEGER}
    ),
}


@pytest.fixture
def world() -> Iterator[World]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"CREATE TABLE sales AS {SALES}")
    connection.execute(
        "CREATE TABLE visits AS SELECT * FROM (VALUES ('Oslo', 100), ('Kiel', 50)) t(city, visits)"
    )
    yield World(connection)
    connection.close()
