"""The API's shapes, and definitions that others wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.definitions.shapes import Shapes

SHARED = Path(__file__).parents[5] / "shared/data/quicksight-definitions"


@pytest.fixture(scope="session")
def shapes() -> Shapes:
    return Shapes(quicksight_shapes())


@pytest.fixture(scope="session")
def foreign() -> dict[str, dict[str, Any]]:
    """Name -> definition of every dashboard that others wrote; skips where there are none."""
    files = sorted(SHARED.glob("*/*.definition.json"))
    if not files:
        pytest.skip(f"no definitions below {SHARED}")
    return {file.name.split(".")[0]: json.loads(file.read_text("utf-8")) for file in files}
