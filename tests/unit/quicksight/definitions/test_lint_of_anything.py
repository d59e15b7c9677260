"""Whatever stands in a definition, lint says so and does not fall over it."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.definitions.files import assemble, split
from rlm.quicksight.definitions.lint import lint
from rlm.quicksight.definitions.paths import Path, value_at, walk
from rlm.quicksight.definitions.reviewers_text import reviewers_text
from rlm.quicksight.definitions.shapes import Shapes

from .test_lint import SALES, right

SHAPES = Shapes(quicksight_shapes())
PLACES = [path for path, _ in walk(right()) if path]
WRONG = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "${City}", "{city", "<<$City>>", "#12"])
    | st.sampled_from([[], {}, [[]], [None], {"a": 1}, [{"a": {}}], {"Ref": "A"}])
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), WRONG), min_size=1, max_size=3))
def test_a_wrong_value_anywhere_is_no_accident(faults: list[tuple[Path, Any]]) -> None:
    definition = right()
    for path, wrong in faults:
        parent = value_at(definition, path[:-1])
        if isinstance(parent, dict | list) and value_at(definition, path) is not None:
            parent[path[-1]] = copy.deepcopy(wrong)
    lint(definition, SHAPES, [SALES])
    reviewers_text(definition)
    assert assemble(split(definition, SHAPES), SHAPES).definition == definition
