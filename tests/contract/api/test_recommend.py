"""`GET /recommend` as a caller sees it, whatever becomes of the model's endpoint."""

from __future__ import annotations

import datetime as dt
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Api

sys.path.insert(0, str(Path(__file__).parent))
from stub_endpoint import StubEndpoint

pytestmark = pytest.mark.slow

FUNCTION = "rlm-dev-RecommendArtist"
SOON = (dt.datetime.now(dt.UTC) + dt.timedelta(days=20)).date().isoformat()


def event(event_id: str, artist: str, **more: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "name": f"{artist} live",
        "status": "scheduled",
        "is_sold_out": False,
        "starts_at": f"{SOON}T18:00:00Z",
        "starts_on_local": SOON,
        "headliner_id": artist,
        "venue_id": "hall",
        "venue_name": "Hall",
        "city": "Bonn",
        "country": "DE",
        "place": "DE#Bonn",
        "latitude": 50.73,
        "longitude": 7.1,
    } | more


@pytest.fixture(scope="module")
def endpoint(api: Api) -> Iterator[StubEndpoint]:
    """The function with a model behind it, and the world that it recommends."""
    stub = StubEndpoint()
    client = api.gateway.client("lambda")
    variables = client.get_function_configuration(FunctionName=FUNCTION)["Environment"]["Variables"]
    variables["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = stub.url
    client.update_function_configuration(
        FunctionName=FUNCTION, Environment={"Variables": variables}
    )
    client.get_waiter("function_updated_v2").wait(FunctionName=FUNCTION)
    version = client.publish_version(FunctionName=FUNCTION)["Version"]
    client.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)
    api.put(
        "Artists",
        *(
            {"artist_id": one, "name": one.title(), "genres": ["rock"], "popularity_score": score}
            for one, score in (("one", 1), ("two", 2), ("three", 3), ("liked", 4))
        ),
    )
    api.put("Venues", {"venue_id": "hall", "place": "DE#Bonn", "latitude": 50.73, "longitude": 7.1})
    api.put(
        "Events",
        event("e-one", "one"),
        event("e-two", "two"),
        event("e-three", "three", is_sold_out=True),
        event("e-four", "three", status="cancelled"),
    )
    api.put(
        "Recommendations",
        {
            "fan_id": "known",
            "artist_ids": ["two", "one"],
            "scores": [0.5, 0.25],
            "are_known": [False, True],
            "source": "history",
            "model_version": "stub-0",
        },
    )
    yield stub
    stub.close()


@pytest.fixture(autouse=True)
def _answers(endpoint: StubEndpoint) -> Iterator[None]:
    yield
    if endpoint.mode != "answers":
        endpoint.mode = "answers"
        # For so long nobody is sent to an endpoint that failed.
        time.sleep(1.1)


def test_the_model_answers_for_who_plays_near(api: Api, endpoint: StubEndpoint) -> None:
    answer = api.ask("/recommend", {"fan_id": "known", "city": "Bonn, DE"})
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "private, max-age=60"
    body = answer.json()
    assert (body["source"], body["model_version"], body["is_known_fan"]) == (
        "model",
        "stub-1",
        True,
    )
    assert [one["artist_id"] for one in body["artists"]] == ["one", "two"]
    assert body["artists"][0]["reason"]["text"] == "Fans of Liked also hear One"
    assert [one["event_id"] for one in body["artists"][0]["events"]] == ["e-one"]
    assert endpoint.asked[-1]["candidate_ids"] == ["one", "two"]


def test_a_circle_finds_the_cities_in_it(api: Api) -> None:
    near = {"fan_id": "known", "lat": "50.94", "lon": "6.96", "radius_km": "50"}
    body = api.ask("/recommend", near).json()
    assert [one["artist_id"] for one in body["artists"]] == ["one", "two"]
    assert body["artists"][0]["events"][0]["distance_km"] == pytest.approx(25.3, abs=0.5)
    assert api.ask("/recommend", near | {"radius_km": "10"}).json()["artists"] == []


def test_pages(api: Api) -> None:
    query = {"artist_id": "liked", "limit": "2"}
    first = api.ask("/recommend", query).json()
    second = api.ask("/recommend", query | {"next_token": first["next_token"]}).json()
    assert [one["artist_id"] for one in first["artists"] + second["artists"]] == [
        "one",
        "three",
        "two",
    ]
    assert second["next_token"] is None


@pytest.mark.parametrize(
    "mode",
    [
        *("slow", "trickles", "throttled", "gone", "failed", "garbage", "nonsense", "closes"),
        *("not a number", "too large", "nested", "repeats"),
    ],
)
def test_a_broken_endpoint_is_never_the_callers_affair(
    api: Api, endpoint: StubEndpoint, mode: str
) -> None:
    endpoint.mode = mode
    began = time.monotonic()
    answer = api.ask("/recommend", {"fan_id": "known", "city": "Bonn, DE"})
    assert answer.status == 200, answer.body
    assert time.monotonic() - began < 3
    body = answer.json()
    assert (body["source"], body["model_version"]) == ("precomputed", "stub-0")
    assert [one["artist_id"] for one in body["artists"]] == ["two", "one"]
    stranger = api.ask("/recommend", {"fan_id": "stranger", "city": "Bonn, DE"}).json()
    assert (stranger["source"], stranger["is_known_fan"]) == ("popular", False)
    assert [one["artist_id"] for one in stranger["artists"]] == ["two", "one"]


def test_an_endpoint_that_was_never_made_is_no_error(api: Api, endpoint: StubEndpoint) -> None:
    """As on the first day: the template has no endpoint, and nobody has trained."""
    client = api.gateway.client("lambda")
    versions = client.list_versions_by_function(FunctionName=FUNCTION)["Versions"]
    last, first = versions[-1]["Version"], versions[1]["Version"]
    client.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=first)
    try:
        answer = api.ask("/recommend", {"fan_id": "known", "city": "Bonn, DE"})
        assert (answer.status, answer.json()["source"]) == (200, "precomputed")
    finally:
        client.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=last)
