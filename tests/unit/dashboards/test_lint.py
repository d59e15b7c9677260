"""`rlm dashboards lint` on files: what it finds, where, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from rlm.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DATA_SET = """\
Name: Sales
ImportMode: SPICE
PhysicalTableMap:
  sales:
    CustomSql:
      DataSourceArn: ${data_source.lake.arn}
      Name: sales
      SqlQuery: SELECT 1 AS tickets
      Columns:
        - {Name: tickets, Type: INTEGER}
"""
KPI = """\
KPIVisual:
  VisualId: tickets
  ChartConfiguration:
    FieldWells:
      Values:
        - NumericalMeasureField:
            FieldId: tickets
            Column: {DataSetIdentifier: sales, ColumnName: tickets}
            AggregationFunction: {SimpleNumericalAggregation: SUM}
"""
FILES = {
    "data_sources/lake.yaml": "Name: Lake\nType: ATHENA\n",
    "data_sets/sales.yaml": DATA_SET,
    "sales/dashboard.yaml": "Name: Sales\nDataSets:\n  sales: sales\n",
    "sales/sheets/01-overview/sheet.yaml": "SheetId: overview\nName: Overview\n",
    "sales/sheets/01-overview/visuals/01-tickets.yaml": KPI,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file, text in FILES.items():
        path = tmp_path / "dashboards" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "dashboards"


def lint(folder: Path, *arguments: str, code: int) -> list[dict[str, Any]]:
    command = ["dashboards", "lint", "--folder", str(folder), "--json", *arguments]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == code, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def replaced(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def test_good_files_have_no_findings(folder: Path) -> None:
    assert lint(folder, "--strict", code=0) == []


def test_a_column_that_the_data_set_lacks_is_found_with_file_and_line(folder: Path) -> None:
    file = "sales/sheets/01-overview/visuals/01-tickets.yaml"
    replaced(folder, file, "ColumnName: tickets", "ColumnName: seats")
    found = lint(folder, code=1)
    assert [(one["file"], one["line"]) for one in found] == [(str(folder / file), 8)]
    assert "seats" in found[0]["message"]
    assert found[0]["next_step"]


def test_a_data_set_is_checked_as_its_create_call_would(folder: Path) -> None:
    replaced(folder, "data_sets/sales.yaml", "Type: INTEGER", "Type: NUMBER")
    (found,) = lint(folder, code=1)
    assert (found["file"], found["line"]) == (str(folder / "data_sets/sales.yaml"), 10)
    assert "NUMBER" in found["message"]
    # Of one dashboard only its own files are told.
    assert lint(folder, "sales", code=0) == []


def test_names_that_are_no_files_are_found(folder: Path) -> None:
    replaced(folder, "sales/dashboard.yaml", "Name: Sales", "Name: Sales\nThemeName: dark")
    found = lint(folder, code=1)
    assert [(one["rule"], one["message"]) for one in found] == [("unknown-name", "no theme 'dark'")]


def test_a_file_that_is_no_yaml_is_a_finding_among_others(folder: Path) -> None:
    replaced(folder, "sales/dashboard.yaml", "Name: Sales", "Name: [")
    replaced(folder, "data_sets/sales.yaml", "Type: INTEGER", "Type: NUMBER")
    found = lint(folder, code=1)
    assert {one["file"] for one in found} == {
        str(folder / "sales/dashboard.yaml"),
        str(folder / "data_sets/sales.yaml"),
    }


def test_an_unknown_dashboard_is_refused(folder: Path) -> None:
    command = ["dashboards", "lint", "--folder", str(folder), "sale"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "there is no dashboard 'sale'; there are: sales" in result.stderr


def test_an_empty_folder_is_not_fine(tmp_path: Path) -> None:
    assert [one["rule"] for one in lint(tmp_path, code=1)] == ["no-files"]
