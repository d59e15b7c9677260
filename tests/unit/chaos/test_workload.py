"""Source files land in stages: each once, the late ones after those of the day behind them."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import MagicMock

from chaos.workload import RETRY_SECONDS, Workload, stages_of


def test_stages_hold_every_file_once(tmp_path: Path) -> None:
    files = set()
    for day in range(1, 8):
        for source in ("events", "artists"):
            key = f"{source}/delivery_date=2026-06-0{day}/{source}.csv"
            (tmp_path / key).parent.mkdir(parents=True)
            (tmp_path / key).write_text("x")
            files.add(key)
    (tmp_path / "_truth").mkdir()
    (tmp_path / "_truth" / "truth.json").write_text("{}")
    first, second = stages_of(tmp_path)
    landed = [
        key
        for stage in (first, second)
        for key in (*stage.keys, *(key for late in stage.late for key in late.keys))
    ]
    assert sorted(landed) == sorted(files)
    assert [stage.business_date for stage in (first, second)] == ["2026-06-01", "2026-06-07"]
    assert first.late == ()
    assert [late.name for late in second.late][:3] == [
        "artists of 2026-06-02",
        "events of 2026-06-02",
        "artists of 2026-06-04",
    ]


def test_only_tasks_that_have_waited_long_are_tried_at_once() -> None:
    now = 1_000.0
    asked = MagicMock()
    asked.tasks_that_wait_to_retry.return_value = {
        ("ingest", "r1", "clean", -1): now - RETRY_SECONDS - 1,
        ("ingest", "r2", "clean", -1): now - RETRY_SECONDS + 1,
    }

    class Asking(Workload):
        api = asked

    workload = Asking(MagicMock(), Path(), MagicMock(), clock=lambda: now)
    workload._hurry()

    asked.retry_now.assert_called_once_with("ingest", "r1", "clean", -1)
    assert workload.hurried == [(now, "ingest", "clean")]
