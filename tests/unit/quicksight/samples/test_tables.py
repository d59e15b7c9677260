from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest

from rlm.quicksight.coverage import Outcome, cover
from rlm.quicksight.query import ColumnType
from rlm.quicksight.samples import sample_data_sets

NOW = dt.datetime.fromisoformat("2026-06-15T10:30")
COLUMNS = {
    "sales": {
        "city": ColumnType.STRING,
        "City": ColumnType.INTEGER,
        "sold_on": ColumnType.DATETIME,
        "tickets": ColumnType.INTEGER,
        "gross": ColumnType.DECIMAL,
        "is_vip": ColumnType.BOOLEAN,
        "day": ColumnType.STRING,
    }
}


def column(name: str) -> dict[str, str]:
    return {"DataSetIdentifier": "sales", "ColumnName": name}


def dashboard(*filters: dict[str, Any]) -> dict[str, Any]:
    """A bar chart, and filters that act on it, each a group of its own."""
    wells = {
        "Category": [{"CategoricalDimensionField": {"FieldId": "f1", "Column": column("city")}}],
        "Values": [{"NumericalMeasureField": {"FieldId": "f2", "Column": column("gross")}}],
    }
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "sales", "DataSetArn": "arn"}],
        "CalculatedFields": [
            {
                "DataSetIdentifier": "sales",
                "Name": "size",
                "Expression": "ifelse({tickets} > 2000, 'big', {tickets} > 1500, 'fair', 'small')",
            },
            {
                "DataSetIdentifier": "sales",
                "Name": "choice",
                "Expression": "ifelse({city} = 'Hof' OR {day} = '02.02.2026' OR {city} = 'Ulm'"
                " OR {day} = '03.03.2026' OR {city} = 'Ahlen', 'yes', 'no')",
            },
            {
                "DataSetIdentifier": "sales",
                "Name": "alone",
                "Expression": "ifelse(countOver({gross}, [{day}], PRE_AGG) = 1, 'yes', 'no')",
            },
            {
                "DataSetIdentifier": "sales",
                "Name": "age",
                "Expression": "dateDiff(parseDate({day}, 'dd.MM.yyyy'), now())",
            },
            {
                "DataSetIdentifier": "sales",
                "Name": "never_vip",
                "Expression": "ifelse(sumOver(ifelse({is_vip}, 1, 0), [{city}], PRE_AGG) = 0,"
                " 'yes', 'no')",
            },
        ],
        "Sheets": [
            {
                "SheetId": "s",
                "Visuals": [
                    {
                        "BarChartVisual": {
                            "VisualId": "v",
                            "ChartConfiguration": {
                                "FieldWells": {"BarChartAggregatedFieldWells": wells}
                            },
                        }
                    }
                ],
            }
        ],
        "FilterGroups": [
            {
                "FilterGroupId": f"g{i}",
                "CrossDataset": "SINGLE_DATASET",
                "Filters": [{kind: {"FilterId": f"i{i}", **body}}],
                "ScopeConfiguration": {"AllSheets": {}},
                "Status": "ENABLED",
            }
            for i, one in enumerate(filters)
            for kind, body in one.items()
        ],
    }


def is_one_of(name: str, *values: str) -> dict[str, Any]:
    configuration = {
        "FilterListConfiguration": {
            "MatchOperator": "CONTAINS",
            "CategoryValues": list(values),
            "NullOption": "NON_NULLS_ONLY",
        }
    }
    return {"CategoryFilter": {"Column": column(name), "Configuration": configuration}}


LAST_WEEK = {
    "RelativeDatesFilter": {
        "Column": column("sold_on"),
        "AnchorDateConfiguration": {"AnchorOption": "NOW"},
        "TimeGranularity": "DAY",
        "RelativeDateType": "LAST",
        "RelativeDateValue": 7,
        "NullOption": "NON_NULLS_ONLY",
    }
}
NEVER_IN_ULM = {
    "NestedFilter": {
        "Column": column("day"),
        "IncludeInnerSet": False,
        "InnerFilter": {"CategoryInnerFilter": is_one_of("city", "Ulm")["CategoryFilter"]},
    }
}
BETWEEN = {
    "NumericRangeFilter": {
        "Column": column("age"),
        "NullOption": "NON_NULLS_ONLY",
        "RangeMinimum": {"StaticValue": 900},
        "RangeMaximum": {"StaticValue": 905},
        "IncludeMinimum": True,
        "IncludeMaximum": True,
    }
}


@pytest.mark.parametrize(
    "filters",
    [
        (),
        (is_one_of("city", "Ulm", "Hof"),),
        (is_one_of("size", "big"), is_one_of("city", "Ulm")),
        (is_one_of("size", "fair"), LAST_WEEK),
        (BETWEEN, LAST_WEEK, is_one_of("city", "Hof")),
        # The first alone may well choose what the second forbids.
        (is_one_of("choice", "yes"), is_one_of("city", "Ulm"), is_one_of("day", "01.01.2026")),
        (is_one_of("alone", "yes"), is_one_of("city", "Ulm")),
        (is_one_of("never_vip", "yes"), LAST_WEEK),
        (NEVER_IN_ULM, is_one_of("city", "Hof")),
    ],
)
def test_filters_leave_something_to_show(filters: tuple[dict[str, Any], ...]) -> None:
    with duckdb.connect() as connection:
        found = cover(dashboard(*filters), COLUMNS, connection, NOW)
    assert [one.outcome for one in found.visuals] == [Outcome.DRAWN]


def test_the_same_seed_gives_the_same_rows() -> None:
    def rows(seed: int) -> list[Any]:
        with duckdb.connect() as connection:
            definition = dashboard(is_one_of("city", "Ulm"))
            sample_data_sets(definition, COLUMNS, connection, NOW, seed=seed)
            return connection.table("sample sales").fetchall()

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)


def test_names_that_differ_by_case_are_columns_of_their_own() -> None:
    with duckdb.connect() as connection:
        found = sample_data_sets(dashboard(), COLUMNS, connection, NOW)["sales"]
        assert found.columns == COLUMNS["sales"]
        assert found.stored_as == {"City": "City_2"}
        types = connection.execute(f"DESCRIBE {found.relation}").fetchall()
    assert [(name, kind) for name, kind, *_ in types[:3]] == [
        ("city", "VARCHAR"),
        ("City_2", "BIGINT"),
        ("sold_on", "TIMESTAMP"),
    ]


def test_texts_that_are_read_as_dates_are_dates() -> None:
    with duckdb.connect() as connection:
        sample_data_sets(dashboard(), COLUMNS, connection, NOW)
        dates = "count(*), count(try_strptime(day, '%d.%m.%Y'))"
        [(count, good)] = connection.table("sample sales").aggregate(dates).fetchall()
    assert count == good >= 200


def test_what_cannot_be_satisfied_is_empty_and_counted() -> None:
    never = (is_one_of("city", "Ulm"), is_one_of("city", "Hof"))
    with duckdb.connect() as connection:
        found = cover(dashboard(*never), COLUMNS, connection, NOW)
    assert found.report() == "1 visuals: 0 drawn, 1 empty, 0 boxed, 0 failed"
    assert found.share(Outcome.EMPTY) == 1.0
