"""The summary says what the last run that found something did, and adds up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bringup.summary import (
    Summary,
    gold_rows,
    last_counts,
    last_run_text,
    table_rows,
    write_summary,
)

if TYPE_CHECKING:
    from pathlib import Path


def counts(status: str, rows_in: int = 0, duplicate: int = 0) -> dict[str, Any]:
    return {
        "status": status,
        "rows_in": rows_in,
        "rows_loaded": rows_in - duplicate,
        "rows_quarantined": 0,
        "rows_duplicate": duplicate,
    }


FULL = {
    "sources": {"artists": counts("loaded", 10, 1), "venues": counts("loaded", 4)},
    "tables": {"artists": 9, "venues": 4},
}
NOTHING = {
    "sources": {"artists": counts("no_new_deliveries"), "venues": counts("no_new_deliveries")},
    "tables": {"artists": 9, "venues": 4},
}
ONE = {"sources": {"venues": counts("loaded", 2)}, "tables": {"venues": 6}}


def test_a_run_without_deliveries_shows_the_run_before() -> None:
    assert last_counts([FULL, NOTHING]) == FULL["sources"]


def test_newest_run_with_deliveries_counts() -> None:
    assert last_counts([FULL, ONE]) == ONE["sources"]
    assert last_counts([]) == {}


def test_tables_are_as_the_last_run_that_looked_saw_them() -> None:
    assert table_rows([FULL, ONE]) == {"artists": 9, "venues": 6}


def test_gold_tables_are_as_the_last_run_that_was_asked_for_them_saw_them() -> None:
    first = {"tables": {"one": {"rows": 3}, "other": {"rows": 5}}}
    later = {"tables": {"one": {"rows": 4}}}
    assert gold_rows([first, later]) == {"one": 4, "other": 5}
    assert gold_rows([]) == {}


def summary() -> Summary:
    return Summary(
        urls={"airflow": "http://127.0.0.1:8080"},
        dags={"ingest_sources": {"state": "success", "seconds": 61.5, "run_id": "manual"}},
        sources=FULL["sources"],
        tables=FULL["tables"],
        seconds={"setup": 1.0, "total": 70.0},
        new_deliveries=True,
        business_date="2026-06-07",
        items={"Artists": 9},
        reports={"count": 2, "index": "http://127.0.0.1:4566/reports/index.html"},
    )


def test_summary_file_holds_what_later_steps_read(tmp_path: Path) -> None:
    file = tmp_path / "run-summary.json"
    write_summary(summary(), file)
    read = json.loads(file.read_text())
    assert read["urls"] == {"airflow": "http://127.0.0.1:8080"}
    assert read["dags"]["ingest_sources"]["state"] == "success"
    assert read["dags"]["ingest_sources"]["seconds"] == 61.5
    assert read["sources"]["artists"]["rows_loaded"] == 9
    assert read["tables"] == {"artists": 9, "venues": 4}
    assert read["items"] == {"Artists": 9}
    assert read["reports"]["count"] == 2
    assert read["seconds"]["total"] == 70.0
    assert list(tmp_path.iterdir()) == [file]


def test_text_sums_the_sources() -> None:
    lines = summary().as_text().splitlines()
    total = next(line.split() for line in lines if line.startswith("all"))
    assert total == ["all", "14", "13", "0", "1"]


def test_the_last_run_in_short_names_its_dags_and_the_index_of_reports(tmp_path: Path) -> None:
    file = tmp_path / "run-summary.json"
    write_summary(summary(), file)
    assert last_run_text(file).splitlines() == [
        f"the last run, for 2026-06-07: ingest_sources success; {file}",
        "2 event reports: http://127.0.0.1:4566/reports/index.html",
    ]
