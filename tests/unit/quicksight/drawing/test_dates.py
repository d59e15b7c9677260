# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Dates are written in QuickSight's patterns."""

from __future__ import annotations

import datetime as dt

import pytest

from rlm.quicksight.drawing.formats.dates import pattern_of, write_date

MOMENT = dt.datetime(2026, 3, 5, 14, 7, 9, 123000)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("MMM D, YYYY", "Mar 5, 2026"),
        ("MMMM DD, YY", "March 05, 26"),
        ("dddd, Do MMM", "Thursday, 5th Mar"),
        ("ddd MM/DD/YYYY", "Thu 03/05/2026"),
        ("YYYY-MM-DDTHH:mm:ss", "2026-03-05T14:07:09"),
        ("h:mm a", "2:07 pm"),
        ("hh:mm:ss.SSS A", "02:07:09.123 PM"),
        ("[Q]Q YYYY", "Q1 2026"),
        ("'Week' w", "Week 10"),
        ("yyyy/MM/dd", "2026/03/05"),
        ("M.D", "3.5"),
    ],
)
def test_pattern_is_written(pattern: str, written: str) -> None:
    assert write_date(MOMENT, pattern) == written


@pytest.mark.parametrize(
    ("granularity", "written"),
    [
        ("YEAR", "2026"),
        ("QUARTER", "Q1 2026"),
        ("MONTH", "Mar 2026"),
        ("DAY", "Mar 5, 2026"),
        ("HOUR", "Mar 5, 2026 2:07 PM"),
        ("SECOND", "Mar 5, 2026 2:07:09 PM"),
    ],
)
def test_default_follows_the_granularity(granularity: str, written: str) -> None:
    assert write_date(MOMENT, pattern_of(granularity, MOMENT)) == written


def test_midnight_and_noon_are_twelve() -> None:
    assert write_date(dt.datetime(2026, 1, 1, 0, 5), "h:mm A") == "12:05 AM"
    assert write_date(dt.datetime(2026, 1, 1, 12, 5), "h:mm A") == "12:05 PM"


def test_time_of_day_is_left_out_where_there_is_none() -> None:
    day = dt.datetime(2026, 1, 11)
    assert write_date(day, pattern_of(None, day)) == "Jan 11, 2026"
    assert [write_date(dt.date(2026, 1, one), "Do") for one in (1, 2, 3, 11, 22)] == [
        "1st", "2nd", "3rd", "11th", "22nd",
    ]  # fmt: skip
