"""What the endpoint may answer, and that anything else is a fault and never an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rlm.aws.endpoint_connection import EndpointConnection
from rlm.aws.faults import DependencyError
from rlm.aws.recommender_endpoint import PAUSE_SECONDS, RecommenderEndpoint, Scored

QUESTION = {"fan_id": "f", "count": 2}


class Wire:
    """Stands for the connection."""

    def __init__(self) -> None:
        self.answer = b""
        self.asked = 0

    def post(self, path: str, _headers: Any, body: bytes) -> bytes:
        assert (path, json.loads(body)) == (
            "/endpoints/an-endpoint/invocations",
            {"questions": [QUESTION]},
        )
        self.asked += 1
        return self.answer


def answered(*recommendations: str) -> bytes:
    items = ",".join(recommendations)
    return (
        f'{{"model_version":"m","answers":[{{"source":"history","recommendations":[{items}]}}]}}'
    ).encode()


def one(artist: str = "a", score: str = "0.5") -> str:
    return f'{{"artist_id":"{artist}","score":{score},"is_known":false,"evidence":"fans"}}'


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def endpoint(wire: Wire) -> RecommenderEndpoint:
    return RecommenderEndpoint(EndpointConnection(wire), "an-endpoint", lambda: 0.0)


def test_an_answer_is_read(wire: Wire, endpoint: RecommenderEndpoint) -> None:
    wire.answer = answered(one("a", "2"), one("b"))
    found = endpoint.ask(QUESTION, "r", "c")
    assert (found.model_version, found.rests_on) == ("m", "history")
    assert found.artists == (
        Scored("a", 2.0, False, "fans", (), ()),
        Scored("b", 0.5, False, "fans", (), ()),
    )


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"7", b"null", b"{}", b'{"answers":[]}', b'{"answers":[7]}'),
        *(answered(one(score=score)) for score in ("NaN", "Infinity", "-Infinity", "1e999")),
        *(answered(one(score=score)) for score in ("9" * 400, "null", '"much"', "[]")),
        answered(one(artist="")),
        answered(*[one()] * 20),
        b"[" * 100_000,
        answered(one(score="[" * 100_000)),
    ],
    ids=lambda body: body[:90].decode(),
)
def test_an_answer_that_makes_no_sense_is_malformed(
    wire: Wire, endpoint: RecommenderEndpoint, body: bytes
) -> None:
    wire.answer = body
    with pytest.raises(DependencyError, match="recommender malformed"):
        endpoint.ask(QUESTION, "r", "c")


def test_after_a_fault_it_is_left_alone_for_a_moment(wire: Wire) -> None:
    now = [0.0]
    endpoint = RecommenderEndpoint(EndpointConnection(wire), "an-endpoint", lambda: now[0])
    for _ in range(2):
        with pytest.raises(DependencyError, match="malformed"):
            endpoint.ask(QUESTION, "r", "c")
    assert wire.asked == 1
    now[0] = PAUSE_SECONDS
    wire.answer = answered(one())
    assert endpoint.ask(QUESTION, "r", "c").artists[0].artist_id == "a"
