"""`/analyze` on items in memory: series, pace, forecast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from rlm.api.analytics import Analysis, fetch_event_analytics
from rlm.api.forecast import forecast_final, share_sold
from rlm.api.operations import FETCH_EVENT_ANALYTICS
from rlm.api.parameters import read_query
from rlm.api.problems import ProblemError


@dataclass
class MemoryFigures:
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    earlier: list[dict[str, Any]] = field(default_factory=list)

    def parts(self, subject: str, kind: str, months: tuple[str, str]) -> list[dict[str, Any]]:
        return [
            item
            for item in self.items.get(subject, [])
            if f"{kind}#{months[0]}" <= item["part"] <= f"{kind}#{months[1]}~"
        ]

    def summary(self, event_id: str) -> dict[str, Any] | None:
        return self.summaries.get(event_id)

    def earlier_events(self, summary: Any) -> list[dict[str, Any]]:
        return self.earlier


def sales(month: str, days: dict[int, int], currency: str = "EUR", **more: Any) -> dict[str, Any]:
    """A month of sales at ten euro a ticket."""
    sold = list(days.values())
    return {
        "part": f"sales#{month}#{currency}#{'simulated' if more.get('is_simulated') else 'real'}",
        "currency": currency,
        "is_simulated": False,
        "days": [f"{month}-{day:02d}" for day in days],
        "tickets_sold": sold,
        "tickets_refunded": [0] * len(sold),
        "orders": [1] * len(sold),
        "gross_cents": [1000 * tickets for tickets in sold],
        "refunded_cents": [0] * len(sold),
        "net_cents": [1000 * tickets for tickets in sold],
    } | more


def summary(**more: Any) -> dict[str, Any]:
    return {
        "event_id": "e",
        "name": "Show",
        "status": "scheduled",
        "as_of_date": "2026-06-07",
        "days_to_go": 10,
        "is_over": False,
        "capacity": 100,
        "net_tickets": 40,
        "comparable_events": 8,
        "pace_ratio": 1.25,
        "comparable_share": 0.32,
    } | more


def analyze(figures: MemoryFigures, **query: Any) -> Analysis:
    given = {
        name.rstrip("_"): [str(one) for one in (value if isinstance(value, list) else [value])]
        for name, value in query.items()
    }
    return fetch_event_analytics(read_query(FETCH_EVENT_ANALYTICS.parameters, given), figures)


@pytest.fixture
def figures() -> MemoryFigures:
    return MemoryFigures(
        {"event#e": [sales("2026-05", {30: 10, 31: 20}), sales("2026-06", {2: 10})]},
        {"e": summary()},
    )


def test_one_series_a_metric_in_the_order_of_days(figures: MemoryFigures) -> None:
    found = analyze(figures, event_id="e", metrics=["tickets_sold", "gross_cents"])
    assert [(one.metric, one.unit, one.currency) for one in found.series] == [
        ("tickets_sold", "tickets", "EUR"),
        ("gross_cents", "cents", "EUR"),
    ]
    assert found.series[0].days == ("2026-05-30", "2026-05-31", "2026-06-02")
    assert found.series[0].values == (10, 20, 10)
    assert (found.first_day, found.last_day) == ("2026-05-30", "2026-06-02")


def test_days_bound_the_series_and_running_sums_go_on_from_before(figures: MemoryFigures) -> None:
    found = analyze(
        figures,
        event_id="e",
        from_="2026-05-31",
        to="2026-06-01",
        metrics=["tickets_sold", "net_tickets_so_far", "sell_through"],
    )
    assert {one.metric: (one.days, one.values) for one in found.series} == {
        "tickets_sold": (("2026-05-31",), (20,)),
        "net_tickets_so_far": (("2026-05-31",), (30,)),
        "sell_through": (("2026-05-31",), (0.3,)),
    }


def test_currencies_and_simulated_sales_stand_apart(figures: MemoryFigures) -> None:
    figures.items["event#e"] += [
        sales("2026-06", {3: 5}, "USD"),
        sales("2026-06", {3: 7}, is_simulated=True),
    ]
    found = analyze(figures, event_id="e", metrics="tickets_sold")
    assert {(one.currency, one.is_simulated): sum(one.values) for one in found.series} == {
        ("EUR", False): 40,
        ("USD", False): 5,
        ("EUR", True): 7,
    }


def test_an_artist_has_popularity_and_a_venue_utilisation() -> None:
    figures = MemoryFigures(
        {
            "artist#a": [
                {
                    "part": "popularity#2026-06",
                    "days": ["2026-06-01", "2026-06-02"],
                    "streams": [10, None],
                    "followers": [1, 2],
                    "ranks": [3, 4],
                    "scores": [0.5, 0.6],
                    "momenta": [None, 0.1],
                }
            ],
            "venue#v": [
                {
                    "part": "utilisation#2026-06",
                    "month": "2026-06-01",
                    "utilisation": 0.4,
                    "events": 3,
                    "capacity_offered": 300,
                }
            ],
        }
    )
    of_artist = analyze(figures, artist_id="a", metrics=["streams", "popularity_rank"])
    assert {one.metric: one.values for one in of_artist.series} == {
        "streams": (10, None),
        "popularity_rank": (3, 4),
    }
    of_venue = analyze(figures, venue_id="v", metrics="utilisation", from_="2026-06-15")
    assert [(one.days, one.values) for one in of_venue.series] == [(("2026-06-01",), (0.4,))]
    assert (of_venue.event, of_venue.pace, of_venue.outlook) == (None, None, None)


def test_pace_is_told_or_why_there_is_none(figures: MemoryFigures) -> None:
    pace = analyze(figures, event_id="e").pace
    assert pace is not None
    assert (pace.ratio, pace.comparable_events, pace.missing) == (1.25, 8, None)
    figures.summaries["e"] = summary(pace_ratio=None, pace_missing="too_few_comparable_events")
    pace = analyze(figures, event_id="e").pace
    assert pace is not None
    assert (pace.ratio, pace.missing) == (None, "too_few_comparable_events")


def test_final_sales_follow_the_course_of_earlier_events(figures: MemoryFigures) -> None:
    """Each sold 40, 45, 50, 55 or 60 % of its tickets ten days and more before it began."""
    for number, early in enumerate((40, 45, 50, 55, 60)):
        event_id = f"past-{number}"
        figures.earlier.append({"event_id": event_id, "starts_on_local": "2026-05-20"})
        course = sales("2026-05", {1: early, 10: 0, 19: 100 - early})
        figures.items[f"event#{event_id}"] = [course]
    outlook = analyze(figures, event_id="e").outlook
    assert outlook is not None
    assert outlook.forecast is not None
    # 40 sold: 40/0.5 in the middle, between 40/0.58 and 40/0.42.
    assert outlook.forecast.final_tickets == 80
    assert (outlook.forecast.low, outlook.forecast.high) == (69, 95)
    assert [one.share_sold for one in outlook.comparable] == [0.4, 0.45, 0.5, 0.55, 0.6]


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"status": "cancelled"}, "cancelled"),
        ({"is_over": True}, "over"),
        ({"net_tickets": 0}, "nothing_sold"),
        ({}, "too_few_comparable_events"),
    ],
)
def test_without_a_forecast_it_is_said_why(
    figures: MemoryFigures, changed: dict[str, Any], missing: str
) -> None:
    figures.summaries["e"] = summary(**changed)
    outlook = analyze(figures, event_id="e").outlook
    assert outlook is not None
    assert (outlook.forecast, outlook.missing) == (None, missing)


def test_a_forecast_stays_between_what_is_sold_and_the_room() -> None:
    shares = [0.1, 0.2, 0.5, 0.9, 1.0]
    found = forecast_final(60, 100, shares)
    assert found is not None
    assert (found.low, found.final_tickets, found.high) == (62, 100, 100)
    assert forecast_final(60, None, shares) is not None
    assert forecast_final(60, 100, [0.001] * 9) is None


def test_a_share_is_of_final_sales_and_unknown_before_the_first() -> None:
    course = [(30, 10), (10, 30), (0, 60)]
    assert share_sold(course, 10) == 0.4
    assert share_sold(course, 11) == 0.1
    assert share_sold(course, 31) is None
    assert share_sold([(3, 5), (1, -5)], 2) is None


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"artist_id": "a"}, "nothing is known of the artist 'a'"),
        ({"artist_id": "a", "from_": "2026-06-01"}, "... of the artist 'a' in these days"),
        (
            {"artist_id": "sold", "metrics": ["streams", "followers"]},
            "none of streams, followers is known of the artist 'sold'",
        ),
        ({"event_id": "x", "metrics": "orders"}, "nothing is known of the event 'x'"),
    ],
)
def test_who_is_known_is_not_called_unknown_for_want_of_a_metric(
    figures: MemoryFigures, query: dict[str, Any], detail: str
) -> None:
    figures.items["artist#sold"] = [sales("2026-05", {30: 10})]
    with pytest.raises(ProblemError) as raised:
        analyze(figures, **query)
    assert raised.value.kind.status == 404
    assert raised.value.detail.endswith(detail.removeprefix("..."))


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ({}, ["event_id", "artist_id", "venue_id"]),
        ({"event_id": "e", "venue_id": "v"}, ["event_id", "artist_id", "venue_id"]),
        ({"event_id": "e", "metrics": "streams"}, ["metrics"]),
        ({"event_id": "e", "from_": "2026-06-02", "to": "2026-06-01"}, ["to"]),
        ({"event_id": "unknown"}, ["event_id"]),
        ({"artist_id": "unknown"}, ["artist_id"]),
    ],
)
def test_what_is_wrong_or_unknown_is_named(
    figures: MemoryFigures, query: dict[str, Any], parameters: list[str]
) -> None:
    with pytest.raises(ProblemError) as raised:
        analyze(figures, **query)
    assert [error.parameter for error in raised.value.errors] == parameters
