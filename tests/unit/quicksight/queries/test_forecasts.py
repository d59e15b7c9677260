# ruff: noqa: DTZ001 - moments are in UTC, without a zone
import datetime as dt

from rlm.quicksight.queries.forecasts import forecast_of


def months(*values: float) -> list[tuple[dt.datetime, float]]:
    return [(dt.datetime(2024 + i // 12, i % 12 + 1, 1), value) for i, value in enumerate(values)]


def test_what_stays_the_same_goes_on_so() -> None:
    found = forecast_of(months(5, 5, 5, 5), "MONTH", 2)
    assert [one.moment for one in found] == [dt.datetime(2024, 5, 1), dt.datetime(2024, 6, 1)]
    assert [(one.low, one.value, one.high) for one in found] == [(5, 5, 5), (5, 5, 5)]


def test_a_season_comes_again() -> None:
    year = [10.0, 10, 10, 10, 10, 100, 100, 10, 10, 10, 10, 10]
    found = forecast_of(months(*year, *year, *year), "MONTH", 12)
    high = [i for i, one in enumerate(found) if one.value > 60]
    assert high == [5, 6]


def test_the_further_the_less_certain() -> None:
    found = forecast_of(months(3, 9, 4, 8, 5, 9), "MONTH", 3)
    widths = [one.high - one.low for one in found]
    assert widths == sorted(widths)
    assert widths[0] > 0


def test_bounds_hold() -> None:
    found = forecast_of(months(9, 6, 3), "MONTH", 6, low=0)
    assert all(one.low >= 0 for one in found)


def test_two_points_show_no_trend() -> None:
    assert forecast_of(months(1, 2), "MONTH", 1) == ()
