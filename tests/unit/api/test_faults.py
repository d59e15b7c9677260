"""DynamoDB fails in every way it can, beneath botocore: what is kept answers, else a 503."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import botocore.awsrequest
import botocore.exceptions
import botocore.session
import pytest

from rlm.api.function import Answered, ApiFunction
from rlm.api.kept import Kept
from rlm.api.operations import FETCH_TRENDS, FUNCTION_TIMEOUT_SECONDS
from rlm.api.trends import fetch_trends
from rlm.api.trends_table import TrendsTable
from rlm.aws.endpoint_connection import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from rlm.aws.faults import DependencyError
from rlm.aws.serving_reader import (
    ATTEMPTS,
    BUDGET_SECONDS,
    LONGEST_WAIT_SECONDS,
    READER_CONFIG,
    ItemReader,
)
from rlm.monitoring.metrics import STALE_ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable

ITEM = {
    "dimension": {"S": "all"},
    "dimension_value": {"S": "all"},
    "as_of_date": {"S": "2026-06-07"},
    "artist_ids": {"L": []},
}


class _Body(io.BytesIO):
    def stream(self, **_options: Any) -> Any:
        yield self.read()

    def release_conn(self) -> None:
        """There is none."""


def answered(status: int, body: bytes) -> Any:
    def answer(request: Any) -> Any:
        headers = {"content-type": "application/x-amz-json-1.0"}
        return botocore.awsrequest.AWSResponse(request.url, status, headers, _Body(body))

    return answer


def raised(error: Exception) -> Any:
    def answer(request: Any) -> Any:
        raise error

    return answer


def refused(code: str) -> Any:
    return answered(400, json.dumps({"__type": f"com.amazonaws#{code}", "message": "no"}).encode())


GOOD = answered(200, json.dumps({"Item": ITEM}).encode())
FAULTS: dict[str, tuple[Any, str]] = {
    "throttled": (refused("ProvisionedThroughputExceededException"), "throttled"),
    "read time-out": (raised(botocore.exceptions.ReadTimeoutError(endpoint_url="x")), "timeout"),
    "connect time-out": (
        raised(botocore.exceptions.ConnectTimeoutError(endpoint_url="x")),
        "timeout",
    ),
    "refused": (raised(botocore.exceptions.EndpointConnectionError(endpoint_url="x")), "refused"),
    "hung up": (raised(botocore.exceptions.ConnectionClosedError(endpoint_url="x")), "refused"),
    "no table": (refused("ResourceNotFoundException"), "gone"),
    "no right": (refused("AccessDeniedException"), "gone"),
    "broken": (answered(500, b"{}"), "failed"),
    "no JSON": (answered(200, b"<html>"), "malformed"),
    "no item": (answered(200, b'{"Item": 7}'), "malformed"),
}


class Wire:
    """What DynamoDB answers from now on, and how often it was asked."""

    def __init__(self) -> None:
        self.answer = GOOD
        self.asked = 0

    def __call__(self, request: Any, **_options: Any) -> Any:
        self.asked += 1
        return self.answer(request)


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
    session = botocore.session.Session()
    session.set_credentials("x", "x")
    client = session.create_client("dynamodb", region_name="eu-west-1", config=READER_CONFIG)
    client.meta.events.register("before-send.dynamodb.*", wire)
    return ItemReader(client, sleep=lambda _: None)


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


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_asked_again_only_if_that_may_help(
    reader: ItemReader, wire: Wire, name: str
) -> None:
    wire.answer, fault = FAULTS[name]
    with pytest.raises(DependencyError) as raised_error:
        reader.get("Trends", {"trend": "x", "part": "top"})
    assert (raised_error.value.dependency, raised_error.value.fault) == ("dynamodb", fault)
    assert wire.asked == (1 if fault == "gone" else ATTEMPTS)


@pytest.mark.parametrize("name", FAULTS)
def test_with_nothing_kept_the_caller_is_told_when_to_try_again(
    ask: Callable[[], Any], wire: Wire, name: str
) -> None:
    wire.answer, fault = FAULTS[name]
    answer = ask()
    assert answer["statusCode"] == 503
    problem = json.loads(answer["body"])
    assert problem["type"] == "urn:rlm:problem:unavailable"
    assert problem["detail"] == f"dynamodb: {fault}"
    assert answer["multiValueHeaders"]["Retry-After"] == ["2"]


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_kept_answers_for_an_hour_and_says_so_in_the_metrics(
    ask: Callable[[], Any], wire: Wire, clock: Clock, capsys: Any, name: str
) -> None:
    good = ask()
    assert good["statusCode"] == 200
    wire.answer, _ = FAULTS[name]
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
    wire.answer, _ = FAULTS["read time-out"]
    clock.now = 61
    ask()
    asked = wire.asked
    clock.now = 62
    ask()
    assert wire.asked == asked
    wire.answer = GOOD
    clock.now = 64
    ask()
    assert wire.asked == asked + 1


def test_a_second_try_is_enough(reader: ItemReader, wire: Wire) -> None:
    answers = iter([FAULTS["throttled"][0], GOOD])
    wire.answer = lambda request: next(answers)(request)
    assert reader.get("Trends", {"trend": "x", "part": "top"}) == {
        "dimension": "all",
        "dimension_value": "all",
        "as_of_date": "2026-06-07",
        "artist_ids": [],
    }


def test_a_request_begins_no_read_when_its_time_is_used_up(
    wire: Wire, clock: Clock, reader: ItemReader
) -> None:
    reader._clock = clock
    reader.begin()
    clock.now = BUDGET_SECONDS - 0.1
    assert reader.get("Trends", {"trend": "x", "part": "top"})
    clock.now = BUDGET_SECONDS + 0.1
    with pytest.raises(DependencyError, match="used up"):
        reader.get("Trends", {"trend": "x", "part": "top"})
    reader.begin()
    assert reader.get("Trends", {"trend": "x", "part": "top"})


def test_the_worst_case_of_a_request_stays_inside_the_functions_limit() -> None:
    """The last read begins when the time is all but used up; the endpoint is asked once."""
    read = ATTEMPTS * (READER_CONFIG.connect_timeout + READER_CONFIG.read_timeout)
    endpoint = CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS
    worst = BUDGET_SECONDS + read + LONGEST_WAIT_SECONDS + endpoint
    assert worst < FUNCTION_TIMEOUT_SECONDS - 0.2
