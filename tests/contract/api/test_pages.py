"""The pages of the local run in a real browser: the reference, and the page that tries the API."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect, sync_playwright

from rlm.api.problems import KINDS

from .test_analyze import sales
from .test_recommend import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from .conftest import Api

    Open = Callable[..., Page]

pytestmark = pytest.mark.slow

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"),
    *("--no-first-run", "--no-proxy-server", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "no Chromium on this machine: `make setup ENVS=browser` installs it"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def open_page(api: Api, browser: Browser) -> Iterator[Open]:
    """Opens a page and waits for its scripts; nothing may fail in it, nor be asked elsewhere."""
    faults: list[str] = []
    asked: list[str] = []
    opened = []

    def opens(path: str, viewport: dict[str, int] = DESKTOP, **query: str) -> Page:
        page = browser.new_page(viewport=viewport)  # type: ignore[arg-type]
        opened.append(page)
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        if "without_atlas" in query:
            page.route("**/atlas/*", lambda route: route.fulfill(status=404))
            del query["without_atlas"]
        page.goto(f"{api.gateway.endpoint_url}/docs/{path}?{urlencode(query)}")
        page.wait_for_selector("body[data-state]")
        assert page.locator("body").get_attribute("data-state") == "ready"
        return page

    yield opens
    for page in opened:
        page.close()
    assert faults == []
    here = f"{api.gateway.endpoint_url}/"
    assert [url for url in asked if not url.startswith((here, "data:"))] == []


@pytest.fixture(scope="module")
def world(api: Api) -> Api:
    """An event to come in Ulm, with five before it at its venue, a report, and a fan."""
    names = {"page-liked": ("Éléphant Page", "e"), "artist-1": ("First Page", "f")}
    api.put(
        "Artists",
        *(
            {
                "artist_id": artist,
                "name": name,
                "name_initial": initial,
                "name_folded": name.lower().replace("é", "e"),
                "genres": ["rock"],
            }
            for artist, (name, initial) in names.items()
        ),
    )
    place = {"city": "Ulm", "place": "DE#Ulm", "latitude": 48.4, "longitude": 9.99}
    api.put(
        "Events",
        event("page-event", "artist-1", **place, venue_id="page-hall"),
        event("page-later", "artist-1", **place),
    )
    api.put(
        "EventAnalytics",
        {
            **{"subject": "event#page-event", "part": "summary", "event_id": "page-event"},
            **{"name": "Page live", "status": "scheduled", "category": "concert"},
            **{"venue_id": "page-hall", "headliner_id": "artist-1", "currency": "EUR"},
            **{"starts_on_local": "2026-06-17", "as_of_date": "2026-06-07", "days_to_go": 10},
            **{"is_over": False, "capacity": 100, "tickets_sold": 40, "net_tickets": 40},
            **{"sell_through": 0.4, "gross_cents": 100_000},
        },
        sales("event#page-event", "2026-06", {"2026-06-01": 30, "2026-06-05": 10}),
    )
    for number in range(5):
        past = f"page-past-{number}"
        day = f"2026-05-2{number}"
        api.put(
            "Events",
            {
                **{"event_id": past, "name": f"Past {number}", "category": "concert"},
                **{"status": "scheduled", "venue_id": "page-hall", "headliner_id": f"p-{number}"},
                **{"starts_at": f"{day}T18:00:00Z", "starts_on_local": day},
            },
        )
        api.put(
            "EventAnalytics",
            {
                **{"subject": f"event#{past}", "part": "summary", "event_id": past},
                **{"status": "scheduled", "is_over": True, "capacity": 200, "net_tickets": 100},
                **{"starts_on_local": day, "as_of_date": "2026-06-07"},
            },
            sales(f"event#{past}", "2026-05", {"2026-05-05": 50, "2026-05-19": 50}),
        )
    api.put("Recommendations", {"fan_id": "page-fan", "artist_ids": ["artist-1"]})
    s3 = api.gateway.client("s3")
    s3.create_bucket(Bucket="rlm-dev-event-reports")
    key = "events/page-event/report.html"
    s3.put_object(Bucket="rlm-dev-event-reports", Key=key, Body=b"<h1>Report</h1>")
    return api


def test_the_reference_shows_every_operation_error_and_schema(open_page: Open) -> None:
    page = open_page("")
    routes = page.locator(".operation .route > code").all_inner_texts()
    assert routes == ["/recommend", "/analyze", "/fetch-trends"]
    assert page.locator(".operation .route .method").all_inner_texts() == ["GET"] * 3
    types = page.locator("#errors .row dd p:first-child code").all_inner_texts()
    assert types == [kind.type for kind in KINDS]
    assert all(one.startswith("urn:rlm:problem:") for one in types)
    assert "`" not in page.locator("main").inner_text()
    broken = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash.slice(1))"
        ".filter((id) => !document.getElementById(id))"
    )
    assert broken == []
    expect(page.locator("#schema-Outlook a[href='#schema-Forecast']")).to_be_visible()


def test_the_examples_of_the_reference_do_what_they_say(api: Api, open_page: Open) -> None:
    page = open_page("")
    example = page.locator("#fetchTrends .example")
    curl = example.get_by_label("curl example of /fetch-trends", exact=True).inner_text()
    ran = subprocess.run(
        ["/bin/sh", "-c", f"{curl} --silent --noproxy '*'"],
        env={**os.environ, "RLM_API_KEY": api.keys["public"]},
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert [one["artist_id"] for one in json.loads(ran.stdout)["trends"]] == [
        "artist-1",
        "artist-2",
    ]
    example.get_by_role("tab", name="curl").press("ArrowRight")
    script = example.get_by_label("JavaScript example of /fetch-trends", exact=True).inner_text()
    body = page.evaluate(f"async (RLM_API_KEY) => {{ {script}; return body; }}", api.keys["public"])
    assert body == json.loads(ran.stdout)


def test_an_operation_is_tried_with_the_key_of_its_plan(open_page: Open) -> None:
    page = open_page("")
    trends = page.locator("#fetchTrends")
    trends.get_by_role("button", name="Try").click()
    expect(trends.locator("[data-status='200']")).to_be_visible()
    expect(trends.locator(".headers")).to_contain_text("public, max-age=300")
    expect(trends.locator(".answer pre")).to_contain_text('"artist_id": "artist-1"')
    trends.get_by_role("button", name="If-None-Match").click()
    expect(trends.locator("[data-status='304']")).to_be_visible()

    analyze = page.locator("#fetchEventAnalytics")
    analyze.get_by_role("button", name="Try").click()
    expect(analyze.locator("[data-status='404']")).to_be_visible()
    analyze.get_by_label("key").select_option("public plan")
    analyze.get_by_role("button", name="Send").click()
    expect(analyze.locator("[data-status='403']")).to_be_visible()
    analyze.get_by_label("key").select_option("staff's plan")
    analyze.get_by_label("event_id").fill("")
    analyze.get_by_role("button", name="Send").click()
    expect(analyze.locator("[data-status='422'] ~ .code-block")).to_contain_text("exactly one of")


def test_the_page_recommends_draws_and_ranks(world: Api, open_page: Open) -> None:
    page = open_page("try.html", artist="Élé", place="Ulm, DE", **{"from": "2026-01-01"})
    expect(page.locator("#source [data-source]")).to_have_text("popular")
    expect(page.locator("#source")).to_contain_text("for Éléphant Page")
    # A function keeps names for a minute: an earlier test may have asked when there was none.
    expect(page.locator("#recommended strong")).to_have_text(re.compile("^(First Page|artist-1)$"))
    expect(page.locator("#recommended .event")).to_have_count(2)
    report = page.locator("#recommended .links a")
    assert report.get_attribute("href") == "/rlm-dev-event-reports/events/page-event/report.html"
    expect(page.locator("#as-of")).to_contain_text("As of 2026-06-07, 3 artists")
    expect(page.locator("#ranking .change")).to_have_text(["new", "▲ up 25 %", "▲ up 25 %"])


def test_a_city_on_the_map_tells_its_events_to_the_keyboard(world: Api, open_page: Open) -> None:
    page = open_page("try.html", artist="Élé", place="Ulm, DE", **{"from": "2026-01-01"})
    city = page.get_by_role("img", name="Ulm, DE: 2 events")
    city.focus()
    expect(page.locator("#at-place")).to_contain_text("Ulm, DE 2 events:")
    # One city in the middle, with countries around it.
    assert [round(float(city.get_attribute(one) or 0), 3) for one in ("cx", "cy")] == [400, 190]
    assert page.locator("#map .land").get_attribute("d").count("M") > 5  # type: ignore[union-attr]


def test_without_the_atlas_the_map_has_no_outlines(world: Api, open_page: Open) -> None:
    asked = {"artist": "Élé", "place": "Ulm, DE", "from": "2026-01-01", "without_atlas": "yes"}
    page = open_page("try.html", **asked)
    assert page.locator("#map .land").get_attribute("d") == ""
    expect(page.locator("#map [data-city]")).to_have_count(1)


def test_without_a_question_the_page_asks_for_the_first_of_the_ranking(
    world: Api, open_page: Open
) -> None:
    page = open_page("try.html")
    expect(page.locator("#like [name=artist]")).to_have_value("Artist-1")
    expect(page.locator("#like [name=from]")).to_have_value("2026-06-07")
    expect(page.locator("#recommended > li")).to_have_count(2)
    page.get_by_role("button", name="Artist-2").click()
    expect(page.locator("#source")).to_contain_text("for Artist-2")
    assert "artist=Artist-2" in page.url


def test_without_an_artist_nothing_is_asked(world: Api, open_page: Open) -> None:
    page = open_page("try.html", artist="", **{"from": "2026-01-01"})
    expect(page.locator("#source")).to_contain_text("Choose an artist")
    expect(page.locator("#map .nothing")).to_be_visible()


def test_a_fan_that_exists_is_known_by_asking(world: Api, open_page: Open) -> None:
    page = open_page("try.html", **{"as": "fan", "from": "2026-01-01"})
    assert "page-fan" in page.locator("#fans option").evaluate_all("all => all.map(o => o.value)")
    page.get_by_label("Fan", exact=True).fill("page-fan")
    page.get_by_role("button", name="Recommend", exact=True).click()
    expect(page.locator("#source [data-source]")).to_have_text("precomputed")
    page.get_by_label("Fan", exact=True).fill("page-nobody")
    page.get_by_role("button", name="Recommend", exact=True).click()
    expect(page.locator("#source")).to_contain_text("Nobody knows this fan.")


def test_an_event_is_analyzed_with_its_forecast_and_events_like_it(
    world: Api, open_page: Open
) -> None:
    page = open_page("try.html", artist="Élé", place="Ulm, DE", **{"from": "2026-01-01"})
    page.get_by_role("combobox", name="Event").select_option("page-event")
    page.get_by_role("button", name="Analyze", exact=True).click()
    analysis = page.locator("#analysis")
    expect(analysis.get_by_role("img", name="Tickets of Page live")).to_have_attribute(
        "aria-label", "Tickets of Page live by days to go: 40 sold, 80 forecast"
    )
    expect(analysis.locator(".end")).to_have_text(
        ["capacity 100", "80 high", "80 forecast", "80 low"]
    )
    expect(analysis.locator(".comparable-events tr")).to_have_count(5)
    expect(analysis.locator("polyline.comparable")).to_have_count(5)


@pytest.mark.parametrize("path", ["", "try.html"])
def test_a_phone_shows_the_page_without_scrolling_sideways(
    world: Api, open_page: Open, path: str
) -> None:
    page = open_page(path, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("path", ["", "try.html"])
def test_whatever_is_filled_in_or_pressed_has_a_name(
    world: Api, open_page: Open, path: str
) -> None:
    page = open_page(path)
    for button in page.locator(".operation .route button").all():
        button.click()
    nameless = page.evaluate(
        "[...document.querySelectorAll('input, select, button')].filter((one) =>"
        " !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim()))"
        ".map((one) => one.outerHTML)"
    )
    assert nameless == []
    assert page.locator("input, select, button").count() > 10


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/docs", 308),
        ("/docs/", 200),
        ("/docs/atlas/countries-110m.json", 200),
        ("/docs/atlas/", 404),
        ("/docs/atlas/..%2f..%2fpackage.json", 404),
        ("/docs/..%2f..%2fREADME.md", 404),
    ],
)
def test_files_of_the_folders_are_served_and_no_others(api: Api, path: str, status: int) -> None:
    found: tuple[int, Any] = api.gateway.get(path)
    assert found[0] == status
