"""`GET /fetch-trends` as a caller sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import ranking

if TYPE_CHECKING:
    from .conftest import Api

pytestmark = pytest.mark.slow


def test_the_first_of_a_ranking(api: Api) -> None:
    api.put("Trends", ranking("7d#genre#first"))
    answer = api.ask("/fetch-trends", {"genre": "first", "limit": "2"})
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert (body["window"], body["dimension"], body["dimension_value"]) == ("7d", "genre", "first")
    assert (body["as_of"], body["total"]) == ("2026-06-07", 3)
    assert [trend["artist_id"] for trend in body["trends"]] == ["artist-1", "artist-2"]
    assert body["trends"][0] == {
        "rank": 1,
        "artist_id": "artist-1",
        "artist_name": "Artist-1",
        "score": 0.5,
        "score_deviation": 0.1,
        "is_reliable": True,
        "change": None,
        "signal": "streams",
        "support": {"days": 7, "streams": 1000, "plays": 10, "fans": 5, "orders": None},
        "is_simulated": False,
    }


def test_a_city_is_asked_with_its_country(api: Api) -> None:
    api.put("Trends", ranking("28d#city#Köln, DE"))
    answer = api.ask("/fetch-trends", {"city": "Köln, DE", "window": "28d"})
    assert answer.json()["dimension_value"] == "Köln, DE"


def test_who_holds_the_ranking_already_gets_no_body(api: Api) -> None:
    api.put("Trends", ranking("7d#genre#held"))
    first = api.ask("/fetch-trends", {"genre": "held"})
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=300"
    again = api.ask("/fetch-trends", {"genre": "held"}, headers={"If-None-Match": etag})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == etag
    other = api.ask("/fetch-trends", {"genre": "held", "limit": "1"})
    assert other.headers["etag"] != etag


def test_a_genre_without_a_ranking_is_not_found(api: Api) -> None:
    answer = api.ask("/fetch-trends", {"genre": "nobody plays this"})
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:rlm:problem:not-found"
    assert answer.json()["errors"][0]["parameter"] == "genre"


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ([("window", "9d")], ["window"]),
        ([("limit", "0")], ["limit"]),
        ([("limit", "101")], ["limit"]),
        ([("limit", "ten")], ["limit"]),
        ([("limit", "1"), ("limit", "2")], ["limit"]),
        ([("city", "Berlin")], ["city"]),
        ([("genre", "a#b")], ["genre"]),
        ([("genre", "")], ["genre"]),
        ([("windows", "7d")], ["windows"]),
        ([("window", "9d"), ("limit", "x")], ["window", "limit"]),
    ],
)
def test_every_wrong_parameter_is_named(
    api: Api, query: list[tuple[str, str]], parameters: list[str]
) -> None:
    answer = api.ask("/fetch-trends", query)
    assert answer.status == 400, answer.body
    problem = answer.json()
    assert problem["type"] == "urn:rlm:problem:invalid-parameter"
    assert [error["parameter"] for error in problem["errors"]] == parameters
    assert problem["request_id"] == answer.headers["x-amzn-requestid"]


def test_parameters_that_do_not_go_together_are_named(api: Api) -> None:
    answer = api.ask("/fetch-trends", {"genre": "rock", "city": "Berlin, DE"})
    assert (answer.status, answer.json()["type"]) == (422, "urn:rlm:problem:conflicting-parameters")
    assert [error["parameter"] for error in answer.json()["errors"]] == ["genre", "city"]
