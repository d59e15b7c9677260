"""Dashboards that others wrote, on rows made for them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from rlm.quicksight.coverage import Coverage, Outcome, cover
from rlm.quicksight.definitions.inference import all_columns

SHARED = Path(__file__).parents[4] / "shared/data/quicksight-definitions"
NOW = dt.datetime.fromisoformat("2026-06-15T10:30")


@pytest.mark.slow
@pytest.mark.parametrize("with_data_sets", [True, False])
def test_foreign_dashboards_run_and_draw(with_data_sets: bool) -> None:
    files = sorted(SHARED.glob("*/*.definition.json"))
    if not files:
        pytest.skip(f"no definitions below {SHARED}")
    found = Coverage(())
    for file in files:
        beside = file.parent.glob("datasets/*.json") if with_data_sets else ()
        data_sets = [json.loads(one.read_text("utf-8")) for one in sorted(beside)]
        definition = json.loads(file.read_text("utf-8"))
        with duckdb.connect(config={"threads": 1}) as connection:
            found += cover(definition, all_columns(definition, data_sets), connection, NOW)
    assert len(found.visuals) == 1092
    assert found.share(Outcome.DRAWN, Outcome.EMPTY) >= 0.97, found.report()
    assert found.share(Outcome.EMPTY) < 0.05, found.report()
