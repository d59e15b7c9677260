"""`GET /analyze` as a caller sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Api

pytestmark = pytest.mark.slow


def sales(subject: str, month: str, sold: dict[str, int]) -> dict[str, Any]:
    tickets = list(sold.values())
    return {
        "subject": subject,
        "part": f"sales#{month}#EUR#real",
        "currency": "EUR",
        "is_simulated": False,
        "days": list(sold),
        "tickets_sold": tickets,
        "tickets_refunded": [0 for _ in tickets],
        "orders": [1 for _ in tickets],
        "gross_cents": [2500 * one for one in tickets],
        "refunded_cents": [0 for _ in tickets],
        "net_cents": [2500 * one for one in tickets],
    }


@pytest.fixture(scope="module")
def world(api: Api) -> Api:
    """One event to come, five that are over at the same venue."""
    api.put(
        "EventAnalytics",
        {
            "subject": "event#soon",
            "part": "summary",
            "event_id": "soon",
            "name": "Soon",
            "status": "scheduled",
            "category": "concert",
            "venue_id": "hall",
            "headliner_id": "head",
            "starts_on_local": "2026-06-17",
            "as_of_date": "2026-06-07",
            "days_to_go": 10,
            "is_over": False,
            "capacity": 100,
            "tickets_sold": 40,
            "net_tickets": 40,
            "sell_through": 0.4,
            "pace_ratio": 1.1,
            "comparable_share": 0.36,
            "comparable_events": 12,
        },
        sales("event#soon", "2026-06", {"2026-06-01": 30, "2026-06-05": 10}),
        sales("venue#hall", "2026-06", {"2026-06-01": 30}),
    )
    for number in range(5):
        api.put(
            "Events",
            {
                "event_id": f"past-{number}",
                "name": f"Past {number}",
                "category": "concert",
                "status": "scheduled",
                "venue_id": "hall",
                "headliner_id": f"head-{number}",
                "starts_at": f"2026-05-2{number}T18:00:00Z",
                "starts_on_local": f"2026-05-2{number}",
            },
        )
        api.put(
            "EventAnalytics",
            sales(f"event#past-{number}", "2026-05", {"2026-05-05": 50, "2026-05-19": 50}),
        )
    return api


def test_an_event_with_its_pace_forecast_and_series(world: Api) -> None:
    answer = world.ask(
        "/analyze",
        [("event_id", "soon"), ("metrics", "tickets_sold"), ("metrics", "sell_through")],
        key="staff",
    )
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "private, max-age=60"
    body = answer.json()
    assert body["event"]["name"] == "Soon"
    assert body["pace"]["ratio"] == 1.1
    assert body["outlook"]["forecast"] == {"final_tickets": 80, "low": 80, "high": 80}
    assert {one["event_id"] for one in body["outlook"]["comparable"]} == {
        f"past-{number}" for number in range(5)
    }
    assert {one["metric"]: one["values"] for one in body["series"]} == {
        "tickets_sold": [30, 10],
        "sell_through": [0.3, 0.4],
    }


def test_a_venue(world: Api) -> None:
    query = {"venue_id": "hall", "from": "2026-06-01", "to": "2026-06-30"}
    body = world.ask("/analyze", query, key="staff").json()
    assert {one["metric"] for one in body["series"]} >= {"tickets_sold", "gross_cents"}


def test_keys_of_the_public_do_not_open_it(world: Api) -> None:
    answer = world.ask("/analyze", {"event_id": "soon"}, key="public")
    assert (answer.status, answer.json()["type"]) == (403, "urn:rlm:problem:forbidden")


def test_who_is_not_known_is_not_found(world: Api) -> None:
    answer = world.ask("/analyze", {"event_id": "never"}, key="staff")
    assert (answer.status, answer.json()["errors"][0]["parameter"]) == (404, "event_id")
