"""The job: which reports are written, and that nothing is written twice."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from world import KilledError, World, event, sale, to_come

FILES = ["report.html", "report.json", "sales.csv"]


def test_report_page_csv_and_document_are_written_and_indexed(tmp_path: Path) -> None:
    world = World(tmp_path, event("e1"), to_come("e2", milestone="announced"))
    report = world.run()
    assert (report.events, report.reports_due, report.reports_written) == (2, 1, 1)
    assert report.reports_by_stage == {"ended": 1}
    assert world.writes() == [*(f"events/e1/{f}" for f in FILES), "index.html", "index.json"]
    assert 'href="events/e1/report.html"' in world.text("index.html")
    run_report = json.loads((tmp_path / "lake/runs/publish_event_reports/run-1.json").read_text())
    assert (run_report["reports"], run_report["as_of"]) == (1, "2026-06-05")


def test_second_run_writes_nothing_and_asks_for_no_sales(tmp_path: Path) -> None:
    world = World(tmp_path, event("e1"), to_come("e2"))
    world.run()
    world.storage.written.clear()
    world.gold.asked.clear()
    report = world.run()
    assert (report.reports_due, report.reports) == (0, 2)
    assert (world.writes(), dict(world.gold.asked)) == ([], {})


def test_only_the_event_that_changed_is_written(tmp_path: Path) -> None:
    world = World(tmp_path, event("e1"), event("e2"))
    world.run()
    world.storage.written.clear()
    world.change("e2", tickets_refunded=6, net_tickets=74)
    world.gold.days["e2"].append(sale("e2", "2026-06-07", 0, 1))
    assert world.run().reports_written == 1
    assert [w for w in world.writes() if w.startswith("events/")] == [
        f"events/e2/{f}" for f in FILES
    ]


def test_news_without_another_number_is_not_written_again(tmp_path: Path) -> None:
    world = World(tmp_path, event("e1"))
    world.run()
    world.storage.written.clear()
    world.change("e1", sales_rows=41)
    report = world.run()
    assert (report.reports_due, report.reports_unchanged) == (1, 1)
    assert world.writes() == ["index.json"]


def test_milestones_of_an_event_follow_each_other(tmp_path: Path) -> None:
    world = World(tmp_path, to_come("e1", milestone="on_sale"))
    stages = []
    for changes in (
        {},
        {"milestone": "sold_50", "days_to_go": 40},
        {"milestone": "sold_25", "days_to_go": 31},
        {"days_to_go": 7},
        {"is_over": True, "days_to_go": 0},
    ):
        world.change("e1", **changes)
        if world.run().reports_due:
            stages.append(json.loads(world.text("events/e1/report.json"))["stage"])
    assert stages == ["on_sale", "sold_50", "days_7", "ended"]


def test_most_leaves_the_rest_to_the_next_run(tmp_path: Path) -> None:
    world = World(tmp_path, *(event(f"e{n}") for n in range(5)))
    first = world.run(most=2)
    assert (first.reports_written, first.reports_left) == (2, 3)
    assert (world.run(most=2).reports_left, world.run().reports_written) == (1, 1)


def test_events_of_several_queries_are_all_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlm.jobs.event_reports.job._CHUNK", 2)
    world = World(tmp_path, *(event(f"e{n}") for n in range(5)))
    assert world.run().reports_written == 5
    assert (world.gold.asked["days"], world.gold.asked["curves"]) == (5, 1)
    assert world.text("index.html").count("report.html") == 5


def test_csv_has_every_sale_with_money_in_units(tmp_path: Path) -> None:
    world = World(tmp_path, event("e1"))
    world.gold.days["e1"] = [
        sale("e1", "2026-05-01", 2),
        sale("e1", "2026-05-01", 3, is_simulated=True),
        sale("e1", "2026-06-06", 0, 1, currency="USD", refunded_cents=2_005, net_cents=-2_005),
    ]
    world.run()
    rows = list(csv.DictReader(io.StringIO(world.text("events/e1/sales.csv"))))
    assert [(r["days_to_go"], r["is_simulated"], r["net"]) for r in rows] == [
        ("35", "false", "40.00"),
        ("35", "true", "60.00"),
        ("-1", "false", "-20.05"),
    ]


def test_killed_at_any_write_a_rerun_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    undisturbed = World(tmp_path / "undisturbed", event("e1"), event("e2"), to_come("e3"))
    undisturbed.run()
    writes = undisturbed.storage.written.total()
    assert writes == 12
    for at in (0, writes - 1, *random.Random(3).sample(range(1, writes - 1), 5)):
        world = World(tmp_path / f"killed-{at}", event("e1"), event("e2"), to_come("e3"))
        world.storage.kill_at = at
        with pytest.raises(KilledError):
            world.run()
        world.storage.kill_at = None
        assert world.run().reports == 3
        assert world.published() == undisturbed.published(), at
        documents = [n for uri, n in world.storage.written.items() if "report.json" in uri]
        # What was finished before the kill is not written a second time.
        assert documents == [1, 1, 1], at
