# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt
from typing import Any

import pytest

from rlm.quicksight.results import CellFormat


def table(world: Any, **more: Any) -> dict[str, Any]:
    wells = {
        "GroupBy": more.pop("groups", [world.dimension("city")]),
        "Values": more.pop("values", [world.measure()]),
    }
    return world.chart("TableVisual", wells, "TableAggregatedFieldWells", **more)


def test_groups_ascend_unless_they_are_sorted(world: Any) -> None:
    assert world.rows(table(world)) == [("Bergen", 9), ("Kiel", 8), ("Oslo", 30), (None, 3)]
    by_tickets = {"RowSort": [world.by_field("tickets", "DESC")]}
    assert [row[0] for row in world.rows(table(world, SortConfiguration=by_tickets))] == [
        "Oslo",
        "Bergen",
        "Kiel",
        None,
    ]
    by_price = {"RowSort": [world.by_column("price", "DESC", "MAX")]}
    assert [row[0] for row in world.rows(table(world, SortConfiguration=by_price))] == [
        None,
        "Bergen",
        "Kiel",
        "Oslo",
    ]


@pytest.mark.parametrize(
    ("function", "total"), [(None, 2.9166666666666665), ("AVERAGE", 3.1875), ("NONE", None)]
)
def test_a_total_is_of_all_rows_unless_it_is_of_what_is_shown(
    world: Any, function: str | None, total: float | None
) -> None:
    options: dict[str, Any] = {"TotalsVisibility": "VISIBLE"}
    if function:
        told = {"SimpleTotalAggregationFunction": function}
        options["TotalAggregationOptions"] = [
            {"FieldId": "price", "TotalAggregationFunction": told}
        ]
    values = [world.measure(), world.measure("price", "AVERAGE")]
    found = world.ask(table(world, values=values, TotalOptions=options))
    (row,) = found.totals[()].rows
    assert row == (50, pytest.approx(total) if total else None)
    assert [one.field_id for one in found.totals[()].fields] == ["tickets", "price"]


def test_no_total_where_none_is_shown(world: Any) -> None:
    assert world.ask(table(world)).totals == {}


def detail(world: Any, *names: str, **more: Any) -> dict[str, Any]:
    columns = [{"FieldId": name, "Column": world.at(name)} for name in names]
    return world.chart("TableVisual", {"Values": columns}, "TableUnaggregatedFieldWells", **more)


def test_rows_as_they_are(world: Any) -> None:
    world.connection.execute("INSERT INTO sales SELECT * FROM sales WHERE tickets = 7")
    sort = {"RowSort": [world.by_field("tickets", "DESC")]}
    found = world.ask(detail(world, "city", "tickets", SortConfiguration=sort))
    assert list(found.table.rows)[:5] == [
        ("Oslo", 20),
        ("Oslo", 10),
        ("Kiel", 7),
        ("Kiel", 7),
        ("Bergen", 5),
    ]
    assert not found.is_cut


def test_a_filter_of_sums_is_one_of_rows_where_rows_are_shown(world: Any) -> None:
    told = {
        "FilterId": "f",
        "Column": world.at("tickets"),
        "NullOption": "ALL_VALUES",
        "RangeMinimum": {"StaticValue": 8},
        "AggregationFunction": {
            "NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}
        },
    }
    world.filters = [world.group({"NumericRangeFilter": told})]
    assert world.rows(detail(world, "city", "tickets")) == [("Oslo", 10), ("Oslo", 20)]


def test_a_column_that_is_an_aggregate_is_of_the_groups_of_the_others(world: Any) -> None:
    world.calculated = {"last": "max({sold})"}
    assert world.rows(detail(world, "last")) == [(dt.datetime(2026, 3, 14, 23),)]
    assert world.rows(detail(world, "last", "channel")) == [
        (dt.datetime(2026, 3, 14, 23), "door"),
        (dt.datetime(2026, 3, 1), "web"),
    ]


def test_more_rows_than_a_table_brings_are_cut(world: Any) -> None:
    world.connection.execute(
        "INSERT INTO sales SELECT 'x', 'web', TIMESTAMP '2026-01-01', i, 1 FROM range(6000) t(i)"
    )
    found = world.ask(detail(world, "tickets"))
    assert len(found.table.rows) == 5000
    assert found.is_cut


def solid(expression: str, color: str) -> dict[str, Any]:
    return {"Solid": {"Expression": expression, "Color": color}}


def test_conditions_on_what_is_shown(world: Any) -> None:
    options = [
        {
            "Cell": {
                "FieldId": "tickets",
                "TextFormat": {"TextColor": solid("SUM({tickets}) >= 9", "#00FF00")},
            }
        },
        {"Row": {"BackgroundColor": solid('{city} = "Kiel"', "#FF0000")}},
    ]
    found = world.ask(table(world, ConditionalFormatting={"ConditionalFormattingOptions": options}))
    assert found.formats == (
        CellFormat(0, "tickets", color="#00FF00"),
        CellFormat(2, "tickets", color="#00FF00"),
        CellFormat(1, None, background="#FF0000"),
    )


def test_conditions_on_what_is_not_shown(world: Any) -> None:
    options = [
        {"Row": {"TextColor": solid("MAX({price}) > 3", "#112233")}},
        {"Row": {"TextColor": solid("sum({", "#112233")}},
    ]
    found = world.ask(table(world, ConditionalFormatting={"ConditionalFormattingOptions": options}))
    assert [one.row for one in found.formats] == [0, 3]
    assert len(found.table.fields) == 2
    assert len(found.ignored) == 1


def test_conditions_on_single_rows(world: Any) -> None:
    options = [{"Row": {"TextColor": solid("{price} > 3", "#112233")}}]
    visual = detail(world, "city", ConditionalFormatting={"ConditionalFormattingOptions": options})
    found = world.ask(visual)
    assert [found.table.rows[one.row] for one in found.formats] == [("Bergen",), (None,)]


def test_a_gradient_between_the_least_and_the_most(world: Any) -> None:
    stops = [
        {"GradientOffset": 0.0, "Color": "#000000"},
        {"GradientOffset": 100.0, "Color": "#FF8000"},
    ]
    told = {"Gradient": {"Expression": "SUM({tickets})", "Color": {"Stops": stops}}}
    options = [{"Cell": {"FieldId": "tickets", "TextFormat": {"BackgroundColor": told}}}]
    found = world.ask(
        table(
            world,
            groups=[world.dimension("channel")],
            values=[world.measure("tickets", "MAX")],
            ConditionalFormatting={"ConditionalFormattingOptions": options},
        )
    )
    # The condition's sums are equal: both are the most.
    assert {one.background for one in found.formats} == {"#000000"}
    by_city = world.ask(
        table(world, ConditionalFormatting={"ConditionalFormattingOptions": options})
    )
    # 9, 8, 30, 3: from 3 to 30.
    assert [one.background for one in by_city.formats] == [
        "#391C00",
        "#2F1800",
        "#FF8000",
        "#000000",
    ]


def test_icons(world: Any) -> None:
    condition = {
        "Expression": "SUM({tickets}) > 9",
        "IconOptions": {"Icon": "ARROW_UP"},
        "Color": "#00FF00",
        "DisplayConfiguration": {"IconDisplayOption": "ICON_ONLY"},
    }
    told = {"Icon": {"CustomCondition": condition}}
    options = [{"Cell": {"FieldId": "tickets", "TextFormat": told}}]
    found = world.ask(table(world, ConditionalFormatting={"ConditionalFormattingOptions": options}))
    assert found.formats == (
        CellFormat(2, "tickets", icon="ARROW_UP", icon_color="#00FF00", is_icon_only=True),
    )
    icons = {"IconSet": {"Expression": "SUM({tickets})", "IconSetType": "THREE_COLOR_ARROW"}}
    told["Icon"] = icons
    found = world.ask(table(world, ConditionalFormatting={"ConditionalFormattingOptions": options}))
    assert [one.icon for one in found.formats] == [
        "ARROW_DOWN",
        "ARROW_DOWN",
        "ARROW_UP",
        "ARROW_DOWN",
    ]


# Pivot tables.


def pivot(world: Any, **more: Any) -> dict[str, Any]:
    wells = {
        "Rows": more.pop("rows", [world.dimension("city")]),
        "Columns": more.pop("columns", [world.dimension("channel")]),
        "Values": more.pop("values", [world.measure()]),
    }
    return world.chart("PivotTableVisual", wells, "PivotTableAggregatedFieldWells", **more)


def sorted_by(field_id: str, **how: Any) -> dict[str, Any]:
    return {"FieldSortOptions": [{"FieldId": field_id, "SortBy": how}]}


def test_cells_and_totals_of_sums(world: Any) -> None:
    found = world.ask(pivot(world))
    assert list(found.table.rows) == [
        ("Bergen", "door", 4),
        ("Bergen", "web", 5),
        ("Kiel", "door", 1),
        ("Kiel", "web", 7),
        ("Oslo", "door", 20),
        ("Oslo", "web", 10),
        (None, "web", 3),
    ]
    assert {kept: list(one.rows) for kept, one in found.totals.items()} == {
        (): [(50,)],
        ("channel",): [("door", 25), ("web", 25)],
        ("city",): [("Bergen", 9), ("Kiel", 8), ("Oslo", 30), (None, 3)],
    }


def test_totals_of_averages_are_averages_of_rows(world: Any) -> None:
    found = world.ask(pivot(world, values=[world.measure("price", "AVERAGE")]))
    assert list(found.totals[("channel",)].rows) == [
        ("door", 1.5),
        ("web", pytest.approx((2.5 + 4 + 3 + 5) / 4)),
    ]
    assert list(found.totals[()].rows) == [(pytest.approx(17.5 / 6),)]


def test_each_level_of_rows_has_its_subtotals(world: Any) -> None:
    rows = [world.dimension("channel"), world.date()]
    found = world.ask(pivot(world, rows=rows, columns=[]))
    assert set(found.totals) == {(), ("channel",)}
    assert list(found.totals[("channel",)].rows) == [("door", 25), ("web", 25)]
    assert list(found.table.rows)[:2] == [
        ("door", dt.datetime(2026, 2, 1), 20),
        ("door", dt.datetime(2026, 3, 1), 5),
    ]


def test_rows_are_sorted_by_the_measure_of_their_own_level(world: Any) -> None:
    by_tickets = sorted_by("city", Field={"FieldId": "tickets", "Direction": "ASC"})
    found = world.rows(pivot(world, SortConfiguration=by_tickets))
    assert list(dict.fromkeys(row[0] for row in found)) == [None, "Kiel", "Bergen", "Oslo"]


def test_inner_rows_are_sorted_within_their_parent(world: Any) -> None:
    by_tickets = sorted_by("channel", Field={"FieldId": "tickets", "Direction": "DESC"})
    rows = [world.dimension("city"), world.dimension("channel")]
    found = world.rows(pivot(world, rows=rows, columns=[], SortConfiguration=by_tickets))
    assert [row[:2] for row in found] == [
        ("Bergen", "web"),
        ("Bergen", "door"),
        ("Kiel", "web"),
        ("Kiel", "door"),
        ("Oslo", "door"),
        ("Oslo", "web"),
        (None, "web"),
    ]


def test_rows_are_sorted_by_a_measure_that_is_not_shown(world: Any) -> None:
    column = {
        "SortBy": world.at("price"),
        "Direction": "DESC",
        "AggregationFunction": {
            "NumericalAggregationFunction": {"SimpleNumericalAggregation": "MAX"}
        },
    }
    found = world.ask(pivot(world, SortConfiguration=sorted_by("city", Column=column)))
    assert list(dict.fromkeys(row[0] for row in found.table.rows)) == [
        None,
        "Bergen",
        "Kiel",
        "Oslo",
    ]
    assert [one.field_id for one in found.table.fields] == ["city", "channel", "tickets"]


def test_rows_are_sorted_by_one_column(world: Any) -> None:
    def path(*steps: dict[str, str]) -> dict[str, Any]:
        return sorted_by("city", DataPath={"Direction": "DESC", "SortPaths": list(steps)})

    def cities(**more: Any) -> list[str | None]:
        return list(dict.fromkeys(row[0] for row in world.rows(pivot(world, **more))))

    web = {"FieldId": "channel", "FieldValue": "web"}
    assert cities(SortConfiguration=path(web)) == ["Oslo", "Kiel", "Bergen", None]
    assert cities(SortConfiguration=path()) == ["Oslo", "Bergen", "Kiel", None]
    march = {"FieldId": "sold", "FieldValue": "2026-03-01 00:00:00.000"}
    assert cities(columns=[world.date()], SortConfiguration=path(march)) == [
        "Kiel",
        "Bergen",
        "Oslo",
        None,
    ]


def test_columns_descend(world: Any) -> None:
    descending = sorted_by("channel", Field={"FieldId": "channel", "Direction": "DESC"})
    found = world.rows(pivot(world, SortConfiguration=descending))
    assert [row[1] for row in found[:2]] == ["web", "door"]


def test_a_total_of_what_is_shown(world: Any) -> None:
    told = {"SimpleTotalAggregationFunction": "MAX"}
    options = {
        "RowTotalOptions": {
            "TotalsVisibility": "VISIBLE",
            "TotalAggregationOptions": [{"FieldId": "tickets", "TotalAggregationFunction": told}],
        }
    }
    found = world.ask(pivot(world, TotalOptions=options))
    assert list(found.totals[("channel",)].rows) == [("door", 20), ("web", 10)]


def test_formats_act_where_their_scope_says(world: Any) -> None:
    def cell(role: str | None) -> dict[str, Any]:
        told: dict[str, Any] = {
            "FieldId": "tickets",
            "TextFormat": {"TextColor": solid("SUM({tickets}) > 20", "#00FF00")},
        }
        return {"Cell": told | ({"Scopes": [{"Role": role}]} if role else {})}

    def formats(role: str | None) -> list[tuple[tuple[str, ...] | None, int]]:
        options = {"ConditionalFormattingOptions": [cell(role)]}
        found = world.ask(pivot(world, ConditionalFormatting=options))
        return [(one.kept, one.row) for one in found.formats]

    assert formats(None) == []
    assert formats("FIELD_TOTAL") == []
    assert formats("GRAND_TOTAL") == [
        ((), 0),
        (("channel",), 0),
        (("channel",), 1),
        (("city",), 2),
    ]


def test_values_alone(world: Any) -> None:
    assert world.rows(pivot(world, rows=[], columns=[])) == [(50,)]
