import sys
from types import ModuleType

import pytest

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.support import (
    Status,
    Support,
    approximated,
    declared,
    honoured,
    support_of,
)


def test_every_declared_path_is_in_the_api() -> None:
    shapes = quicksight_shapes()
    found = declared()
    unknown = [
        path
        for path in found
        if path.split(".")[1] not in {"*", *shapes.get(path.split(".")[0], {}).get("members", ())}
    ]
    assert "CalculatedField.*" in found
    assert unknown == []


def test_the_worse_of_two_declarations_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ModuleType("sys.first"), ModuleType("sys.second")
    first.SUPPORT = honoured("LegendOptions.Position")  # type: ignore[attr-defined]
    second.SUPPORT = approximated("always right", "LegendOptions.Position")  # type: ignore[attr-defined]
    for module in (first, second):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("rlm.quicksight.support.find_spec", lambda _: True)
    assert declared(["sys.first", "sys.second"]) == {
        "LegendOptions.Position": Support(
            "LegendOptions.Position", Status.APPROXIMATED, "always right"
        )
    }


def test_a_shape_is_declared_as_a_whole_and_one_member_apart() -> None:
    found = {s.path: s for s in (*honoured("A.*"), *approximated("roughly", "A.b"))}
    assert support_of("A.c", found).status is Status.HONOURED
    assert support_of("A.b", found).status is Status.APPROXIMATED
    assert support_of("B.c", found) == Support("B.c", Status.IGNORED)
