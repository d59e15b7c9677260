# ruff: noqa: DTZ001 - moments are in UTC, without a zone
"""A small dashboard over eight sales, served; and a browser."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from rlm.quicksight import shots
from rlm.quicksight.queries.board import Board
from rlm.quicksight.query import ColumnType, DataSet
from rlm.quicksight.server import Listing, NotThereError, Opened, Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

NOW = dt.datetime(2026, 3, 15, 12)
DEFINITION = Path(__file__).parent / "sales.json"
ROWS = """
    CREATE TABLE sales AS SELECT * FROM (VALUES
        ('North', 'Oslo',   'web',  TIMESTAMP '2026-01-05', 10, 100.0),
        ('North', 'Oslo',   'door', TIMESTAMP '2026-02-05', 20, 250.0),
        ('North', 'Bergen', 'web',  TIMESTAMP '2026-02-09',  5,  40.0),
        ('North', 'Bergen', 'door', TIMESTAMP '2026-03-04',  4,  60.0),
        ('South', 'Kiel',   'web',  TIMESTAMP '2026-01-21',  7,  70.0),
        ('South', 'Kiel',   'door', TIMESTAMP '2026-03-02',  1,  30.0),
        ('South', 'Munich', 'web',  TIMESTAMP '2026-02-14',  3,  90.0),
        ('South', 'Munich', 'web',  TIMESTAMP '2026-03-11',  6, 160.0)
    ) AS t(region, city, channel, sold, tickets, net)
"""
COLUMNS = {
    "region": ColumnType.STRING,
    "city": ColumnType.STRING,
    "channel": ColumnType.STRING,
    "sold": ColumnType.DATETIME,
    "tickets": ColumnType.INTEGER,
    "net": ColumnType.DECIMAL,
}


@dataclass
class Sales:
    """One dashboard, seen by two users; its stamp can be turned."""

    is_live: bool = False
    turns: int = 0
    opened: list[tuple[str, str]] = field(default_factory=list)

    def listings(self, user: str) -> Sequence[Listing]:
        definition = json.loads(DEFINITION.read_text())
        sheets = tuple((sheet["SheetId"], sheet["Name"]) for sheet in definition["Sheets"])
        return [
            Listing("sales", "Ticket sales", "What sold where", sheets, NOW, "version 3"),
            Listing("broken", "Broken", problem="sheets/01.yaml: no visual v9"),
        ]

    def users(self) -> Sequence[str]:
        return ["ann", "bob"]

    def stamp(self, dashboard_id: str, user: str) -> str:
        if dashboard_id != "sales":
            raise NotThereError(f"there is no dashboard {dashboard_id}")
        return f"{user} {self.turns}"

    def open(self, dashboard_id: str, user: str) -> Opened:
        self.opened.append((dashboard_id, user))
        definition = json.loads(DEFINITION.read_text())
        connection = duckdb.connect()
        connection.execute("SET threads = 1")
        connection.execute(ROWS)
        board = Board(definition, {"sales": DataSet("sales", "sales", COLUMNS)}, connection, NOW)
        return Opened("sales", "Ticket sales", definition, board, version="version 3")

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        if file_id != "logo":
            raise NotThereError(f"there is no file {file_id}")
        return b"<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>", "image/svg+xml"


@pytest.fixture
def source() -> Sales:
    """The source that is served."""
    return Sales()


@pytest.fixture
def served(source: Sales) -> Iterator[Running]:
    """The page over the source."""
    with running(source) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: commands that other modules test start one of their own."""
    with shots.browser() as found:
        yield found


@dataclass
class Reader:
    """Somebody who looks at a page and uses it."""

    page: Page
    served: Running
    trouble: list[str]

    def open(self, sheet: str = "overview", search: str = "", choices: str = "") -> None:
        """Go to a sheet and wait until it is drawn."""
        self.page.goto(f"{self.served.sheet('sales', sheet)}{search}{choices}")
        self.ready()

    def ready(self) -> None:
        """Wait until every visual is drawn."""
        self.page.wait_for_selector(shots.READY, state="attached", timeout=20_000)

    def tile(self, visual: str) -> Any:
        """The tile of a visual."""
        return self.page.locator(f'[data-visual="{visual}"]')

    def option(self, visual: str) -> Any:
        """What ECharts shows."""
        self.ready()
        return self.page.evaluate(
            "id => { const o = board.visuals.get(id).handle.chart.getOption();"
            " return {x: o.xAxis && o.xAxis[0].data, series: o.series.map("
            "s => [s.name, s.data.map(d => d.value)])}; }",
            visual,
        )

    def click_bar(self, visual: str, index: int) -> None:
        """Click the middle of a bar, as the chart draws it."""
        self.page.evaluate(
            "([id, i]) => { const v = board.visuals.get(id); v.clicked("
            "v.drawing.body.option.series[0].data[i].point, {clientX: 300, clientY: 300}); }",
            [visual, index],
        )
        self.ready()


@pytest.fixture
def reader(chromium: Browser, served: Running) -> Iterator[Reader]:
    """A reader whose browser's complaints are collected, and must be none."""
    # Waiting for a condition evaluates text, which the page itself forbids.
    context = chromium.new_context(viewport={"width": 1400, "height": 1000}, bypass_csp=True)
    page = context.new_page()
    found = Reader(page, served, [])
    page.on("pageerror", lambda error: found.trouble.append(str(error)))
    page.on(
        "console", lambda said: found.trouble.append(said.text) if said.type == "error" else None
    )
    yield found
    context.close()
    assert found.trouble == []
