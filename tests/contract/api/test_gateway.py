"""What the gateway does before a function is asked, and after."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Api

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("key", [None, "", "guessed"])
def test_without_a_key_nothing_opens(api: Api, key: str | None) -> None:
    answer = api.ask("/fetch-trends", key=key)
    assert answer.status == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:rlm:problem:forbidden"
    # Who reports the one finds the request by the other.
    assert answer.json()["request_id"] == answer.headers["x-amzn-requestid"]


def test_a_path_that_leads_nowhere_is_not_found(api: Api) -> None:
    answer = api.ask("/fetch-trend")
    assert (answer.status, answer.json()["type"]) == (404, "urn:rlm:problem:not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_other_methods_are_told_what_is_allowed(api: Api, method: str) -> None:
    answer = api.ask("/fetch-trends", method=method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json()["status"] == 405


def test_another_method_is_not_allowed_whatever_it_brings(api: Api) -> None:
    """To the gateway a body that is not JSON is of an unsupported type."""
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = api.ask("/fetch-trends", method="POST", headers={"Content-Type": kind})
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, OPTIONS"
        assert answer.json()["type"] == "urn:rlm:problem:method-not-allowed"


def test_a_browser_may_ask_from_any_page(api: Api) -> None:
    asked = {
        "Origin": "https://pages.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-api-key",
    }
    preflight = api.ask("/fetch-trends", method="OPTIONS", key=None, headers=asked)
    assert preflight.status == 204
    # A byte more would be read as the beginning of the next answer.
    assert preflight.headers.get("content-length", "0") == "0"
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "x-api-key" in preflight.headers["access-control-allow-headers"].lower()
    for answer in (
        api.ask("/fetch-trends", headers={"Origin": "https://pages.example.org"}),
        api.ask("/fetch-trends", {"limit": "0"}, headers={"Origin": "https://pages.example.org"}),
        api.ask("/fetch-trends", key=None, headers={"Origin": "https://pages.example.org"}),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        # Else a page could not tell when to try again.
        assert "Retry-After" in answer.headers["access-control-expose-headers"]


def test_requests_are_measured_by_the_gateway_and_by_the_function(api: Api) -> None:
    api.ask("/fetch-trends")
    api.ask("/fetch-trends", {"limit": "0"})
    of_api = {"ApiName": "rlm-dev-api", "Stage": "v1"}
    of_function = {"environment": "dev", "service": "FetchTrends"}
    for namespace, metric, by in (
        ("AWS/ApiGateway", "Count", of_api),
        ("AWS/ApiGateway", "4XXError", of_api),
        ("AWS/Lambda", "Invocations", {"FunctionName": "rlm-dev-FetchTrends"}),
        ("RLM/Api", "ClientErrors", of_function),
        ("RLM/Api", "HandlerMilliseconds", of_function),
    ):
        assert _sum(api, namespace, metric, by) > 0, (namespace, metric)


def _sum(api: Api, namespace: str, metric: str, by: dict[str, str]) -> float:
    """What CloudWatch has, as soon as it has something: logs are sent once a second."""
    cloudwatch = api.gateway.client("cloudwatch")
    deadline = time.monotonic() + 15
    while True:
        now = datetime.now(UTC)
        points = cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in by.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        total = float(sum(point["Sum"] for point in points))
        if total > 0 or time.monotonic() > deadline:
            return total
        time.sleep(0.3)
