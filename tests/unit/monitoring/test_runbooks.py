"""Every alarm has a page of help, every page an alarm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlm.monitoring.alarm import RUNBOOKS
from rlm.monitoring.alarms import Thresholds, kinds, metric_alarms

ROOT = Path(__file__).parents[3]
THRESHOLDS = Thresholds(endpoint_latency_p99_milliseconds=400, monthly_dollars=100)
PAGES = sorted((ROOT / RUNBOOKS).glob("*.md"))
SECTIONS = ["What it means", "What users see", "First look", "Mend", "Test it"]


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    assert {page.stem for page in PAGES} == set(kinds("dev", THRESHOLDS))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_to_look_at_and_how_to_mend(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_alarms_that_pages_name_are_there() -> None:
    """Names in commands: a wrong one would set nothing off, and nobody would know."""
    known = {alarm.name for alarm in metric_alarms("dev", THRESHOLDS)}
    named = {
        name
        for page in PAGES
        for name in re.findall(r"--alarm-name (\S+)", page.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= known
