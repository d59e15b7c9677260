"""Numbers are written as their format says, and as QuickSight writes them without one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rlm.quicksight.drawing.formats.numbers import NumberFormat, number_format, write_number


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        (0, NumberFormat(), "0"),
        (1234567, NumberFormat(), "1,234,567"),
        (1234.5, NumberFormat(), "1,234.5"),
        (0.125, NumberFormat(), "0.13"),
        (2.675, NumberFormat(), "2.68"),
        (-3, NumberFormat(), "-3"),
        (-0.001, NumberFormat(), "0"),
        (1234.5, NumberFormat(decimals=3), "1,234.500"),
        (Decimal("10.10"), NumberFormat(decimals=1), "10.1"),
        (1234.5, NumberFormat("currency", currency="$"), "$1,234.50"),
        (-1234.5, NumberFormat("currency", currency="$"), "-$1,234.50"),
        (
            -1234.5,
            NumberFormat("currency", currency="$", negative_in_parentheses=True),
            "($1,234.50)",
        ),
        (0.1234, NumberFormat("percent"), "12.34%"),
        (1, NumberFormat("percent", decimals=0), "100%"),
        (950, NumberFormat(scale="AUTO"), "950"),
        (1234, NumberFormat(scale="AUTO"), "1.23K"),
        (2_000_000, NumberFormat(scale="AUTO"), "2M"),
        (3.5e9, NumberFormat(scale="AUTO"), "3.5B"),
        (-4.2e12, NumberFormat(scale="AUTO"), "-4.2T"),
        (1_500_000, NumberFormat(scale="THOUSANDS", decimals=1), "1,500.0K"),
        (1_500, NumberFormat("currency", currency="€", scale="THOUSANDS"), "€1.5K"),
        (12345678, NumberFormat(grouping="LAKHS"), "1,23,45,678"),
        (250000, NumberFormat(scale="LAKHS"), "2.5L"),
        (1234.5, NumberFormat(thousands=".", decimal_mark=","), "1.234,5"),
        (1234, NumberFormat(thousands=""), "1234"),
        (5, NumberFormat(prefix="~", suffix=" hrs"), "~5 hrs"),
        (float("inf"), NumberFormat(), "∞"),
        (float("nan"), NumberFormat(), "NaN"),
    ],
)
def test_number_is_written(value: float, form: NumberFormat, written: str) -> None:
    assert write_number(value, form) == written


def test_format_is_found_in_every_shape_of_the_api() -> None:
    inner = {"CurrencyDisplayFormatConfiguration": {"Symbol": "EUR", "NumberScale": "MILLIONS"}}
    expected = NumberFormat("currency", currency="€", scale="MILLIONS")
    for shape in (
        inner,
        {"FormatConfiguration": inner},
        {"NumericFormatConfiguration": inner},
        {"NumberFormatConfiguration": {"FormatConfiguration": inner}},
        {"FormatConfiguration": {"FormatConfiguration": inner}},
    ):
        assert number_format(shape) == expected


def test_separators_places_signs_and_null_are_read() -> None:
    form = number_format(
        {
            "NumberDisplayFormatConfiguration": {
                "Prefix": "<",
                "Suffix": ">",
                "SeparatorConfiguration": {
                    "DecimalSeparator": "COMMA",
                    "ThousandsSeparator": {"Symbol": "SPACE", "GroupingStyle": "LAKHS"},
                },
                "DecimalPlacesConfiguration": {"DecimalPlaces": 1},
                "NegativeValueConfiguration": {"DisplayMode": "NEGATIVE"},
                "NullValueFormatConfiguration": {"NullString": "-"},
            }
        }
    )
    assert write_number(-1234567.26, form) == "<(12 34 567,3)>"
    assert form.null == "-"


def test_sign_of_a_percentage_is_written_once() -> None:
    form = number_format({"PercentageDisplayFormatConfiguration": {"Suffix": "%"}})
    assert write_number(0.5, form) == "50.00%"


def test_unknown_currency_is_written_by_its_code() -> None:
    form = number_format({"CurrencyDisplayFormatConfiguration": {"Symbol": "XYZ"}})
    assert write_number(5, form) == "XYZ 5.00"


def test_short_leaves_a_chosen_unit_alone() -> None:
    assert NumberFormat().short().scale == "AUTO"
    assert NumberFormat(scale="NONE").short().scale == "NONE"
