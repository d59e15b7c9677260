"""DynamoDB fails in every way it can: what is kept answers, else a 503."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rlm.api.function import Answered, ApiFunction
from rlm.api.kept import Kept
from rlm.api.operations import FETCH_TRENDS, FUNCTION_TIMEOUT_SECONDS
from rlm.api.trends import fetch_trends
from rlm.api.trends_table import TrendsTable
from rlm.aws.endpoint_connection import ENDPOINT
from rlm.aws.faults import DependencyError
from rlm.aws.serving_reader import (
    ATTEMPTS,
    BUDGET_SECONDS,
    LONGEST_WAIT_SECONDS,
    READS,
    ItemReader,
)
from rlm.monitoring.metrics import STALE_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rlm.aws.faults import Fault

ITEM = {
    "dimension": {"S": "all"},
    "dimension_value": {"S": "all"},
    "as_of_date": {"S": "2026-06-07"},
    "artist_ids": {"L": []},
}


GOOD = json.dumps({"Item": ITEM}).encode()
KEY = {"trend": "x", "part": "top"}
# What each read asks, and an answer to it that says nothing.
READS_OF: dict[str, tuple[Callable[[ItemReader], Any], dict[str, Any]]] = {
    "get": (lambda reader: reader.get("Trends", KEY), {}),
    "batch_get": (lambda reader: reader.batch_get("Trends", [KEY], ["as_of"]), {"Responses": {}}),
    "query": (lambda reader: reader.query("Trends", ("trend", "x")), {"Items": []}),
    "scan": (lambda reader: reader.scan("Trends", ["as_of"], 10), {"Items": []}),
}
FAULTS: tuple[Any, ...] = ("throttled", "timeout", "refused", "gone", "failed")
NOT_DOCUMENTS = (b"", b"<html>", b"7", b"null", b"[]", b'{"It', b"\xff", b"[" * 100_000)
DEEP_ITEM = b'{"a":' + b'{"L":[' * 20_000 + b"]}" * 20_000 + b"}"
MALFORMED: dict[str, tuple[bytes, ...]] = {
    "get": (b'{"Item":7}', b'{"Item":null}', b'{"Item":{"a":null}}', b'{"Item":{"a":{"N":"x"}}}'),
    "batch_get": (
        *(b"{}", b'{"Responses":null}', b'{"Responses":{"Trends":null}}'),
        *(b'{"Responses":{"Trends":[7]}}', b'{"Responses":{},"UnprocessedKeys":{"Trends":7}}'),
    ),
    "query": (b"{}", b'{"Items":null}', b'{"Items":[null]}', b'{"Items":[{"a":{}}]}'),
    "scan": (b"{}", b'{"Items":null}', b'{"Items":7}', b'{"Items":[' + DEEP_ITEM + b"]}"),
}
# Of the whole function: how a read may end.
ENDS: dict[str, tuple[bytes | Fault, Fault]] = {
    **{fault: (fault, fault) for fault in FAULTS},
    "no JSON": (b"<html>", "malformed"),
    "no item": (b'{"Item": 7}', "malformed"),
    "no ranking": (b'{"Item": {"N": "1e"}}', "malformed"),
}


class Wire:
    """Stands for the connection: what DynamoDB answers from now on, and how often it was asked."""

    def __init__(self) -> None:
        self.answer: bytes | Fault = GOOD
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        self.asked.append((headers["X-Amz-Target"].rpartition(".")[2], json.loads(body)))
        if isinstance(self.answer, str):
            raise DependencyError("dynamodb", self.answer, "made to fail")
        return self.answer


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(wire: Wire) -> ItemReader:
    return ItemReader(wire, sleep=lambda _: None)


@pytest.fixture
def ask(reader: ItemReader, clock: Clock, capsys: Any) -> Callable[[], Any]:
    """Ask the whole function; its answer as API Gateway gets it."""
    table = TrendsTable(reader, "Trends", Kept(clock))

    def answer(query: Any, _ids: Any) -> Answered:
        return Answered(fetch_trends(query, table), {STALE_ANSWERS: float(table.was_stale())})

    function = ApiFunction(FETCH_TRENDS, answer, "dev")
    event = {
        "httpMethod": "GET",
        "path": "/fetch-trends",
        "resource": "/fetch-trends",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"requestId": "r", "identity": {}},
        "body": None,
        "isBase64Encoded": False,
    }
    return lambda: function(event, object())


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("read", READS_OF)
def test_a_fault_is_named_and_asked_again_only_if_that_may_help(
    reader: ItemReader, wire: Wire, read: str, fault: Fault
) -> None:
    wire.answer = fault
    with pytest.raises(DependencyError) as raised:
        READS_OF[read][0](reader)
    assert (raised.value.dependency, raised.value.fault) == ("dynamodb", fault)
    assert len(wire.asked) == (1 if fault == "gone" else ATTEMPTS)


@pytest.mark.parametrize(
    ("read", "body"),
    [(read, body) for read, bodies in MALFORMED.items() for body in (*bodies, *NOT_DOCUMENTS)],
    ids=lambda one: one if isinstance(one, str) else one[:40].decode("latin-1"),
)
def test_an_answer_that_makes_no_sense_is_malformed(
    reader: ItemReader, wire: Wire, read: str, body: bytes
) -> None:
    wire.answer = body
    with pytest.raises(DependencyError) as raised:
        READS_OF[read][0](reader)
    assert (raised.value.dependency, raised.value.fault) == ("dynamodb", "malformed")
    assert len(wire.asked) == ATTEMPTS


@pytest.mark.parametrize("read", READS_OF)
def test_what_is_not_there_is_no_fault(reader: ItemReader, wire: Wire, read: str) -> None:
    ask, empty = READS_OF[read]
    wire.answer = json.dumps(empty).encode()
    assert not ask(reader)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("name", ENDS)
def test_with_nothing_kept_the_caller_is_told_when_to_try_again(
    ask: Callable[[], Any], wire: Wire, name: str
) -> None:
    wire.answer, fault = ENDS[name]
    answer = ask()
    assert answer["statusCode"] == 503
    problem = json.loads(answer["body"])
    assert problem["type"] == "urn:rlm:problem:unavailable"
    assert problem["detail"] == f"dynamodb: {fault}"
    assert answer["multiValueHeaders"]["Retry-After"] == ["2"]


@pytest.mark.parametrize("name", ENDS)
def test_what_is_kept_answers_for_an_hour_and_says_so_in_the_metrics(
    ask: Callable[[], Any], wire: Wire, clock: Clock, capsys: Any, name: str
) -> None:
    good = ask()
    assert good["statusCode"] == 200
    wire.answer, _ = ENDS[name]
    clock.now = 3599
    capsys.readouterr()
    assert ask()["body"] == good["body"]
    assert json.loads(capsys.readouterr().out)["StaleAnswers"] == [1.0]
    clock.now = 3700
    assert ask()["statusCode"] == 503


def test_a_table_that_fails_is_left_alone_for_a_moment(
    ask: Callable[[], Any], wire: Wire, clock: Clock
) -> None:
    ask()
    wire.answer = "timeout"
    clock.now = 61
    ask()
    asked = len(wire.asked)
    clock.now = 62
    ask()
    assert len(wire.asked) == asked
    wire.answer = GOOD
    clock.now = 64
    ask()
    assert len(wire.asked) == asked + 1


def test_a_second_try_is_enough(reader: ItemReader, wire: Wire) -> None:
    def recover(_seconds: float) -> None:
        wire.answer = GOOD

    wire.answer = "throttled"
    reader._sleep = recover
    assert reader.get("Trends", KEY) == {
        "dimension": "all",
        "dimension_value": "all",
        "as_of_date": "2026-06-07",
        "artist_ids": [],
    }


def test_a_request_asks_nothing_more_when_its_time_is_used_up(
    wire: Wire, clock: Clock, reader: ItemReader
) -> None:
    reader._clock = clock
    reader.begin()
    clock.now = BUDGET_SECONDS - 0.1
    assert reader.get("Trends", KEY)
    clock.now = BUDGET_SECONDS + 0.1
    with pytest.raises(DependencyError, match="used up"):
        reader.get("Trends", KEY)
    reader.begin()
    assert reader.get("Trends", KEY)


def test_nor_a_second_time(wire: Wire, clock: Clock, reader: ItemReader) -> None:
    def wait(_seconds: float) -> None:
        clock.now = BUDGET_SECONDS + 0.1

    reader._clock, reader._sleep = clock, wait
    wire.answer = "timeout"
    reader.begin()
    with pytest.raises(DependencyError, match="used up"):
        reader.get("Trends", KEY)
    assert len(wire.asked) == 1


def test_the_worst_case_of_a_request_stays_inside_the_functions_limit() -> None:
    """The last read is asked when the time is all but used up; the endpoint is asked once."""
    worst = BUDGET_SECONDS + sum(
        service.connect_seconds + service.answer_seconds for service in (READS, ENDPOINT)
    )
    assert worst + LONGEST_WAIT_SECONDS < FUNCTION_TIMEOUT_SECONDS - 0.2
