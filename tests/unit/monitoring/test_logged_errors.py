"""A bug in a function is a line of its log that the metric filter finds, and knows whose it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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


def test_a_bug_is_one_line_with_level_and_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(_query: Any, _ids: Any) -> Answered:
        raise ZeroDivisionError("nobody thought of this")

    assert ApiFunction(FETCH_TRENDS, answer, "dev")(dict(EVENT), None)["statusCode"] == 500
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (error,) = (line for line in lines if line.get("level") == "ERROR")
    assert {name: error[name] for name in LOGGED_ERRORS.dimensions} == {
        "environment": "dev",
        "service": "FetchTrends",
    }
