"""Date functions give what the worked examples of their documentation give.

Each case is of docs.aws.amazon.com/quicksight/latest/user/<function>-function.html.
"""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

from datetime import datetime

import pytest

from rlm.quicksight.expressions import UnsupportedExpressionError
from rlm.quicksight.expressions.functions import GROUPS

ORDERS = {"orderDate": [datetime(2012, 12, 14), datetime(2013, 12, 29), datetime(2012, 11, 15)]}
PURCHASES = {
    "purchaseDate": [
        datetime(2018, 5, 13, 13, 24),
        datetime(2017, 1, 31, 23, 6),
        datetime(2016, 12, 28, 6, 45),
    ]
}
# A Wednesday, a Saturday, a Sunday.
EMPLOYED = {"start": [datetime(2022, 8, 10), datetime(2022, 8, 6), datetime(2022, 8, 7)]}
DOCUMENTED = [
    (
        "addDateTime",
        "addDateTime(-2, 'YYYY', purchaseDate)",
        PURCHASES,
        [
            datetime(2016, 5, 13, 13, 24),
            datetime(2015, 1, 31, 23, 6),
            datetime(2014, 12, 28, 6, 45),
        ],
    ),
    (
        "addDateTime",
        "addDateTime(4, 'DD', purchaseDate)",
        PURCHASES,
        [datetime(2018, 5, 17, 13, 24), datetime(2017, 2, 4, 23, 6), datetime(2017, 1, 1, 6, 45)],
    ),
    (
        "addDateTime",
        "addDateTime(20, 'MI', purchaseDate)",
        PURCHASES,
        [
            datetime(2018, 5, 13, 13, 44),
            datetime(2017, 1, 31, 23, 26),
            datetime(2016, 12, 28, 7, 5),
        ],
    ),
    (
        "addDateTime",
        "addDateTime(2,'YYYY',parseDate('02-JUL-2018', 'dd-MMM-yyyy') )",
        {},
        [datetime(2020, 7, 2)],
    ),
    (
        "addWorkDays",
        "addWorkDays(start, 7)",
        EMPLOYED,
        [datetime(2022, 8, 19), datetime(2022, 8, 16), datetime(2022, 8, 16)],
    ),
    # The documentation's third row of -5, 08-03, is not what its first two lead to.
    (
        "addWorkDays",
        "addWorkDays(start, -5)",
        EMPLOYED,
        [datetime(2022, 8, 3), datetime(2022, 8, 1), datetime(2022, 8, 1)],
    ),
    ("addWorkDays", "addWorkDays(start, 0)", EMPLOYED, EMPLOYED["start"]),
    (
        "dateDiff",
        "dateDiff(orderDate, shipDate)",
        {
            "orderDate": [datetime(2014, 1, 1), datetime(2016, 9, 13)],
            "shipDate": [datetime(2014, 1, 5), datetime(2016, 9, 20)],
        },
        [4, 7],
    ),
    (
        "dateDiff",
        'dateDiff(orderDate, shipDate, "MM")',
        {
            "orderDate": [datetime(2018, 1, 1), datetime(2017, 9, 13)],
            "shipDate": [datetime(2018, 3, 5), datetime(2017, 10, 20)],
        },
        [2, 1],
    ),
    ("epochDate", "epochDate(3100768000)", {}, [datetime(2068, 4, 4, 12, 26, 40)]),
    (
        "extract",
        "extract('DD', orderDate)",
        {"orderDate": [datetime(2014, 1, 1), datetime(2016, 9, 13)]},
        [1, 13],
    ),
    (
        "formatDate",
        "formatDate(orderDate, 'dd MMM yyyy', 'America/Los_Angeles')",
        ORDERS,
        ["13 Dec 2012", "28 Dec 2013", "14 Nov 2012"],
    ),
    ("isWorkDay", "isWorkDay(start)", EMPLOYED, [1, 0, 0]),
    (
        "netWorkDays",
        "netWorkDays({startDate}, {endDate})",
        {
            "startDate": [datetime(2022, 9, day) for day in (4, 9, 10, 12)],
            "endDate": [datetime(2022, 9, day) for day in (11, 2, 11, 12)],
        },
        [5, -6, 0, 1],
    ),
    ("now", "now()", {}, [datetime(2022, 8, 31, 12, 30)]),
    (
        "truncDate",
        "truncDate('MM', orderDate)",
        ORDERS,
        [datetime(2012, 12, 1), datetime(2013, 12, 1), datetime(2012, 11, 1)],
    ),
    (
        "truncDate",
        "truncDate('YYYY', orderDate)",
        {"orderDate": [datetime(2012, 9, 2)]},
        [datetime(2012, 1, 1)],
    ),
]


@pytest.mark.parametrize(
    ("function", "expression", "columns", "expected"), DOCUMENTED, ids=lambda one: str(one)[:40]
)
def test_function_gives_what_its_documentation_shows(
    world, function, expression, columns, expected
):
    world.columns(columns or {"any": [1]})

    assert function in expression
    assert world.each_row(expression) == expected


def test_every_date_function_has_a_case():
    assert {function for function, *_ in DOCUMENTED} == set(GROUPS["date"])


DAY = datetime(2021, 6, 30, 17, 5, 9, 12000)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Weeks start on Sunday: 2021-06-30 is a Wednesday of the week of 2021-06-27.
        ("truncDate('WK', day)", datetime(2021, 6, 27)),
        ("truncDate('Q', day)", datetime(2021, 4, 1)),
        ("truncDate('HH', day)", datetime(2021, 6, 30, 17)),
        ("truncDate('mi', day)", datetime(2021, 6, 30, 17, 5)),
        ("extract('WD', day)", 4),
        ("extract('WD', parseDate('2021-06-27'))", 1),
        ("extract('Q', day)", 2),
        ("extract('SS', day)", 9),
        ("extract('MS', day)", 12),
        ("extract('HH', parseDate('2021-06-27'))", 0),
        ("dateDiff(parseDate('2021-06-26'), day, 'WK')", 1),
        ("dateDiff(parseDate('2021-06-27'), day, 'WK')", 0),
        ("dateDiff(day, parseDate('2020-12-31'), 'YYYY')", -1),
        ("addDateTime(1, 'MM', parseDate('2024-01-31'))", datetime(2024, 2, 29)),
        ("addDateTime(1, 'Q', parseDate('2024-01-31'))", datetime(2024, 4, 30)),
        ("addDateTime(-1, 'WK', parseDate('2024-01-31'))", datetime(2024, 1, 24)),
        ("epochDate(1659484800)", datetime(2022, 8, 3)),
        # Digits after the tenth are discarded.
        ("epochDate(1659484800123)", datetime(2022, 8, 3)),
        ("formatDate(day)", "2021-06-30T17:05:09:012"),
        ("formatDate(day, 'EEE, MMMM d, yy')", "Wed, June 30, 21"),
        ("formatDate(day, 'hh:mm a')", "05:05 PM"),
        ("formatDate(day, 'yyyyMMdd''x''HH')", "20210630x17"),
        ("formatDate(day, '100% yyyy')", "100% 2021"),
        ("formatDate(day, 'yyyy-QQQ')", "2021-Q2"),
        ("formatDate(NULL, 'yyyy')", None),
        ("day >= '6/30/2021' AND day <= '07/01/2021'", True),
    ],
)
def test_edges(world, expression, expected):
    world.table(day=[DAY])

    assert world.each_row(expression) == [expected]


def test_weeks_start_where_the_analysis_says(world):
    world.table(day=[datetime(2021, 6, 27)])
    world.week_starts_on = 1

    assert world.each_row("truncDate('WK', day)") == [datetime(2021, 6, 21)]
    assert world.ask("count({day})", by=(("day", "WEEK"),)) == [(datetime(2021, 6, 21), 1)]


def test_format_without_translation_names_its_field(world):
    world.table(day=[DAY])

    with pytest.raises(UnsupportedExpressionError, match="'QQQQ'"):
        world.each_row("formatDate(day, 'QQQQ yyyy')")


def test_what_is_out_of_range_is_null(world):
    world.table(day=[DAY], n=[10**15])

    assert world.each_row("addDateTime(n, 'DD', day)") == [None]
    assert world.each_row("ceil(exp(1000))") == [None]
    assert world.each_row("epochDate(decimalToInt(exp(1000)))") == [None]


def test_work_days_of_null_are_null(world):
    world.table(day=[DAY, None])

    assert world.each_row("netWorkDays(day, now())") == [306, None]
    assert world.each_row("netWorkDays(now(), day)") == [-306, None]
    assert world.each_row("addWorkDays(day, 1)") == [datetime(2021, 7, 1, 17, 5, 9, 12000), None]
    assert world.each_row("isWorkDay(day)") == [1, None]


@pytest.mark.parametrize("week_starts_on", range(1, 8))
def test_a_week_has_seven_days_from_its_first(world, week_starts_on):
    days = [datetime(2024, 2, 26 + offset, 23, 59) for offset in range(4)]
    days += [datetime(2024, 3, 1 + offset) for offset in range(10)]
    world.table(day=days)
    world.week_starts_on = week_starts_on

    for day, first in zip(days, world.each_row("truncDate('WK', day)"), strict=True):
        assert first.isoweekday() == week_starts_on
        assert 0 <= (day - first).days < 7
        assert first.hour == first.minute == 0
