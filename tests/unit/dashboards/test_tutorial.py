# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""The dashboard of docs/tutorials/add-a-mart.md, taken from the page."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import duckdb

from rlm.dashboards.files import DashboardFiles, packaged_files
from rlm.dashboards.lint import lint_folder
from rlm.quicksight.coverage import Outcome, cover
from rlm.quicksight.definitions.columns import data_set_columns
from rlm.quicksight.definitions.files import read_files, split
from rlm.quicksight.deployment.resources import Kind

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/tutorials/add-a-mart.md").read_text("utf-8")
FILES = dict(re.findall(r"^```\w+ (dashboards/\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_it_is_clean_canonical_and_drawn(tmp_path: Path) -> None:
    shutil.copytree(packaged_files().folder, tmp_path / "dashboards")
    assert len(FILES) == 7
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    files = DashboardFiles(tmp_path / "dashboards")
    assert [str(one) for one in lint_folder(files, "dev")] == []

    known = files.placeholders("dev", "000000000000", "eu-central-1")
    found = files.dashboard("city_demand", known)
    declared = found.definition["DataSetIdentifierDeclarations"]
    names = {one["DataSetArn"]: found.data_sets[one["Identifier"]] for one in declared}
    written = split(found.definition, files.shapes, settings=found.settings, data_set_names=names)
    assert written == read_files(files.folder / "city_demand")

    columns = {
        identifier: data_set_columns(files.read(Kind.DATA_SET, name, known))
        for identifier, name in found.data_sets.items()
    }
    with duckdb.connect(config={"threads": 1}) as connection:
        coverage = cover(found.definition, columns, connection, dt.datetime(2026, 6, 8))
    assert [one.outcome for one in coverage.visuals] == [Outcome.DRAWN] * 2
