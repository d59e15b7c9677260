"""What runs of the pipeline tell: rows that add up, shares of 100, nothing of silent sources."""

from __future__ import annotations

from typing import Any

from rlm.monitoring.pipeline_values import run_values, source_values


def told(**sources: dict[str, Any]) -> dict[tuple[str, str], float]:
    none = dict.fromkeys(("rows_in", "rows_loaded", "rows_quarantined", "rows_duplicate"), 0)
    report = {"sources": {name: {"status": "loaded", **none, **of} for name, of in sources.items()}}
    found = {}
    for value in source_values("dev", report):
        by = {one["Name"]: one["Value"] for one in value["Dimensions"]}
        assert by["environment"] == "dev"
        found[by["source"], value["MetricName"]] = value["Value"]
    return found


def test_rows_of_a_source_are_told_as_the_report_has_them() -> None:
    counts = {"rows_in": 200, "rows_loaded": 180, "rows_quarantined": 10, "rows_duplicate": 10}
    assert told(events=counts) == {
        ("events", "RowsIn"): 200.0,
        ("events", "RowsLoaded"): 180.0,
        ("events", "RowsQuarantined"): 10.0,
        ("events", "RowsDuplicate"): 10.0,
        ("events", "RowsUnaccounted"): 0.0,
        ("events", "QuarantinedShare"): 5.0,
    }


def test_lost_rows_and_rows_from_nowhere_are_both_unaccounted() -> None:
    assert told(events={"rows_in": 5, "rows_loaded": 3})["events", "RowsUnaccounted"] == 2.0
    assert told(events={"rows_in": 3, "rows_loaded": 5})["events", "RowsUnaccounted"] == 2.0


def test_a_stopped_source_lost_the_whole_delivery() -> None:
    assert told(events={"status": "stopped"})["events", "QuarantinedShare"] == 100.0


def test_a_source_without_deliveries_says_nothing() -> None:
    assert told(events={"status": "no_new_deliveries"}) == {}


def test_an_empty_delivery_has_no_share() -> None:
    assert ("events", "QuarantinedShare") not in told(events={})


def test_a_run_that_failed_is_told_as_one_that_did_not_succeed() -> None:
    values = run_values("dev", "build_marts", has_succeeded=False, seconds=None)
    assert [(one["MetricName"], one["Value"]) for one in values] == [
        ("RunsSucceeded", 0.0),
        ("RunsFailed", 1.0),
    ]
