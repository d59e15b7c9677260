from typing import Any

import pytest

from rlm.quicksight.expressions import parse
from rlm.quicksight.queries.colors import gradient, icon_of_set
from rlm.quicksight.queries.decisions import value_of

VALUES = {"a": 2, "b": None, "c": "x"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a} > 1", True),
        ("{a} + 3 * 2 = 8", True),
        ("{b} > 1", None),
        ("{b} > 1 OR {a} = 2", True),
        ("{b} > 1 AND {a} = 3", False),
        ("{a} / 0 > 1", None),
        ("isNull({b})", True),
        ("isNotNull({b})", False),
        ('{c} = "x"', True),
        ("in({c}, ['x', 'y'])", True),
        ("notIn({c}, ['x', 'y'])", False),
        ("{a} >= ${least}", True),
        ("{c} > 1", None),
        ("NOT ({a} = 2)", False),
        ("-{a} < 0", True),
    ],
)
def test_conditions(text: str, value: Any) -> None:
    found = value_of(parse(text), lambda leaf: VALUES[leaf.name], {"least": (2,)})  # type: ignore[union-attr]
    assert found is value


def test_stops_with_values_of_their_own() -> None:
    stops = [
        {"GradientOffset": 0, "DataValue": 0, "Color": "#000000"},
        {"GradientOffset": 50, "DataValue": 10, "Color": "#0000FF"},
        {"GradientOffset": 100, "DataValue": 20, "Color": "#FFFFFF"},
    ]
    assert [gradient(stops, value, []) for value in (-1, 5, 10, 15, 30, None)] == [
        "#000000",
        "#000080",
        "#0000FF",
        "#8080FF",
        "#FFFFFF",
        None,
    ]


def test_icons_by_sign_and_by_thirds() -> None:
    def names(values: list[float]) -> list[str]:
        found = [icon_of_set("THREE_COLOR_ARROW", one, values) for one in values]
        return [one[0] for one in found if one]

    assert names([-1, 0, 1]) == ["ARROW_DOWN", "ARROW_RIGHT", "ARROW_UP"]
    assert names([0, 50, 90]) == ["ARROW_DOWN", "ARROW_RIGHT", "ARROW_UP"]
    assert icon_of_set("UNHEARD_OF", 1, [1]) is None
