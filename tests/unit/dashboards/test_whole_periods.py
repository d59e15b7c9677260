# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Weeks and four weeks in our dashboards are whole, however long the history is.

One ticket and one stream are in the rows of each day: a period's sum is the days that it has.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from rlm.dashboards.files import packaged_files
from rlm.dashboards.rows import Warehouse
from rlm.quicksight.definitions.columns import data_set_columns
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.queries.board import Board

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.quicksight.results import VisualResult

FILES = packaged_files()
KNOWN = FILES.placeholders("dev", "000000000000", "eu-central-1")
LAST_DAY = dt.datetime(2026, 6, 6)
STILL_SELLING = dt.timedelta(2)
"""The newest days of sales, which no period counts."""
SALE = {"tickets_sold": 1, "gross": 1.0, "currency": "EUR", "genre": "pop", "channel": "web"}
OF_A_DAY: dict[str, tuple[str, dt.datetime, dict[str, Any]]] = {
    "ticket_sales": ("sale_date", LAST_DAY + STILL_SELLING, SALE),
    "sales_by_channel": ("sale_date", LAST_DAY + STILL_SELLING, SALE),
    "artist_popularity": ("measured_on", LAST_DAY, {"streams": 1, "new_followers": 1, "rank": 1}),
}
"""Of a data set: the column of its days, the newest of them, and what a row has beside it."""
TREND = {
    ("ticket_sales", "tickets-week"): 7,
    ("ticket_sales", "gross-week"): 7,
    ("ticket_sales", "tickets-month"): 28,
    ("ticket_sales", "gross-month"): 28,
    ("artist_popularity", "streams"): 7,
    ("artist_popularity", "followers"): 7,
    ("artist_popularity", "one-streams"): 7,
}
"""KPIs that sum by periods, and the days of one; they show twelve weeks, or six times four."""
CHARTS = {("ticket_sales", "channels"), ("ticket_sales", "genres")}
"""Charts of sums by weeks, of the 91 days that are shown."""
OTHERS = {
    ("ticket_sales", "refunds"),
    ("ticket_sales", "price"),
    ("ticket_sales", "words"),
    ("artist_popularity", "top-ranks"),
}
"""Shares, averages, ranks, and words."""


def board(dashboard: str, days: int) -> Board:
    """The dashboard over so many days of rows that its periods may count."""
    found = FILES.dashboard(dashboard, KNOWN)
    warehouse = Warehouse()
    data_sets = {}
    for identifier, name in found.data_sets.items():
        columns = data_set_columns(FILES.read(Kind.DATA_SET, name, KNOWN))
        data_sets[identifier] = warehouse.empty(identifier, columns)
        if name not in OF_A_DAY:
            continue
        date, newest, row = OF_A_DAY[name]
        told = {key: value for key, value in row.items() if key in columns}
        first = LAST_DAY - dt.timedelta(days - 1)
        warehouse.cursor().execute(
            f"INSERT INTO {data_sets[identifier].relation} BY NAME"  # noqa: S608 - own words
            f" SELECT day AS {date}, {', '.join(f'${one} AS {one}' for one in told)}"
            " FROM generate_series($first, $newest, INTERVAL 1 DAY) AS days(day)",
            {"first": first, "newest": newest, **told},
        )
    return Board(found.definition, data_sets, warehouse.cursor(), LAST_DAY)


def by_periods(days: int) -> Iterator[tuple[tuple[str, str], VisualResult]]:
    """All visuals of our dashboards that group by weeks or four weeks."""
    for dashboard in FILES.names[Kind.DASHBOARD]:
        asked = board(dashboard, days)
        for sheet in asked.sheet_ids():
            for one in asked.draw_plan(sheet).visuals:
                if "weeks_ending" in str(one.definition) or "week_ending" in str(one.definition):
                    yield (dashboard, one.visual_id), one


def sums(visual: VisualResult) -> list[int]:
    assert visual.table is not None
    (measure,) = (one.field_id for one in visual.table.fields if one.is_measure)
    return visual.table.values(measure)


@pytest.mark.parametrize(
    ("days", "weeks", "times_four"),
    [(3, 1, 1), (13, 1, 1), (14, 2, 1), (56, 8, 2), (125, 17, 4)],
)
def test_a_period_that_lacks_days_is_not_shown(days: int, weeks: int, times_four: int) -> None:
    """But for the newest, which stands alone where no other is whole."""
    looked_at = set()
    for key, visual in by_periods(days):
        looked_at.add(key)
        if key in TREND:
            count = min(weeks, 12) if TREND[key] == 7 else times_four
            assert sums(visual) == [min(days, TREND[key])] * count, key
        elif key in CHARTS:
            assert sums(visual) == [min(days, 7)] * min(weeks, 13), key
    assert looked_at == {*TREND, *CHARTS, *OTHERS}


def test_words_compare_whole_weeks() -> None:
    (words,) = (one for key, one in by_periods(10) if key == ("ticket_sales", "words"))
    assert words.computations["Week"]["percentDifference"]["value"] is None
    (words,) = (one for key, one in by_periods(14) if key == ("ticket_sales", "words"))
    assert words.computations["Week"]["percentDifference"]["value"] == 0
