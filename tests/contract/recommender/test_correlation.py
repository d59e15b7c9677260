"""One request in every place that tells of it: the answer, both logs, what was captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rlm import names

from .conftest import ENDPOINT, ENV

if TYPE_CHECKING:
    from .conftest import World

pytestmark = pytest.mark.slow
QUERY = {"fan_id": "fan-003", "city": "Graz, AT"}
FUNCTION_LOG = names.function_log_group(ENV, "RecommendArtist")
ENDPOINT_LOG = names.endpoint_log_group(ENV)


def _about(world: World, group: str, request_id: str) -> dict[str, Any]:
    """The one line of a log group that has the request's id."""
    found = world.wait(
        lambda: [line for line in world.logged(group) if line.get("request_id") == request_id],
        bool,
    )
    assert len(found) == 1
    line: dict[str, Any] = found[0]
    return line


@pytest.mark.parametrize("given", ["checkout:2026-11-26.0042", None])
def test_one_id_leads_from_the_answer_through_both_logs_to_the_capture(
    world: World, given: str | None
) -> None:
    headers = {"X-Correlation-Id": given} if given else {}
    answer = world.api.ask("/recommend", QUERY, headers=headers)
    request_id, body = answer.headers["x-amzn-requestid"], answer.json()
    correlation_id = given or request_id
    assert answer.headers["x-correlation-id"] == correlation_id
    assert body["source"] == "model"
    ids = {"request_id": request_id, "correlation_id": correlation_id}

    by_function = _about(world, FUNCTION_LOG, request_id)
    assert by_function | ids == by_function
    assert by_function["recommendation_id"] == body["recommendation_id"]

    by_endpoint = _about(world, ENDPOINT_LOG, request_id)
    assert by_endpoint | ids == by_endpoint
    assert (by_endpoint["message"], by_endpoint["status"]) == ("answered", 200)
    assert by_endpoint["model_version"] == body["model_version"]

    captured = world.wait(
        lambda: [
            one for one in world.captured() if one["eventMetadata"].get("inferenceId") == request_id
        ],
        bool,
    )
    (one,) = captured
    assert f'"fan_id":"{QUERY["fan_id"]}"' in one["captureData"]["endpointInput"]["data"]
    assert world.sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g", "id;request_id=forged"])
def test_what_is_no_id_is_passed_over(world: World, given: str) -> None:
    answer = world.api.ask("/recommend", QUERY, headers={"X-Correlation-Id": given})
    assert answer.status == 200
    assert answer.headers["x-correlation-id"] == answer.headers["x-amzn-requestid"]
