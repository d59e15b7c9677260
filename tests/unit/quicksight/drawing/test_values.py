"""A value is written by its field's format, else by its type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from drawn_results import CURRENCY, JANUARY, amount, month, name

from rlm.quicksight.drawing.formats.values import number, plain, told, write


def test_measure_is_an_amount_and_a_dimension_of_numbers_a_name() -> None:
    assert write(2024, amount("net", "Values")) == "2,024"
    assert write(2024, name("year", "Category")) == "2024"


def test_charts_write_short_where_no_unit_is_chosen() -> None:
    assert write(1_234_567, amount("net", "Values"), is_short=True) == "1.23M"
    assert write(1_234_567, amount("net", "Values")) == "1,234,567"
    assert write(1_234_567, amount("net", "Values", format=CURRENCY), is_short=True) == "$1M"


def test_null_is_written_as_the_format_says() -> None:
    form = {"StringFormatConfiguration": {"NullValueFormatConfiguration": {"NullString": "none"}}}
    assert write(None, name("city", "Rows", format=form)) == "none"
    assert write(None, name("city", "Rows")) == "null"


def test_date_is_written_by_format_or_granularity() -> None:
    assert write(JANUARY, month("m", "Category")) == "Jan 2026"
    form = {"DateTimeFormatConfiguration": {"DateTimeFormat": "MM/YY"}}
    assert write(JANUARY, month("m", "Category", format=form)) == "01/26"
    assert write(JANUARY, month("m", "Category", format={"DateTimeFormat": "YYYY"})) == "2026"


def test_values_become_json() -> None:
    assert plain(Decimal("1.5")) == 1.5
    assert plain(float("nan")) is None
    assert plain(JANUARY) == "2026-01-01T00:00:00"
    assert told(dt.date(2026, 1, 2)) == {"moment": "2026-01-02"}
    assert [number(one) for one in (True, Decimal(2), "3", None, float("inf"))] == [
        1, 2.0, None, None, None,
    ]  # fmt: skip
