from typing import Any

from rlm.quicksight.queries.state import State


def sheet(world: Any) -> list[dict[str, Any]]:
    def kpi(name: str, *values: dict[str, Any]) -> dict[str, Any]:
        return world.chart("KPIVisual", {"Values": list(values)}, "", VisualId=name)

    table = world.chart(
        "TableVisual", {"GroupBy": [world.dimension("city")], "Values": [world.measure()]}
    )
    return [
        kpi("a", world.measure()),
        kpi("b", world.measure("price", "MAX")),
        kpi("c", world.measure("price", "MAX")),
        kpi("d", world.measure("tickets", "AVERAGE"), world.measure()),
        table,
    ]


def test_one_scan_answers_coarse_questions_with_finer_ones(world: Any) -> None:
    world.visuals = sheet(world)
    board = world.board()
    found = board.draw_plan("sheet").visuals
    assert [next(iter(one.table.rows)) for one in found[:4]] == [
        (50,),
        (5.0,),
        (5.0,),
        (50 / 7, 50),
    ]
    assert board.statements == 1


def test_a_question_is_asked_once(world: Any) -> None:
    world.visuals = sheet(world)
    board = world.board()
    first = board.draw_plan("sheet")
    assert board.draw_plan("sheet", State()) == first
    assert board.statements == 1


def test_one_visual_that_fails_does_not_spoil_the_others(world: Any) -> None:
    world.visuals = sheet(world)
    broken = world.chart("KPIVisual", {"Values": [world.measure("channel")]}, "", VisualId="e")
    world.visuals.append(broken)
    found = world.board().draw_plan("sheet").visuals
    assert [len(one.unsupported) for one in found] == [0, 0, 0, 0, 0, 1]
    assert list(found[0].table.rows) == [(50,)]


def test_the_same_draws_the_same(world: Any) -> None:
    world.visuals = sheet(world)
    assert world.board().draw_plan("sheet") == world.board().draw_plan("sheet")


def test_a_data_set_that_is_not_there_is_told(world: Any) -> None:
    values = [world.measure("x", data_set="elsewhere")]
    world.visuals = [world.chart("KPIVisual", {"Values": values}, "")]
    (text,) = world.board().visual("sheet", "it").unsupported
    assert text.startswith("data set 'elsewhere' is not there")


def month_and_less(world: Any) -> list[dict[str, Any]]:
    world.calculated = {"gross": "sum({tickets} * {price})", "each": "{gross} / sum({tickets})"}
    values = [
        world.measure("gross", None),
        world.measure("each", None),
        world.measure("price", "AVERAGE"),
        world.measure("price", "MIN"),
        {
            "DateMeasureField": {
                "FieldId": "last",
                "Column": world.at("sold"),
                "AggregationFunction": "MAX",
            }
        },
        {
            "CategoricalMeasureField": {
                "FieldId": "rows",
                "Column": world.at("city"),
                "AggregationFunction": "COUNT",
            }
        },
    ]
    fine = world.chart(
        "LineChartVisual",
        {
            "Category": [world.date(granularity="DAY")],
            "Colors": [world.dimension("channel")],
            "Values": [world.measure()],
        },
        VisualId="fine",
    )
    by_month = world.chart(
        "LineChartVisual", {"Category": [world.date()], "Values": values}, VisualId="by_month"
    )
    alone = world.chart("KPIVisual", {"Values": values}, "", VisualId="alone")
    return [fine, by_month, alone]


def test_what_is_put_together_equals_what_is_asked_by_itself(world: Any) -> None:
    world.visuals = month_and_less(world)
    together = world.board()
    shared = together.draw_plan("sheet").visuals
    assert together.statements == 1
    for one in shared:
        by_itself = world.board().visual("sheet", one.visual_id)
        assert one.table.fields == by_itself.table.fields
        assert list(one.table.rows) == list(by_itself.table.rows)


def test_no_rows_are_no_sum_and_a_count_of_zero(world: Any) -> None:
    world.visuals = month_and_less(world)
    world.connection.execute("DELETE FROM sales")
    found = world.board().draw_plan("sheet").visuals[2]
    assert list(found.table.rows) == [(None, None, None, None, None, 0)]


def test_medians_are_asked_by_themselves(world: Any) -> None:
    world.visuals = month_and_less(world)
    values = [world.measure("price", "MEDIAN")]
    world.visuals[2] = world.chart("KPIVisual", {"Values": values}, "", VisualId="alone")
    board = world.board()
    assert list(board.draw_plan("sheet").visuals[2].table.rows) == [(2.75,)]
    assert board.statements == 2


def test_a_filter_of_groups_is_of_each_visuals_own_groups(world: Any) -> None:
    told = {
        "FilterId": "f",
        "Column": world.at("tickets"),
        "NullOption": "ALL_VALUES",
        "RangeMinimum": {"StaticValue": 11},
        "AggregationFunction": {
            "NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}
        },
    }
    world.filters = [world.group({"NumericRangeFilter": told})]
    world.visuals = month_and_less(world)
    values = [world.measure()]
    world.visuals[2] = world.chart("KPIVisual", {"Values": values}, "", VisualId="alone")
    found = world.board().draw_plan("sheet").visuals
    assert [row[2] for row in found[0].table.rows] == [20]
    assert list(found[2].table.rows) == [(50,)]


def test_months_of_too_many_days_are_asked_as_months(world: Any) -> None:
    world.connection.execute(
        "INSERT INTO sales SELECT 'Oslo', 'web',"
        " TIMESTAMP '1920-01-01' + to_days(i::INTEGER), 1, 1 FROM range(30000) t(i)"
    )
    wells = {"Category": [world.date()], "Values": [world.measure()]}
    world.visuals = [world.chart("LineChartVisual", wells)]
    board = world.board()
    (found,) = board.draw_plan("sheet").visuals
    first = board.statements
    assert sum(row[1] for row in found.table.rows) == 30050
    assert first == 2
    world.visuals[0]["LineChartVisual"]["ChartConfiguration"]["FieldWells"]["AggregatedFieldWells"][
        "Values"
    ] = [world.measure("tickets", "MAX")]
    board.draw_plan("sheet")
    assert board.statements == first + 1


def test_months_and_something_else_are_asked_as_months_at_once(world: Any) -> None:
    wells = {
        "Category": [world.date()],
        "Colors": [world.dimension("city")],
        "Values": [world.measure()],
    }
    world.visuals = [world.chart("LineChartVisual", wells)]
    board = world.board()
    (found,) = board.draw_plan("sheet").visuals
    assert sum(row[2] for row in found.table.rows) == 50
    assert board.statements == 1
