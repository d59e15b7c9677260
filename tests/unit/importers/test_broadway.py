"""A week of a show is an event with one order, to the last seat and cent."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from rlm.generate.delivery_files import DeliveryFolder
from rlm.generate.generation import Progress
from rlm.importers.broadway import import_broadway

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = (
    "Date.Day,Date.Full,Date.Month,Date.Year,Show.Name,Show.Theatre,Show.Type,"
    "Statistics.Attendance,Statistics.Capacity,Statistics.Gross,Statistics.Gross Potential,"
    "Statistics.Performances\n"
)


def _imported(data_dir: Path, out: Path) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    truth = import_broadway(data_dir, DeliveryFolder(out), Progress(io.StringIO()))
    assert json.loads((out / "_truth" / "import.json").read_text()) == truth
    rows: dict[str, list[dict[str, Any]]] = {}
    for path in out.glob("*/delivery_date=*/*"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows[path.parent.parent.name] = (
                [json.loads(line) for line in stream]
                if path.suffix == ".jsonl"
                else list(csv.DictReader(stream))
            )
    return truth, rows


def test_weeks_become_events_and_sales(tmp_path: Path) -> None:
    path = tmp_path / "sets" / "broadway" / "broadway_corgis.csv"
    path.parent.mkdir(parents=True)
    path.write_text(
        _HEADER + '26,8/26/1990,8,1990,"Tru, the Play",Booth,Play,5500,88,134456,0,8\n'
        "2,9/2/1990,9,1990,Tru II,Booth,Musical,0,0,0,0,0\n"
        "2,9/2/1990,9,1990,Tru II,Booth,Musical,10,0,100,0,1\n"
        "31,2/31/1990,2,1990,Tru II,Booth,Musical,10,50,100,0,1\n"
        "9,9/9/1990,9,1990,Tru II,Booth,Musical,3,50,100,0,1\n"
    )
    truth, rows = _imported(tmp_path / "sets", tmp_path / "out")
    assert [(r["artist_id"], r["name"], r["genres"]) for r in rows["artists"]] == [
        ("broadway-show-0001", "Tru, the Play", "play"),
        ("broadway-show-0002", "Tru II", "musical"),
    ]
    assert [r["name"] for r in rows["venues"]] == ["Booth"]
    assert [(r["event_id"], r["capacity"]) for r in rows["events"]] == [
        ("broadway-19900826-0001-001", 6250),
        ("broadway-19900902-0002-001", None),
        ("broadway-19900909-0002-001", 6),
    ]
    assert [
        (r["event_id"], r["quantity"], r["unit_price"], r["is_simulated"], r["channel"])
        for r in rows["ticket_sales"]
    ] == [
        ("broadway-19900826-0001-001", "1900", "24.44", "false", "box_office"),
        ("broadway-19900826-0001-001", "3600", "24.45", "false", "box_office"),
        ("broadway-19900909-0002-001", "2", "33.33", "false", "box_office"),
        ("broadway-19900909-0002-001", "1", "33.34", "false", "box_office"),
    ]
    assert {(i["reason"], *i["lines"]) for i in truth["left_out"]} == {
        ("nobody attended: no tickets to count", 3),
        ("show, theatre and week given before", 4),
        ("no show, theatre, date or number", 5),
    }


@pytest.fixture(scope="module")
def real(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return _imported(data_dir, tmp_path_factory.mktemp("broadway"))


def test_real_attendance_and_gross_add_up(real: Any, data_dir: Path) -> None:
    truth, rows = real
    with (data_dir / "broadway" / "broadway_corgis.csv").open(encoding="utf-8") as stream:
        weeks = list(csv.DictReader(stream))
    assert len(rows["events"]) == len(weeks) == 31_296
    attendance = sum(int(w["Statistics.Attendance"]) for w in weeks)
    gross = sum(int(w["Statistics.Gross"]) for w in weeks)
    assert sum(int(r["quantity"]) for r in rows["ticket_sales"]) == attendance
    cents = sum(
        int(r["quantity"]) * round(float(r["unit_price"]) * 100) for r in rows["ticket_sales"]
    )
    assert cents == truth["gross_cents_out"] == gross * 100
    assert truth["gross_dollars_in"] == gross
    assert {r["is_simulated"] for r in rows["ticket_sales"]} == {"false"}


def test_real_rows_refer_to_rows_that_are_there(real: Any) -> None:
    _, rows = real
    assert {r["headliner_id"] for r in rows["events"]} == {r["artist_id"] for r in rows["artists"]}
    assert {r["venue_id"] for r in rows["events"]} == {r["venue_id"] for r in rows["venues"]}
    assert {r["event_id"] for r in rows["ticket_sales"]} == {r["event_id"] for r in rows["events"]}
