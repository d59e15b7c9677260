"""When there is news of an event, and what it is called."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rlm.jobs.event_reports.job import _Due, _entry
from rlm.jobs.event_reports.milestones import (
    SOLD_MARKS,
    TITLES,
    Event,
    Published,
    fingerprint,
    reached,
    stage,
)

sys.path.insert(0, str(Path(__file__).parent))

from world import event, to_come


def told(about: Event) -> Published:
    """As if a report of the event as it is had been published."""
    return _entry(_Due(about, stage(about, None) or "on_sale", reached(about)))


def test_announced_event_has_nothing_to_tell() -> None:
    assert stage(to_come(milestone="announced"), None) is None


@pytest.mark.parametrize("mark", SOLD_MARKS)
def test_each_mark_is_news_once(mark: str) -> None:
    now = to_come(milestone=mark)
    assert stage(now, None) == mark
    assert stage(now, told(now)) is None


def test_marks_below_are_passed_too() -> None:
    assert reached(to_come(milestone="sold_50")) == ("on_sale", "sold_25", "sold_50")


@pytest.mark.parametrize(
    ("days_to_go", "expected"),
    [(31, None), (30, "days_30"), (8, "days_30"), (7, "days_7"), (1, "days_1"), (0, "days_1")],
)
def test_days_to_go_are_news_for_an_event_that_was_told_of(
    days_to_go: int, expected: str | None
) -> None:
    before = told(to_come(days_to_go=60))
    assert stage(to_come(days_to_go=days_to_go), before) == expected


def test_refunds_around_a_mark_make_no_noise() -> None:
    before = told(to_come(milestone="sold_75"))
    below = to_come(milestone="sold_50")
    assert stage(below, before) is None
    assert stage(to_come(milestone="sold_75"), before) is None
    assert stage(to_come(milestone="sold_90"), before) == "sold_90"


def test_postponement_is_news_before_all_else() -> None:
    before = told(to_come(days_to_go=60))
    assert (
        stage(to_come(days_to_go=6, status="postponed", milestone="sold_90"), before) == "postponed"
    )


def test_end_is_news_and_then_only_what_changes() -> None:
    over = event()
    assert stage(over, told(to_come(days_to_go=1))) == "ended"
    assert stage(over, told(over)) is None
    assert stage(replace(over, tickets_refunded=6), told(over)) == "ended"


def test_correction_that_changes_no_sum_is_news_of_an_event_that_is_over() -> None:
    over = event()
    corrected = replace(over, sales_updated_at=over.starts_at)
    assert stage(corrected, told(over)) == "ended"


def test_passing_days_and_other_events_are_no_news() -> None:
    over = event()
    later = replace(over, comparable_events=99, pace_missing="cancelled", days_to_go=-3)
    assert fingerprint(later) == fingerprint(over)


def test_cancelled_event_is_told_of_if_it_was_sold() -> None:
    assert stage(to_come(status="cancelled"), None) == "cancelled"
    assert stage(to_come(status="cancelled", tickets_sold=0), None) is None


def test_every_stage_has_a_title() -> None:
    stages = {
        stage(to_come(milestone=m, days_to_go=d, status=s), None)
        for m in ("announced", *SOLD_MARKS)
        for d in (40, 30, 7, 1)
        for s in ("scheduled", "postponed", "cancelled")
    }
    assert len(stages) > 8
    assert stages - {None} <= TITLES.keys()
