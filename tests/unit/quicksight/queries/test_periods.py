# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt

import pytest

from rlm.quicksight.queries.periods import Range, cut, relative_range, step

NOW = dt.datetime(2026, 3, 15, 12, 30)  # a Sunday


def day(month: int, number: int, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, number)


@pytest.mark.parametrize(
    ("granularity", "first"),
    [
        ("YEAR", day(1, 1)),
        ("QUARTER", day(1, 1)),
        ("MONTH", day(3, 1)),
        ("WEEK", day(3, 15)),
        ("DAY", day(3, 15)),
        ("HOUR", dt.datetime(2026, 3, 15, 12)),
        ("MINUTE", NOW),
    ],
)
def test_a_period_starts_at_its_first_moment(granularity: str, first: dt.datetime) -> None:
    assert cut(NOW, granularity) == first


def test_a_week_can_start_on_monday() -> None:
    assert cut(NOW, "WEEK", 1) == day(3, 9)


def test_a_step_of_months_stays_within_the_shorter_month() -> None:
    assert step(day(1, 31), "MONTH", 1) == day(2, 28)
    assert step(day(1, 31), "QUARTER", -1) == day(10, 31, 2025)
    assert step(day(2, 28), "YEAR", 1) == day(2, 28, 2027)


@pytest.mark.parametrize(
    ("kind", "granularity", "count", "expected"),
    [
        ("PREVIOUS", "MONTH", 1, Range(day(2, 1), day(3, 1))),
        ("PREVIOUS", "WEEK", 1, Range(day(3, 8), day(3, 15))),
        ("THIS", "QUARTER", 1, Range(day(1, 1), day(4, 1))),
        ("NOW", "YEAR", 1, Range(day(1, 1), day(3, 16))),
        ("LAST", "MONTH", 3, Range(day(1, 1), day(4, 1))),
        ("LAST", "DAY", 1, Range(day(3, 15), day(3, 16))),
        ("NEXT", "DAY", 2, Range(day(3, 15), day(3, 17))),
    ],
)
def test_relative_dates(kind: str, granularity: str, count: int, expected: Range) -> None:
    assert relative_range(kind, granularity, count, NOW) == expected


@pytest.mark.parametrize(
    ("count", "excluded", "expected"),
    [
        (4, 1, Range(day(12, 1, 2025), day(3, 1))),
        (4, 3, Range(day(12, 1, 2025), day(1, 1))),
    ],
)
def test_excluding_takes_the_anchors_own_period_first(
    count: int, excluded: int, expected: Range
) -> None:
    assert relative_range("LAST", "MONTH", count, NOW, excluded=("MONTH", excluded)) == expected


def test_excluding_less_than_what_is_over_changes_nothing() -> None:
    found = relative_range("PREVIOUS", "MONTH", 1, NOW, excluded=("DAY", 1))
    assert found == Range(day(2, 1), day(3, 1))


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="SOON"):
        relative_range("SOON", "MONTH", 1, NOW)
