"""A bug in a function is a line of its log that the metric filter finds, and knows whose it is."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import Logger

from rlm.api.function import Answered, ApiFunction
from rlm.api.operations import FETCH_TRENDS
from rlm.monitoring.metrics import LOGGED_ERRORS

if TYPE_CHECKING:
    import pytest

EVENT = {
    "httpMethod": "GET",
    "path": "/fetch-trends",
    "resource": "/fetch-trends",
    "headers": {},
    "multiValueHeaders": {},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "requestContext": {"requestId": "r", "identity": {}},
    "body": None,
}


def test_a_bug_is_one_line_with_level_and_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_query: Any, _ids: Any) -> Answered:
        raise ZeroDivisionError("nobody thought of this")

    function = ApiFunction(FETCH_TRENDS, answer, "dev")
    # One logger a service and process: it writes to where standard output was when it was made.
    log = io.StringIO()
    handler = Logger(service=FETCH_TRENDS.function).registered_handler
    monkeypatch.setattr(handler, "stream", log)
    assert function(dict(EVENT), None)["statusCode"] == 500
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (error,) = (line for line in lines if line.get("level") == "ERROR")
    assert {name: error[name] for name in LOGGED_ERRORS.dimensions} == {
        "environment": "dev",
        "service": "FetchTrends",
    }
