# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""Our dashboards in a real browser, over a small world whose numbers are known by heart.

The newest sale is of June 8, so the last full day is June 6.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rlm.dashboards.files import packaged_files
from rlm.quicksight import shots
from rlm.quicksight.definitions.columns import data_set_columns
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.queries.board import Board
from rlm.quicksight.query import ColumnType, DataSet
from rlm.quicksight.server import Listing, Opened, Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

NOW = dt.datetime(2026, 11, 25, 12)
FILES = packaged_files()
KNOWN = FILES.placeholders("dev", "000000000000", "eu-central-1")
DASHBOARDS = FILES.names[Kind.DASHBOARD]
SHEETS = [
    (name, sheet["SheetId"])
    for name in DASHBOARDS
    for sheet in FILES.dashboard(name, KNOWN).definition["Sheets"]
]
LIDO = {
    "event_id": "e1", "event_name": "Björk", "artist_id": "a1", "artist_name": "Björk",
    "genre": "pop", "venue_id": "v1", "venue_name": "Lido", "city": "Berlin", "country": "DE",
    "latitude": 52.5, "longitude": 13.4, "currency": "EUR",
}  # fmt: skip
MOHAWK = {
    "event_id": "e2", "event_name": "Les Années: 日本の夜", "artist_id": "a2",
    "artist_name": "日本の夜", "genre": "jazz", "venue_id": "v2", "venue_name": "Mohawk",
    "city": "Austin", "country": "US", "latitude": 30.3, "longitude": -97.7, "currency": "USD",
}  # fmt: skip
OLYMPIA = {
    "event_id": "e3", "event_name": "Øya & Ελλάδα", "artist_id": "a3", "artist_name": "Øya",
    "genre": "metal", "venue_id": "v3", "venue_name": "Olympia", "city": "Paris", "country": "FR",
    "latitude": 48.9, "longitude": 2.3, "currency": "EUR",
}  # fmt: skip


def day(month: int, of_month: int) -> dt.datetime:
    return dt.datetime(2026, month, of_month)


def sale(
    event: Mapping[str, Any], when: dt.datetime, sold: int, refunded: int, gross: float
) -> Any:
    return {
        **event, "sale_date": when, "tickets_sold": sold, "tickets_refunded": refunded,
        "net_tickets": sold - refunded, "gross": gross, "refunded": 0.0, "net": gross,
        "starts_on": day(7, 1), "orders": 1, "channel": "web" if sold > 9 else "app",
        "tier": "floor",
    }  # fmt: skip


SALES = [
    sale(LIDO, day(6, 8), 2, 0, 60),
    sale(LIDO, day(6, 6), 10, 1, 300),
    sale(MOHAWK, day(6, 6), 4, 0, 200),
    sale(LIDO, day(6, 5), 5, 0, 150),
    sale(OLYMPIA, day(6, 2), 20, 0, 800),
    sale(LIDO, day(5, 28), 7, 0, 210),
    sale(OLYMPIA, day(5, 28), 21, 0, 840),
    # A week begins on May 24: this is the one day that is known of the week before.
    sale(LIDO, day(5, 23), 6, 0, 180),
]


def event(
    of: Mapping[str, Any], phase: str, sold: int, days_to_go: int, starts: dt.datetime
) -> dict[str, Any]:
    return {
        **of, "phase": phase, "capacity": 100, "tickets_sold": sold, "net_tickets": sold,
        "tickets_left": 100 - sold, "sell_through": sold / 100, "days_to_go": days_to_go,
        "starts_on": starts, "as_of_date": day(6, 7), "weekday": "Fri", "gross": sold * 30.0,
        "average_price": 30.0, "lowest_price": 20.0, "highest_price": 40.0, "pace_ratio": 1.5,
        "tickets_last_7_days": 15, "tickets_7_days_before": 10, "refunded": 0.0,
        "tickets_refunded": 0, "days_to_sell_out": None, "on_sale_on": day(2, 1),
    }  # fmt: skip


def artist(name: str, when: dt.datetime, streams: int, rank: int, followers: int) -> dict[str, Any]:
    return {
        "measured_on": when, "artist_id": name, "artist_name": name, "genre": "pop",
        "home_country": "DE", "streams": streams, "followers": followers, "new_followers": 10,
        "score": 100.0 - rank, "rank": rank, "rank_week_before": rank + 1, "ranks_gained": 1,
        "momentum": 0.1, "weekly_growth": 0.1,
    }  # fmt: skip


def trend(name: str, rank: int, change: float, dimension: str = "all") -> dict[str, Any]:
    return {
        "as_of_date": day(6, 7), "window_days": 7, "dimension": dimension,
        "dimension_value": "all" if dimension == "all" else "Berlin, DE", "rank": rank,
        "artist_id": name, "artist_name": name, "genre": "pop", "home_country": "DE",
        "score": 0.2, "certainty": "reliable", "change": change, "signal": "streams",
        "streams": 500, "orders": 3, "concerts_to_come": rank - 1,
    }  # fmt: skip


ROWS: dict[str, list[dict[str, Any]]] = {
    "ticket_sales": SALES,
    "sales_by_channel": SALES,
    "event_performance": [
        event(LIDO, "on sale", 20, 24, day(7, 1)),
        event(MOHAWK, "on sale", 95, 24, day(7, 1)),
        # A night fills where three took place.
        *(event({**OLYMPIA, "event_id": f"e{n}"}, "over", 50, 0, day(5, 30)) for n in (3, 4, 5)),
    ],
    "venue_utilisation": [
        {**one, "month": day(month, 1), "events": 1, "nights_with_event": 1, "nights_in_month": 30,
         "nights_free": 29, "capacity_offered": 100, "tickets": 40 + month, "gross": 900.0}
        for one in (LIDO, OLYMPIA) for month in (5, 6)
    ],
    "sales_against_targets": [
        {**LIDO, "month": day(month, 1), "target_tickets": 50, "target_gross": 1000.0,
         "capacity_offered": 100, "events": 1, "tickets": 40, "gross": gross,
         "as_of_date": day(6, 7)} for month, gross in ((5, 900.0), (6, 660.0))
    ],
    "data_freshness": [
        {"source": name, "delivery_date": day(6, of_month), "rows_in": 1000,
         "rows_quarantined": refused, "is_rejected": 0}
        for name, of_month, refused in (("events", 7, 0), ("listens", 4, 20))
    ],
    "artist_popularity": [
        artist(name, day(6, of_month), streams, rank, 1000 + of_month)
        for name, rank, streams in (("Björk", 1, 300), ("日本の夜", 2, 200))
        for of_month in (5, 6, 7)
    ],
    "trending_artists": [
        trend("日本の夜", 1, 0.3), trend("Björk", 2, -0.1), trend("Björk", 1, 0.2, "city")
    ],
}  # fmt: skip
_SQL = {
    ColumnType.STRING: "VARCHAR", ColumnType.INTEGER: "BIGINT", ColumnType.DECIMAL: "DOUBLE",
    ColumnType.DATETIME: "TIMESTAMP", ColumnType.BOOLEAN: "BOOLEAN",
}  # fmt: skip


def fill(connection: duckdb.DuckDBPyConnection) -> dict[str, DataSet]:
    """A table a data set, with the columns that its file gives it."""
    found = {}
    for name, rows in ROWS.items():
        columns = data_set_columns(FILES.read(Kind.DATA_SET, name, KNOWN))
        told = ", ".join(f'"{column}" {_SQL[kind]}' for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {name} ({told})")
        marks = ", ".join("?" * len(columns))
        for row in rows:
            values = [row.get(column) for column in columns]
            connection.execute(f"INSERT INTO {name} VALUES ({marks})", values)  # noqa: S608
        found[name] = DataSet(name, name, columns)
    return found


class Small:
    """Our dashboards over the small world."""

    is_live = False

    def listings(self, user: str) -> Sequence[Listing]:
        return [
            Listing(name, name, sheets=tuple(s for d, s in SHEETS_OF if d == name))
            for name in DASHBOARDS
        ]

    def users(self) -> Sequence[str]:
        return [""]

    def stamp(self, dashboard_id: str, user: str) -> str:
        return "1"

    def open(self, dashboard_id: str, user: str) -> Opened:
        found = FILES.dashboard(dashboard_id, KNOWN)
        connection = duckdb.connect()
        connection.execute("SET threads = 1")
        filled = fill(connection)
        data_sets = {identifier: filled[name] for identifier, name in found.data_sets.items()}
        board = Board(found.definition, data_sets, connection, NOW)
        theme = FILES.read(Kind.THEME, "rlm", KNOWN)
        title = str(found.settings["Name"])
        return Opened(dashboard_id, title, found.definition, board, theme=theme["Configuration"])

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        raise AssertionError("there are no pictures in our dashboards")


SHEETS_OF = [
    (name, (sheet["SheetId"], sheet["Name"]))
    for name in DASHBOARDS
    for sheet in FILES.dashboard(name, KNOWN).definition["Sheets"]
]


@dataclass
class Looking:
    """A page, and what its browser complained of."""

    page: Page
    served: Running
    trouble: list[str] = field(default_factory=list)

    def open(self, dashboard: str, sheet: str, choices: str = "") -> None:
        # Another document: an address with the same path would only change its choices.
        self.page.goto("about:blank")
        self.page.goto(self.served.sheet(dashboard, sheet) + choices)
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector(shots.READY, state="attached", timeout=30_000)

    def tile(self, visual: str) -> Any:
        return self.page.locator(f'[data-visual="{visual}"]')

    def kpi(self, visual: str) -> str:
        return str(self.tile(visual).locator(".kpi-value").inner_text())

    def sparkline(self, visual: str) -> list[str]:
        """What a pointer reads on each point of a KPI's course."""
        drawn = "id => board.visuals.get(id).drawing.body.sparkline?.points ?? []"
        return [one["text"] for one in self.page.evaluate(drawn, visual)]

    def bars(self, visual: str) -> dict[str, float]:
        """Names and lengths of a chart's bars."""
        self.ready()
        found = self.page.evaluate(
            "id => { const o = board.visuals.get(id).handle.chart.getOption();"
            " return [[...(o.yAxis[0].data || o.xAxis[0].data)],"
            " o.series[0].data.map(d => d.value)]; }",
            visual,
        )
        return dict(zip(*found, strict=True))

    def click_bar(self, visual: str, index: int) -> None:
        self.page.evaluate(
            "([id, i]) => { const v = board.visuals.get(id); v.clicked("
            "v.drawing.body.option.series[0].data[i].point, {clientX: 300, clientY: 300}); }",
            [visual, index],
        )

    def choose(self, control: str, option: str) -> None:
        box = self.page.locator(f'[data-control="{control}"]')
        box.locator("button.field").click()
        box.get_by_role("option", name=option, exact=True).click()
        self.page.wait_for_load_state("networkidle")
        self.ready()


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(Small()) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with shots.browser() as found:
        yield found


@pytest.fixture
def looking(served: Running, chromium: Browser) -> Iterator[Looking]:
    context = chromium.new_context(viewport={"width": 1600, "height": 1000}, bypass_csp=True)
    page = context.new_page()
    found = Looking(page, served)
    page.on("pageerror", lambda error: found.trouble.append(str(error)))
    page.on(
        "console", lambda said: found.trouble.append(said.text) if said.type == "error" else None
    )
    yield found
    context.close()
    assert found.trouble == []


@pytest.mark.parametrize(("dashboard", "sheet"), SHEETS)
def test_sheet_is_drawn_whole(looking: Looking, dashboard: str, sheet: str) -> None:
    looking.open(dashboard, sheet)
    definition = FILES.dashboard(dashboard, KNOWN).definition
    wanted = next(one for one in definition["Sheets"] if one["SheetId"] == sheet)
    drawn = looking.page.locator("[data-visual]").evaluate_all(
        "tiles => tiles.map(one => one.dataset.visual)"
    )
    ids = [told["VisualId"] for one in wanted["Visuals"] for told in one.values()]
    assert set(drawn) >= set(ids)
    boxed = looking.page.evaluate(
        "() => [...board.visuals.values()]"
        ".filter(v => ['box', 'empty'].includes(v.drawing.kind)).map(v => v.id)"
    )
    assert boxed == []
    assert looking.page.get_by_text("Not available").count() == 0
    for one in ids:
        assert looking.tile(one).inner_text().strip(), one


def test_last_full_day_and_weeks_up_to_it(looking: Looking) -> None:
    looking.open("ticket_sales", "today")
    assert looking.kpi("tickets-day") == "14"
    assert "+180.0%" in looking.tile("tickets-day").locator(".kpi-compare").inner_text()
    assert looking.kpi("tickets-week") == "39"
    assert "+39.3%" in looking.tile("tickets-week").locator(".kpi-compare").inner_text()
    assert looking.sparkline("tickets-week") == ["May 30: 28", "Jun 6: 39"]
    assert looking.sparkline("tickets-month") == []
    assert looking.kpi("gross-week") == "1,250"
    assert looking.kpi("refunds") == "2.6%"
    assert looking.tile("words").inner_text().count("39 tickets, 39.29% more") == 1


def test_numbers_are_those_of_a_query(looking: Looking) -> None:
    connection = duckdb.connect()
    fill(connection)
    of_currency = "FROM ticket_sales WHERE currency = 'EUR' AND sale_date <= '2026-06-06'"
    ((week,),) = connection.execute(
        f"SELECT sum(gross) {of_currency} AND sale_date > '2026-05-30'"
    ).fetchall()
    ((all_months,),) = connection.execute(f"SELECT sum(gross) {of_currency}").fetchall()
    looking.open("ticket_sales", "today")
    assert looking.kpi("gross-week") == f"{week:,.0f}"
    looking.open("ticket_sales", "by-place-and-artist")
    total = looking.tile("venue-months").locator("tr.total td").all_inner_texts()
    assert total[-1] == f"{all_months / 1000:.1f}K"


def test_venue_is_judged_by_months_that_are_over(looking: Looking) -> None:
    looking.open("ticket_sales", "by-place-and-artist")
    cells = looking.tile("venue-targets").locator("tbody tr").first.locator("td")
    shown = [one.strip() for one in cells.all_inner_texts()]
    assert shown == ["Lido, Berlin", "90%", "900.0", "1.0K"]


def test_currency_changes_money_and_its_titles_alone(looking: Looking) -> None:
    looking.open("ticket_sales", "today")
    assert looking.tile("gross-day").locator("h3").inner_text() == "EUR on the last full day"
    assert looking.kpi("gross-day") == "300"
    looking.choose("currency", "USD")
    assert looking.tile("gross-day").locator("h3").inner_text() == "USD on the last full day"
    assert looking.kpi("gross-day") == "200"
    assert looking.kpi("tickets-day") == "14"


def test_from_a_country_to_its_cities_to_their_venues(looking: Looking) -> None:
    looking.open("ticket_sales", "by-place-and-artist")
    assert looking.bars("countries") == {"FR": 41, "DE": 28, "US": 4}
    looking.click_bar("countries", 1)
    looking.page.get_by_role("menuitem", name="Drill down to city").click()
    looking.page.wait_for_function("() => board.choices.drills.countries?.length === 1")
    assert looking.bars("countries") == {"Berlin": 28}


def test_click_on_an_artist_filters_the_rest(looking: Looking) -> None:
    looking.open("ticket_sales", "by-place-and-artist")
    looking.click_bar("artists", 0)
    looking.page.wait_for_selector("#chips .chip")
    assert looking.bars("countries") == {"FR": 41}


def test_row_of_an_event_opens_the_event(looking: Looking) -> None:
    looking.open("event_performance", "on-sale-now")
    assert looking.kpi("events") == "2"
    assert looking.kpi("slow") == "1"
    assert looking.kpi("hot") == "1"
    assert looking.kpi("sold-share") == "58%"
    looking.tile("on-sale").locator("tbody tr", has_text="Les Années").locator("td").first.click()
    looking.page.wait_for_function("() => board.parameters.Event?.[0] === 'Les Années: 日本の夜'")
    looking.page.wait_for_selector('[data-visual="one-share"]')
    looking.ready()
    assert looking.kpi("one-share") == "95%"
    assert looking.kpi("one-left") == "5"


def test_slider_moves_what_is_slow(looking: Looking) -> None:
    looking.open("event_performance", "on-sale-now", "#p.SlowBelow=15")
    assert looking.kpi("slow") == "0"


def test_row_of_an_artist_opens_the_artist(looking: Looking) -> None:
    looking.open("artist_popularity", "trending")
    rows = looking.tile("ranking").locator("tbody tr").all_inner_texts()
    assert [row.split("\t")[1] for row in rows] == ["日本の夜", "Björk"]
    assert "none: book?" in rows[0]
    looking.tile("ranking").locator("tbody tr", has_text="Björk").locator("td").first.click()
    looking.page.wait_for_function("() => board.parameters.Artist?.[0] === 'Björk'")
    looking.page.wait_for_selector('[data-visual="one-streams"]')
    looking.ready()
    assert looking.kpi("one-streams") == "900.0"
    assert looking.kpi("one-rank") == "1"


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_two_pictures_are_the_same_bytes(
    served: Running, chromium: Browser, tmp_path: Path, dashboard: str
) -> None:
    sheet = next(sheet for name, sheet in SHEETS if name == dashboard)
    paths = [tmp_path / f"{time_}.png" for time_ in range(2)]
    for path in paths:
        taken = shots.shoot(served.sheet(dashboard, sheet), path, within=chromium)
        assert taken.trouble == ()
    assert paths[0].read_bytes() == paths[1].read_bytes()
