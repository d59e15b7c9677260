"""The page: what it says, that it needs nothing else, and that names cannot break it."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rlm.jobs.event_reports.document import document
from rlm.jobs.event_reports.milestones import Event, reached, stage
from rlm.jobs.event_reports.pages import index_page, report_page
from rlm.jobs.event_reports.queries import CurvePoint, DaySales, Split

sys.path.insert(0, str(Path(__file__).parent))

from test_milestones import told
from world import curve, event, sale, sales_of, to_come

EVIL = '"><script>alert(1)</script>{{ 7 * 7 }} & Söhne'
SPLITS = [Split("e1", False, "web", "floor", 50), Split("e1", False, "box_office", "", 25)]


class Checker(HTMLParser):
    """Every tag closed in order, every id once, nothing fetched from elsewhere."""

    VOID = frozenset({"meta", "input", "link", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href"):
                self.references.append(value or "")
            if name == "aria-labelledby":
                self.labels = (value or "").split()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(
    about: Event,
    days: list[DaySales] | None = None,
    points: list[CurvePoint] | None = None,
    splits: list[Split] = SPLITS,
) -> str:
    curves = {("concert", 0): tuple(curve() if points is None else points)}
    given = sales_of(about.event_id) if days is None else days
    news = stage(about, None)
    assert news is not None
    found: dict[str, Any] = document(about, news, reached(about), given, splits, curves)
    return report_page(found).decode()


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert not checker.open
    assert len(set(checker.ids)) == len(checker.ids)
    return checker


def text_of(html: str) -> str:
    """What a reader sees, without the drawings."""
    without = re.sub(r"<(style|svg|script).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).replace("\xa0", " ").split())


def test_page_says_what_the_event_came_to() -> None:
    text = text_of(page_of(event()))
    for expected in (
        "The Foxes, Friday, 5 June 2026, 20:30, The Roxy, Köln",
        "75 80 sold, 5 refunded",
        "75 % of 100",
        "€1,500 €1,600 gross",
        "€20.00",
        "70 % median sell-through of 12",
        "Web 50 66.7 %",
        "Box office 25 33.3 %",
        "Not told 25 33.3 %",
    ):
        assert expected in text


def test_page_needs_nothing_but_itself() -> None:
    checker = checked(page_of(event()))
    assert checker.references == ["../../index.html", "sales.csv", "report.json"]
    assert not {"script", "link", "img", "iframe"} & set(checker.tags)


def test_charts_are_told_to_those_who_cannot_see_them() -> None:
    html = page_of(event())
    assert html.count('<svg role="img" aria-labelledby=') == 2
    for label in ("build-up-title", "build-up-text", "per-day-title", "per-day-text"):
        assert f'id="{label}"' in html
    assert "half of the comparable events had sold 70\xa0% or more" in html
    assert "most, 30, on 1\xa0May\xa02026" in html


def test_charts_take_their_colours_from_the_page() -> None:
    drawings = re.findall(r"<svg.*?</svg>", page_of(event()), flags=re.DOTALL)
    colors = set(re.findall(r'(?:fill|stroke)="([^"]*)"', "".join(drawings)))
    assert colors <= {
        "none",
        "transparent",
        *(f"var(--{n})" for n in ("accent", "bad", "line", "soft")),
    }


@pytest.mark.parametrize(
    "where", ["name", "headliner_name", "venue_name", "city", "genres", "category"]
)
def test_names_cannot_break_the_page(where: str) -> None:
    html = page_of(replace(event(), **{where: EVIL}))
    checker = checked(html)
    assert "script" not in checker.tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }} &amp; Söhne" in html


def test_tiers_and_channels_cannot_break_the_page() -> None:
    checked(page_of(event(), splits=[Split("e1", False, "web", EVIL, 5)]))


def test_simulated_sales_are_called_so() -> None:
    simulated = replace(event(), is_simulated=True)
    days = [replace(d, is_simulated=True) for d in sales_of("e1")]
    text = text_of(page_of(simulated, days))
    assert "Simulated sales" in text
    assert "no till ever saw them" in text
    left_out = text_of(page_of(replace(event(), simulated_tickets_left_out=1234)))
    assert "1,234 simulated tickets are left out of all figures." in left_out
    assert "imulated" not in text_of(page_of(event()))


def test_simulated_sales_are_not_mixed_with_real_ones() -> None:
    days = [*sales_of("e1"), sale("e1", "2026-05-03", 5_000, is_simulated=True)]
    splits = [*SPLITS, Split("e1", True, "web", "vip", 5_000)]
    assert page_of(event(), days, splits=splits) == page_of(event())


def test_event_without_capacity_has_tickets_and_no_share() -> None:
    text = text_of(page_of(replace(event(), capacity=None, sell_through=None)))
    assert "\u2013 capacity not known" in text
    assert "Without a comparison: the capacity is not known." in text


def test_too_few_comparable_events_are_not_drawn() -> None:
    html = page_of(event(), points=curve(events=4))
    assert "too few comparable events" in text_of(html)
    assert 'class="median"' not in html


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-05-01", "2026-05-03", ["1 May", "2 May", "3 May"]),
        ("2026-05-01", "2026-05-06", [f"{day} May" for day in range(1, 7)]),
        ("2026-05-01", "2026-05-07", ["1 May", "3 May", "5 May", "7 May"]),
        ("2026-05-01", "2026-06-04", ["1 May", "7 May", "13 May", "19 May", "25 May", "31 May"]),
        # Weeks, from Monday on.
        ("2026-03-04", "2026-06-04", ["2 Mar", "23 Mar", "13 Apr", "4 May", "25 May"]),
    ],
)
def test_chart_names_each_date_once(first: str, last: str, expected: list[str]) -> None:
    days = [sale("e1", date, 5) for date in (first, "2026-05-02", last)]
    html = page_of(event(), days).partition('aria-labelledby="per-day-title')[2]
    drawing = html[: html.index("</svg>")]
    assert re.findall(r"<text[^>]*>(\d+ [A-Z][a-z]+)</text>", drawing) == expected


def test_few_days_of_sale_get_no_chart() -> None:
    html = page_of(event(), [sale("e1", "2026-06-04", 75)])
    assert "<svg" not in html.partition("Tickets a day")[2]
    checked(page_of(event(), []))


def test_other_currencies_are_shown_beside_the_sums() -> None:
    days = [*sales_of("e1"), sale("e1", "2026-05-03", 3, currency="SEK")]
    text = text_of(page_of(event(), days))
    assert "SEK 3 SEK 60.00 SEK 60.00" in text


def test_event_to_come_shows_its_pace() -> None:
    text = text_of(page_of(to_come(days_to_go=20)))
    assert "Days to go 20 on 16 May 2026" in text
    assert "Pace 80 % of comparable events" in text


def test_index_lists_by_month_the_latest_first() -> None:
    rows = [
        replace(told(event("old")), starts_on="2026-04-30", name="Old"),
        replace(told(event("b")), name="B & sons"),
        replace(told(event("a")), name="A", headliner=EVIL),
    ]
    html = index_page(rows).decode()
    checked(html)
    assert re.findall(r"<h2>(.*?)</h2>", html) == ["June 2026", "April 2026"]
    assert re.findall(r'href="events/(\w+)/report.html">(.*?)</a>', html) == [
        ("a", "A"),
        ("b", "B &amp; sons"),
        ("old", "Old"),
    ]


def test_index_without_reports_says_so() -> None:
    assert "No event has ended" in index_page([]).decode()
