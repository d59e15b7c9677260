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


def test_what_differs_in_measures_only_is_asked_together(world: Any) -> None:
    world.visuals = sheet(world)
    board = world.board()
    found = board.draw_plan("sheet").visuals
    assert [next(iter(one.table.rows)) for one in found[:4]] == [
        (50,),
        (5.0,),
        (5.0,),
        (50 / 7, 50),
    ]
    assert board.statements == 2


def test_a_question_is_asked_once(world: Any) -> None:
    world.visuals = sheet(world)
    board = world.board()
    first = board.draw_plan("sheet")
    assert board.draw_plan("sheet", State()) == first
    assert board.statements == 2


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
